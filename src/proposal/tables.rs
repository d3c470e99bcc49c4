//! The tables, columns and foreign keys that a text creates, as far as a proposal needs them.

use std::collections::BTreeMap;

use crate::pg::{Ident, Name};
use crate::syntax::cursor::Cursor;
use crate::syntax::lexer::{Lexeme, Lexer};
use crate::syntax::token::{Token, TokenKind};

/// A column: whether it must be set, and what it refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Whether it can be NULL.
    pub not_null: bool,
    /// The table that it refers to by itself, and the column there when it is written.
    pub refers_to: Option<(Name, Option<Ident>)>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its columns.
    pub columns: BTreeMap<Ident, Column>,
    /// Its primary key, when that is one column.
    pub primary_key: Option<Ident>,
}

/// Tables by name.
pub type Tables = BTreeMap<Name, Table>;

/// Reads CREATE TABLE, ALTER TABLE and DROP TABLE of a text into `tables`; everything else is passed over.
pub fn scan(text: &str, tables: &mut Tables) {
    let mut lexer = Lexer::new(text, 0);
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(lexeme) = lexer.next_lexeme() {
        match lexeme {
            Lexeme::Token(token) if token.kind == TokenKind::Semicolon => {
                statement(&mut Cursor::new(text, &tokens), tables);
                tokens.clear();
            }
            Lexeme::Token(token) => tokens.push(token),
            Lexeme::Comment(..) => {}
        }
    }
    statement(&mut Cursor::new(text, &tokens), tables);
}

fn statement(cursor: &mut Cursor<'_>, tables: &mut Tables) -> Option<()> {
    if cursor.eat("create") {
        cursor.eat("unlogged");
        create(cursor, tables)
    } else if cursor.eat_words(&["alter", "table"]) {
        alter(cursor, tables)
    } else if cursor.eat_words(&["drop", "table"]) {
        cursor.eat_if_exists();
        tables.remove(&cursor.name().ok()?);
        Some(())
    } else {
        None
    }
}

fn create(cursor: &mut Cursor<'_>, tables: &mut Tables) -> Option<()> {
    if !cursor.eat("table") {
        return None;
    }
    cursor.eat_if_not_exists();
    let name = cursor.name().ok()?;
    if !cursor.is(TokenKind::LeftParen) {
        return None;
    }
    let end = cursor.matching(cursor.index()).ok()?;
    let mut table = Table::default();
    cursor.seek(cursor.index() + 1);
    while cursor.index() + 1 < end {
        let next = element_end(cursor, end - 1);
        element(cursor, next, &mut table);
        cursor.seek(next + 1);
    }
    tables.insert(name, table);
    Some(())
}

fn alter(cursor: &mut Cursor<'_>, tables: &mut Tables) -> Option<()> {
    cursor.eat_if_exists();
    cursor.eat("only");
    let table = tables.get_mut(&cursor.name().ok()?)?;
    let end = cursor.index() + cursor.tokens(cursor.index(), usize::MAX).len();
    while !cursor.at_end() {
        let next = element_end(cursor, end);
        if cursor.eat("add") {
            cursor.eat("column");
            cursor.eat_if_not_exists();
            element(cursor, next, table);
        }
        cursor.seek(next + 1);
    }
    Some(())
}

/// Returns the index of the comma that ends the element, or `end`.
fn element_end(cursor: &Cursor<'_>, end: usize) -> usize {
    let mut at = cursor.index();
    while at < end {
        match cursor.tokens(at, at + 1).first().map(|token| token.kind) {
            Some(TokenKind::Comma) => return at,
            Some(TokenKind::LeftParen | TokenKind::LeftBracket) => at = cursor.matching(at).unwrap_or(end),
            _ => at += 1,
        }
    }
    end
}

fn element(cursor: &mut Cursor<'_>, end: usize, table: &mut Table) -> Option<()> {
    if cursor.eat("constraint") {
        cursor.ident().ok()?;
    }
    if cursor.eat_words(&["primary", "key"]) {
        table.primary_key = single(cursor);
        return Some(());
    }
    if cursor.eat_words(&["foreign", "key"]) {
        let column = single(cursor)?;
        let target = references(cursor, end)?;
        table.columns.entry(column).or_default().refers_to = Some(target);
        return Some(());
    }
    if ["unique", "check", "exclude", "like"].iter().any(|word| cursor.is_word(word)) {
        return None;
    }
    let name = cursor.ident().ok()?;
    let column = column(cursor, end, &name, table);
    table.columns.insert(name, column);
    Some(())
}

fn column(cursor: &mut Cursor<'_>, end: usize, name: &Ident, table: &mut Table) -> Column {
    let mut column = Column::default();
    while cursor.index() < end {
        if cursor.eat_words(&["not", "null"]) {
            column.not_null = true;
        } else if cursor.eat_words(&["primary", "key"]) {
            column.not_null = true;
            table.primary_key = Some(name.clone());
        } else if cursor.is_word("references") {
            column.refers_to = references(cursor, end);
        } else {
            cursor.seek(cursor.index() + 1);
        }
    }
    column
}

/// The column between parentheses, when it is one.
fn single(cursor: &mut Cursor<'_>) -> Option<Ident> {
    let columns = cursor.parenthesised(Cursor::ident).ok()?;
    match &columns[..] {
        [column] => Some(column.clone()),
        _ => None,
    }
}

fn references(cursor: &mut Cursor<'_>, end: usize) -> Option<(Name, Option<Ident>)> {
    if cursor.index() >= end || !cursor.eat("references") {
        return None;
    }
    let table = cursor.name().ok()?;
    let column = if cursor.is(TokenKind::LeftParen) { single(cursor) } else { None };
    Some((table, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dump_says_in_two_places_is_put_together() {
        let mut tables = Tables::new();
        let sql = "CREATE TABLE public.notes (id bigint DEFAULT nextval('s') NOT NULL, tenant_id uuid NOT NULL,
                       price numeric(12, 2) CHECK (price > 0), UNIQUE (tenant_id, id));
                   ALTER TABLE ONLY public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id),
                       ADD FOREIGN KEY (tenant_id) REFERENCES public.accounts(id) ON DELETE CASCADE;
                   CREATE TABLE gone (id int); DROP TABLE gone;";
        scan(sql, &mut tables);
        let names: Vec<String> = tables.keys().map(Name::to_string).collect();
        assert_eq!(names, ["public.notes"]);
        let notes = tables.values().next().unwrap();
        let columns: Vec<&str> = notes.columns.keys().map(Ident::as_str).collect();
        assert_eq!(columns, ["id", "price", "tenant_id"]);
        assert_eq!(notes.primary_key, Some(Ident::from("id")));
        let (target, key) = notes.columns[&Ident::from("tenant_id")].refers_to.clone().unwrap();
        assert_eq!((target.to_string(), key), ("public.accounts".to_owned(), Some(Ident::from("id"))));
    }
}
