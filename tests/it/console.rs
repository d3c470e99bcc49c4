//! `fixtures/cli/<name>.console`: commands, what they print, and how they end.
//!
//! A file opens with what is in the folder where its commands run: `project NAME` copies `fixtures/projects/NAME`,
//! `file PATH` is followed by lines of text, each behind `| `. Then come commands behind `$ `; below each stands what it
//! printed, standard error behind `! `, and `[exit N]` when N is not 0. Commands are `tenet …`, `cat FILE`,
//! `ls` and `grep …`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{TempFolder, compare, entries, files_below, name, report, root};

/// Plays a console file and returns it with what was really printed.
fn play(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let folder = TempFolder::new(&name(path));
    let mut played = String::new();
    let mut file = None;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            played.push_str(&format!("$ {command}\n{}", run(command, folder.path())));
        } else if !played.contains("\n$ ") && !played.starts_with("$ ") {
            played.push_str(&format!("{line}\n"));
            file = prepare(line, file, &folder);
        }
    }
    played
}

/// Follows a line above the first command; returns the file whose text stands on the next lines.
fn prepare(line: &str, file: Option<String>, folder: &TempFolder) -> Option<String> {
    match line.split_once(' ') {
        Some(("project", project)) => {
            folder.copy(&root().join("fixtures/projects").join(project));
            None
        }
        Some(("file", path)) => {
            let full = folder.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, "").unwrap();
            Some(path.to_owned())
        }
        _ if line.is_empty() || line.starts_with('#') => None,
        _ => {
            let path = file.unwrap_or_else(|| panic!("`{line}` belongs to no file"));
            let full = folder.path().join(&path);
            let text = line.strip_prefix("| ").or(line.strip_prefix('|')).expect("a line of text opens with `| `");
            fs::write(&full, fs::read_to_string(&full).unwrap() + text + "\n").unwrap();
            Some(path)
        }
    }
}

/// Runs a command in a folder and returns what it printed, an empty line behind it.
pub fn run(command: &str, folder: &Path) -> String {
    let mut words = words(command).into_iter().peekable();
    let mut variables = Vec::new();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        variables.push((name.to_owned(), value.to_owned()));
        words.next();
    }
    let arguments: Vec<String> = words.collect();
    match arguments[0].as_str() {
        "tenet" => tenet(&arguments[1..], variables, folder),
        "cat" => fs::read_to_string(folder.join(&arguments[1])).unwrap() + "\n",
        "ls" => {
            let files = files_below(folder);
            let lines = files.iter().map(|file| format!("{}\n", file.strip_prefix(folder).unwrap().display()));
            lines.collect::<String>() + "\n"
        }
        "grep" => {
            let script = Command::new("bash").args(["-c", command]).current_dir(folder).env("LC_ALL", "C").output();
            String::from_utf8(script.unwrap().stdout).unwrap() + "\n"
        }
        other => panic!("`{other}` is no command of console files"),
    }
}

fn tenet(arguments: &[String], variables: Vec<(String, String)>, folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_WORKSPACE")
        .env_remove("NO_COLOR")
        .envs(variables)
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    for line in String::from_utf8(output.stderr).unwrap().lines() {
        text.push_str(&format!("! {line}\n"));
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => text.push_str(&format!("[exit {code}]\n")),
        None => text.push_str("[killed]\n"),
    }
    let text = text.replace('\u{1b}', "␛");
    assert!(!text.contains(folder.to_str().unwrap()), "a path of this machine is printed:\n{text}");
    text + "\n"
}

/// Splits at blanks outside single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn commands_print_what_console_files_say() {
    let files = entries("fixtures/cli");
    let failures = files.iter().filter_map(|path| compare(path, &play(path)).err()).collect();
    report(files.len(), failures);
}

#[test]
fn the_help_of_every_verb_is_compared() {
    let help = fs::read_to_string(root().join("fixtures/cli/help.console")).unwrap();
    let (_, verbs) = help.split_once("(no database needed)\n").expect("the verbs stand under a heading");
    let (verbs, _) = verbs.split_once("\nOptions:\n").expect("options follow");
    let verbs = verbs.lines().filter_map(|line| line.strip_prefix("  "));
    let verbs: Vec<&str> = verbs.filter_map(|line| line.split(' ').next()).collect();
    assert!(verbs.len() >= 3, "{verbs:?}");
    for verb in verbs {
        assert!(help.contains(&format!("\n$ tenet {verb} --help\n")), "`tenet {verb} --help` is not compared");
    }
}
