//! What is judged: statements against a history, by the library, one at a time.

use std::fs;
use std::path::Path;

use tenet::catalog::{Catalog, Origin};
use tenet::finding::FileId;
use tenet::project::{Location, Overrides, Project, SettingsFile};
use tenet::replay::Replay;
use tenet::scope::{self, Context, Effects, Place};
use tenet::settings::{Settings, Tenancy};
use tenet::syntax::{expression, read};
use tenet::verdict::Scope;

use crate::fixture::{TempFolder, name};

/// A schema as the library knows it.
#[derive(Clone)]
pub struct Subject {
    tenancy: Tenancy,
    replay: Replay,
    effects: Effects,
}

/// What the library says of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whose rows it meets.
    pub scope: Scope,
    /// The tenant that it is proved for, as `check` shows it.
    pub designator: Option<String>,
    /// Why it is not proved.
    pub reason: Option<String>,
}

/// Reads a project's settings.
pub fn settings(file: &Path) -> Settings {
    let folder = TempFolder::new(&format!("settings-{}", name(file)));
    fs::copy(file, folder.path().join("tenet.yaml")).unwrap();
    fs::create_dir(folder.path().join("migrations")).unwrap();
    let location = Location { root: folder.path().to_owned(), settings: SettingsFile::Present };
    let mut settings = Project::load(&location, &Overrides::default(), &[]).unwrap().settings;
    // The session expression is compared in the library's own spelling.
    let tenancy = &mut settings.tenancy;
    tenancy.session = tenancy.session.as_ref().map(|text| expression::text(text).unwrap().to_string());
    settings
}

impl Subject {
    /// Begins with an empty history.
    pub fn new(settings: &Settings) -> Self {
        let replay = Replay::new(settings.search_path.clone());
        Subject { tenancy: settings.tenancy.clone(), replay, effects: Effects::default() }
    }

    /// Lets statements come before those that are judged.
    pub fn precede(&mut self, text: &str) {
        for statement in read::script(text).statements {
            match &statement.outcome {
                Ok(parsed) => {
                    let origin = Origin::at(FileId::default(), statement.span);
                    scope::observe(self.replay.catalog(), &self.tenancy, &mut self.effects, parsed, text);
                    let step = self.replay.step(parsed, origin);
                    if let Some(error) = step.error.as_ref().filter(|_| !step.is_whole) {
                        self.effects.unfollowed(&text[statement.span.range()], error);
                    }
                }
                Err(_) => self.effects.unread(&text[statement.span.range()]),
            }
        }
    }

    /// Judges a text of one statement; `None` when it is not read.
    pub fn verdict(&self, text: &str) -> Option<Verdict> {
        let read = read::script(text);
        let [statement] = read.statements.as_slice() else { return None };
        let parsed = statement.outcome.as_ref().ok()?;
        let tokens = read.script.tokens_of(&read.script.pieces[statement.piece]);
        let context = Context { catalog: self.catalog(), tenancy: &self.tenancy, effects: &self.effects };
        let judgement = scope::judge(&context, parsed, Place { text, tokens, session: None });
        let designator = judgement.designator.map(|designator| designator.to_string());
        let reason = judgement.holes.first().map(|hole| hole.message.clone());
        Some(Verdict { scope: judgement.scope, designator, reason })
    }

    /// Returns the schema.
    pub fn catalog(&self) -> &Catalog {
        self.replay.catalog()
    }

    /// Returns the settings that say whose rows are whose.
    pub fn tenancy(&self) -> &Tenancy {
        &self.tenancy
    }
}
