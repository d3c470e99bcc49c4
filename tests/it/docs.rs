//! What README and its fellows say is what the program does.

use std::fs;
use std::process::Command;

use tenet::rules::{find, is_family};

use crate::console;
use crate::fixture::{TempFolder, compare, entries, name, report, root};

/// Plays the `console` blocks of a text, one after another, in a copy of the first example project.
fn played(text: &str) -> String {
    let shop = TempFolder::new("docs");
    shop.copy(&root().join("fixtures/projects/shop"));
    let mut played = String::new();
    let mut in_block = false;
    for line in text.lines() {
        match line {
            "```console" => in_block = true,
            "```" if in_block => {
                in_block = false;
                // A command's output ends with an empty line; the last one stands before the end of the block.
                played.truncate(played.trim_end().len() + 1);
            }
            _ => {}
        }
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        if !in_block || line == "```console" {
            played.push_str(&format!("{line}\n"));
        } else if let Some(command) = command {
            played.push_str(&format!("$ {command}\n{}", console::run(command, shop.path())));
        }
    }
    played
}

fn documents() -> Vec<std::path::PathBuf> {
    entries(".").into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn console_blocks_show_what_is_printed() {
    let documents = documents();
    let texts: Vec<String> = documents.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(texts.iter().any(|text| text.contains("\n$ tenet check\n")), "README shows a check");
    let compared = documents.iter().zip(&texts).filter_map(|(path, text)| compare(path, &played(text)).err());
    report(documents.len(), compared.collect());
}

/// The lines of the block of shell commands.
fn shell_commands(text: &str) -> Vec<&str> {
    let (_, rest) = text.split_once("```sh\n").expect("README has commands for a shell");
    rest.lines().take_while(|line| *line != "```").collect()
}

#[test]
fn the_two_commands_are_what_is_run() {
    let readme = readme();
    let [main, tests] = shell_commands(&readme)[..] else { panic!("README shows two commands") };
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert_eq!(ci.lines().last(), Some(format!("step {tests}").as_str()), "the last step of .ci/run runs the tests");
    let arguments = main.strip_prefix("cargo run --release -- ").expect("the program is built and run");
    let output =
        Command::new(env!("CARGO_BIN_EXE_tenet")).args(arguments.split(' ')).current_dir(root()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "README says so");
    assert!(output.stdout.ends_with(b"3 migrations, 1 error\n"));
}

#[test]
fn the_table_of_verbs_is_the_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, verbs) = help.split_once("(no database needed)\n").expect("the verbs stand under a heading");
    let (verbs, _) = verbs.split_once("\nOptions:\n").expect("options follow");
    let verbs = verbs.lines().filter(|line| line.starts_with("  ")).map(|line| {
        let (verb, what) = line.trim().split_once(' ').unwrap();
        format!("| `{verb}` | {} |\n", what.trim())
    });
    let table = format!("| verb | what it does |\n|---|---|\n{}", verbs.collect::<String>());
    assert!(readme().contains(&table), "README lacks\n{table}");
}

#[test]
fn rules_that_documents_name_exist() {
    let mut failures = Vec::new();
    let documents = documents();
    for path in &documents {
        let text = fs::read_to_string(path).unwrap();
        let words = text.split('`').filter(|word| word.split_once('/').is_some_and(|(family, _)| is_family(family)));
        let rules = words.filter(|word| !word.ends_with('/') && !word.contains(['.', '*', ' ']));
        failures.extend(rules.filter(|rule| find(rule).is_none()).map(|rule| format!("{}: `{rule}`", name(path))));
    }
    report(documents.len(), failures);
}

#[test]
fn links_lead_somewhere() {
    let mut failures = Vec::new();
    let documents = documents();
    for path in &documents {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let is_dead = match target.strip_prefix('#') {
                Some(anchor) => !headings(&text).contains(&anchor.to_owned()),
                None => !target.contains("://") && !root().join(target.split('#').next().unwrap()).exists(),
            };
            if is_dead {
                failures.push(format!("{}: `{target}` is not there", name(path)));
            }
        }
    }
    report(documents.len(), failures);
}

/// The anchors that headings get.
fn headings(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| heading.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-");
    headings.map(anchor).collect()
}

#[test]
fn every_module_has_its_line_in_the_architecture() {
    let modules = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = architecture.split_once("| module | what it is |\n|---|---|\n").unwrap();
    let lines = table.lines().map_while(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(modules.collect::<Vec<_>>(), lines.collect::<Vec<_>>(), "ARCHITECTURE.md lists modules as lib.rs does");
}
