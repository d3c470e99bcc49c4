//! What ALTER does alike to objects of every kind.

use super::reference;
use super::role_spec::role_spec;
use crate::statement::object::alter_object::{AlterObject, ObjectAction};
use crate::statement::object::reference::Kind;
use crate::syntax::cursor::{Cursor, Parsed};

/// Reads what follows `ALTER <kind>` when it is an action that many kinds share; otherwise takes nothing.
///
/// # Errors
///
/// The action is one of these and cannot be read, or not one for this kind.
pub fn alter(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Option<AlterObject>> {
    let start = cursor.index();
    let if_exists = kind == Kind::Policy && cursor.eat_if_exists();
    // What is no plain reference belongs to a form of its own, as `ALTER ROLE ALL`.
    let Ok(object) = reference::of_kind(cursor, kind) else {
        cursor.seek(start);
        return Ok(None);
    };
    match action(cursor, kind)? {
        Some(action) => Ok(Some(AlterObject { object, if_exists, action })),
        None => {
            cursor.seek(start);
            Ok(None)
        }
    }
}

/// Takes a shared action; `None` when another one stands here, or this kind does not know it.
///
/// # Errors
///
/// The action cannot be read.
pub fn action(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Option<ObjectAction>> {
    let found = if renames(kind) && cursor.eat_words(&["rename", "to"]) {
        ObjectAction::Rename(cursor.ident()?)
    } else if has_owner(kind) && cursor.eat_words(&["owner", "to"]) {
        ObjectAction::Owner(role_spec(cursor)?)
    } else if has_schema(kind) && sets_schema(cursor) {
        ObjectAction::Schema(cursor.ident()?)
    } else if may_depend(kind) && cursor.eat_words(&["depends", "on", "extension"]) {
        ObjectAction::DependsOn(cursor.ident()?)
    } else if may_depend(kind) && cursor.eat_words(&["no", "depends", "on", "extension"]) {
        ObjectAction::NoDependsOn(cursor.ident()?)
    } else {
        return Ok(None);
    };
    Ok(Some(found))
}

/// Takes `SET SCHEMA` before a name; before TO, `=` or a string it is a setting of a routine.
fn sets_schema(cursor: &mut Cursor<'_>) -> bool {
    let is_setting = cursor.is_word_at(2, "to") || cursor.peek_text(2) == "=" || cursor.peek_text(2).ends_with('\'');
    !is_setting && cursor.eat_words(&["set", "schema"])
}

fn renames(kind: Kind) -> bool {
    !matches!(kind, Kind::LargeObject | Kind::Operator | Kind::AccessMethod | Kind::Cast | Kind::Transform)
}

fn has_owner(kind: Kind) -> bool {
    use Kind as K;
    matches!(
        kind,
        K::Aggregate
            | K::Collation
            | K::Conversion
            | K::Database
            | K::EventTrigger
            | K::ForeignDataWrapper
            | K::Function
            | K::Language
            | K::LargeObject
            | K::Operator
            | K::OperatorClass
            | K::OperatorFamily
            | K::Procedure
            | K::Publication
            | K::Routine
            | K::Server
            | K::Subscription
            | K::Tablespace
            | K::TextSearchConfiguration
            | K::TextSearchDictionary
    )
}

fn has_schema(kind: Kind) -> bool {
    use Kind as K;
    matches!(
        kind,
        K::Aggregate
            | K::Collation
            | K::Conversion
            | K::Function
            | K::Operator
            | K::OperatorClass
            | K::OperatorFamily
            | K::Procedure
            | K::Routine
            | K::TextSearchConfiguration
            | K::TextSearchDictionary
            | K::TextSearchParser
            | K::TextSearchTemplate
    )
}

fn may_depend(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Procedure | Kind::Routine | Kind::Trigger)
}
