//! Queries: plain, grouped, windowed, limited, joined by set operations.

use super::from::From;
use super::{Grammar, Scope, Source, Type};

impl Grammar<'_> {
    /// A query as a statement.
    pub(super) fn top_query(&mut self) -> String {
        let types = [Type::Int, Type::Text, Type::Int];
        let count = 1 + self.random.below(3);
        match self.random.chance(20) {
            true => self.combined(&self.base.clone(), &types[..count], self.depth.min(1)),
            false => self.subquery(&self.base.clone(), &types[..count], self.depth),
        }
    }

    /// A query with columns of these types.
    pub(super) fn subquery(&mut self, outer: &Scope, types: &[Type], depth: usize) -> String {
        if depth > 0 && self.random.chance(12) {
            return self.combined(outer, types, depth - 1);
        }
        let from = self.from(outer, &[], depth);
        let scope = outer.with(from.sources.clone());
        match self.random.below(10) {
            0 | 1 => self.grouped(&scope, from, types, depth),
            2 => self.windowed(&scope, from, types, depth),
            3 => {
                let outputs = self.outputs(&scope, types, depth);
                let limit = self.limited(types.len());
                let filter = self.filter(&scope, from.conditions, depth);
                format!("SELECT {outputs} FROM {}{filter}{limit}", from.text)
            }
            4 => {
                let outputs = self.outputs(&scope, types, depth);
                let filter = self.filter(&scope, from.conditions, depth);
                format!("SELECT DISTINCT {outputs} FROM {}{filter}", from.text)
            }
            5 => {
                let key = self.key(&scope, types[0]);
                let outputs = [key.clone(), self.outputs(&scope, &types[1..], depth)];
                let outputs = outputs.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
                let rest: String = (2..=types.len()).map(|at| format!(", {at}")).collect();
                let filter = self.filter(&scope, from.conditions, depth);
                format!("SELECT DISTINCT ON ({key}) {outputs} FROM {}{filter} ORDER BY {key}{rest}", from.text)
            }
            _ => {
                let outputs = self.outputs(&scope, types, depth);
                let filter = self.filter(&scope, from.conditions, depth);
                format!("SELECT {outputs} FROM {}{filter}", from.text)
            }
        }
    }

    pub(super) fn combined(&mut self, outer: &Scope, types: &[Type], depth: usize) -> String {
        let operator = *self.random.pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"]);
        let (left, right) = (self.subquery(outer, types, depth), self.subquery(outer, types, depth));
        let limit = if self.random.chance(40) { self.limited(types.len()) } else { String::new() };
        format!("({left}) {operator} ({right}){limit}")
    }

    /// The first few rows by all columns; how many may be counted.
    pub(super) fn limited(&mut self, columns: usize) -> String {
        let order: Vec<String> = (1..=columns).map(|at| at.to_string()).collect();
        let limit = match self.random.chance(30) {
            true => self.single(&Scope::default(), Type::Int, 0),
            false => (1 + self.random.below(2)).to_string(),
        };
        let word = if self.random.chance(15) { "OFFSET" } else { "LIMIT" };
        format!(" ORDER BY {} {word} {limit}", order.join(", "))
    }

    /// A query for FROM or WITH: columns `k`, `v` and `w`, of which `k` is the tenant when it is proved.
    pub(super) fn keyed(&mut self, outer: &Scope, depth: usize) -> (String, Vec<(String, Type)>, Option<String>) {
        let types = [Type::Int, Type::Int, Type::Text];
        let columns = ["k", "v", "w"].iter().zip(types).map(|(name, kind)| ((*name).to_owned(), kind)).collect();
        let from = self.from(outer, &[], depth);
        let scope = outer.with(from.sources.clone());
        let own: Vec<&Source> = from.sources.iter().filter(|source| source.tied.is_some()).collect();
        let tied = (!own.is_empty() && self.random.chance(70)).then(|| (*self.random.pick(&own)).clone());
        let key = match &tied {
            Some(source) => format!("{}.{}", source.alias, source.tied.as_deref().unwrap_or_default()),
            None => self.value(&scope, Type::Int, depth),
        };
        let (v, w) = (self.value(&scope, Type::Int, depth), self.value(&scope, Type::Text, depth));
        let inner = Scope(vec![from.sources.clone()]);
        let (most, least) = (self.aggregate(&inner, Type::Int), self.aggregate(&inner, Type::Text));
        let filter = self.filter(&scope, from.conditions, depth);
        let text = match self.random.below(5) {
            0 if tied.is_some() => {
                // Beside the groups there is one of all rows, whose key is NULL.
                let by = match self.slips(20) {
                    true => format!("GROUPING SETS (({key}), ())"),
                    false => key.clone(),
                };
                format!("SELECT {key} AS k, {most} AS v, {least} AS w FROM {}{filter} GROUP BY {by}", from.text)
            }
            1 => format!("SELECT DISTINCT {key} AS k, {v} AS v, {w} AS w FROM {}{filter}", from.text),
            _ => format!("SELECT {key} AS k, {v} AS v, {w} AS w FROM {}{filter}", from.text),
        };
        (text, columns, tied.map(|_| "k".to_owned()))
    }

    /// A query of one row and one column, in parentheses.
    pub(super) fn single(&mut self, outer: &Scope, wanted: Type, depth: usize) -> String {
        let from = self.from(outer, &[], depth);
        let scope = outer.with(from.sources.clone());
        if self.random.chance(30) {
            let value = self.value(&scope, wanted, depth);
            let filter = self.filter(&scope, from.conditions, depth);
            return format!("(SELECT {value} FROM {}{filter} ORDER BY 1 LIMIT 1)", from.text);
        }
        let aggregate = self.aggregate(&Scope(vec![from.sources.clone()]), wanted);
        let filter = self.filter(&scope, from.conditions, depth);
        format!("(SELECT {aggregate} FROM {}{filter})", from.text)
    }

    /// An aggregate; one over an outer level's columns alone would be that level's.
    pub(super) fn aggregate(&mut self, inner: &Scope, wanted: Type) -> String {
        let value = self.value(inner, wanted, 0);
        match (self.random.below(4), wanted) {
            (0, Type::Int | Type::Other) => "count(*)::int".into(),
            (1, Type::Int | Type::Other) => format!("sum({value})::int"),
            (2, _) => format!("min({value})"),
            _ => format!("max({value})"),
        }
    }

    fn outputs(&mut self, scope: &Scope, types: &[Type], depth: usize) -> String {
        let outputs: Vec<String> = types.iter().map(|wanted| self.value(scope, *wanted, depth)).collect();
        outputs.join(", ")
    }

    fn grouped(&mut self, scope: &Scope, from: From, types: &[Type], depth: usize) -> String {
        let inner = Scope(vec![from.sources.clone()]);
        let key = self.key(&inner, types[0]);
        let by_key = self.random.chance(60);
        let outputs: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(at, wanted)| match at {
                0 if by_key => key.clone(),
                _ => self.aggregate(&inner, *wanted),
            })
            .collect();
        let filter = self.filter(scope, from.conditions, depth);
        let group = match (by_key, self.random.below(6)) {
            (false, _) => String::new(),
            (true, 0) => format!(" GROUP BY ROLLUP ({key})"),
            (true, 1) => format!(" GROUP BY GROUPING SETS (({key}), ())"),
            (true, _) => format!(" GROUP BY {key}"),
        };
        let having = if self.random.chance(30) { " HAVING count(*) > 1" } else { "" };
        format!("SELECT {} FROM {}{filter}{group}{having}", outputs.join(", "), from.text)
    }

    fn windowed(&mut self, scope: &Scope, from: From, types: &[Type], depth: usize) -> String {
        let key = self.value(scope, Type::Int, 0);
        let by = self.value(scope, Type::Int, 0);
        let outputs: Vec<String> = types
            .iter()
            .map(|wanted| {
                let value = self.value(scope, *wanted, 0);
                match (self.random.below(6), wanted) {
                    (2, _) => format!("lag({value}) OVER (PARTITION BY {key} ORDER BY {by}, {value})"),
                    (3, Type::Int) => format!("(count(*) FILTER (WHERE {value} > 1) OVER ())::int"),
                    (4, _) => format!("first_value({value}) OVER (PARTITION BY {key} ORDER BY {by}, {value})"),
                    (0, Type::Int) => format!("(rank() OVER (PARTITION BY {key} ORDER BY {by}))::int"),
                    (1, Type::Int) => format!("(sum({value}) OVER (ORDER BY {by}))::int"),
                    _ => format!("max({value}) OVER (PARTITION BY {key})"),
                }
            })
            .collect();
        let filter = self.filter(scope, from.conditions, depth);
        format!("SELECT {} FROM {}{filter}", outputs.join(", "), from.text)
    }

    /// WHERE with these conditions and more.
    pub(super) fn filter(&mut self, scope: &Scope, conditions: Vec<String>, depth: usize) -> String {
        let most = if self.frame.is_open() { 2 } else { 3 };
        let more: Vec<String> = (0..self.random.below(most)).map(|_| self.predicate(scope, depth.min(2))).collect();
        if conditions.is_empty() && more.is_empty() {
            return String::new();
        }
        // Each branch has every edge.
        if more.len() == 2 && !conditions.is_empty() && self.random.chance(30) {
            let kept = conditions.join(" AND ");
            let loose = self.slips(20);
            let second = if loose { more[1].clone() } else { format!("{kept} AND {}", more[1]) };
            return format!(" WHERE ({kept} AND {}) OR ({second})", more[0]);
        }
        let text = self.all(conditions.into_iter().chain(more).collect());
        format!(" WHERE {text}")
    }

    /// WITH of one or two common table expressions; one of them may write.
    pub(super) fn with(&mut self) -> String {
        let mut parts = Vec::new();
        for at in 0..1 + self.random.below(2) {
            let alias = match self.random.chance(30) {
                true => self.schema.tables[self.table()].short.clone(),
                false => format!("w{at}"),
            };
            if self.ctes.iter().any(|cte| cte.alias == alias) {
                continue;
            }
            let (text, columns, tied) = match self.random.below(5) {
                0 => self.returning(),
                _ => self.keyed(&self.base.clone(), self.depth.min(1)),
            };
            let how = *self.random.pick(&["", "", "MATERIALIZED ", "NOT MATERIALIZED "]);
            let how = if text.starts_with("SELECT") { how } else { "" };
            parts.push(format!("{alias} AS {how}({text})"));
            self.ctes.push(Source { alias, columns, table: None, tied });
        }
        format!("WITH {} ", parts.join(", "))
    }
}
