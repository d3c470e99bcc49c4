//! What the statements of a body change: the variables that they assign, and the cursors that they open.

use std::collections::BTreeSet;

use super::analysis::Analysis;
use crate::pg::Ident;
use crate::procedure::{
    Block, DeclarationKind, Loop, LoopHeader, SqlKind, Statement, StatementKind, Target, TargetRoot,
};
use crate::query::Step;
use crate::statement::Statement as Any;
use crate::statement::session::Statement as Session;

/// What is looked for in statements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    /// The variables that are assigned.
    Assigned,
    /// Those, and the cursors that are opened, which stand elsewhere then.
    Changed,
}

impl Analysis<'_> {
    /// Returns the variables that statements assign, and the cursors that they open.
    pub(super) fn changed_by(&self, statements: &[Statement]) -> BTreeSet<Ident> {
        self.found_in(statements, Sought::Changed)
    }

    /// Returns the variables that a block assigns, by whichever of their names, and the cursors that it opens.
    pub(super) fn changed_in(&self, block: &Block) -> BTreeSet<Ident> {
        let mut names = BTreeSet::new();
        collect_in((self, Sought::Changed), block, &mut names);
        names
    }

    /// Returns the variables that a block assigns.
    pub(super) fn assigned_in(&self, block: &Block) -> BTreeSet<Ident> {
        let mut names = BTreeSet::new();
        collect_in((self, Sought::Assigned), block, &mut names);
        names
    }

    fn found_in(&self, statements: &[Statement], sought: Sought) -> BTreeSet<Ident> {
        let mut names = BTreeSet::new();
        statements.iter().for_each(|statement| collect((self, sought), &statement.kind, &mut names));
        names
    }
}

fn collect((analysis, sought): (&Analysis<'_>, Sought), kind: &StatementKind, names: &mut BTreeSet<Ident>) {
    let all = |statements: &[Statement], names: &mut BTreeSet<Ident>| {
        statements.iter().for_each(|statement| collect((analysis, sought), &statement.kind, names));
    };
    match kind {
        StatementKind::Assign { target, .. } => note(target, names),
        StatementKind::Block(block) => collect_in((analysis, sought), block, names),
        StatementKind::If { branches, otherwise } => {
            branches.iter().for_each(|branch| all(&branch.statements, names));
            all(otherwise.as_deref().unwrap_or(&[]), names);
        }
        StatementKind::Case { branches, otherwise, .. } => {
            branches.iter().for_each(|branch| all(&branch.statements, names));
            all(otherwise.as_deref().unwrap_or(&[]), names);
        }
        StatementKind::Open { cursor, .. } if sought == Sought::Changed => note(cursor, names),
        StatementKind::Loop(found) => {
            targets(found).iter().for_each(|target| note(target, names));
            if let (LoopHeader::Cursor { cursor, .. }, Sought::Changed) = (&found.header, sought) {
                note(cursor, names);
            }
            all(&found.statements, names);
        }
        StatementKind::Execute { into: Some(into), .. } | StatementKind::Fetch { into: Some(into), .. } => {
            into.targets.iter().for_each(|target| note(target, names));
        }
        StatementKind::GetDiagnostics { items, .. } => items.iter().for_each(|item| note(&item.target, names)),
        StatementKind::Sql(sql) => {
            sql.into.iter().flat_map(|into| &into.targets).for_each(|target| note(target, names));
            if let SqlKind::Statement(statement) = &sql.kind
                && let Any::Session(session) = &**statement
                && let Session::Call(call) = &**session
            {
                names.extend(analysis.given_back(&call.call));
            }
        }
        _ => {}
    }
}

fn collect_in(what: (&Analysis<'_>, Sought), block: &Block, names: &mut BTreeSet<Ident>) {
    let handlers = block.handlers.iter().map(|handler| &handler.statements);
    let all = std::iter::once(&block.statements).chain(handlers).flatten();
    all.for_each(|statement| collect(what, &statement.kind, names));
    for declaration in block.declarations.iter().rev() {
        if let DeclarationKind::Alias(of) = &declaration.kind
            && names.contains(&declaration.name)
        {
            names.extend(named(of));
        }
    }
}

fn note(target: &Target, names: &mut BTreeSet<Ident>) {
    names.extend(named(target));
}

/// The names in a target: the first may be a label or a routine's name, and then the second is the variable.
pub(super) fn named(target: &Target) -> BTreeSet<Ident> {
    let root = match &target.root {
        TargetRoot::Name(name) => Some(name),
        TargetRoot::Parameter(_) => None,
    };
    let field = match target.steps.first() {
        Some(Step::Field(field)) => Some(field),
        _ => None,
    };
    root.into_iter().chain(field).cloned().collect()
}

/// Returns the variables of a loop.
pub(super) fn targets(found: &Loop) -> &[Target] {
    match &found.header {
        LoopHeader::Forever | LoopHeader::While(_) => &[],
        LoopHeader::Integer { variable, .. } => std::slice::from_ref(variable),
        LoopHeader::Query { targets, .. }
        | LoopHeader::Cursor { targets, .. }
        | LoopHeader::Execute { targets, .. }
        | LoopHeader::Array { targets, .. } => targets,
    }
}
