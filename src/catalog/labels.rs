//! Labels of enums, in the definitions that name them.

use super::{Catalog, Holder};
use crate::pg::{Name, TypeName};
use crate::query::visit_mut::NodeMut;
use crate::query::{Expr, ExprKind, Literal};

impl Catalog {
    /// Gives a label of an enum another name where a definition names it: PostgreSQL keeps the label and not its name. Only
    /// literals are followed whose type is plain: defaults of such columns, and what is cast.
    pub(crate) fn rename_label(&mut self, of: &Name, from: &str, to: &str) {
        let mut names: Vec<Name> = self.relations_of_type(of).iter().map(|found| found.name.clone()).collect();
        let holders = self.mentioning(of.last()).filter_map(|holder| match holder {
            Holder::Relation(name) => Some(name.clone()),
            Holder::Object(_) => None,
        });
        names.extend(holders);
        names.sort();
        names.dedup();
        let is =
            |found: &TypeName| found.name == *of || found.name.schema().is_none() && found.name.last() == of.last();
        for name in names {
            let Some(mut relation) = self.relation_mut(&name) else { continue };
            for column in relation.columns.iter_mut().filter(|column| column.type_name.as_ref().is_some_and(is)) {
                column.default.iter_mut().for_each(|value| rename(value, from, to));
            }
            relation.each_node(&mut |node| {
                if let NodeMut::Expr(Expr { kind: ExprKind::Cast(value, found), .. }) = node
                    && is(found)
                    && found.bounds.is_empty()
                {
                    rename(value, from, to);
                }
            });
        }
    }
}

fn rename(value: &mut Expr, from: &str, to: &str) {
    if let ExprKind::Literal(Literal::String(text)) = &mut value.kind
        && *text == from
    {
        *text = to.to_owned();
    }
}
