//! Statements on the schema.

use super::random::Random;
use super::table::{Column, Sort, Table};
use super::value::{condition, words};

fn type_of(sort: Sort, random: &mut Random) -> &'static str {
    match sort {
        Sort::Text => random.pick(&["text", "text", "varchar(120)", "character varying(40)"]),
        Sort::Integer => random.pick(&["integer", "bigint", "smallint"]),
        Sort::Numeric => random.pick(&["numeric(12, 2)", "numeric", "double precision"]),
        Sort::Boolean => "boolean",
        Sort::Time => random.pick(&["timestamptz", "timestamp with time zone"]),
        Sort::Json => "jsonb",
        Sort::Array => "text[]",
        Sort::Uuid => "uuid",
    }
}

fn qualifier(column: &Column, random: &mut Random) -> String {
    let default = match column.sort {
        Sort::Text => format!(" DEFAULT '{}'", words(random, 1)),
        Sort::Integer | Sort::Numeric => format!(" DEFAULT {}", random.below(10)),
        Sort::Boolean => " DEFAULT false".to_owned(),
        Sort::Time => " DEFAULT now()".to_owned(),
        Sort::Json => " DEFAULT '{}'::jsonb".to_owned(),
        Sort::Array => " DEFAULT '{}'".to_owned(),
        Sort::Uuid => return String::new(),
    };
    match random.below(3) {
        0 => String::new(),
        1 => default,
        _ => format!(" NOT NULL{default}"),
    }
}

/// CREATE TABLE with its keys, row security, a policy and an index.
pub(crate) fn create_table(table: &Table, parent: Option<&Table>, random: &mut Random) -> String {
    let name = &table.name;
    let mut lines = vec![
        "tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE".to_owned(),
        "id uuid NOT NULL DEFAULT gen_random_uuid()".to_owned(),
    ];
    if parent.is_some() {
        lines.push("parent_id uuid".to_owned());
    }
    for column in &table.columns {
        lines.push(format!("{} {}{}", column.name, type_of(column.sort, random), qualifier(column, random)));
    }
    lines.push(format!("CONSTRAINT {name}_pkey PRIMARY KEY (tenant_id, id)"));
    if let Some(parent) = parent {
        lines.push(format!(
            "CONSTRAINT {name}_parent_fkey FOREIGN KEY (tenant_id, parent_id)\n        REFERENCES {} (tenant_id, id)",
            parent.name
        ));
    }
    let column = table.column(random);
    lines.push(format!("CONSTRAINT {name}_valid CHECK ({})", condition(&column, "", random)));
    let session = "current_setting('app.tenant_id')::uuid";
    format!(
        "CREATE TABLE {name} (\n    {}\n);\n\nALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\n\n\
         CREATE POLICY {name}_tenant ON {name}\n    USING (tenant_id = {session})\n    \
         WITH CHECK (tenant_id = {session});\n\n{}",
        lines.join(",\n    "),
        index(table, random)
    )
}

pub(crate) fn index(table: &Table, random: &mut Random) -> String {
    let (name, column) = (&table.name, table.column(random));
    let key = match column.sort {
        Sort::Text if random.one_in(2) => format!("lower({})", column.name),
        Sort::Json => format!("({} ->> 'plan')", column.name),
        Sort::Time => format!("{} DESC NULLS LAST", column.name),
        _ => column.name.clone(),
    };
    let number = random.below(1_000_000);
    let partial = if random.one_in(3) {
        let column = table.column(random);
        format!("\n    WHERE {}", condition(&column, "", random))
    } else {
        String::new()
    };
    format!("CREATE INDEX {name}_by_{}_{number} ON {name} (tenant_id, {key}){partial};\n", column.name)
}

pub(crate) fn alter_table(table: &Table, random: &mut Random) -> String {
    let (name, number) = (&table.name, random.below(1_000_000));
    let column = table.column(random);
    match random.below(5) {
        0 => format!(
            "ALTER TABLE {name} ADD CONSTRAINT {name}_check_{number}\n    CHECK ({}) NOT VALID;\n",
            condition(&column, "", random)
        ),
        1 => format!(
            "ALTER TABLE {name}\n    ALTER COLUMN {} SET STATISTICS {},\n    ALTER COLUMN id SET NOT NULL;\n",
            column.name,
            random.between(100, 900)
        ),
        2 => format!("COMMENT ON COLUMN {name}.{} IS '{}';\n", column.name, words(random, 9)),
        3 => format!("GRANT SELECT, INSERT, UPDATE ON {name} TO app_{number};\n"),
        _ => format!(
            "ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {}_{number} {}{};\n",
            column.name,
            type_of(column.sort, random),
            qualifier(&column, random)
        ),
    }
}

