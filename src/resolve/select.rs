//! Queries: levels, WITH, select lists, sorting, set operations.

use super::{
    CommonTable, Completeness, EntryId, Meaning, Output, OutputColumn, Reason, Resolver, Source, place, types,
};
use crate::pg::Ident;
use crate::query::{
    Body, Cte, DataStatement, Distinct, Expr, ExprKind, FrameBound, GroupItem, Literal, Query, Select, SelectItem,
    SortItem, Step, Window, With,
};

impl Resolver<'_> {
    /// Resolves a query in a level of its own.
    pub(super) fn query(&mut self, query: &Query) -> Output {
        let output = self.nested(|resolver| {
            resolver.with(&query.with);
            let output = resolver.body(query, None);
            query.limit.iter().chain(&query.offset).for_each(|count| resolver.expr(count));
            output
        });
        self.result.outputs.insert(place(query), output.clone());
        output
    }

    /// Resolves what a query reads; a recursive one learns its columns from its first part.
    fn body(&mut self, query: &Query, recursive: Option<(&Ident, &[Ident])>) -> Output {
        match &query.body {
            Body::Select(select) => self.select(select, &query.order_by),
            Body::Values(rows) => {
                let output = self.values(rows);
                self.sort_by_output(&query.order_by, &output);
                output
            }
            Body::SetOperation { left, right, .. } => {
                let first = self.query(left);
                if let Some((name, columns)) = recursive {
                    let output = named(first.clone(), columns);
                    let at = self.levels.len().saturating_sub(2);
                    self.levels[at].tables.push(CommonTable { name: name.clone(), output });
                }
                let second = self.query(right);
                let output = united(first, second, [&open_columns(left), &open_columns(right)]);
                self.sort_by_output(&query.order_by, &output);
                output
            }
        }
    }

    fn values(&mut self, rows: &[Vec<Expr>]) -> Output {
        rows.iter().flatten().for_each(|value| self.expr(value));
        let first = rows.first().map_or(&[][..], Vec::as_slice);
        let column = |(at, _): (usize, &Expr)| {
            let all: Vec<&Expr> = rows.iter().filter_map(|row| row.get(at)).collect();
            OutputColumn { name: Ident::exact(&format!("column{}", at + 1)), type_name: self.common(&all) }
        };
        Output { columns: first.iter().enumerate().map(column).collect(), completeness: Completeness::Whole }
    }

    /// Puts the common table expressions of a level in sight, one after another.
    pub(super) fn with(&mut self, with: &Option<With>) {
        let Some(With { recursive, ctes }) = with else { return };
        for cte in ctes {
            let output = match (&*cte.body, recursive) {
                (DataStatement::Query(query), true) => self.recursive(cte, query),
                (body, _) => self.statement(body),
            };
            let mut output = named(output, &cte.columns);
            output.columns.extend(search_and_cycle(&cte.search_cycle));
            self.level().tables.push(CommonTable { name: cte.name.clone(), output });
        }
    }

    /// Resolves a query that may refer to itself behind its first part.
    fn recursive(&mut self, cte: &Cte, query: &Query) -> Output {
        let before = self.level().tables.len();
        let output = self.nested(|resolver| {
            resolver.with(&query.with);
            let output = resolver.body(query, Some((&cte.name, &cte.columns)));
            query.limit.iter().chain(&query.offset).for_each(|count| resolver.expr(count));
            output
        });
        self.level().tables.truncate(before);
        self.result.outputs.insert(place(query), output.clone());
        output
    }

    fn select(&mut self, select: &Select, order_by: &[SortItem]) -> Output {
        self.from(&select.from);
        let output = self.items(&select.items);
        select.filter.iter().for_each(|filter| self.expr(filter));
        select.group_by.items.iter().for_each(|item| self.group(item, &output));
        select.having.iter().for_each(|having| self.expr(having));
        select.windows.iter().for_each(|(_, window)| self.window(window));
        if let Distinct::On(keys) = &select.distinct {
            keys.iter().for_each(|key| self.sort_key(key, &output));
        }
        order_by.iter().for_each(|item| self.sort_key(&item.expr, &output));
        output
    }

    /// Resolves a select list or RETURNING.
    pub(super) fn items(&mut self, items: &[SelectItem]) -> Output {
        let mut output = Output::default();
        for item in items {
            self.expr(&item.expr);
            match self.expanded(&item.expr) {
                Some(found) => {
                    output.columns.extend(found.columns);
                    if found.completeness == Completeness::Partial {
                        output.completeness = Completeness::Partial;
                    }
                }
                None => {
                    let name = item.alias.clone().unwrap_or_else(|| self.label(&item.expr));
                    output.columns.push(OutputColumn { name, type_name: self.type_of(&item.expr) });
                }
            }
        }
        output
    }

    /// Returns the columns of a star; `None` when an item is none.
    fn expanded(&mut self, expr: &Expr) -> Option<Output> {
        match &expr.kind {
            ExprKind::Star(parts) => Some(self.star(expr, parts)),
            ExprKind::Indirection(base, path) if path.last() == Some(&Step::Star) => {
                Some(self.fields(base, &path[..path.len() - 1]))
            }
            _ => None,
        }
    }

    fn star(&mut self, expr: &Expr, parts: &[Ident]) -> Output {
        let entries = match parts {
            [] => self.level().items.iter().filter(|item| item.by_column).map(|item| item.entry).collect(),
            [.., schema, row] => self.row(Some(schema), row).into_iter().collect::<Vec<_>>(),
            [row] => self.row(None, row).into_iter().collect(),
        };
        let mut output = Output::default();
        let (mut meanings, mut spelled) = (Vec::new(), Vec::new());
        if entries.is_empty() {
            self.note(place(expr), Meaning::Unresolved(Reason::UndefinedTable));
            output.completeness = Completeness::Partial;
        }
        for id in entries {
            let entry = &self.result.entries[id.0];
            if entry.completeness == Completeness::Partial {
                output.completeness = Completeness::Partial;
            }
            for (at, column) in entry.columns.iter().enumerate() {
                output.columns.push(OutputColumn { name: column.name.clone(), type_name: column.type_name.clone() });
                meanings.push(self.chase(id, at));
                spelled.push(self.spelled(id, at));
            }
        }
        if output.completeness == Completeness::Whole {
            self.result.stars.insert(place(expr), meanings);
            self.result.spelled.insert(place(expr), spelled);
        }
        output
    }

    /// Spells out a column of an entry as a reference from here.
    fn spelled(&self, id: EntryId, at: usize) -> Vec<Ident> {
        let reference = |id: EntryId, at: usize| {
            let entry = &self.result.entries[id.0];
            let row = entry.name.as_ref().filter(|name| self.row(None, name) == Ok(id))?;
            Some(vec![row.clone(), entry.columns[at].name.clone()])
        };
        let chased = || match self.chase(id, at) {
            Meaning::Column(id, at) => reference(id, at),
            _ => None,
        };
        let bare = || vec![self.result.entries[id.0].columns[at].name.clone()];
        reference(id, at).or_else(chased).unwrap_or_else(bare)
    }

    /// PostgreSQL looks for an input column first in GROUP BY, and then for an output column.
    fn group(&mut self, item: &GroupItem, output: &Output) {
        match item {
            GroupItem::Expr(key) => self.group_key(key, output),
            GroupItem::Empty => {}
            GroupItem::Rollup(keys) | GroupItem::Cube(keys) => keys.iter().for_each(|key| self.group_key(key, output)),
            GroupItem::Sets(items) => items.iter().for_each(|item| self.group(item, output)),
        }
    }

    fn group_key(&mut self, key: &Expr, output: &Output) {
        if let ExprKind::Column(parts) = &key.kind
            && let [name] = parts.as_slice()
            && matches!(self.column(parts), Meaning::Unresolved(_) | Meaning::Parameter | Meaning::WholeRow(_))
            && let Some(at) = output.columns.iter().position(|column| column.name == *name)
        {
            return self.note(place(key), Meaning::Output(at));
        }
        if let ExprKind::Row { fields, explicit: false } = &key.kind {
            return fields.iter().for_each(|field| self.group_key(field, output));
        }
        self.expr(key);
    }

    /// ORDER BY and DISTINCT ON look for an output column first.
    fn sort_key(&mut self, key: &Expr, output: &Output) {
        if let ExprKind::Column(parts) = &key.kind
            && let [name] = parts.as_slice()
            && let Some(at) = output.columns.iter().position(|column| column.name == *name)
        {
            return self.note(place(key), Meaning::Output(at));
        }
        self.expr(key);
    }

    /// Behind a set operation or VALUES only output columns can be named.
    fn sort_by_output(&mut self, order_by: &[SortItem], output: &Output) {
        order_by.iter().for_each(|item| self.sort_key(&item.expr, output));
    }

    /// Resolves a window; its keys are expressions on input columns.
    pub(super) fn window(&mut self, window: &Window) {
        window.partition_by.iter().for_each(|key| self.expr(key));
        window.order_by.iter().for_each(|item| self.expr(&item.expr));
        for bound in window.frame.iter().flat_map(|frame| std::iter::once(&frame.start).chain(&frame.end)) {
            if let FrameBound::Preceding(offset) | FrameBound::Following(offset) = bound {
                self.expr(offset);
            }
        }
    }

    /// Returns the fields of a composite value.
    fn fields(&mut self, base: &Expr, path: &[Step]) -> Output {
        let unknown = Output { columns: Vec::new(), completeness: Completeness::Partial };
        if !path.is_empty() {
            return unknown;
        }
        if let Some(Meaning::WholeRow(id)) = self.result.meanings.get(&place(base)) {
            let entry = &self.result.entries[id.0];
            let columns = entry.columns.iter();
            let columns =
                columns.map(|column| OutputColumn { name: column.name.clone(), type_name: column.type_name.clone() });
            let completeness = match entry.source {
                // What a join's sides have learnt since, it does not show.
                Source::Join(_) if entry.completeness == Completeness::Partial => return unknown,
                _ => entry.completeness,
            };
            return Output { columns: columns.collect(), completeness };
        }
        self.type_of(base).and_then(|base| self.fields_of(&base)).unwrap_or(unknown)
    }
}

