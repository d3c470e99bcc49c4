//! CREATE SEQUENCE, ALTER SEQUENCE, and the sequences of columns.

use super::{Lowering, kind_of, setting};
use crate::catalog::names::Names;
use crate::catalog::{Catalog, CatalogError, Class, Kind, ObjectId, Origin, Relation, Sequence};
use crate::changes::{AlterSequence, CreateSequence, OwnSequence};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::relation::{self as ddl, Persistence, SequenceOption};

/// Lowers CREATE SEQUENCE.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &ddl::CreateSequence) {
    let name = lowering.new_name(&create.name, kind_of(create.persistence, Kind::Sequence));
    if !lowering.is_free(&name, create.if_not_exists) {
        return;
    }
    let bigint = TypeName::builtin("int8", Span::default());
    let resolved = resolve(&create.options, None, bigint).and_then(|mut sequence| {
        sequence.owned_by =
            owner(lowering.catalog, (&name, lowering.catalog.session.role.as_ref()), &create.options)?.flatten();
        Ok(sequence)
    });
    let sequence = match resolved {
        Ok(sequence) => sequence,
        Err(error) => return lowering.fail(error),
    };
    let owner = sequence.owned_by.as_ref().map(|(table, column)| column_name(lowering.catalog, table, column));
    let mut relation = relation(name, create.persistence, sequence);
    relation.persistence = create.persistence;
    let sequence = lowering.catalog.shown(&relation.name);
    lowering.push(CreateSequence { sequence, relation: Box::new(relation), owner });
}

fn relation(name: Name, persistence: Persistence, sequence: Sequence) -> Relation {
    let mut relation = Relation::new(name, Kind::Sequence, Origin::default());
    relation.persistence = persistence;
    relation.sequence = Some(Box::new(sequence));
    relation
}

/// Returns `table.column` as short as the search path allows.
fn column_name(catalog: &Catalog, table: &Name, column: &Ident) -> Name {
    let mut name = catalog.shown(table);
    name.parts.push(column.clone());
    name
}

/// Finds the column that OWNED BY names; `None` when it is not written, and within when it says NONE.
fn owner(
    catalog: &Catalog,
    (sequence, role): (&Name, Option<&Ident>),
    options: &[SequenceOption],
) -> Result<Option<Option<(Name, Ident)>>, CatalogError> {
    let written = options.iter().find_map(|option| match option {
        SequenceOption::OwnedBy(owner) => Some(owner),
        _ => None,
    });
    let Some(owner) = written else { return Ok(None) };
    let Some(owner) = owner else { return Ok(Some(None)) };
    let Some((column, table)) = owner.parts.split_last().filter(|(_, table)| !table.is_empty()) else {
        return Err(refused("42601", "invalid OWNED BY option"));
    };
    let found = catalog.existing(&Name { parts: table.into(), span: owner.span })?;
    if !matches!(found.kind, Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs | Kind::Foreign) {
        return Err(refused("42809", format!("a sequence cannot be owned by relation `{}`", found.name)));
    }
    if found.name.schema() != sequence.schema() {
        return Err(refused("55000", "sequence must be in same schema as table it is linked to"));
    }
    // Who runs the history has a name that it does not tell, but is nobody whom it makes.
    let other = found.shared.owner();
    let is_made = |name: &Ident| catalog.object(&ObjectId::plain(Class::Role, name)).is_some();
    let is_another = match (role, other) {
        (Some(own), Some(other)) => own != other,
        (Some(one), None) | (None, Some(one)) => is_made(one),
        (None, None) => false,
    };
    if is_another {
        return Err(refused("55000", "sequence must have same owner as table it is linked to"));
    }
    if found.column(column).is_none() && found.is_known_table() {
        return Err(CatalogError::UndefinedColumn(catalog.shown(&found.name), column.clone()));
    }
    Ok(Some(Some((found.name.clone(), column.clone()))))
}

/// Makes what PostgreSQL refuses into an error.
pub(super) fn refused(sqlstate: &'static str, message: impl Into<String>) -> CatalogError {
    CatalogError::Refused { sqlstate, message: message.into() }
}

