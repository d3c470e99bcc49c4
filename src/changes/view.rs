//! Views and materialized views: made, replaced, filled.

use std::fmt;

use super::{Change, ChangeKind, CreateIndex, DropRelation, IndexBuild, Inverse, Lock, Reach, SetDefault, property};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Relation};
use crate::pg::{Ident, LockMode, Name, TypeName};
use crate::query::Query;
use crate::resolve::qualify;
use crate::statement::print::{InParens, Lead, When};
use crate::statement::relation::{Persistence, WithData};

/// `CREATE [OR REPLACE] VIEW` and `CREATE MATERIALIZED VIEW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateView {
    /// The view.
    pub view: Name,
    /// What it is made of.
    pub relation: Box<Relation>,
    /// Its query, with names as short as a statement can give them.
    pub query: Box<Query>,
    /// Whether it may stand for another one.
    pub mode: CreateMode,
}

/// Whether a view is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateMode {
    /// Nothing has its name.
    New,
    /// It takes the place of another view.
    Replace,
}

/// `REFRESH MATERIALIZED VIEW` that changes whether it holds rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshView {
    /// The view.
    pub view: Name,
    /// Whether it is filled.
    pub with_data: WithData,
}

impl CreateView {
    /// Makes a view of a relation that holds its query.
    pub(crate) fn new(catalog: &Catalog, relation: Relation, mode: CreateMode) -> Option<Self> {
        let mut query = Box::new(relation.view.as_ref()?.query.clone());
        qualify::shorten(catalog, &mut query);
        Some(CreateView { view: catalog.shown(&relation.name), relation: Box::new(relation), query, mode })
    }

    /// Makes the changes that bring a view back as it was; `None` when its query is not known.
    pub(crate) fn anew(relation: &Relation, before: &Catalog) -> Option<Vec<Change>> {
        let mut changes = vec![CreateView::new(before, stripped(relation), CreateMode::New)?.into()];
        let view = before.shown(&relation.name);
        for column in relation.columns.iter().filter(|column| column.default.is_some()) {
            let (table, column, default) = (view.clone(), column.name.clone(), column.default.clone());
            changes.push(SetDefault { table, column, default, reach: Reach::Tree }.into());
        }
        for index in &relation.indexes {
            let index = property::bare(relation).index(&index.name).cloned().unwrap_or_else(|| index.clone());
            changes.push(CreateIndex { table: view.clone(), index, build: IndexBuild::Blocking }.into());
        }
        changes.extend(property::restore(before, &Address::Relation(relation.name.clone())));
        Some(changes)
    }

    /// The relation as it is after it took the place of another.
    fn replaced(&self, old: &Relation) -> Relation {
        let mut new = (*self.relation).clone();
        new.shared = old.shared.clone();
        new.triggers.clone_from(&old.triggers);
        new.rules.clone_from(&old.rules);
        for column in &mut new.columns {
            if let Some(found) = old.column(&column.name) {
                column.default.clone_from(&found.default);
                column.shared = found.shared.clone();
            }
        }
        new
    }

    /// A view can only get more columns; the first stay what they are.
    fn check(&self, old: &Relation) -> Result<(), CatalogError> {
        let refused = |message: String| Err(CatalogError::Refused { sqlstate: "42P16", message });
        if old.kind != Kind::View {
            return Err(CatalogError::WrongKind(self.view.clone(), "a view"));
        }
        let (then, now) = (&old.columns, &self.relation.columns);
        if then.is_empty() || now.is_empty() {
            return Ok(());
        }
        if now.len() < then.len() {
            return refused(format!("cannot drop columns from view `{}`", self.view));
        }
        for (then, now) in then.iter().zip(now) {
            if then.name != now.name {
                return refused(format!("cannot change name of view column `{}` to `{}`", then.name, now.name));
            }
            if let (Some(a), Some(b)) = (&then.type_name, &now.type_name)
                && surely_differ(a, b)
            {
                return refused(format!("cannot change data type of view column `{}` from {a} to {b}", then.name));
            }
        }
        Ok(())
    }

