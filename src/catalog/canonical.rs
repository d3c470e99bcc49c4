//! A catalog as text: the same for catalogs that differ only in what no statement can restore or observe.
//!
//! Positions of columns, the order in which constraints were made and places in source files are left out.

use std::fmt::{self, Write};

use super::{Catalog, Column, Generated, Relation, Sequence, Shared};

impl Catalog {
    /// Writes the catalog as text, one line for each object.
    pub fn canonical(&self) -> String {
        self.canonical_of(|_| true)
    }

    /// Writes some relations of the catalog as text.
    pub fn canonical_of(&self, wanted: impl Fn(&Relation) -> bool) -> String {
        let mut text = String::new();
        for relation in self.relations().filter(|relation| wanted(relation)) {
            // A String takes everything.
            let _ = write!(text, "{}", Canonical(relation));
        }
        text
    }
}

struct Canonical<'a>(&'a Relation);

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relation { name, kind, persistence, storage, .. } = self.0;
        write!(f, "{kind:?} {persistence}{name}{storage}")?;
        self.0.partition_by.iter().try_for_each(|by| write!(f, " {by}"))?;
        self.0.bound.iter().try_for_each(|bound| write!(f, " {bound}"))?;
        self.0.parents.iter().try_for_each(|parent| write!(f, " of {parent}"))?;
        if self.0.row_security {
            f.write_str(" row security")?;
        }
        if self.0.force_row_security {
            f.write_str(" forced")?;
        }
        writeln!(f, "{}", shared(&self.0.shared))?;
        for line in lines(self.0) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

fn lines(relation: &Relation) -> Vec<String> {
    let mut columns: Vec<String> = relation.columns.iter().map(column).collect();
    columns.sort();
    let inherited = |is: bool| if is { " (inherited)" } else { "" };
    let constraints = relation.constraints.iter();
    let mut constraints: Vec<String> = constraints
        .map(|found| {
            format!(
                "{}{}{}{}",
                found.definition,
                inherited(found.inherited),
                shared(&found.shared),
                shared(&found.index_shared)
            )
        })
        .collect();
    constraints.sort();
    let indexes = relation.indexes.iter();
    let mut indexes: Vec<String> = indexes
        .map(|found| format!("{}{}{}", found.definition, inherited(found.inherited), shared(&found.shared)))
        .collect();
    indexes.sort();
    [columns, constraints, indexes, relation.sequence.iter().map(|found| sequence(found)).collect()].concat()
}

fn sequence(sequence: &Sequence) -> String {
    let Sequence { type_name, increment, min, max, start, cache, cycle, owned_by, identity } = sequence;
    let mut text = format!("{type_name} {increment} {min} {max} {start} {cache}");
    text.push_str(if *cycle { " cycle" } else { "" });
    text.push_str(if *identity { " identity" } else { "" });
    if let Some((table, column)) = owned_by {
        text.push_str(&format!(" of {table}.{column}"));
    }
    text
}

fn column(column: &Column) -> String {
    let mut text = format!("column {}", column.name);
    let mut add = |part: String| {
        text.push(' ');
        text.push_str(&part);
    };
    column.type_name.iter().for_each(|name| add(name.to_string()));
    column.collation.iter().for_each(|name| add(format!("COLLATE {name}")));
    column.default.iter().for_each(|value| add(format!("DEFAULT {value}")));
    match &column.generated {
        Some(Generated::Identity(when)) => add(format!("GENERATED {when} AS IDENTITY")),
        Some(Generated::Expression(value, storage)) => add(format!("GENERATED {storage:?} AS ({value})")),
        None => {}
    }
    column.storage.iter().for_each(|name| add(format!("STORAGE {name}")));
    column.compression.iter().for_each(|name| add(format!("COMPRESSION {name}")));
    if column.not_null {
        add("NOT NULL".to_owned());
    }
    if column.inherited {
        add("(inherited)".to_owned());
    }
    text + &shared(&column.shared)
}

fn shared(shared: &Shared) -> String {
    let Some(found) = shared.get() else { return String::new() };
    let mut text = String::new();
    // A String takes everything.
    let _ = found.privileges.iter().try_for_each(|acl| write!(text, " PRIVILEGES {:?}", acl.0));
    let _ = found.owner.iter().try_for_each(|owner| write!(text, " OWNER {owner}"));
    let _ = found.comment.iter().try_for_each(|comment| write!(text, " COMMENT {comment:?}"));
    let _ = found.labels.iter().try_for_each(|(provider, label)| write!(text, " LABEL {provider} {label:?}"));
    let _ = found.depends_on.iter().try_for_each(|extension| write!(text, " DEPENDS ON {extension}"));
    text
}
