//! A reader that has seen enough.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use crate::fixture::TempFolder;

#[test]
fn a_closed_pipe_is_no_panic() {
    let folder = TempFolder::new("pipe");
    // Each file costs a finding, and together they cost more than a pipe holds.
    for number in 0..2000 {
        fs::write(folder.path().join(format!("{number}.sql")), b"-- \xff\n").unwrap();
    }
    for format in ["human", "json", "sarif", "github"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenet"))
            .args(["check", "--format", format])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{format}");
        assert_eq!(ended.status.code(), Some(1), "{format}: the findings were there all the same");
    }
}
