//! The modes of table locks.
//!
//! Source: PostgreSQL manual, "Explicit Locking", "Table-Level Locks" and its table "Conflicting Lock Modes".

use std::fmt;

/// A mode in which a table is locked, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// `ACCESS SHARE`.
    AccessShare,
    /// `ROW SHARE`.
    RowShare,
    /// `ROW EXCLUSIVE`.
    RowExclusive,
    /// `SHARE UPDATE EXCLUSIVE`.
    ShareUpdateExclusive,
    /// `SHARE`.
    Share,
    /// `SHARE ROW EXCLUSIVE`.
    ShareRowExclusive,
    /// `EXCLUSIVE`.
    Exclusive,
    /// `ACCESS EXCLUSIVE`.
    AccessExclusive,
}

use LockMode::{
    AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
};

impl LockMode {
    /// Every mode, weakest first.
    pub const ALL: [LockMode; 8] = [
        AccessShare,
        RowShare,
        RowExclusive,
        ShareUpdateExclusive,
        Share,
        ShareRowExclusive,
        Exclusive,
        AccessExclusive,
    ];

    /// Returns the words of `LOCK TABLE … IN … MODE`.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessShare => "ACCESS SHARE",
            RowShare => "ROW SHARE",
            RowExclusive => "ROW EXCLUSIVE",
            ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Share => "SHARE",
            ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Exclusive => "EXCLUSIVE",
            AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Says whether two transactions cannot hold the two modes on one table at the same time.
    pub fn conflicts_with(self, other: LockMode) -> bool {
        let (weak, strong) = if self <= other { (self, other) } else { (other, self) };
        match strong {
            AccessShare | RowShare | RowExclusive => false,
            ShareUpdateExclusive => weak == ShareUpdateExclusive,
            // SHARE is the one mode that conflicts with weaker modes and not with itself.
            Share => matches!(weak, RowExclusive | ShareUpdateExclusive),
            ShareRowExclusive => weak >= RowExclusive,
            Exclusive => weak >= RowShare,
            AccessExclusive => true,
        }
    }

    /// Says which everyday statements wait while the mode is held.
    pub fn blocks(self) -> &'static str {
        match self {
            AccessShare | RowShare | RowExclusive => {
                "no query and no write: only statements that change the table or take a stronger lock"
            }
            ShareUpdateExclusive => "VACUUM, ANALYZE and other changes of the table; queries and writes go on",
            Share => "INSERT, UPDATE, DELETE and MERGE; queries go on",
            ShareRowExclusive => "INSERT, UPDATE, DELETE and MERGE, and other index builds; queries go on",
            Exclusive => "every write and SELECT … FOR UPDATE or SHARE; plain queries go on",
            AccessExclusive => "everything, a plain SELECT included",
        }
    }

    /// Names the statements that take the mode.
    pub fn taken_by(self) -> &'static str {
        match self {
            AccessShare => "SELECT without FOR UPDATE or SHARE",
            RowShare => "SELECT … FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE",
            RowExclusive => "INSERT, UPDATE, DELETE, MERGE, COPY FROM",
            ShareUpdateExclusive => {
                "VACUUM (without FULL), ANALYZE, CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY, CREATE STATISTICS, \
                 COMMENT ON, ALTER TABLE … VALIDATE CONSTRAINT, ATTACH PARTITION (on the parent)"
            }
            Share => "CREATE INDEX without CONCURRENTLY",
            ShareRowExclusive => {
                "CREATE TRIGGER, ALTER TABLE … ADD FOREIGN KEY (on both tables), CREATE TABLE … REFERENCES (on the \
                 referenced table)"
            }
            Exclusive => "REFRESH MATERIALIZED VIEW CONCURRENTLY",
            AccessExclusive => {
                "most forms of ALTER TABLE, DROP TABLE, TRUNCATE, REINDEX, CLUSTER, VACUUM FULL, \
                 REFRESH MATERIALIZED VIEW without CONCURRENTLY, and LOCK TABLE unless it says otherwise"
            }
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_those_of_the_manual() {
        // Rows and columns in the manual's order; `x` is a conflict.
        const TABLE: [&str; 8] =
            [".......x", "......xx", "....xxxx", "...xxxxx", "..xx.xxx", "..xxxxxx", ".xxxxxxx", "xxxxxxxx"];
        for (row, requested) in TABLE.iter().zip(LockMode::ALL) {
            for (cell, held) in row.bytes().zip(LockMode::ALL) {
                assert_eq!(requested.conflicts_with(held), cell == b'x', "{requested} while {held} is held");
            }
        }
    }
}
