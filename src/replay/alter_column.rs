//! `ALTER TABLE … ALTER COLUMN`.

use super::actions::Altered;
use super::sequence::{self, refused};
use super::{Lowering, cascade, keys, not_null, setting};
use crate::catalog::{Address, CatalogError, Column, Generated, Sequence, settle};
use crate::changes::property::Setting;
use crate::changes::{
    AddIdentity, AlterSequence, DropIdentity, DropNotNull, Fill, SetDefault, SetExpression, SetIdentity, SetNotNull,
    SetType,
};
use crate::pg::{Ident, TypeName};
use crate::query::Expr;
use crate::statement::relation::{
    AlterColumn, ColumnChange, ColumnChoice, GeneratedWhen, IdentityChange, SequenceOption,
};

/// Lowers the change of one column.
pub(super) fn lower(lowering: &mut Lowering<'_>, table: &mut Altered<'_>, alter: &AlterColumn) {
    let ColumnChoice::Name(column) = &alter.column else {
        return lowering.skip("ALTER COLUMN number");
    };
    match &alter.change {
        ColumnChange::AddIdentity { generated, sequence } => {
            add_identity(lowering, table, column, (*generated, sequence));
        }
        ColumnChange::AlterIdentity(changes) => alter_identity(lowering, table, column, changes),
        ColumnChange::SetNotNull if not_null::set(lowering, table, column) => {}
        ColumnChange::DropIdentity { if_exists } => drop_identity(lowering, table, column, *if_exists),
        change => plain(lowering, table, column, change),
    }
}

fn plain(lowering: &mut Lowering<'_>, altered: &Altered<'_>, column: &Ident, change: &ColumnChange) {
    let (table, column, reach) = (altered.shown.clone(), column.clone(), altered.reach);
    if let Some(error) = makes_itself(altered, &column, change) {
        return lowering.fail(error);
    }
    match change {
        ColumnChange::SetDefault(value) => {
            let mut value = value.clone();
            settle(&mut value, lowering.catalog);
            let current = altered.current(&lowering.effects.changes);
            let type_name = current.column(&column).and_then(|found| found.type_name.as_ref());
            let default = lowering.catalog.kept_default(Some(value), type_name);
            lowering.push(SetDefault { table, column, reach, default });
        }
        ColumnChange::DropDefault => lowering.push(SetDefault { table, column, reach, default: None }),
        ColumnChange::SetNotNull => lowering.push(SetNotNull { table, column, reach }),
        ColumnChange::DropNotNull
            if keys::in_primary_key(&altered.current(&lowering.effects.changes), &column) && !altered.drops_keys() =>
        {
            lowering.fail(refused("42P16", format!("column `{column}` is in a primary key")));
        }
        ColumnChange::DropNotNull if not_null::drop(lowering, altered, &column) => {}
        ColumnChange::DropNotNull => lowering.push(DropNotNull { table, column, reach, fill: Fill::Nothing }),
        ColumnChange::SetType { type_name, collation, using } => {
            let below = lowering.catalog.descendants(&altered.relation.name);
            let tables = std::iter::once(altered.relation.name.clone()).chain(below);
            for table in tables {
                if cascade::keeps_type(lowering, &Address::Column(table, column.clone())) {
                    return;
                }
            }
            retype_sequence(lowering, altered, &column, type_name);
            let (type_name, collation, using) = (type_name.clone(), collation.clone(), using.clone());
            lowering.push(SetType { table, column, type_name, collation, using, kept: None, fill: None });
        }
        ColumnChange::SetExpression(value) => set_expression(lowering, altered, &column, Some(value)),
        ColumnChange::DropExpression { if_exists } => {
            let found = altered.column(&column).and_then(|found| found.generated.as_ref());
            let is_generated = matches!(found, Some(Generated::Expression(..)));
            if is_generated || !if_exists {
                set_expression(lowering, altered, &column, None);
            }
        }
        other => settings(lowering, altered, &column, other),
    }
}

fn settings(lowering: &mut Lowering<'_>, table: &Altered<'_>, name: &Ident, change: &ColumnChange) {
    let Some(found) = find(lowering, table, name) else { return };
    let of = Address::Column(table.relation.name.clone(), name.clone());
    match change {
        ColumnChange::SetStatistics(target) => {
            let target = target.filter(|target| *target >= 0);
            setting::each_column(lowering, table, name, |_, reach| Some(Setting::Statistics { reach, target }));
        }
        ColumnChange::SetParameters(list) => setting::set(lowering, &of, list),
        ColumnChange::ResetParameters(list) => setting::reset(lowering, &of, list),
        ColumnChange::SetStorage(wanted) => {
            setting::each_column(lowering, table, name, |found, reach| Some(setting::storage(found, wanted, reach)));
        }
        ColumnChange::SetCompression(method) => {
            let method = Some(method.clone()).filter(|name| name != "default");
            setting::push(lowering, &of, Setting::Compression(method));
        }
        ColumnChange::Options(changes) => setting::options(lowering, &of, &found.options, changes),
        _ => {}
    }
}

