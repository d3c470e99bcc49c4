//! The copies on which our spellings are tried.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Address, Catalog, Column, Definition, Domain, Generated, Kind, Object, ObjectId, Relation};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::print::InParens;
use crate::statement::relation::Statement as RelationStatement;
use crate::statement::relation::{ColumnConstraint, ColumnConstraintKind, ConstraintAttributes};

/// Copies of the things that differences are about.
pub(super) struct Copies {
    /// The schema that stands for each schema; a copy keeps its own name, by which definitions may call it.
    pub(super) homes: BTreeMap<Ident, Ident>,
    /// For each thing the statement that makes the copy, and those that put our definitions on it.
    pub(super) scripts: Vec<(Option<String>, Vec<String>)>,
    /// What the server holds, under the names of the copies.
    pub(super) live: Catalog,
}

impl Copies {
    /// Plans the copies for these addresses.
    pub(super) fn of(ours: &Catalog, live: &Catalog, addresses: &BTreeSet<&Address>) -> Self {
        let names = addresses.iter().filter_map(|address| owner(address).schema().cloned());
        let schemas: BTreeSet<Ident> = names.collect();
        let home = |at: usize| Ident::exact(&format!("tenet_probe_{at}"));
        let homes = schemas.into_iter().enumerate().map(|(at, schema)| (schema, home(at))).collect();
        let mut copies = Copies { homes, scripts: Vec::new(), live: Catalog::new(live.search_path.clone()) };
        let mut groups: BTreeMap<Name, Vec<&Address>> = BTreeMap::new();
        for address in addresses {
            groups.entry(owner(address).clone()).or_default().push(address);
        }
        groups.iter().for_each(|(name, parts)| copies.add(ours, live, name, parts));
        copies
    }

    /// Returns the address of a copy; `None` where a thing has none.
    pub(super) fn moved(&self, address: &Address) -> Option<Address> {
        let name = self.home(owner(address))?;
        Some(match address {
            Address::Object(id) => Address::Object(ObjectId { name, ..id.clone() }),
            Address::DomainConstraint(_, part) => Address::DomainConstraint(name, part.clone()),
            Address::Attribute(_, part) => Address::Attribute(name, part.clone()),
            Address::Relation(_) => Address::Relation(name),
            Address::Column(_, part) => Address::Column(name, part.clone()),
            Address::Constraint(_, part) => Address::Constraint(name, part.clone()),
            Address::Index(_, part) => Address::Index(name, part.clone()),
            Address::Trigger(_, part) => Address::Trigger(name, part.clone()),
            Address::Policy(_, part) => Address::Policy(name, part.clone()),
            Address::Rule(_, part) => Address::Rule(name, part.clone()),
        })
    }

    fn home(&self, name: &Name) -> Option<Name> {
        let home = self.homes.get(name.schema()?)?;
        Some(Name { parts: [home.clone(), name.last().clone()].into(), span: Span::default() })
    }

    fn add(&mut self, ours: &Catalog, live: &Catalog, name: &Name, addresses: &[&Address]) {
        let Some(home) = self.home(name) else { return };
        if let (Some(mine), Some(theirs)) = (ours.relation(name), live.relation(name)) {
            self.live.insert(Relation { name: home.clone(), ..theirs.clone() });
            self.scripts.push(relation(&home, mine, live, addresses));
            return;
        }
        for address in addresses {
            let id = match address {
                Address::Object(id) => id.clone(),
                _ => match live.type_named(name) {
                    Some(found) => found.id.clone(),
                    None => continue,
                },
            };
            if let (Some(mine), Some(theirs)) = (ours.object(&id), live.object(&id)) {
                let id = ObjectId { name: home.clone(), ..id };
                self.live.insert_object(Object { id, ..theirs.clone() });
                self.scripts.push((None, object(&home, mine)));
            }
        }
    }
}

/// The relation or object that an address is or belongs to.
fn owner(address: &Address) -> &Name {
    match address {
        Address::Object(id) => &id.name,
        Address::DomainConstraint(of, _) | Address::Attribute(of, _) => of,
        _ => address.relation().expect("every other address is that of a relation or its part"),
    }
}

/// Copies a relation without what is to be tried, then tries it.
fn relation(home: &Name, mine: &Relation, live: &Catalog, addresses: &[&Address]) -> (Option<String>, Vec<String>) {
    let whole = addresses.iter().any(|address| matches!(address, Address::Relation(_)));
    let first = match (&mine.view, mine.kind) {
        (Some(view), Kind::MaterializedView) if whole => {
            let columns = InParens(" ", &view.columns);
            format!("CREATE MATERIALIZED VIEW {home}{columns} AS {} WITH NO DATA", view.query)
        }
        (Some(view), _) if whole => format!("CREATE VIEW {home}{} AS {}", InParens(" ", &view.columns), view.query),
        (Some(_), Kind::View) => format!("CREATE VIEW {home} AS SELECT * FROM {}", mine.name),
        _ => table(home, mine, live, whole),
    };
    let attempts = addresses.iter().flat_map(|address| part(home, mine, address));
    (Some(first), attempts.collect())
}

