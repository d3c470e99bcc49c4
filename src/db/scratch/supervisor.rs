//! The process between us and the server: a shell that stops the server and removes its files once our end of its input
//! is closed, be it by us or by the system when we are killed.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::ScratchError;
use super::programs::Programs;
use super::template::Template;
use super::user::User;

/// What the shell does.
pub(super) const SCRIPT: &str = include_str!("supervisor.sh");

/// How often a server that starts is looked at.
const POLL: Duration = Duration::from_millis(1);

/// How long it may take until the server is ready, its data directory made first.
const PATIENCE: Duration = Duration::from_secs(60);

/// The shell, and with it the server.
pub(super) struct Supervisor {
    shell: Child,
    /// Closed, it ends everything.
    input: Option<ChildStdin>,
    /// Gets what the shell said, once neither it nor the server can say anything more.
    ended: Receiver<String>,
    folder: PathBuf,
}

impl Supervisor {
    /// Starts a server whose data directory, socket and log lie in a new folder.
    pub(super) fn start(
        folder: PathBuf,
        programs: &Programs,
        user: &User,
        template: &Template,
        settings: &[String],
    ) -> Result<Self, ScratchError> {
        let mut command = user.shell(SCRIPT);
        command.arg("supervisor").arg(&folder);
        command.arg(template.source.as_deref().unwrap_or(Path::new("")));
        command.arg(template.copy().unwrap_or(Path::new(""))).arg(&programs.bin);
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        // What our user says to clients, and in which language and time zone, is nothing to this server.
        let ours = |name: &str| name.starts_with("PG") || name.starts_with("LC_") || name == "TZ";
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Signals of the terminal go to its whole process group, and are not meant for the server.
        let mut shell = command.process_group(0).spawn().map_err(|error| ScratchError::program("/bin/sh", &error))?;
        let (input, output) = (shell.stdin.take(), shell.stdout.take());
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = output.map(|mut output| output.read_to_end(&mut said));
            let _ = sender.send(String::from_utf8_lossy(&said).into_owned());
        });
        Ok(Supervisor { shell, input, ended, folder })
    }

    /// Waits until the server takes connections.
    pub(super) fn wait_until_ready(&self) -> Result<(), ScratchError> {
        let begin = Instant::now();
        while !self.is_ready() {
            match self.ended.recv_timeout(POLL) {
                Err(RecvTimeoutError::Timeout) if begin.elapsed() < PATIENCE => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(ScratchError::Slow { seconds: PATIENCE.as_secs(), log: self.log() });
                }
                Ok(said) => return Err(ScratchError::Start { log: format!("{said}{}", self.log()) }),
                Err(RecvTimeoutError::Disconnected) => return Err(ScratchError::Start { log: self.log() }),
            }
        }
        Ok(())
    }

    /// Reads the state that the server writes down for pg_ctl: the eighth line of its file.
    fn is_ready(&self) -> bool {
        let state = fs::read_to_string(self.folder.join("data/postmaster.pid"));
        state.is_ok_and(|state| state.lines().nth(7).is_some_and(|state| state.trim() == "ready"))
    }

    /// Returns what the server has said.
    pub(super) fn log(&self) -> String {
        fs::read(self.folder.join("log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Returns the folder that holds everything of the server.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
        // Only a shell that was killed leaves it; a server whose data directory is gone ends within a minute.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns a name that no other process thinks of.
pub(super) fn unique(kind: &str) -> String {
    // Every RandomState has keys of its own.
    format!("tenet-{kind}-{:016x}", RandomState::new().build_hasher().finish())
}
