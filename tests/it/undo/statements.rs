//! Random changes of one tenant's rows.

/// Numbers that are the same for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

const OWN: &str = "tenant_id = :'tenant_id'";

/// Writes a migration of a few statements.
pub fn change(random: &mut Random) -> String {
    let count = 2 + random.below(6);
    (0..count).map(|_| top(random) + ";\n").collect()
}

fn top(random: &mut Random) -> String {
    match random.below(8) {
        0 => {
            let count = 1 + random.below(3);
            let body: String = (0..count).map(|_| format!("    {};\n", plain(random))).collect();
            format!("DO $$\nBEGIN\n{body}END\n$$")
        }
        _ => plain(random),
    }
}

/// Writes a condition that some rows meet.
fn some(random: &mut Random, column: &str) -> String {
    match random.below(4) {
        0 => OWN.to_owned(),
        1 => format!("{OWN} AND {column} > {}", random.below(24)),
        _ => format!("{OWN} AND {column} % {} = {}", 2 + random.below(4), random.below(2)),
    }
}

fn plain(random: &mut Random) -> String {
    let n = random.below(30);
    match random.below(24) {
        0 => format!("UPDATE customers SET name = name || '{n}', mood = 'so-so' WHERE {}", some(random, "id")),
        1 => format!("UPDATE customers SET document = '{{\"n\":  {n}}}' WHERE {}", some(random, "id")),
        2 => format!("UPDATE customers SET pos = 200 - pos WHERE {OWN}"),
        3 => format!("UPDATE customers SET id = id + {} WHERE {}", 100 * (1 + n), some(random, "id")),
        4 => format!(
            "UPDATE customers SET id = CASE id WHEN {n} THEN {m} ELSE {n} END WHERE {OWN} AND id IN ({n}, {m}) AND parent_id \
             IS DISTINCT FROM {n}",
            m = n + 1
        ),
        5 | 6 => format!("DELETE FROM customers WHERE {}", some(random, "id")),
        7 => format!(
            "INSERT INTO customers (tenant_id, id, name, pos, mood) SELECT (:'tenant_id')::int, g, 'new', g, 'größer' FROM \
             generate_series({}, {}) AS g",
            500 + 40 * n,
            502 + 40 * n
        ),
        8 => format!(
            "INSERT INTO customers (tenant_id, id, name, pos) VALUES (:'tenant_id', {n}, 'again', {p}), (:'tenant_id', {m}, 'x', \
             {q}) ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name || customers.name",
            m = n + 700,
            p = n + 3000,
            q = n + 4000
        ),
        9 => format!(
            "INSERT INTO customers (tenant_id, id, pos) VALUES (:'tenant_id', {n}, {}) ON CONFLICT (tenant_id, id) DO NOTHING",
            n + 5000
        ),
        10 => format!("UPDATE customers SET parent_id = NULL WHERE {}", some(random, "id")),
        11 => format!("UPDATE orders SET cents = cents * 2 WHERE {}", some(random, "id")),
        12 => format!("DELETE FROM orders WHERE {}", some(random, "id")),
        13 => "INSERT INTO orders (tenant_id, cents) VALUES (:'tenant_id', 7), (:'tenant_id', 8.125)".to_owned(),
        14 => format!("UPDATE lines SET labels = labels || 'l{n}' WHERE {}", some(random, "no")),
        15 => format!("UPDATE events SET kind = CASE kind WHEN 'a' THEN 'b' ELSE 'a' END WHERE {}", some(random, "id")),
        16 => format!("UPDATE events SET note = NULL WHERE {}", some(random, "id")),
        17 => format!("DELETE FROM events WHERE {}", some(random, "id")),
        18 => {
            format!("INSERT INTO events VALUES (:'tenant_id', {}, 'a', 'new'), (:'tenant_id', {0}, 'b', NULL)", 100 + n)
        }
        19 => format!("UPDATE boxes SET name = name || '{n}' WHERE {}", some(random, "id")),
        20 => format!("DELETE FROM boxes WHERE {}", some(random, "id")),
        21 => format!("UPDATE counters SET a = a + {n}, b = NULL WHERE {}", some(random, "id")),
        22 => format!(
            "MERGE INTO counters AS c USING (SELECT {n} AS id) AS s ON c.{OWN} AND c.id = s.id WHEN MATCHED AND c.a > 10 THEN DELETE \
             WHEN MATCHED THEN UPDATE SET b = 'merged' WHEN NOT MATCHED THEN INSERT (tenant_id, id, a) VALUES (:'tenant_id', s.id, {n})"
        ),
        _ => format!(
            "WITH gone AS (DELETE FROM counters WHERE {} RETURNING id, a) INSERT INTO events (tenant_id, id, kind, note) SELECT \
             (:'tenant_id')::int, 1000 + gone.id + {}, 'a', gone.a::text FROM gone",
            some(random, "id"),
            100 * n
        ),
    }
}
