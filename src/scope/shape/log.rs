//! Which statement of the history left a relation as it is.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Origin, Relation};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::drop::Drop;
use crate::statement::object::grant::{Grant, GrantTarget};
use crate::statement::object::reference::ObjectName;
use crate::statement::object::role::{RoleAttribute, RoleChange, RoleOption};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation::{
    Action, ActionKind, AlterRelation, ColumnChange, ColumnChoice, RelationChange, RowSecurity, Statement as Made,
    TableConstraintKind,
};

/// What the statements of a history did to what keeps tenants apart.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    touches: BTreeMap<Name, Vec<Touch>>,
    /// The roles that row security may not hold for, and where that was said.
    pub(super) roles: BTreeMap<Ident, (bool, Origin)>,
}

/// A change of one relation.
#[derive(Clone, Debug)]
struct Touch {
    what: What,
    origin: Origin,
    span: Span,
}

/// What a statement did to a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A query made it, and with it no constraint.
    Query,
    /// A column came.
    Column(Ident),
    /// A column that was never NULL may be.
    DropNotNull(Ident),
    /// A constraint on these columns came.
    Constraint(Vec<Ident>),
    /// The foreign key on these columns went.
    DropForeignKey(Vec<Ident>),
    /// An index came.
    Index(Option<Ident>),
    /// Row security was switched.
    RowSecurity(RowSecurity),
    /// Row security that was on went off.
    Disabled,
    /// Row security that was forced is forced no longer.
    Unforced,
    /// A policy came or changed.
    Policy(Ident),
    /// A policy went.
    DropPolicy,
    /// Privileges were granted.
    Grant,
}

/// The place of the statement that left something as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The statement.
    pub(super) origin: Origin,
    /// The relation in it, or all of it.
    pub(super) span: Span,
}

impl Shapes {
    /// Takes note of a statement, before it is applied to the catalog.
    pub fn observe(&mut self, catalog: &Catalog, statement: &Statement, origin: Origin) {
        let mut observer = Observer { shapes: self, catalog, origin };
        match statement {
            Statement::Relation(made) => observer.relation(made),
            Statement::Object(object) => observer.object(object),
            Statement::Data(_) | Statement::Session(_) => {}
        }
    }

    /// Returns the last change of a relation of this kind.
    pub(super) fn last(&self, relation: &Relation, wanted: impl Fn(&What) -> bool) -> Option<Place> {
        let touches = self.touches.get(&relation.name)?;
        let found = touches.iter().rev().find(|touch| wanted(&touch.what))?;
        Some(Place { origin: found.origin, span: found.span })
    }

    /// Returns the last change of this kind, or the statement that made the relation.
    pub(super) fn place(&self, relation: &Relation, wanted: impl Fn(&What) -> bool) -> Place {
        self.last(relation, wanted).unwrap_or_else(|| made(relation))
    }
}

/// Returns the place of the statement that made a relation: its name where it still stands as it was written.
pub(super) fn made(relation: &Relation) -> Place {
    let (origin, named) = (relation.origin, relation.name.span);
    let is_there = named != Span::default() && origin.span.contains(named);
    Place { origin, span: if is_there { named } else { origin.span } }
}

struct Observer<'a> {
    shapes: &'a mut Shapes,
    catalog: &'a Catalog,
    origin: Origin,
}