/// Copies a table; with its own partition key, and as a partition, where these are to be tried.
fn table(home: &Name, mine: &Relation, live: &Catalog, whole: bool) -> String {
    let by = mine.partition_by.iter().filter(|_| whole).map(|by| format!(" {by}")).collect::<String>();
    let parent = mine.parents.first().and_then(|parent| live.relation(parent));
    match (&mine.bound, parent, parent.and_then(|parent| parent.partition_by.as_ref())) {
        (Some(bound), Some(parent), Some(key)) if whole => {
            let mut above = home.clone();
            above.parts.pop();
            above.parts.push(Ident::exact(&format!("above_{}", home.last().as_str())));
            let above_it = format!("CREATE TABLE {above} (LIKE {}) {key}", parent.name);
            format!("{above_it};\nCREATE TABLE {home} PARTITION OF {above} {bound}{by}")
        }
        _ => format!("CREATE TABLE {home} (LIKE {}){by}", mine.name),
    }
}

/// Returns the statements that put our definition of a part on a copy.
fn part(home: &Name, mine: &Relation, address: &Address) -> Vec<String> {
    let made = match address {
        Address::Column(_, name) => return mine.column(name).map(|found| column(home, found)).unwrap_or_default(),
        Address::Constraint(_, name) => {
            mine.constraint(name).map(|found| format!("ALTER TABLE {home} ADD {}", found.definition))
        }
        Address::Index(_, name) => mine.index(name).map(|found| {
            let mut definition = found.definition.clone();
            definition.relation.name = home.clone();
            definition.to_string()
        }),
        Address::Trigger(_, name) => mine.triggers.get(name).map(|found| {
            let mut definition = found.definition.clone();
            definition.relation = home.clone();
            definition.to_string()
        }),
        Address::Policy(_, name) => mine.policies.get(name).map(|found| {
            let mut definition = found.definition.clone();
            definition.table = home.clone();
            definition.to_string()
        }),
        Address::Rule(_, name) => mine.rules.get(name).map(|found| {
            let mut definition = found.definition.clone();
            definition.relation = home.clone();
            definition.to_string()
        }),
        Address::Object(_) | Address::DomainConstraint(..) | Address::Attribute(..) | Address::Relation(_) => None,
    };
    made.into_iter().collect()
}

fn column(home: &Name, mine: &Column) -> Vec<String> {
    let name = &mine.name;
    match (&mine.generated, &mine.type_name, &mine.default) {
        (Some(Generated::Expression(value, storage)), Some(of), _) => {
            let kind = ColumnConstraintKind::Generated { value: (**value).clone(), storage: *storage };
            let attributes = ConstraintAttributes::default();
            let generated = ColumnConstraint { span: Span::default(), name: None, kind, attributes };
            vec![
                format!("ALTER TABLE {home} DROP COLUMN {name}"),
                format!("ALTER TABLE {home} ADD COLUMN {name} {of} {generated}"),
            ]
        }
        (_, _, Some(value)) => vec![format!("ALTER TABLE {home} ALTER COLUMN {name} SET DEFAULT {value}")],
        _ => Vec::new(),
    }
}

/// Returns the statements that make an object of ours under another name.
fn object(home: &Name, mine: &Object) -> Vec<String> {
    match &mine.definition {
        Definition::Domain(mine) => domain(home, mine),
        Definition::Statement(statement) | Definition::Extended(statement, _) => {
            renamed(home, statement).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn domain(home: &Name, mine: &Domain) -> Vec<String> {
    let default = mine.default.iter().map(|value| format!(" DEFAULT {value}")).collect::<String>();
    let mut statements = vec![format!("CREATE DOMAIN {home} AS {}{default}", mine.type_name)];
    let checks = mine.constraints.values().map(|check| format!("ALTER DOMAIN {home} ADD {}", check.definition));
    statements.extend(checks);
    statements
}

fn renamed(home: &Name, statement: &Statement) -> Option<String> {
    let mut statement = statement.clone();
    match &mut statement {
        Statement::Object(made) => match &mut **made {
            ObjectStatement::CreateFunction(create) => create.name = home.clone(),
            _ => return None,
        },
        Statement::Relation(made) => match &mut **made {
            RelationStatement::CreateStatistics(create) => create.name = Some(home.clone()),
            _ => return None,
        },
        _ => return None,
    }
    Some(statement.to_string())
}
