//! FROM: tables, derived tables and common table expressions, joined in every way.

use super::{Grammar, Intent, Scope, Source, Type};

/// What FROM brings.
pub(super) struct From {
    /// Its text, without the word.
    pub(super) text: String,
    /// Its sources.
    pub(super) sources: Vec<Source>,
    /// Conditions that belong in WHERE.
    pub(super) conditions: Vec<String>,
    /// The sources of the last item of the list, which a join may go on from.
    chain: Vec<usize>,
}

/// How the next relation is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Comma,
    Cross,
    Inner,
    Left,
    Right,
    Full,
    Common,
}

const JOINS: &[Join] = &[
    Join::Comma,
    Join::Comma,
    Join::Inner,
    Join::Inner,
    Join::Left,
    Join::Left,
    Join::Right,
    Join::Full,
    Join::Cross,
    Join::Common,
];

impl Grammar<'_> {
    /// Makes FROM of up to three relations; those beside it stand in the same level but not in its joins.
    pub(super) fn from(&mut self, outer: &Scope, beside: &[Source], depth: usize) -> From {
        // In a body it is what stands around a query that matters.
        let count = match self.frame.is_open() {
            true => 1 + usize::from(self.random.chance(15)),
            false => 1 + self.random.below(2) + usize::from(self.random.chance(20)),
        };
        // All names come first: a later one may hide what an earlier condition names.
        let mut named: Vec<Source> = beside.to_vec();
        for _ in 0..count {
            let alias = self.alias(&named);
            named.push(Source { alias, columns: Vec::new(), table: None, tied: None });
        }
        let aliases: Vec<String> = named.drain(beside.len()..).map(|source| source.alias).collect();
        let outer = outer.without(&aliases);
        let mut from = From { text: String::new(), sources: Vec::new(), conditions: Vec::new(), chain: Vec::new() };
        for (at, alias) in aliases.into_iter().enumerate() {
            let join = if at == 0 { Join::Comma } else { *self.random.pick(JOINS) };
            let relation = self.relation(&outer, alias, join, depth);
            self.join(&outer, &mut from, join, relation, depth);
        }
        from
    }

    fn join(&mut self, outer: &Scope, from: &mut From, join: Join, relation: (String, Source), depth: usize) {
        let (text, mut source) = relation;
        let near: Vec<Source> = from.chain.iter().map(|at| from.sources[*at].clone()).collect();
        let behind_on = matches!(join, Join::Inner | Join::Left) && self.random.chance(75);
        let level = if behind_on { near.clone() } else { from.sources.clone() };
        let tied = self.tied_in(&outer.with(level));
        let edge = self.edge(&source, &tied);
        let tenant = source.table.and_then(|table| self.tenant_column(table)).map(ToOwned::to_owned);
        if edge.is_some() {
            source.tied = tenant.filter(|_| !(behind_on && join == Join::Left));
        } else if matches!(join, Join::Left | Join::Full) {
            source.tied = None;
        }
        let on = self.on(outer, &near, &source, join, depth);
        let conditions = edge.into_iter();
        let on = if behind_on {
            self.all(conditions.chain([on]).collect())
        } else {
            from.conditions.extend(conditions);
            on
        };
        from.text = match join {
            Join::Comma if from.text.is_empty() => text,
            Join::Comma => format!("{}, {text}", from.text),
            Join::Cross => format!("{} CROSS JOIN {text}", from.text),
            Join::Inner => format!("{} JOIN {text} ON {on}", from.text),
            Join::Left => format!("{} LEFT JOIN {text} ON {on}", from.text),
            Join::Right => format!("{} RIGHT JOIN {text} ON {on}", from.text),
            Join::Full => format!("{} FULL JOIN {text} ON {on}", from.text),
            Join::Common => match self.common(&near, &source) {
                Some(column) if self.random.chance(70) => format!("{} JOIN {text} USING ({column})", from.text),
                Some(_) => format!("{} NATURAL JOIN {text}", from.text),
                None => format!("{} JOIN {text} ON {on}", from.text),
            },
        };
        match join {
            Join::Comma => from.chain.clear(),
            // Rows to the left may be all NULL now.
            Join::Right | Join::Full => from.chain.iter().for_each(|at| from.sources[*at].tied = None),
            _ => {}
        }
        from.chain.push(from.sources.len());
        from.sources.push(source);
    }

    /// What stands behind ON beside the edge.
    fn on(&mut self, outer: &Scope, near: &[Source], source: &Source, join: Join, depth: usize) -> String {
        let ints = |source: &Source| -> Vec<String> {
            let columns = source.columns.iter().filter(|(_, kind)| *kind == Type::Int);
            columns.map(|(name, _)| format!("{}.{name}", source.alias)).collect()
        };
        let lefts: Vec<String> = near.iter().flat_map(ints).collect();
        let rights = ints(source);
        if !lefts.is_empty() && !rights.is_empty() && (join == Join::Full || self.random.chance(70)) {
            return format!("{} = {}", self.random.pick(&lefts), self.random.pick(&rights));
        }
        if join == Join::Full || self.random.chance(40) {
            return "true".into();
        }
        let level = near.iter().chain([source]).cloned().collect();
        self.predicate(&outer.with(level), depth.min(1))
    }

    /// A column that the only source to the left has too.
    fn common(&mut self, near: &[Source], source: &Source) -> Option<String> {
        let [only] = near else { return None };
        let shared: Vec<&String> = source
            .columns
            .iter()
            .filter(|column| column.1 != Type::Other && only.columns.contains(column))
            .map(|(name, _)| name)
            .collect();
        if shared.is_empty() { None } else { Some((*self.random.pick(&shared)).clone()) }
    }

    /// A table, a derived table, or a common table expression.
    fn relation(&mut self, outer: &Scope, alias: String, join: Join, depth: usize) -> (String, Source) {
        if !self.ctes.is_empty() && self.random.chance(40) {
            let cte = self.random.pick(&self.ctes).clone();
            return (format!("{} AS {alias}", cte.alias), Source { alias, ..cte });
        }
        let derived = if join == Join::Full { 60 } else { 20 };
        if depth > 0 && self.random.chance(derived) {
            let lateral = if self.random.chance(30) { "LATERAL " } else { "" };
            let (query, columns, tied) = self.keyed(outer, depth - 1);
            let source = Source { alias: alias.clone(), columns, table: None, tied };
            return (format!("{lateral}({query}) AS {alias}"), source);
        }
        if self.intent != Intent::Every && join != Join::Full && self.random.chance(7) {
            return self.rows_of_function(outer, &alias);
        }
        let table = self.table();
        let name = self.table_name(table);
        (format!("{name} AS {alias}"), self.source(table, alias))
    }

    /// Says whether a view shows a table.
    pub(super) fn shows(&self, short: &str) -> bool {
        self.schema.views.contains(short)
    }

    /// A table's name, with its schema where a common table expression hides it.
    pub(super) fn table_name(&mut self, table: usize) -> String {
        let found = &self.schema.tables[table];
        let (name, short) = (found.name.clone(), found.short.clone());
        if self.shows(&short) && self.random.chance(15) {
            return format!("seen.{short}");
        }
        if !found.parts.is_empty() && self.random.chance(25) {
            return self.random.pick(&found.parts).clone();
        }
        let is_plain = name == format!("public.{short}") && self.ctes.iter().all(|cte| cte.alias != short);
        if is_plain && self.random.chance(60) { short } else { name }
    }
}
