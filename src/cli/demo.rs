//! `tenet demo`: the whole story on an example project and a server of our own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::args::{Common, DemoArgs};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::db::scratch::Content;
use crate::db::{Scratch, ScratchOptions};

/// The files of the project; `DATABASE` stands for the connection.
const PROJECT: [(&str, &str); 3] = [
    ("tenet.yaml", include_str!("demo/tenet.yaml")),
    ("migrations/0001_shops.sql", include_str!("demo/0001_shops.sql")),
    ("migrations/0002_open_orders.sql", include_str!("demo/0002_open_orders.sql")),
];

/// What the application writes meanwhile.
const SHOPS: &str = include_str!("demo/shops.sql");

/// The database.
const DATABASE: &str = "shops";

/// What happens in the story.
enum Scene {
    /// A command, and how it ends.
    Tenet(&'static str, Exit),
    /// What the application does.
    Sql(&'static str),
}

/// The story: what is said, and what happens then.
const STORY: [(&str, Scene); 12] = [
    (
        "Two migrations of a till that many shops share. One of them touches every shop's orders:",
        Scene::Tenet("check", Exit::Findings),
    ),
    ("The finding brings its fix:", Scene::Tenet("check --fix", Exit::Clean)),
    ("Scripts to review, forward and back:", Scene::Tenet("build", Exit::Clean)),
    ("The first migration makes the tables:", Scene::Tenet("apply --all --to 0001", Exit::Clean)),
    ("Three shops open, with three orders each; nobody may touch those of `cheese` just now.", Scene::Sql(SHOPS)),
    ("The second migration, shop by shop. One that fails stops no other:", Scene::Tenet("apply --all", Exit::Halted)),
    ("Who stands where:", Scene::Tenet("status", Exit::Clean)),
    ("The cheese shop's books are free again.", Scene::Sql("DROP TRIGGER audited ON orders")),
    ("The same command goes on where it ended:", Scene::Tenet("apply --all", Exit::Clean)),
    (
        "The toy shop wants its orders back as they were; the others keep theirs:",
        Scene::Tenet("rollback --tenant toys --to 0001", Exit::Clean),
    ),
    ("Who stands where now:", Scene::Tenet("status", Exit::Clean)),
    ("Everything that was done is on record, in chains of hashes:", Scene::Tenet("audit", Exit::Clean)),
];

/// Tells the story.
pub(super) fn run(common: &Common, args: &DemoArgs) -> Result<Exit, Failure> {
    let variable = || std::env::var_os(super::verify::BIN).filter(|value| !value.is_empty()).map(Into::into);
    let bin = args.postgres_bin.clone().or_else(variable);
    let server = match Scratch::start(ScratchOptions { bin, ..ScratchOptions::default() }) {
        Ok(server) => server,
        Err(error) => {
            output::complain(&error.to_string());
            return Ok(Exit::NoServer);
        }
    };
    let failed = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    server.create_database(DATABASE, Content::Empty).map_err(|error| failed(&error))?;
    let folder = Folder::new(&server, args.keep.as_deref())?;
    for (said, scene) in &STORY {
        output::data(|out| writeln!(out, "{said}\n"))?;
        match scene {
            Scene::Tenet(words, expected) => {
                output::data(|out| writeln!(out, "$ tenet {words}"))?;
                let ended = tenet(common, &folder.path, words);
                output::data(|out| writeln!(out))?;
                if ended != *expected {
                    output::complain(&format!("`tenet {words}` ended with {}, not {}", ended.code(), expected.code()));
                    return Ok(Exit::Findings);
                }
            }
            Scene::Sql(sql) => {
                let mut connection = server.connect(DATABASE).map_err(|error| failed(&error))?;
                connection.execute_script(sql).map_err(|error| failed(&error))?;
            }
        }
    }
    if let Some(kept) = &args.keep {
        output::note(&format!("the project is in {}; its server is gone", kept.display()));
    }
    Ok(Exit::Clean)
}

fn tenet(common: &Common, folder: &Path, words: &str) -> Exit {
    let mut arguments: Vec<OsString> = vec!["tenet".into()];
    arguments.extend(words.split(' ').map(OsString::from));
    arguments.extend(["--project".into(), folder.into(), "--color".into(), common.color.word().into()]);
    super::run(arguments)
}

/// The project on disk, removed at the end unless it is kept.
struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Folder {
    fn new(server: &Scratch, keep: Option<&Path>) -> Result<Folder, Failure> {
        // The server's own folder has a name that nobody else has.
        let name = server.host().file_name().map_or_else(|| "tenet-demo".into(), |name| name.to_owned());
        let mut apart = OsString::from("demo-");
        apart.push(name);
        let path = keep.map_or_else(|| std::env::temp_dir().join(apart), Path::to_owned);
        let folder = Folder { path, is_kept: keep.is_some() };
        let url = format!("host={} user=postgres dbname={DATABASE}", server.host().display());
        for (file, text) in PROJECT {
            super::new::create(&folder.path.join(file), &text.replace("DATABASE", &url))
                .map_err(|error| Failure::Usage(format!("`{file}`: {error}")))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
