//! Comments that divide a file into sections for goose, dbmate and sql-migrate.

/// A comment with a meaning for a migration runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// `-- +goose StatementBegin`.
    StatementBegin,
    /// `-- +goose StatementEnd`, which ends a statement even without a semicolon.
    StatementEnd,
    /// A section begins.
    Section(Section),
    /// `-- +goose NO TRANSACTION`, for the whole file.
    NoTransaction,
}

/// A section of a migration file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Which way it migrates.
    pub direction: Direction,
    /// Whether the runner wraps it in no transaction.
    pub no_transaction: bool,
}

/// Which way a section migrates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The file has no sections, or none yet.
    #[default]
    Whole,
    /// Forward.
    Up,
    /// Back.
    Down,
}

impl Section {
    /// Returns the section as one that runs outside a transaction.
    pub fn without_transaction(self) -> Self {
        Section { no_transaction: true, ..self }
    }
}

/// Reads a comment; `None` when it is an ordinary one.
pub fn read(comment: &str) -> Option<Marker> {
    let text = comment.strip_prefix("--")?.trim();
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let section = |direction, no_transaction| Some(Marker::Section(Section { direction, no_transaction }));
    let mut has = |wanted: &str| words.any(|word| word.eq_ignore_ascii_case(wanted));
    match first.to_ascii_lowercase().as_str() {
        "migrate:up" => section(Direction::Up, has("transaction:false")),
        "migrate:down" => section(Direction::Down, has("transaction:false")),
        "+goose" | "+migrate" => {
            let rest: Vec<String> = text.split_whitespace().skip(1).map(str::to_ascii_lowercase).collect();
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            match rest.as_slice() {
                ["up"] => section(Direction::Up, false),
                ["up", "notransaction"] => section(Direction::Up, true),
                ["down"] => section(Direction::Down, false),
                ["down", "notransaction"] => section(Direction::Down, true),
                ["statementbegin"] => Some(Marker::StatementBegin),
                ["statementend"] => Some(Marker::StatementEnd),
                ["no", "transaction"] => Some(Marker::NoTransaction),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_of_three_runners() {
        assert_eq!(read("-- +goose StatementEnd"), Some(Marker::StatementEnd));
        let up = Section { direction: Direction::Up, no_transaction: true };
        assert_eq!(read("-- migrate:up transaction:false"), Some(Marker::Section(up)));
        assert_eq!(read("-- +migrate Up notransaction"), Some(Marker::Section(up)));
        assert_eq!(read("-- goose is a bird"), None);
    }
}
