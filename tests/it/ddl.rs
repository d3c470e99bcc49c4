//! Random DDL over a handful of names: what it makes is meant to be taken by a server more often than not.

use tenet::catalog::{Catalog, Class, Definition, Kind, Relation};

use crate::random::Random;

const SCHEMAS: &[&str] = &["public", "public", "public", "app"];
const TABLES: &[&str] = &["orders", "items", "users", "notes"];
const COLUMNS: &[&str] = &["id", "a", "b", "c", "total", "kind"];
const VIEWS: &[&str] = &["v1", "v2", "mv"];
const ENUMS: &[&str] = &["mood", "state"];
const DOMAINS: &[&str] = &["amount", "code"];
const SEQUENCES: &[&str] = &["s1", "s2"];
const FUNCTIONS: &[&str] = &["f1", "f2"];
const TRIGGERS: &[&str] = &["touch", "audit"];
const POLICIES: &[&str] = &["p1", "p2"];
const ROLES: &[&str] = &["reader", "writer"];
const TYPES: &[&str] = &["int", "bigint", "text", "varchar(20)", "numeric(10,2)", "boolean", "timestamptz", "jsonb"];

/// Makes statements.
pub struct Ddl {
    numbers: Random,
}

impl Ddl {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Ddl { numbers: Random::new(seed) }
    }

    /// Makes a statement for a database that holds this.
    pub fn statement(&mut self, catalog: &Catalog) -> String {
        let tables = catalog.relations().filter(|found| found.kind == Kind::Table).count();
        if tables < 2 {
            return self.create_table(catalog);
        }
        match self.numbers.below(24) {
            0 | 1 => self.create_table(catalog),
            2..=8 => self.alter_table(catalog),
            9 => self.create_index(catalog),
            10 => self.drop_index(catalog),
            11 | 12 => self.view(catalog),
            13 | 14 => self.type_or_domain(catalog),
            15 => self.sequence(catalog),
            16 => self.function(catalog),
            17 => self.trigger(catalog),
            18 => self.policy(catalog),
            19 => self.grant(catalog),
            20 => self.comment(catalog),
            21 => self.schema(),
            22 => self.drop_table(catalog),
            _ => self.rename_or_move(catalog),
        }
    }

    fn name(&mut self, pool: &[&str]) -> String {
        let name = *self.numbers.pick(pool);
        let schema = *self.numbers.pick(SCHEMAS);
        if schema == "public" { name.to_owned() } else { format!("{schema}.{name}") }
    }

    /// Chooses what is there, or now and then what may not be.
    fn there(&mut self, all: Vec<String>, pool: &[&str]) -> String {
        if all.is_empty() || self.numbers.chance(8) {
            return self.name(pool);
        }
        let at = self.numbers.below(all.len());
        all[at].clone()
    }

    fn relation<'c>(&mut self, catalog: &'c Catalog, wanted: impl Fn(Kind) -> bool) -> Option<&'c Relation> {
        let all: Vec<&Relation> = catalog.relations().filter(|found| wanted(found.kind)).collect();
        (!all.is_empty()).then(|| all[self.numbers.below(all.len())])
    }

    fn table(&mut self, catalog: &Catalog) -> String {
        let all = catalog.relations().filter(|found| matches!(found.kind, Kind::Table | Kind::Partitioned));
        let all = all.map(|found| found.name.to_string()).collect();
        self.there(all, TABLES)
    }

    fn column_of(&mut self, catalog: &Catalog, table: &str) -> String {
        let found = catalog.relations().find(|found| found.name.to_string() == table);
        let all: Vec<String> =
            found.iter().flat_map(|found| &found.columns).map(|column| column.name.to_string()).collect();
        if all.is_empty() || self.numbers.chance(10) {
            return (*self.numbers.pick(COLUMNS)).to_owned();
        }
        let at = self.numbers.below(all.len());
        all[at].clone()
    }

    fn type_name(&mut self, catalog: &Catalog) -> String {
        let own: Vec<String> = catalog
            .objects()
            .filter(|found| found.id.class == Class::Type)
            .map(|found| found.id.name.to_string())
            .collect();
        if !own.is_empty() && self.numbers.chance(25) {
            let at = self.numbers.below(own.len());
            return own[at].clone();
        }
        (*self.numbers.pick(TYPES)).to_owned()
    }

    fn behavior(&mut self) -> &'static str {
        ["", "", " CASCADE", " RESTRICT"][self.numbers.below(4)]
    }

    fn if_exists(&mut self) -> &'static str {
        ["", "", "", "IF EXISTS "][self.numbers.below(4)]
    }

    fn condition(&mut self, catalog: &Catalog, table: &str) -> String {
        let column = self.column_of(catalog, table);
        match self.numbers.below(5) {
            0 => format!("{column} IS NOT NULL"),
            1 => format!("{column}::text <> 'x'"),
            2 => format!("{column}::text IN ('x', 'y')"),
            3 => format!("length({column}::text) < 10"),
            _ => format!("{column} = {column} OR {column} IS NULL"),
        }
    }

    fn column(&mut self, catalog: &Catalog, name: &str) -> String {
        let of = self.type_name(catalog);
        let mut column = format!("{name} {of}");
        match self.numbers.below(12) {
            0 => column.push_str(" NOT NULL"),
            1 => column = format!("{name} int DEFAULT 1 + 1"),
            2 => column = format!("{name} text DEFAULT 'x'"),
            3 => column = format!("{name} int UNIQUE"),
            4 => column = format!("{name} int CHECK ({name} > 0)"),
            5 => column = format!("{name} serial"),
            6 => column = format!("{name} bigint GENERATED BY DEFAULT AS IDENTITY"),
            7 => {
                let target = self.table(catalog);
                column = format!("{name} int REFERENCES {target}");
            }
            8 => column = format!("{name} timestamptz DEFAULT now()"),
            _ => {}
        }
        column
    }

    fn create_table(&mut self, catalog: &Catalog) -> String {
        let name = self.name(TABLES);
        let mut parts = Vec::new();
        if self.numbers.chance(80) {
            parts.push("id int PRIMARY KEY".to_owned());
        }
        for column in &COLUMNS[1..] {
            if self.numbers.chance(45) {
                parts.push(self.column(catalog, column));
            }
        }
        if self.numbers.chance(10) {
            let like = self.table(catalog);
            let including = *self.numbers.pick(&["", " INCLUDING ALL", " INCLUDING DEFAULTS INCLUDING INDEXES"]);
            return format!("CREATE TABLE {name} (LIKE {like}{including})");
        }
        if self.numbers.chance(7) {
            let parent = self.table(catalog);
            return format!("CREATE TABLE {name} (extra int) INHERITS ({parent})");
        }
        let only = *self.numbers.pick(&["", "", "IF NOT EXISTS "]);
        format!("CREATE TABLE {only}{name} ({})", parts.join(", "))
    }

    fn alter_table(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        let column = self.column_of(catalog, &table);
        let action = match self.numbers.below(17) {
            0..=2 => {
                let name = *self.numbers.pick(COLUMNS);
                format!("ADD COLUMN {}", self.column(catalog, name))
            }
            3 | 4 => format!("DROP COLUMN {}{column}{}", self.if_exists(), self.behavior()),
            5 => format!("ALTER COLUMN {column} SET NOT NULL"),
            6 => format!("ALTER COLUMN {column} DROP NOT NULL"),
            7 => format!("ALTER COLUMN {column} SET DEFAULT {}", *self.numbers.pick(&["'1'", "'x'", "now()", "NULL"])),
            8 => format!("ALTER COLUMN {column} DROP DEFAULT"),
            9 => {
                let of = self.type_name(catalog);
                format!("ALTER COLUMN {column} TYPE {of} USING NULL")
            }
            10 => format!(
                "ADD CONSTRAINT {} CHECK ({})",
                *self.numbers.pick(&["c1", "c2"]),
                self.condition(catalog, &table)
            ),
            11 => format!("ADD UNIQUE ({column})"),
            12 => {
                let target = self.table(catalog);
                format!(
                    "ADD FOREIGN KEY ({column}) REFERENCES {target}{}",
                    *self.numbers.pick(&["", " ON DELETE CASCADE"])
                )
            }
            13 => {
                format!("DROP CONSTRAINT {}{}{}", self.if_exists(), self.constraint(catalog, &table), self.behavior())
            }
            14 => (*self.numbers.pick(&[
                "ENABLE ROW LEVEL SECURITY",
                "FORCE ROW LEVEL SECURITY",
                "REPLICA IDENTITY FULL",
            ]))
            .to_owned(),
            15 => format!("ADD PRIMARY KEY ({column})"),
            _ => format!("SET ({} = 70)", *self.numbers.pick(&["fillfactor", "autovacuum_vacuum_threshold"])),
        };
        format!("ALTER TABLE {}{table} {action}", self.if_exists())
    }

    fn constraint(&mut self, catalog: &Catalog, table: &str) -> String {
        let found = catalog.relations().find(|found| found.name.to_string() == table);
        let all: Vec<String> =
            found.iter().flat_map(|found| &found.constraints).map(|own| own.name.to_string()).collect();
        self.there(all, &["c1", "c2"]).rsplit('.').next().unwrap_or("c1").to_owned()
    }

    fn create_index(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        let column = self.column_of(catalog, &table);
        let name = *self.numbers.pick(&["", "", "i1 ", "i2 "]);
        let unique = *self.numbers.pick(&["", "", "UNIQUE "]);
        let other = self.column_of(catalog, &table);
        let key = match self.numbers.below(4) {
            0 => format!("({column}), {other} DESC"),
            1 => format!("lower({column}::text)"),
            _ => column,
        };
        let filter =
            if self.numbers.chance(25) { format!(" WHERE {}", self.condition(catalog, &table)) } else { String::new() };
        format!("CREATE {unique}INDEX {name}ON {table} ({key}){filter}")
    }

    fn drop_index(&mut self, catalog: &Catalog) -> String {
        let all = catalog.relations().flat_map(|found| {
            let schema = found.name.schema().map(ToString::to_string).unwrap_or_default();
            found.indexes.iter().map(move |index| format!("{schema}.{}", index.name))
        });
        let name = self.there(all.collect(), &["i1", "i2"]);
        format!("DROP INDEX {}{name}{}", self.if_exists(), self.behavior())
    }

    fn view(&mut self, catalog: &Catalog) -> String {
        if self.numbers.chance(25) {
            let found = self.relation(catalog, |kind| matches!(kind, Kind::View | Kind::MaterializedView));
            if let Some(found) = found {
                let kind = if found.kind == Kind::View { "VIEW" } else { "MATERIALIZED VIEW" };
                return format!("DROP {kind} {}{}", found.name, self.behavior());
            }
        }
        let source = match self.relation(catalog, |kind| kind != Kind::Sequence) {
            Some(found) => found.name.to_string(),
            None => self.name(TABLES),
        };
        let (first, second) = (self.column_of(catalog, &source), self.column_of(catalog, &source));
        let query = match self.numbers.below(4) {
            0 => format!("SELECT * FROM {source}"),
            1 => format!("SELECT t.{first}, count(*) AS n FROM {source} t GROUP BY t.{first}"),
            2 => format!("SELECT {first} AS x FROM {source} WHERE {}", self.condition(catalog, &source)),
            _ => format!(
                "SELECT x.{first}, y.{second} AS other FROM {source} x JOIN {source} y ON x.{first} = y.{first}"
            ),
        };
        let name = self.name(VIEWS);
        match name.ends_with("mv") {
            true => format!("CREATE MATERIALIZED VIEW {name} AS {query}"),
            false => format!("CREATE {}VIEW {name} AS {query}", *self.numbers.pick(&["", "OR REPLACE "])),
        }
    }

    fn type_or_domain(&mut self, catalog: &Catalog) -> String {
        let own: Vec<_> = catalog.objects().filter(|found| found.id.class == Class::Type).collect();
        if !own.is_empty() && self.numbers.chance(50) {
            let found = own[self.numbers.below(own.len())];
            let name = &found.id.name;
            let is_domain = matches!(found.definition, Definition::Domain(_));
            return match (self.numbers.below(4), is_domain) {
                (0, true) => format!("DROP DOMAIN {name}{}", self.behavior()),
                (0, false) => format!("DROP TYPE {name}{}", self.behavior()),
                (1, true) => format!("ALTER DOMAIN {name} SET NOT NULL"),
                (1, false) => {
                    format!("ALTER TYPE {name} ADD VALUE IF NOT EXISTS '{}'", *self.numbers.pick(&["u", "v", "w"]))
                }
                (2, true) => format!("ALTER DOMAIN {name} ADD CONSTRAINT small CHECK (length(VALUE::text) < 9)"),
                (2, false) => format!("ALTER TYPE {name} RENAME VALUE 'u' TO 'z'"),
                (_, true) => format!("ALTER DOMAIN {name} SET DEFAULT '1'"),
                (_, false) => format!("ALTER TYPE {name} RENAME TO {}", *self.numbers.pick(ENUMS)),
            };
        }
        match self.numbers.below(3) {
            0 => format!("CREATE DOMAIN {} AS int CHECK (VALUE > 0)", self.name(DOMAINS)),
            1 => format!("CREATE TYPE {} AS (x int, y text)", self.name(&["pair"])),
            _ => format!("CREATE TYPE {} AS ENUM ('u', 'v')", self.name(ENUMS)),
        }
    }

    fn sequence(&mut self, catalog: &Catalog) -> String {
        let found = self.relation(catalog, |kind| kind == Kind::Sequence).map(|found| found.name.to_string());
        match (self.numbers.below(5), found) {
            (0, Some(name)) => format!("DROP SEQUENCE {name}{}", self.behavior()),
            (1, Some(name)) => format!("ALTER SEQUENCE {name} INCREMENT BY 5 MAXVALUE 1000 CYCLE"),
            (2, Some(name)) => {
                let table = self.table(catalog);
                let column = self.column_of(catalog, &table);
                format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{name}')")
            }
            (3, Some(name)) => {
                let table = self.table(catalog);
                let column = self.column_of(catalog, &table);
                format!("ALTER SEQUENCE {name} OWNED BY {table}.{column}")
            }
            _ => format!("CREATE SEQUENCE {}", self.name(SEQUENCES)),
        }
    }

    fn function(&mut self, catalog: &Catalog) -> String {
        let name = self.name(FUNCTIONS);
        let replace = *self.numbers.pick(&["", "OR REPLACE "]);
        match self.numbers.below(6) {
            0 => format!("DROP FUNCTION {}{name}{}", self.if_exists(), self.behavior()),
            1 => format!("CREATE {replace}FUNCTION {name}(a int) RETURNS int LANGUAGE sql AS 'SELECT a'"),
            2 => format!("CREATE {replace}FUNCTION {name}(a int) RETURNS int IMMUTABLE RETURN a + 1"),
            3 => {
                let of = self.type_name(catalog);
                format!("CREATE {replace}FUNCTION {name}(x {of}) RETURNS void LANGUAGE plpgsql AS 'BEGIN NULL; END'")
            }
            4 => format!("ALTER FUNCTION {name} SECURITY DEFINER"),
            _ => {
                format!("CREATE {replace}FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
            }
        }
    }

    fn trigger(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        let name = *self.numbers.pick(TRIGGERS);
        let function = self.name(FUNCTIONS);
        match self.numbers.below(5) {
            0 => format!("DROP TRIGGER {}{name} ON {table}", self.if_exists()),
            1 => format!("ALTER TABLE {table} DISABLE TRIGGER {name}"),
            2 => {
                let column = self.column_of(catalog, &table);
                format!(
                    "CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW \
                     WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION {function}()"
                )
            }
            _ => format!("CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"),
        }
    }

    fn policy(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        let name = *self.numbers.pick(POLICIES);
        let condition = self.condition(catalog, &table);
        match self.numbers.below(5) {
            0 => format!("DROP POLICY {}{name} ON {table}", self.if_exists()),
            1 => format!("ALTER POLICY {name} ON {table} USING ({condition})"),
            2 => {
                let other = self.table(catalog);
                format!("CREATE POLICY {name} ON {table} TO reader USING (EXISTS (SELECT 1 FROM {other} o))")
            }
            _ => format!("CREATE POLICY {name} ON {table} FOR SELECT USING ({condition})"),
        }
    }

    fn grant(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        let role = *self.numbers.pick(ROLES);
        match self.numbers.below(7) {
            0 => format!("REVOKE SELECT ON {table} FROM {role}"),
            1 => format!("GRANT ALL ON {table} TO {role}"),
            2 => format!("GRANT SELECT ({}) ON {table} TO {role}", self.column_of(catalog, &table)),
            3 => format!("GRANT EXECUTE ON FUNCTION {} TO {role}", self.name(FUNCTIONS)),
            4 => format!("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}"),
            5 => format!("ALTER TABLE {table} OWNER TO {role}"),
            _ => format!("GRANT SELECT, UPDATE ON {table} TO {role} WITH GRANT OPTION"),
        }
    }

    fn comment(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        match self.numbers.below(4) {
            0 => format!("COMMENT ON COLUMN {table}.{} IS 'a column'", self.column_of(catalog, &table)),
            1 => format!("COMMENT ON CONSTRAINT {} ON {table} IS 'a constraint'", self.constraint(catalog, &table)),
            2 => format!("COMMENT ON TABLE {table} IS NULL"),
            _ => format!("COMMENT ON TABLE {table} IS 'a table'"),
        }
    }

    fn schema(&mut self) -> String {
        match self.numbers.below(3) {
            0 => format!("DROP SCHEMA app{}", self.behavior()),
            _ => "CREATE SCHEMA IF NOT EXISTS app".to_owned(),
        }
    }

    fn drop_table(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        format!("DROP TABLE {}{table}{}", self.if_exists(), self.behavior())
    }

    fn rename_or_move(&mut self, catalog: &Catalog) -> String {
        let table = self.table(catalog);
        match self.numbers.below(5) {
            0 => format!("ALTER TABLE {table} SET SCHEMA {}", *self.numbers.pick(SCHEMAS)),
            1 => format!("ALTER TABLE {table} RENAME TO {}", *self.numbers.pick(TABLES)),
            2 => {
                let constraint = self.constraint(catalog, &table);
                format!(
                    "ALTER TABLE {table} RENAME CONSTRAINT {constraint} TO {}",
                    *self.numbers.pick(&["c1", "c2", "c3"])
                )
            }
            _ => {
                let column = self.column_of(catalog, &table);
                format!("ALTER TABLE {table} RENAME COLUMN {column} TO {}", *self.numbers.pick(COLUMNS))
            }
        }
    }
}
