//! As whom the server's programs run.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::ScratchError;

/// Who owns the server's processes and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    /// What must be dropped to become that user; `None` when we are that user.
    drop_to_group: Option<u32>,
}

impl User {
    /// Returns us, or, because the server refuses to run as root, whom root hands it to.
    pub(super) fn of_server() -> Result<Self, ScratchError> {
        match own_uid()? {
            0 => {
                let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
                let found = ["postgres", "nobody"].iter().find_map(|name| account(&accounts, name));
                let (uid, gid) = found.ok_or(ScratchError::NoUser)?;
                Ok(User { uid, drop_to_group: Some(gid) })
            }
            uid => Ok(User { uid, drop_to_group: None }),
        }
    }

    /// Says whether root's rights are dropped.
    pub(super) fn is_other(&self) -> bool {
        self.drop_to_group.is_some()
    }

    /// Returns the command that runs a shell script as that user, where that user can be.
    pub(super) fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).current_dir("/");
        if let Some(gid) = self.drop_to_group {
            // Root's further groups are dropped with it.
            command.uid(self.uid).gid(gid);
        }
        command
    }
}

fn own_uid() -> Result<u32, ScratchError> {
    let output = Command::new("id").arg("-u").output().map_err(|error| ScratchError::program("id -u", &error))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let message = || format!("it says `{}`", printed.trim());
    printed.trim().parse().map_err(|_| ScratchError::Program { program: "id -u".to_owned(), message: message() })
}

/// Returns a user's and its group's number from lines such as `nobody:x:65534:65534:…`; never root's.
fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let found = accounts.lines().map(fields).find(|fields| fields.first().is_some_and(|first| first == name))?;
    let number = |at: usize| found.get(at)?.parse().ok().filter(|number: &u32| *number != 0);
    Some((number(2)?, number(3)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:7::/:\npostgres:x:101:104:admin,,,:/var:/bin/sh\n";
        assert_eq!(account(accounts, "postgres"), Some((101, 104)));
        assert_eq!(account(accounts, "root"), None);
        assert_eq!(account(accounts, "nobody"), None);
        assert_eq!(account("postgres:x", "postgres"), None);
    }
}
