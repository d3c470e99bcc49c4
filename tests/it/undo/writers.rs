//! Changes undone while the application writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::statements::Random;
use super::{case, number};
use crate::capture::{all, build, file, rows, scripts, start};
use crate::server::Server;
use tenet::db::{Connection, Defaults, Target};

const CHANGE: &str = "UPDATE counters SET a = a * 10, b = b || '!' WHERE tenant_id = :'tenant_id';\n\
DELETE FROM counters WHERE tenant_id = :'tenant_id' AND id > 35;\n";

/// The rows of the tenant without what only the application writes.
const OWN: &str = "SELECT id, a, b FROM counters WHERE tenant_id = 2 ORDER BY id\n";

fn session(server: &Server) -> Connection {
    let text = format!("host={} user=postgres dbname=app", server.socket().display());
    Connection::open(&Target::parse(&text, &Defaults::default()).unwrap()).unwrap()
}

/// Counts visits until it is told to stop, and returns how many there were.
fn visit(mut session: Connection, random: &mut Random, tenants: &[u32], is_over: &AtomicBool) -> u64 {
    let mut visits = 0;
    while !is_over.load(Ordering::SeqCst) || visits == 0 {
        let tenant = tenants[random.below(tenants.len() as u64) as usize];
        let id = 1 + random.below(35);
        let sql = format!("UPDATE counters SET visits = visits + 1 WHERE tenant_id = {tenant} AND id = {id}");
        visits += session.execute(&sql).unwrap().affected;
        thread::sleep(std::time::Duration::from_millis(1));
    }
    visits
}

/// Rows that others write meanwhile, and columns that the change does not touch, are the application's own.
#[test]
fn what_others_write_meanwhile_stays() {
    for tenants in [&[1, 3][..], &[1, 2, 3][..]] {
        let server = Server::start();
        let case = case("undo_writers", CHANGE);
        let project = build(case.path()).unwrap();
        start(&server, case.path(), project.path()).unwrap();
        let before = server.psql("app", OWN, &[]).unwrap();
        let is_over = AtomicBool::new(false);
        let visits: u64 = thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|writer| {
                    let (session, is_over) = (session(&server), &is_over);
                    scope.spawn(move || visit(session, &mut Random::new(writer), tenants, is_over))
                })
                .collect();
            for round in 0..3 {
                all(&server, &scripts(project.path(), "0002_change", "forward")).unwrap();
                assert_ne!(server.psql("app", OWN, &[]).unwrap(), before);
                let own = scripts(project.path(), "0002_change", "rollback");
                let own: Vec<_> =
                    own.into_iter().filter(|script| script.to_string_lossy().contains(".tenant.")).collect();
                all(&server, &own).unwrap();
                assert_eq!(server.psql("app", OWN, &[]).unwrap(), before, "round {round}");
            }
            is_over.store(true, Ordering::SeqCst);
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        let counted = server.psql("app", "SELECT sum(visits) FROM counters", &[]).unwrap();
        assert_eq!(counted.trim(), visits.to_string(), "{tenants:?}");
    }
}

/// What the application does to the same rows and columns, and what each policy makes of it.
#[test]
fn what_was_changed_since_is_settled_as_the_policy_says() {
    let seed = number("TENET_UNDO_SEED", 1);
    let server = Server::start();
    let case = case("undo_policies", CHANGE);
    let project = build(case.path()).unwrap();
    let own = scripts(project.path(), "0002_change", "rollback").into_iter();
    let own = own.filter(|script| script.to_string_lossy().contains(".tenant.")).collect::<Vec<_>>();
    for round in 0..6 {
        let random = &mut Random::new(seed * 1000 + round);
        let changed: Vec<u64> = (0..1 + random.below(5)).map(|_| 1 + random.below(20)).collect();
        let gone: Vec<u64> = (0..random.below(3)).map(|_| 21 + random.below(10)).collect();
        for policy in ["fail", "skip", "force"] {
            start(&server, case.path(), project.path()).unwrap();
            let before = server.psql("app", OWN, &[]).unwrap();
            all(&server, &scripts(project.path(), "0002_change", "forward")).unwrap();
            for id in &changed {
                server
                    .psql("app", &format!("UPDATE counters SET a = -1 WHERE tenant_id = 2 AND id = {id}\n"), &[])
                    .unwrap();
            }
            for id in &gone {
                server.psql("app", &format!("DELETE FROM counters WHERE tenant_id = 2 AND id = {id}\n"), &[]).unwrap();
            }
            let between = server.psql("app", OWN, &[]).unwrap();
            let all_between = rows(&server);
            let settled = server.psql("app", &format!("ALTER DATABASE app SET tenet.conflicts = '{policy}'\n"), &[]);
            settled.unwrap();
            let result = own.iter().try_for_each(|script| file(&server, script).map(drop));
            let line =
                |text: &str, id: u64| text.lines().find(|line| line.starts_with(&format!("{id}|"))).map(str::to_owned);
            if policy == "fail" {
                assert!(result.is_err(), "{changed:?}");
                assert_eq!(rows(&server), all_between);
            } else {
                result.unwrap();
                let now = server.psql("app", OWN, &[]).unwrap();
                for id in 1..=40 {
                    let expected = match policy {
                        "skip" if changed.contains(&id) => line(&between, id),
                        _ if gone.contains(&id) => None,
                        _ => line(&before, id),
                    };
                    assert_eq!(line(&now, id), expected, "round {round}, {policy}, {id}: {changed:?} {gone:?}");
                }
            }
            server.drop("app");
        }
    }
}
