//! Expressions: every column reference in them, and the queries that they hold.

use super::{Completeness, Meaning, Reason, Resolver, place};
use crate::catalog::Class;
use crate::query::{Call, Expr, ExprKind, InOperand, Over, Step};

impl Resolver<'_> {
    /// Resolves every name of an expression.
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Column(parts) => {
                let meaning = self.column(parts);
                if let ([_], Some(row)) = (parts.as_slice(), self.qualifier(&meaning)) {
                    self.result.qualifiers.insert(place(expr), row);
                }
                self.note(place(expr), meaning);
            }
            // A star is resolved by the list that it stands in.
            ExprKind::Star(parts) => self.row_star(expr, parts),
            ExprKind::Literal(_) | ExprKind::Parameter(_) | ExprKind::Value(_) | ExprKind::Default => {}
            ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => self.expr(operand),
            ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => self.expr(operand),
            ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Array(list) | ExprKind::SqlCall(_, list) => {
                self.exprs(list);
            }
            ExprKind::Special(_, list) | ExprKind::Row { fields: list, .. } => self.exprs(list),
            ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
                self.expr(operand);
                match source {
                    InOperand::List(list) => self.exprs(list),
                    InOperand::Query(query) => drop(self.subquery(query)),
                }
            }
            ExprKind::Between { operand, low, high, .. } => {
                [operand, low, high].into_iter().for_each(|part| self.expr(part));
            }
            ExprKind::Like { operand, pattern, escape, .. } => {
                [operand, pattern].into_iter().chain(escape).for_each(|part| self.expr(part));
            }
            ExprKind::AtTimeZone(operand, zone) => {
                std::iter::once(operand).chain(zone).for_each(|part| self.expr(part));
            }
            ExprKind::Indirection(base, path) => self.indirection(expr, base, path),
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::Case { operand, branches, otherwise } => {
                operand.iter().for_each(|part| self.expr(part));
                for (condition, result) in branches {
                    self.expr(condition);
                    self.expr(result);
                }
                otherwise.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Exists(query) | ExprKind::Subquery(query) | ExprKind::ArrayQuery(query) => {
                self.subquery(query);
            }
        }
    }

    /// Returns the name that qualifies a column from here; what stands in the surroundings alone needs none.
    fn qualifier(&self, meaning: &Meaning) -> Option<crate::pg::Ident> {
        if self.levels.len() == 1 {
            return None;
        }
        let (Meaning::Column(id, _) | Meaning::System(id, _)) = meaning else { return None };
        let name = self.result.entries[id.0].name.as_ref()?;
        (self.row(None, name) == Ok(*id)).then(|| name.clone())
    }

    pub(super) fn exprs(&mut self, list: &[Expr]) {
        list.iter().for_each(|item| self.expr(item));
    }

    /// `row.*` means the row, wherever it stands.
    fn row_star(&mut self, expr: &Expr, parts: &[crate::pg::Ident]) {
        let found = match parts {
            [] => return,
            [row] => self.row(None, row),
            [.., schema, row] => self.row(Some(schema), row),
        };
        self.note(place(expr), found.map_or_else(Meaning::Unresolved, Meaning::WholeRow));
    }

    /// `(row).column` is the column itself when the row is in sight.
    fn indirection(&mut self, expr: &Expr, base: &Expr, path: &[Step]) {
        self.expr(base);
        for step in path {
            match step {
                Step::Field(_) | Step::Star => {}
                Step::Index(index) => self.expr(index),
                Step::Slice(low, high) => low.iter().chain(high).for_each(|bound| self.expr(bound)),
            }
        }
        if let (Some(Step::Field(field)), Some(Meaning::WholeRow(id))) =
            (path.first(), self.result.meanings.get(&place(base)))
            && let Some(meaning) = self.column_of_row(*id, field)
        {
            self.note(place(expr), meaning);
        }
    }

    fn column_of_row(&mut self, id: super::EntryId, name: &crate::pg::Ident) -> Option<Meaning> {
        let entry = &self.result.entries[id.0];
        if let Some(at) = entry.columns.iter().position(|column| column.name == *name) {
            return Some(self.chase(id, at));
        }
        match (entry.completeness, &entry.source) {
            (Completeness::Partial, super::Source::Join(_)) => Some(Meaning::Unresolved(Reason::Unknown)),
            (Completeness::Partial, _) => Some(self.learn(id, name)),
            (Completeness::Whole, _) => None,
        }
    }

    fn call(&mut self, expr: &Expr, call: &Call) {
        call.arguments.iter().for_each(|argument| self.expr(&argument.value));
        call.order_by.iter().for_each(|item| self.expr(&item.expr));
        call.filter.iter().for_each(|filter| self.expr(filter));
        if let Some(Over::Window(window)) = &call.over {
            self.window(window);
        }
        // `column(row)` is the column when no function has the name.
        if let ([argument], [name]) = (call.arguments.as_slice(), call.name.parts.as_slice())
            && let Some(Meaning::WholeRow(id)) = self.result.meanings.get(&place(&argument.value))
            && self.result.entries[id.0].columns.iter().any(|column| column.name == *name)
            && self.catalog.objects_named(Class::Routine, &call.name).is_empty()
            && !crate::pg::function::reads_no_table(name.as_str())
        {
            let meaning = self.column_of_row(*id, name);
            meaning.into_iter().for_each(|meaning| self.note(place(expr), meaning));
        }
    }
}