pub(crate) fn policy(table: &Table, random: &mut Random) -> String {
    let (name, number) = (&table.name, random.below(1_000_000));
    let command = random.pick(&["SELECT", "UPDATE", "DELETE"]);
    let column = table.column(random);
    format!(
        "CREATE POLICY {name}_policy_{number} ON {name}\n    FOR {command} TO PUBLIC\n    \
         USING (tenant_id = current_setting('app.tenant_id')::uuid\n        AND ({} OR current_user = 'support'));\n",
        condition(&column, "", random)
    )
}

pub(crate) fn view(table: &Table, other: &Table, random: &mut Random) -> String {
    let (name, number) = (&table.name, random.below(1_000_000));
    let (text, amount, time) = (table.of(Sort::Text), table.of(Sort::Numeric), table.of(Sort::Time));
    let conditions = [condition(&table.column(random), "a.", random), condition(&other.column(random), "b.", random)];
    match random.below(2) {
        0 => format!(
            "CREATE OR REPLACE VIEW {name}_summary_{number} WITH (security_invoker = true) AS\n\
             SELECT a.tenant_id,\n       a.{text} AS label,\n       count(*) AS row_count,\n       \
             count(b.id) FILTER (WHERE {}) AS matched,\n       max(a.{amount}) AS largest\nFROM {name} a\n\
             LEFT JOIN {} b ON b.tenant_id = a.tenant_id AND b.id = a.id\nWHERE {}\n\
             GROUP BY a.tenant_id, a.{text}\nHAVING count(*) > {};\n",
            conditions[1],
            other.name,
            conditions[0],
            random.below(20)
        ),
        _ => format!(
            "CREATE OR REPLACE VIEW {name}_latest_{number} AS\nWITH ranked AS (\n    SELECT a.*,\n           \
             row_number() OVER (PARTITION BY a.tenant_id, a.{text} ORDER BY a.{time} DESC) AS place\n    \
             FROM {name} a\n    WHERE {}\n)\nSELECT r.tenant_id, r.id, r.{text}, r.{amount},\n       \
             CASE WHEN r.place = 1 THEN 'current' WHEN r.place < {} THEN 'recent' ELSE 'old' END AS age\n\
             FROM ranked r\nWHERE EXISTS (SELECT 1 FROM {} b WHERE b.tenant_id = r.tenant_id AND {});\n",
            conditions[0],
            random.between(2, 30),
            other.name,
            conditions[1]
        ),
    }
}

pub(crate) fn function(table: &Table, random: &mut Random) -> String {
    let (name, number) = (&table.name, random.below(1_000_000));
    let (text, amount, time) = (table.of(Sort::Text), table.of(Sort::Numeric), table.of(Sort::Time));
    let test = condition(&table.column(random), "a.", random);
    match random.below(2) {
        0 => format!(
            "CREATE OR REPLACE FUNCTION {name}_total_{number}(p_tenant uuid, p_since timestamptz DEFAULT now())\n\
             RETURNS bigint\nLANGUAGE sql STABLE\nAS $$\n    SELECT count(a.{amount})\n    FROM {name} a\n    \
             WHERE a.tenant_id = p_tenant\n      AND {test};\n$$;\n"
        ),
        _ => format!(
            "CREATE OR REPLACE FUNCTION {name}_touch_{number}() RETURNS trigger\nLANGUAGE plpgsql\nAS $body$\n\
             DECLARE\n    found_rows integer := {};\nBEGIN\n    IF NEW.{text} IS DISTINCT FROM OLD.{text} THEN\n        \
             UPDATE {name} a SET {text} = NEW.{text}\n        WHERE a.tenant_id = NEW.tenant_id AND {test};\n        \
             GET DIAGNOSTICS found_rows = ROW_COUNT;\n        RAISE NOTICE '% rows', found_rows;\n    END IF;\n    \
             NEW.{time} := OLD.{time};\n    RETURN NEW;\nEND;\n$body$;\n",
            random.below(9)
        ),
    }
}