/// Makes the sequence of a new serial column.
pub(super) fn of_serial(names: &mut Names<'_>, table: &Relation, column: &Ident, type_name: TypeName) -> Relation {
    let mut sequence = Sequence::new(type_name);
    sequence.owned_by = Some((table.name.clone(), column.clone()));
    let name = names.relation(table.name.last(), Some(column.as_str()), "seq");
    relation(beside(&table.name, name), table.persistence, sequence)
}

/// Makes the sequence of a new identity column.
pub(super) fn of_identity(
    names: &mut Names<'_>,
    (table, column): (&Relation, &Ident),
    type_name: Option<&TypeName>,
    options: &[SequenceOption],
) -> Result<Relation, CatalogError> {
    let written = options.iter().find_map(|option| match option {
        SequenceOption::Name(name) => Some(name.last().clone()),
        _ => None,
    });
    let name = written.unwrap_or_else(|| names.relation(table.name.last(), Some(column.as_str()), "seq"));
    let bigint = TypeName::builtin("int8", Span::default());
    let type_name = match type_name {
        Some(written) => Sequence::integer(written)
            .or_else(|| is_foreign(written).then_some(bigint))
            .ok_or_else(|| refused("22023", "identity column type must be smallint, integer, or bigint"))?,
        None => bigint,
    };
    let mut sequence = resolve(options, None, type_name)?;
    sequence.owned_by = Some((table.name.clone(), column.clone()));
    sequence.identity = true;
    let persistence = options.iter().fold(table.persistence, |persistence, option| match option {
        SequenceOption::Logged => Persistence::Permanent,
        SequenceOption::Unlogged => Persistence::Unlogged,
        _ => persistence,
    });
    Ok(relation(beside(&table.name, name), persistence, sequence))
}

/// Before PostgreSQL 15 no sequence was unlogged.
pub(super) fn logged_before_15(mut made: Relation, catalog: &Catalog) -> Relation {
    if made.persistence == Persistence::Unlogged && !catalog.version.is_since(15) {
        made.persistence = Persistence::Permanent;
    }
    made
}

/// A type that is not PostgreSQL's own may be a domain or be written in another way.
fn is_foreign(type_name: &TypeName) -> bool {
    type_name.percent_type || type_name.name.schema().is_some_and(|schema| schema != "pg_catalog")
}

/// Returns a name in the schema of a relation.
pub(super) fn beside(relation: &Name, name: Ident) -> Name {
    let mut parts = relation.parts.clone();
    parts.pop();
    parts.push(name);
    Name { parts, span: relation.span }
}

/// Lowers ALTER SEQUENCE with options.
pub(super) fn alter(lowering: &mut Lowering<'_>, alter: &ddl::AlterSequence) {
    let found = match lowering.catalog.existing(&alter.name) {
        Ok(found) if found.kind == Kind::Sequence => found,
        Ok(found) => return lowering.fail(CatalogError::WrongKind(found.name.clone(), "a sequence")),
        Err(_) if alter.if_exists => return,
        Err(error) => return lowering.fail(error),
    };
    options(lowering, found, &alter.options);
}

/// Lowers the options that change a sequence.
pub(super) fn options(lowering: &mut Lowering<'_>, found: &Relation, options: &[SequenceOption]) {
    let Some(old) = &found.sequence else { return };
    let own = (&found.name, found.shared.owner());
    let sequence = lowering.catalog.shown(&found.name);
    let (to, owned_by) =
        match (resolve(options, Some(old), old.type_name.clone()), owner(lowering.catalog, own, options)) {
            (Ok(to), Ok(owned_by)) => (to, owned_by),
            (Err(error), _) | (_, Err(error)) => return lowering.fail(error),
        };
    if owned_by.is_some() && old.identity {
        return lowering.fail(refused("0A000", "cannot change ownership of identity sequence"));
    }
    let restart = options.iter().filter(|option| matches!(option, SequenceOption::Restart(_)));
    let changes: Vec<SequenceOption> = to.changes_from(old).into_iter().chain(restart.cloned()).collect();
    if !changes.is_empty() {
        lowering.push(AlterSequence { sequence: sequence.clone(), to: Box::new(to), options: changes });
    }
    if let Some(owned_by) = owned_by {
        let owned_by = owned_by.map(|(table, column)| (lowering.catalog.shown(&table), column));
        lowering.push(OwnSequence { sequence, owned_by });
    }
    for option in options {
        match option {
            SequenceOption::Logged => setting::persistence(lowering, found, Persistence::Permanent),
            SequenceOption::Unlogged => setting::persistence(lowering, found, Persistence::Unlogged),
            _ => {}
        }
    }
}