/// Gives the first columns of an output other names.
pub(super) fn named(mut output: Output, names: &[Ident]) -> Output {
    for (at, name) in names.iter().enumerate() {
        match output.columns.get_mut(at) {
            Some(column) => column.name = name.clone(),
            None => output.columns.push(OutputColumn { name: name.clone(), type_name: None }),
        }
    }
    output
}

/// The columns of a set operation: named by its first part, of a type that both agree on.
fn united(mut first: Output, second: Output, open: [&[bool]; 2]) -> Output {
    let is_open = |side: &[bool], at: usize| side.get(at).copied().unwrap_or(false);
    let others = second.columns.into_iter().map(|column| column.type_name);
    for (at, (column, other)) in first.columns.iter_mut().zip(others).enumerate() {
        column.type_name = match (is_open(open[0], at), is_open(open[1], at)) {
            (false, true) => column.type_name.take(),
            (true, false) => other,
            _ => column.type_name.take().zip(other).and_then(|(a, b)| types::wider(a, b)),
        };
    }
    first
}

/// Says which columns of a SELECT are constants that take any type.
fn open_columns(query: &Query) -> Vec<bool> {
    let Body::Select(select) = &query.body else { return Vec::new() };
    // Behind a star nobody counts.
    let counted = select.items.iter().take_while(|item| !matches!(item.expr.kind, ExprKind::Star(_)));
    let is_open = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null | Literal::String(_)));
    counted.map(|item| is_open(&item.expr)).collect()
}

/// The columns that SEARCH and CYCLE add: those behind SET and USING.
fn search_and_cycle(clauses: &str) -> Vec<OutputColumn> {
    let words: Vec<&str> = clauses.split_whitespace().collect();
    let behind = words.windows(2).filter(|pair| matches!(pair[0].to_ascii_uppercase().as_str(), "SET" | "USING"));
    let name = |word: &str| match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => Ident::exact(&quoted.replace("\"\"", "\"")),
        None => Ident::folded(word),
    };
    behind.map(|pair| OutputColumn { name: name(pair[1]), type_name: None }).collect()
}