fn set_expression(lowering: &mut Lowering<'_>, altered: &Altered<'_>, name: &Ident, value: Option<&Expr>) {
    let Some(found) = find(lowering, altered, name) else { return };
    if !matches!(found.generated, Some(Generated::Expression(..))) {
        let message = format!("column `{name}` of relation `{}` is not a generated column", altered.shown);
        return lowering.fail(refused("55000", message));
    }
    let (table, column, reach) = (altered.shown.clone(), name.clone(), altered.reach);
    lowering.push(SetExpression { table, column, reach, value: value.cloned().map(Box::new) });
}

/// Says why a column whose values make themselves keeps its default and its NOT NULL.
fn makes_itself(altered: &Altered<'_>, column: &Ident, change: &ColumnChange) -> Option<CatalogError> {
    let about_default = matches!(change, ColumnChange::SetDefault(_) | ColumnChange::DropDefault);
    let about_null = matches!(change, ColumnChange::DropNotNull);
    let what = match altered.column(column)?.generated.as_ref()? {
        Generated::Identity(_) if (about_default || about_null) && !altered.drops_identity(column) => "an identity",
        Generated::Expression(..) if about_default && !altered.drops_expression(column) => "a generated",
        _ => return None,
    };
    let message = format!("column `{column}` of relation `{}` is {what} column", altered.shown);
    Some(refused("42601", message))
}

/// The sequence of an identity column takes over its type.
fn retype_sequence(lowering: &mut Lowering<'_>, table: &Altered<'_>, column: &Ident, type_name: &TypeName) {
    let found = lowering.catalog.identity_sequence(&table.relation.name, column);
    let Some(found) = found else { return };
    let Some(integer) = Sequence::integer(type_name) else {
        let message = "identity column type must be smallint, integer, or bigint";
        return lowering.fail(refused("22023", message.to_owned()));
    };
    let Some(old) = &found.sequence else { return };
    match sequence::resolve(&[SequenceOption::As(integer)], Some(old), old.type_name.clone()) {
        Ok(to) => {
            let options = to.changes_from(old);
            if !options.is_empty() {
                let sequence = lowering.catalog.shown(&found.name);
                lowering.push(AlterSequence { sequence, to: Box::new(to), options });
            }
        }
        Err(error) => lowering.fail(error),
    }
}

/// Finds the column that is changed; a table whose columns are not known gives none, and no error.
fn find(lowering: &mut Lowering<'_>, table: &Altered<'_>, column: &Ident) -> Option<Column> {
    let found = table.column(column).cloned();
    if found.is_none() {
        match table.relation.is_known_table() {
            true => lowering.fail(CatalogError::UndefinedColumn(table.shown.clone(), column.clone())),
            false => lowering.skip("a column of a table whose columns are not known"),
        }
    }
    found
}

fn is_identity(column: &Column) -> bool {
    matches!(column.generated, Some(Generated::Identity(_)))
}

fn add_identity(
    lowering: &mut Lowering<'_>,
    table: &mut Altered<'_>,
    name: &Ident,
    (when, options): (GeneratedWhen, &[SequenceOption]),
) {
    let Some(found) = find(lowering, table, name) else { return };
    let what = format!("column `{name}` of relation `{}`", table.shown);
    let complaint = if is_identity(&found) {
        format!("{what} is already an identity column")
    } else if found.default.is_some() || found.generated.is_some() {
        format!("{what} already has a default value")
    } else if !found.not_null && !table.sets_not_null(name) {
        format!("{what} must be declared NOT NULL before identity can be added")
    } else {
        String::new()
    };
    if !complaint.is_empty() {
        return lowering.fail(refused("55000", complaint));
    }
    let type_name = found.type_name.clone();
    match sequence::of_identity(&mut table.names, (table.relation, name), type_name.as_ref(), options) {
        Ok(sequence) => {
            let sequence = sequence::logged_before_15(sequence, lowering.catalog);
            let mut column = Box::new(found);
            column.generated = Some(Generated::Identity(when));
            lowering.push(AddIdentity { table: table.shown.clone(), column, sequence: Box::new(sequence) });
        }
        Err(error) => lowering.fail(error),
    }
}

fn alter_identity(lowering: &mut Lowering<'_>, table: &Altered<'_>, name: &Ident, changes: &[IdentityChange]) {
    let Some(found) = find(lowering, table, name) else { return };
    if !is_identity(&found) {
        let message = format!("column `{name}` of relation `{}` is not an identity column", table.shown);
        return lowering.fail(refused("55000", message));
    }
    for change in changes {
        if let IdentityChange::Generated(when) = change {
            lowering.push(SetIdentity { table: table.shown.clone(), column: name.clone(), when: *when });
        }
    }
    let options: Vec<SequenceOption> = changes.iter().filter_map(option).collect();
    if let Some(sequence) = lowering.catalog.identity_sequence(&table.relation.name, name) {
        sequence::options(lowering, sequence, &options);
    }
}

fn option(change: &IdentityChange) -> Option<SequenceOption> {
    match change {
        IdentityChange::Sequence(option) => Some(option.clone()),
        IdentityChange::Generated(_) => None,
    }
}

fn drop_identity(lowering: &mut Lowering<'_>, table: &Altered<'_>, name: &Ident, if_exists: bool) {
    let Some(found) = find(lowering, table, name) else { return };
    if is_identity(&found) {
        return lowering.push(DropIdentity { table: table.shown.clone(), column: name.clone() });
    }
    if !if_exists {
        let message = format!("column `{name}` of relation `{}` is not an identity column", table.shown);
        lowering.fail(refused("55000", message));
    }
}
