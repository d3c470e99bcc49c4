//! Common table expressions that go on from their own rows.

use super::{Grammar, Source, Type};

impl Grammar<'_> {
    /// WITH RECURSIVE of one such expression: each step has an edge of its own, and keeps the tenant where it is shown.
    pub(super) fn with_recursive(&mut self) -> String {
        let base = self.base.clone();
        let (first, mut columns, tied) = self.keyed(&base, 0);
        columns.push(("depth".to_owned(), Type::Int));
        let here = Source { alias: self.fresh_alias(), columns: columns.clone(), table: None, tied: tied.clone() };
        let step = self.step(&here);
        let all = if self.random.chance(50) { " ALL" } else { "" };
        let name = self.fresh('w');
        let text = format!(
            "WITH RECURSIVE {name} AS (SELECT q.k, q.v, q.w, 0 AS depth FROM ({first}) q UNION{all} {})",
            step.replace("@here@", &name)
        );
        self.ctes.push(Source { alias: name, columns, table: None, tied });
        format!("{text} ")
    }

    /// What is found from the rows at hand; `@here@` stands for the name of the expression.
    fn step(&mut self, here: &Source) -> String {
        let table = self.owned_table();
        let alias = self.fresh_alias();
        let mut source = self.source(table, alias.clone());
        let edge = self.edge(&source, &self.tied_in(&super::Scope(vec![vec![here.clone()]])));
        let edge = edge.unwrap_or_else(|| "true".into());
        source.tied = self.tenant_column(table).map(ToOwned::to_owned);
        let scope = self.base.with(vec![here.clone(), source.clone()]);
        let key = match (&here.tied, self.slips(15)) {
            (Some(_), false) if self.random.chance(50) => format!("{}.k", here.alias),
            (Some(_), false) => source.column(&source.tied.clone().unwrap_or_default()),
            _ => self.value(&scope, Type::Int, 0),
        };
        let (v, w) = (self.value(&scope, Type::Int, 0), self.value(&scope, Type::Text, 0));
        let more = self.predicate(&scope, 0);
        let on = self.all(vec![edge, more]);
        let name = self.schema.tables[table].name.clone();
        let here = &here.alias;
        format!(
            "SELECT {key}, {v}, {w}, {here}.depth + 1 FROM @here@ {here} JOIN {name} {alias} ON {on} WHERE {here}.depth < 2"
        )
    }
}