/// The value that the last option of a kind gives.
macro_rules! option {
    ($options:expr, $pattern:pat => $value:expr) => {
        $options.iter().rev().find_map(|option| match option {
            $pattern => Some($value),
            _ => None,
        })
    };
}

/// Works out how a sequence counts.
///
/// Source: `init_params` of PostgreSQL 15's `sequence.c`.
pub(super) fn resolve(
    options: &[SequenceOption],
    old: Option<&Sequence>,
    implied: TypeName,
) -> Result<Sequence, CatalogError> {
    let mut made = old.cloned().unwrap_or_else(|| Sequence::new(implied));
    let (least, greatest) = made.range();
    if let Some(written) = option!(options, SequenceOption::As(written) => written) {
        let wanted = "sequence type must be smallint, integer, or bigint";
        made.type_name = Sequence::integer(written).ok_or_else(|| refused("22023", wanted))?;
    }
    let retyped = old.is_some_and(|old| old.type_name != made.type_name);
    // A bound that was the old type's becomes the new type's.
    let (reset_min, reset_max) = (retyped && made.min == least, retyped && made.max == greatest);
    made.increment = option!(options, SequenceOption::Increment(step) => *step).unwrap_or(made.increment);
    if made.increment == 0 {
        return Err(refused("22023", "INCREMENT must not be zero"));
    }
    made.cycle = option!(options, SequenceOption::Cycle => true)
        .or(option!(options, SequenceOption::NoCycle => false))
        .unwrap_or(made.cycle);
    bounds(&mut made, options, (old.is_none(), reset_min, reset_max))?;
    made.start = match (option!(options, SequenceOption::Start(start) => *start), old) {
        (Some(start), _) => start,
        (None, None) => made.chosen().2,
        (None, Some(old)) => old.start,
    };
    made.cache = option!(options, SequenceOption::Cache(count) => *count).unwrap_or(made.cache);
    checked(made, options)
}

/// Sets the bounds that are written, reset, or new.
fn bounds(
    made: &mut Sequence,
    options: &[SequenceOption],
    (is_new, reset_min, reset_max): (bool, bool, bool),
) -> Result<(), CatalogError> {
    let (least, greatest) = made.range();
    let no_max = option!(options, SequenceOption::NoMaxValue => ()).is_some();
    let no_min = option!(options, SequenceOption::NoMinValue => ()).is_some();
    made.max = match option!(options, SequenceOption::MaxValue(value) => *value) {
        Some(value) => value,
        None if is_new || no_max || reset_max => {
            if made.increment > 0 || reset_max {
                greatest
            } else {
                -1
            }
        }
        None => made.max,
    };
    made.min = match option!(options, SequenceOption::MinValue(value) => *value) {
        Some(value) => value,
        None if is_new || no_min || reset_min => {
            if made.increment < 0 || reset_min {
                least
            } else {
                1
            }
        }
        None => made.min,
    };
    for (word, value) in [("MAXVALUE", made.max), ("MINVALUE", made.min)] {
        if value < least || value > greatest {
            let message = format!("{word} ({value}) is out of range for sequence data type {}", made.type_name);
            return Err(refused("22023", message));
        }
    }
    Ok(())
}

fn checked(made: Sequence, options: &[SequenceOption]) -> Result<Sequence, CatalogError> {
    let Sequence { min, max, start, cache, .. } = made;
    let restart = match option!(options, SequenceOption::Restart(value) => *value) {
        Some(value) => value.unwrap_or(start),
        None => start,
    };
    let complaint = if min >= max {
        format!("MINVALUE ({min}) must be less than MAXVALUE ({max})")
    } else if start < min {
        format!("START value ({start}) cannot be less than MINVALUE ({min})")
    } else if start > max {
        format!("START value ({start}) cannot be greater than MAXVALUE ({max})")
    } else if restart < min {
        format!("RESTART value ({restart}) cannot be less than MINVALUE ({min})")
    } else if restart > max {
        format!("RESTART value ({restart}) cannot be greater than MAXVALUE ({max})")
    } else if cache <= 0 {
        format!("CACHE ({cache}) must be greater than zero")
    } else {
        return Ok(made);
    };
    Err(refused("22023", complaint))
}