    /// Brings the old view back where it has fewer columns: it is made anew, and so is every view on it.
    fn rebuild(&self, old: &Relation, before: &Catalog) -> Option<Inverse> {
        let mut views = Vec::new();
        for definer in before.cascade(&Address::Relation(old.name.clone())) {
            let Address::Relation(name) = &definer.address else { return None };
            views.push(before.relation(name)?);
        }
        views.push(old);
        let drop = |view: &&Relation| {
            let relation = before.shown(&view.name);
            Change::from(DropRelation { relation, kind: view.kind, referenced: Vec::new(), rows: super::Dropped::Lost })
        };
        let mut changes: Vec<Change> = views.iter().map(drop).collect();
        for view in views.iter().rev() {
            changes.extend(CreateView::anew(view, before)?);
        }
        Some(Inverse::Exact(changes))
    }
}

/// Types that are known under their catalog names differ when those do; others may be two words for one.
fn surely_differ(a: &TypeName, b: &TypeName) -> bool {
    let is_known = a.builtin_name().is_some() && b.builtin_name().is_some();
    is_known && (a.identity() != b.identity() || a.modifiers != b.modifiers)
}

/// A view without what is brought back by changes of its own.
fn stripped(relation: &Relation) -> Relation {
    let mut bare = property::bare(relation);
    bare.indexes.clear();
    bare.triggers.clear();
    bare.rules.clear();
    bare.columns.iter_mut().for_each(|column| column.default = None);
    bare
}

impl ChangeKind for CreateView {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let name = &self.relation.name;
        if let (CreateMode::Replace, Some(old)) = (self.mode, catalog.relation(name)) {
            self.check(old)?;
            let new = self.replaced(old);
            catalog.insert(new);
            return Ok(());
        }
        let schema = name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        if catalog.has_relation_name(&schema, name.last()) {
            return Err(CatalogError::DuplicateTable(self.view.clone()));
        }
        catalog.insert((*self.relation).clone());
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let old = before.relation(&self.relation.name).filter(|_| self.mode == CreateMode::Replace);
        let Some(old) = old else {
            let relation = self.view.clone();
            return Inverse::exact(DropRelation {
                relation,
                kind: self.relation.kind,
                referenced: Vec::new(),
                rows: super::Dropped::Lost,
            });
        };
        if self.replaced(old) == *old {
            return Inverse::Nothing;
        }
        let keeps_columns = !old.columns.is_empty() && old.columns.len() == self.relation.columns.len();
        let back = match CreateView::new(before, stripped(old), CreateMode::Replace) {
            Some(back) if keeps_columns => Some(Inverse::exact(back)),
            _ => self.rebuild(old, before),
        };
        back.unwrap_or_else(|| {
            Inverse::underivable(format!("what depends on the old columns of `{}` is not followed", self.view))
        })
    }

    fn locks(&self) -> Vec<Lock> {
        match self.mode {
            CreateMode::New => Vec::new(),
            CreateMode::Replace => vec![Lock::new(&self.view, LockMode::AccessExclusive)],
        }
    }
}

impl fmt::Display for CreateView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relation { kind, storage, view, persistence, .. } = &*self.relation;
        let Some(found) = view else { return Err(fmt::Error) };
        if *kind == Kind::MaterializedView {
            write!(f, "CREATE MATERIALIZED VIEW {}{}{storage}", self.view, InParens(" ", &found.columns))?;
            return write!(f, " AS {}{}", self.query, found.with_data);
        }
        let temporary = When(*persistence == Persistence::Temporary, "TEMPORARY ");
        let replace = When(self.mode == CreateMode::Replace, "OR REPLACE ");
        write!(f, "CREATE {replace}{temporary}VIEW {}{}", self.view, InParens(" ", &found.columns))?;
        write!(f, "{} AS {}", InParens(" WITH ", &storage.parameters), self.query)?;
        write!(f, "{}", Lead(" WITH ", &found.check_option))?;
        write!(f, "{}", When(found.check_option.is_some(), " CHECK OPTION"))
    }
}

impl ChangeKind for RefreshView {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut relation = catalog.existing_mut(&self.view)?;
        match &mut relation.view {
            Some(view) => view.with_data = self.with_data,
            None => return Err(CatalogError::WrongKind(self.view.clone(), "a materialized view")),
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let old = before.relation(&self.view).and_then(|relation| relation.view.as_ref());
        match old.map(|view| view.with_data) {
            Some(with_data) if with_data != self.with_data => {
                Inverse::exact(RefreshView { view: self.view.clone(), with_data })
            }
            _ => Inverse::Nothing,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.view, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RefreshView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REFRESH MATERIALIZED VIEW {}{}", self.view, self.with_data)
    }
}
