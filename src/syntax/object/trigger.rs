//! Triggers on relations and on events.

use crate::pg::Name;
use crate::statement::object::trigger::{
    AlterEventTrigger, ConstraintTrigger, CreateEventTrigger, CreateTrigger, EventFilter, Transition, TransitionShape,
    TriggerEvent, TriggerLevel, TriggerTiming,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::in_parentheses;
use crate::syntax::object::parameter::possibly_empty;
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `CREATE [OR REPLACE] TRIGGER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<CreateTrigger> {
    let mut found = head(cursor)?;
    found.or_replace = or_replace;
    if cursor.eat("referencing") {
        while !cursor.is_word("for") && !cursor.is_word("when") && !cursor.is_word("execute") {
            found.transitions.push(transition(cursor)?);
        }
    }
    found.level = level(cursor)?;
    tail(cursor, &mut found)?;
    Ok(found)
}

/// Reads what follows `CREATE CONSTRAINT TRIGGER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_constraint(cursor: &mut Cursor<'_>) -> Parsed<CreateTrigger> {
    let mut found = head(cursor)?;
    if found.timing != TriggerTiming::After {
        return Err(cursor.error("AFTER, the only time of a constraint trigger"));
    }
    let from = if cursor.eat("from") { Some(cursor.name()?) } else { None };
    found.constraint = Some(deferral(cursor, from)?);
    cursor.expect_words(&["for"])?;
    cursor.eat("each");
    cursor.expect("row")?;
    found.level = TriggerLevel::Row;
    tail(cursor, &mut found)?;
    Ok(found)
}

/// Name, time, events and relation.
fn head(cursor: &mut Cursor<'_>) -> Parsed<CreateTrigger> {
    let name = cursor.ident()?;
    let timing = words::expect_one_of(cursor, "BEFORE, AFTER or INSTEAD OF")?;
    let mut events = vec![event(cursor)?];
    while cursor.eat("or") {
        let next = event(cursor)?;
        if events.iter().any(|other| std::mem::discriminant(other) == std::mem::discriminant(&next)) {
            return Err(cursor.error("each event once"));
        }
        events.push(next);
    }
    cursor.expect("on")?;
    let relation = cursor.name()?;
    Ok(CreateTrigger {
        or_replace: false,
        constraint: None,
        name,
        timing,
        events,
        function: relation.clone(),
        relation,
        transitions: Vec::new(),
        level: TriggerLevel::Statement,
        condition: None,
        arguments: Vec::new(),
    })
}

/// Condition, function and arguments.
fn tail(cursor: &mut Cursor<'_>, found: &mut CreateTrigger) -> Parsed<()> {
    if cursor.eat("when") {
        found.condition = Some(in_parentheses(cursor)?);
    }
    found.function = executed(cursor)?;
    found.arguments = possibly_empty(cursor, argument)?;
    Ok(())
}

/// Takes `EXECUTE FUNCTION name`.
fn executed(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    cursor.expect("execute")?;
    if cursor.eat_one_of(&["function", "procedure"]).is_none() {
        return Err(cursor.error("FUNCTION"));
    }
    cursor.qualified(NameSort::Function)
}

fn event(cursor: &mut Cursor<'_>) -> Parsed<TriggerEvent> {
    match cursor.eat_one_of(&["insert", "delete", "update", "truncate"]) {
        Some("insert") => Ok(TriggerEvent::Insert),
        Some("delete") => Ok(TriggerEvent::Delete),
        Some("truncate") => Ok(TriggerEvent::Truncate),
        Some(_) if cursor.eat("of") => words::idents(cursor).map(TriggerEvent::Update),
        Some(_) => Ok(TriggerEvent::Update(Vec::new())),
        None => Err(cursor.error("INSERT, UPDATE, DELETE or TRUNCATE")),
    }
}

fn transition(cursor: &mut Cursor<'_>) -> Parsed<Transition> {
    let version = words::expect_one_of(cursor, "OLD or NEW")?;
    let shape = words::expect_one_of::<TransitionShape>(cursor, "TABLE")?;
    cursor.eat("as");
    Ok(Transition { version, shape, name: cursor.ident()? })
}

/// Takes `FOR [EACH] ROW` or `STATEMENT`; without it a trigger fires for each statement.
fn level(cursor: &mut Cursor<'_>) -> Parsed<TriggerLevel> {
    if !cursor.eat("for") {
        return Ok(TriggerLevel::Statement);
    }
    cursor.eat("each");
    match cursor.eat_one_of(&["row", "statement"]) {
        Some("row") => Ok(TriggerLevel::Row),
        Some(_) => Ok(TriggerLevel::Statement),
        None => Err(cursor.error("ROW or STATEMENT")),
    }
}

/// Takes the deferral words; INITIALLY DEFERRED alone implies DEFERRABLE.
fn deferral(cursor: &mut Cursor<'_>, from: Option<Name>) -> Parsed<ConstraintTrigger> {
    let (mut deferrable, mut initially) = (None, None);
    loop {
        let (slot, value) = if cursor.eat_words(&["not", "deferrable"]) {
            (&mut deferrable, false)
        } else if cursor.eat("deferrable") {
            (&mut deferrable, true)
        } else if cursor.eat_words(&["initially", "deferred"]) {
            (&mut initially, true)
        } else if cursor.eat_words(&["initially", "immediate"]) {
            (&mut initially, false)
        } else {
            break;
        };
        if slot.is_some_and(|before| before != value) {
            return Err(cursor.error("no contradiction"));
        }
        *slot = Some(value);
    }
    let initially_deferred = initially == Some(true);
    if initially_deferred && deferrable == Some(false) {
        return Err(cursor.error("DEFERRABLE, which INITIALLY DEFERRED needs"));
    }
    Ok(ConstraintTrigger { from, deferrable: deferrable == Some(true) || initially_deferred, initially_deferred })
}

/// Takes an argument of any literal form, or a word; all of them are strings to PostgreSQL.
fn argument(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if cursor.is(TokenKind::Number) {
        let start = cursor.index();
        if let Ok(number) = cursor.integer()
            && i32::try_from(number).is_ok()
        {
            return Ok(number.to_string());
        }
        cursor.seek(start);
        return words::number(cursor);
    }
    if words::is_string(cursor) {
        return cursor.string();
    }
    Ok(cursor.name_of(NameSort::Label)?.as_str().into())
}

/// Reads what follows `CREATE EVENT TRIGGER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_event(cursor: &mut Cursor<'_>) -> Parsed<CreateEventTrigger> {
    let name = cursor.ident()?;
    cursor.expect("on")?;
    let event = cursor.name_of(NameSort::Label)?;
    let mut filters = Vec::new();
    if cursor.eat("when") {
        filters.push(filter(cursor)?);
        while cursor.eat("and") {
            filters.push(filter(cursor)?);
        }
    }
    let function = executed(cursor)?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(CreateEventTrigger { name, event, filters, function })
}

fn filter(cursor: &mut Cursor<'_>) -> Parsed<EventFilter> {
    let variable = cursor.ident()?;
    cursor.expect("in")?;
    Ok(EventFilter { variable, values: cursor.parenthesised(Cursor::string)? })
}

/// Reads what follows the name of ALTER EVENT TRIGGER when it switches the trigger.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_event(cursor: &mut Cursor<'_>) -> Parsed<AlterEventTrigger> {
    let name = cursor.ident()?;
    Ok(AlterEventTrigger { name, firing: words::expect_one_of(cursor, "ENABLE or DISABLE")? })
}
