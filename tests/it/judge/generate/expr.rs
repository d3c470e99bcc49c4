//! Values and predicates, with the traps of three-valued logic.

use super::{Grammar, Scope, Type};

impl Grammar<'_> {
    /// A column of this type; `None` when there is none.
    fn column(&mut self, scope: &Scope, wanted: Type) -> Option<String> {
        let visible = scope.visible();
        let columns: Vec<String> = visible
            .iter()
            .flat_map(|source| source.columns.iter().map(move |(name, kind)| (source, name, kind)))
            .filter(|(_, _, kind)| **kind == wanted)
            .map(|(source, name, _)| source.column(name))
            .collect();
        if columns.is_empty() {
            return None;
        }
        let column = self.random.pick(&columns).clone();
        // Without its source the name may be taken from another level.
        if self.slips(3) { column.rsplit('.').next().map(ToOwned::to_owned) } else { Some(column) }
    }

    /// A value to group or sort by; a bare number would be a place in the list.
    pub(super) fn key(&mut self, scope: &Scope, wanted: Type) -> String {
        self.column(scope, wanted).unwrap_or_else(|| match wanted {
            Type::Text => "lower('A')".into(),
            Type::Int | Type::Other => "abs(1)".into(),
        })
    }

    fn constant(&mut self, wanted: Type) -> String {
        match wanted {
            Type::Text => (*self.random.pick(&["'a'", "'b'", "''", "'a' || 'b'", "NULL::text"])).to_owned(),
            Type::Int | Type::Other => (*self.random.pick(&["1", "2", "3", "4", "NULL::int"])).to_owned(),
        }
    }

    /// A value of this type.
    pub(super) fn value(&mut self, scope: &Scope, wanted: Type, depth: usize) -> String {
        let column = self.column(scope, wanted).unwrap_or_else(|| self.constant(wanted));
        if depth == 0 || self.random.chance(50) {
            return if self.random.chance(80) { column } else { self.constant(wanted) };
        }
        let inner = self.value(scope, wanted, depth - 1);
        if self.schema.has_calls && wanted == Type::Int && !scope.visible().is_empty() && self.random.chance(12) {
            return self.call(&inner);
        }
        match (self.random.below(7), wanted) {
            (0, _) => format!("COALESCE({inner}, {column})"),
            (1, _) => format!("CASE WHEN {} THEN {inner} ELSE {column} END", self.predicate(scope, depth - 1)),
            (2 | 3, _) => self.single(scope, wanted, depth - 1),
            (4, Type::Text) => format!("lower({inner})"),
            (4, _) => format!("({inner} + {column})"),
            (5, Type::Text) => format!("({inner} || {column})"),
            (5, _) => format!("NULLIF({inner}, {column})"),
            (_, Type::Text) => format!("left({inner}, 3)"),
            (_, _) => format!("GREATEST({inner}, {column})"),
        }
    }

    /// A call of a function that reads rows of the tenant that it is given, or of whichever a key leads to.
    fn call(&mut self, inner: &str) -> String {
        let designator = self.designator.clone();
        match self.slips(25) {
            true => format!("{}({inner})", self.random.pick(&["weigh", "any_weight"])),
            false => format!("weigh({designator})"),
        }
    }

    /// A predicate.
    pub(super) fn predicate(&mut self, scope: &Scope, depth: usize) -> String {
        let (left, right) = (self.value(scope, Type::Int, depth / 2), self.value(scope, Type::Int, 0));
        if depth == 0 {
            return self.comparison(&left, &right);
        }
        let inner = self.predicate(scope, depth - 1);
        match self.random.below(16) {
            0 => format!("NOT ({inner})"),
            1 => format!("({inner} OR {})", self.predicate(scope, depth - 1)),
            2 => format!("({inner} AND {})", self.predicate(scope, depth - 1)),
            3 => format!("({inner}) IS NOT TRUE"),
            4 => format!("{left} IN ({right}, 2)"),
            5 => format!("{left} NOT IN ({right}, 1)"),
            6 => format!("{left} BETWEEN {right} AND 3"),
            7 => format!("{} LIKE 'a%'", self.value(scope, Type::Text, depth - 1)),
            8 => format!("{left} = ANY (ARRAY[{right}, 1])"),
            9 | 10 => {
                let not = if self.random.chance(40) { "NOT " } else { "" };
                format!("{not}EXISTS ({})", self.subquery(scope, &[Type::Int], depth - 1))
            }
            11 | 12 => {
                let not = if self.random.chance(30) { "NOT " } else { "" };
                format!("{left} {not}IN ({})", self.subquery(scope, &[Type::Int], depth - 1))
            }
            13 => format!("{left} >= ALL ({})", self.subquery(scope, &[Type::Int], depth - 1)),
            14 => format!("({left}, {right}) IN ({})", self.subquery(scope, &[Type::Int, Type::Int], depth - 1)),
            _ => self.comparison(&left, &right),
        }
    }

    fn comparison(&mut self, left: &str, right: &str) -> String {
        if self.frame.is_open()
            && self.random.chance(40)
            && let Some(array) = self.array()
        {
            return format!("{left} = ANY ({array})");
        }
        match self.random.below(8) {
            0 => format!("{left} IS NULL"),
            1 => format!("{left} IS NOT NULL"),
            2 => format!("{left} IS DISTINCT FROM {right}"),
            _ => {
                let operator = *self.random.pick(&["=", "<>", "<", ">=", "="]);
                format!("{left} {operator} {right}")
            }
        }
    }
}