impl Observer<'_> {
    fn touch(&mut self, name: &Name, what: What) {
        let relation = self.catalog.resolve(name).unwrap_or_else(|| self.catalog.qualified(name));
        let touch = Touch { what, origin: self.origin, span: name.span };
        self.shapes.touches.entry(relation).or_default().push(touch);
    }

    fn relation(&mut self, made: &Made) {
        match made {
            Made::CreateTable(create) if self.catalog.resolve(&create.name).is_none() => {
                self.shapes.touches.remove(&self.catalog.qualified(&create.name));
            }
            Made::CreateTableAs(create) => self.touch(&create.name, What::Query),
            Made::CreateIndex(create) => self.touch(&create.relation.name, What::Index(create.name.clone())),
            Made::AlterRelation(alter) => self.alter(alter),
            _ => {}
        }
    }

    fn alter(&mut self, alter: &AlterRelation) {
        let name = &alter.relation.name;
        match &alter.change {
            RelationChange::Actions(actions) => actions.iter().for_each(|action| self.action(name, action)),
            RelationChange::Rename(to) => self.renamed(name, |moved| moved.with_last(to.clone())),
            RelationChange::SetSchema(schema) => self.renamed(name, |moved| moved.with_schema(schema.clone())),
            _ => {}
        }
    }

    fn renamed(&mut self, name: &Name, to: impl Fn(&Name) -> Name) {
        if let Some(known) = self.catalog.resolve(name)
            && let Some(touches) = self.shapes.touches.remove(&known)
        {
            self.shapes.touches.insert(to(&known), touches);
        }
    }

    fn action(&mut self, name: &Name, action: &Action) {
        let before = self.catalog.relation(name);
        let what = match &action.kind {
            ActionKind::AddColumn { column, .. } => What::Column(column.name.clone()),
            ActionKind::AddConstraint(added) => match &added.kind {
                TableConstraintKind::ForeignKey { columns, .. } => What::Constraint(columns.clone()),
                _ => What::Index(added.name.clone()),
            },
            ActionKind::DropConstraint { name: constraint, .. } => {
                let found = before.and_then(|relation| relation.constraint(constraint));
                match found.map(|found| &found.kind) {
                    Some(crate::catalog::ConstraintKind::ForeignKey { columns, .. }) => {
                        What::DropForeignKey(columns.clone())
                    }
                    _ => return,
                }
            }
            ActionKind::AlterColumn(alter) => match (&alter.column, &alter.change) {
                (ColumnChoice::Name(column), ColumnChange::DropNotNull) => What::DropNotNull(column.clone()),
                _ => return,
            },
            ActionKind::RowSecurity(switch) => match (switch, before) {
                (RowSecurity::Disable, Some(relation)) if relation.row_security => What::Disabled,
                (RowSecurity::NoForce, Some(relation)) if relation.force_row_security => What::Unforced,
                _ => What::RowSecurity(*switch),
            },
            _ => return,
        };
        self.touch(name, what);
    }

    fn object(&mut self, object: &Object) {
        match object {
            Object::CreatePolicy(policy) => self.touch(&policy.table, What::Policy(policy.name.clone())),
            Object::AlterPolicy(policy) => self.touch(&policy.table, What::Policy(policy.name.clone())),
            Object::Drop(drop) => self.dropped(drop),
            Object::Grant(grant) => self.grant(grant),
            Object::CreateRole(role) => self.role(&role.name, &role.options),
            Object::AlterRole(alter) => {
                if let (RoleSpec::Name(name), RoleChange::Options(options)) = (&alter.role, &alter.change) {
                    self.role(name, options);
                }
            }
            _ => {}
        }
    }

    fn dropped(&mut self, drop: &Drop) {
        for reference in &drop.objects {
            if let (ObjectName::On(_, table), crate::statement::object::reference::Kind::Policy) =
                (&reference.name, reference.kind)
            {
                self.touch(table, What::DropPolicy);
            }
        }
    }

    fn grant(&mut self, grant: &Grant) {
        match &grant.target {
            GrantTarget::Tables(names) => names.iter().for_each(|name| self.touch(name, What::Grant)),
            GrantTarget::AllInSchemas(_, schemas) => {
                let all = self.catalog.relations().map(|relation| relation.name.clone());
                let within = |name: &Name| name.schema().is_some_and(|schema| schemas.contains(schema));
                let names: Vec<Name> = all.filter(within).collect();
                for mut name in names {
                    name.span = self.origin.span;
                    self.touch(&name, What::Grant);
                }
            }
            _ => {}
        }
    }

    fn role(&mut self, name: &Ident, options: &[RoleOption]) {
        let mut said = options.iter().filter_map(|option| match option {
            RoleOption::Attribute(RoleAttribute::BypassRls, on) => Some(*on),
            _ => None,
        });
        if let Some(on) = said.next_back() {
            self.shapes.roles.insert(name.clone(), (on, self.origin));
        }
    }
}
