//! Rules, their examples and `RULES.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use tenet::check;
use tenet::finding::Finding;
use tenet::project::{Location, Overrides, Project, SettingsFile};
use tenet::report::rules_md;
use tenet::rules::{ALL, Rule, Sample, is_family};

use crate::fixture::{TempFolder, compare, files_below, report, root};

#[test]
fn rules_md_is_made_from_the_rules() {
    report(1, compare(&root().join("RULES.md"), &rules_md()).err().into_iter().collect());
}

#[test]
fn rules_are_named_once_and_belong_to_a_family() {
    let names: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), ALL.len(), "a name stands for one rule");
    for rule in ALL {
        assert!(is_family(rule.family()), "{} has a family that FAMILIES lacks", rule.id);
        let texts = [rule.when, rule.effect, rule.remedy];
        assert!(texts.iter().all(|text| !text.is_empty() && !text.ends_with('.')), "{}: a sentence's stop", rule.id);
    }
}

#[test]
fn a_rule_has_examples_and_an_example_has_a_rule() {
    let folder = root().join("fixtures/rules");
    let samples = ALL.iter().flat_map(|rule| rule.bad.iter().chain(rule.good));
    let known: BTreeSet<String> = samples.map(|sample: &Sample| sample.path.to_owned()).collect();
    let mut failures = Vec::new();
    for rule in ALL {
        for (kind, samples) in [("bad", rule.bad), ("good", rule.good)] {
            let prefix = format!("{}/{kind}", rule.id);
            let own = !samples.is_empty() && samples.iter().all(|sample| sample.path.starts_with(&prefix));
            if !own {
                failures.push(format!("{prefix}: no example, or one of another rule"));
            }
        }
    }
    for file in files_below(&folder) {
        let path = file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        if !known.contains(&path) && !path.ends_with("/tenet.yaml") {
            failures.push(format!("fixtures/rules/{path}: no rule shows it"));
        }
    }
    report(known.len(), failures);
}

/// Examples that the analysis cannot judge yet, with what is missing; an example that behaves must leave this list.
const NOT_YET: &[(&str, &str)] = &[];

/// The findings of an example, checked as the project that it shows.
fn findings(rule: &Rule, kind: &str, samples: &[Sample]) -> Vec<Finding> {
    let folder = TempFolder::new(&format!("{}-{kind}", rule.id));
    for sample in samples {
        let path = folder.path().join(sample.name());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, sample.text).unwrap();
    }
    let own = root().join("fixtures/rules").join(rule.id);
    let settings = [own.join(kind).join("tenet.yaml"), own.join("tenet.yaml")].into_iter().find(|path| path.exists());
    fs::copy(settings.expect("an example has settings"), folder.path().join("tenet.yaml")).unwrap();
    // Files outside `migrations/` are named, as scripts are that stand beside a project.
    let loose = samples.iter().filter(|sample| !sample.name().starts_with("migrations/"));
    let paths: Vec<PathBuf> = loose.map(|sample| folder.path().join(sample.name())).collect();
    let location = Location { root: folder.path().to_owned(), settings: SettingsFile::Present };
    let project = Project::load(&location, &Overrides::default(), &paths).unwrap();
    check::run(&project, &project.selected).findings
}

/// Says what is wrong with an example: bad ones yield their rule, good ones nothing at all.
fn misbehaviour(rule: &Rule, kind: &str, samples: &[Sample]) -> Option<String> {
    let found = findings(rule, kind, samples);
    let behaves = match kind {
        "bad" => found.iter().any(|finding| finding.rule == rule.id),
        _ => found.is_empty(),
    };
    let lines: String = found.iter().map(|finding| format!("  {}: {}\n", finding.rule, finding.message)).collect();
    (!behaves).then(|| if lines.is_empty() { "  no finding\n".to_owned() } else { lines })
}

#[test]
fn bad_examples_yield_their_rule_and_good_ones_nothing() {
    let mut failures = Vec::new();
    let mut excused: BTreeMap<&str, &str> = NOT_YET.iter().copied().collect();
    for rule in ALL {
        for (kind, samples) in [("bad", rule.bad), ("good", rule.good)] {
            let name = format!("{}/{kind}", rule.id);
            match (misbehaviour(rule, kind, samples), excused.remove(name.as_str())) {
                (Some(found), None) => failures.push(format!("{name}:\n{found}")),
                (None, Some(reason)) => failures.push(format!("{name} behaves now; `{reason}` is out of date")),
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
    failures.extend(excused.keys().map(|name| format!("{name}: no such example")));
    report(2 * ALL.len(), failures);
}
