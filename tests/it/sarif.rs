//! What `--format sarif` prints, against the schema of SARIF 2.1.0.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tenet::finding::{FileId, Finding};
use tenet::report::{CheckOutcome, Format, Subject, write};
use tenet::source::{SourceFile, Span};

use crate::fixture::root;

/// Keywords that say nothing about whether a value is valid.
const SILENT: &[&str] = &["$schema", "id", "title", "description", "default", "definitions", "format"];

/// A validator of the keywords that the schema uses, and of no others: an unknown one is a failure of the test.
struct Validator {
    schema: Value,
    errors: Vec<String>,
}

impl Validator {
    fn check(&mut self, rule: &Value, value: &Value, at: &str) {
        for (keyword, wanted) in rule.as_object().unwrap() {
            let fails = match keyword.as_str() {
                silent if SILENT.contains(&silent) => false,
                "$ref" => {
                    let target = wanted.as_str().unwrap().trim_start_matches('#').to_owned();
                    let target = self.schema.pointer(&target).unwrap().clone();
                    self.check(&target, value, at);
                    false
                }
                "type" => !is_type(wanted, value),
                "enum" => !wanted.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_some_and(|number| number < wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_some_and(|number| number > wanted.as_f64().unwrap()),
                "minItems" => value.as_array().is_some_and(|list| (list.len() as u64) < wanted.as_u64().unwrap()),
                "uniqueItems" => wanted == &Value::Bool(true) && repeats(value),
                "required" => value.as_object().is_some_and(|object| {
                    wanted.as_array().unwrap().iter().any(|key| !object.contains_key(key.as_str().unwrap()))
                }),
                "properties" => self.properties(wanted, value, at),
                "additionalProperties" => self.additional(rule, wanted, value, at),
                "items" => self.items(wanted, value, at),
                "anyOf" => self.matching(wanted, value, at) == 0,
                "oneOf" => self.matching(wanted, value, at) != 1,
                "pattern" => value.as_str().is_some_and(|text| !matches_pattern(wanted.as_str().unwrap(), text)),
                other => panic!("the schema uses `{other}`, which this validator does not know"),
            };
            if fails {
                self.errors.push(format!("{at}: {keyword} {wanted}"));
            }
        }
    }

    fn properties(&mut self, wanted: &Value, value: &Value, at: &str) -> bool {
        for (key, inner) in value.as_object().into_iter().flatten() {
            if let Some(rule) = wanted.get(key) {
                self.check(rule, inner, &format!("{at}/{key}"));
            }
        }
        false
    }

    fn additional(&mut self, rule: &Value, wanted: &Value, value: &Value, at: &str) -> bool {
        let known = |key: &str| rule.get("properties").is_some_and(|known| known.get(key).is_some());
        let unknown = value.as_object().into_iter().flatten().filter(|(key, _)| !known(key));
        let unknown: Vec<(String, Value)> = unknown.map(|(key, value)| (key.clone(), value.clone())).collect();
        match wanted {
            Value::Bool(allowed) => !allowed && !unknown.is_empty(),
            rule => {
                unknown.iter().for_each(|(key, inner)| self.check(rule, inner, &format!("{at}/{key}")));
                false
            }
        }
    }

    fn items(&mut self, wanted: &Value, value: &Value, at: &str) -> bool {
        for (inner, index) in value.as_array().into_iter().flatten().zip(0..) {
            self.check(wanted, inner, &format!("{at}/{index}"));
        }
        false
    }

    fn matching(&self, rules: &Value, value: &Value, at: &str) -> usize {
        let matches = |rule: &&Value| {
            let mut inner = Validator { schema: self.schema.clone(), errors: Vec::new() };
            inner.check(rule, value, at);
            inner.errors.is_empty()
        };
        rules.as_array().unwrap().iter().filter(matches).count()
    }
}

fn is_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    };
    match wanted {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

fn repeats(value: &Value) -> bool {
    let list = value.as_array().into_iter().flatten();
    let distinct: BTreeSet<String> = list.clone().map(Value::to_string).collect();
    distinct.len() < list.count()
}

/// The one pattern that our logs reach.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[a-zA-Z0-9+.-]+$" => text.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c)),
        other => panic!("the log reaches the pattern `{other}`, which this validator does not know"),
    }
}

fn log() -> Value {
    let files = [
        SourceFile::new("migrations/0002 ä.sql", "-- ä\nUPDATE orders SET status = 'ä' WHERE id = :tenant_id;\n"),
        SourceFile::new("migrations/0001.sql", "CREATE TABLE orders (id int);\n"),
    ];
    let place = Span::new(6, 12);
    let findings = vec![
        Finding::error("scope/unscoped-update", FileId(0), place, "`orders` is not restricted to one tenant")
            .label(place, "any row")
            .label_in(FileId(1), Span::new(13, 19), "a tenant table")
            .help("add a test"),
        Finding::warning("scope/raw-parameter", FileId(0), Span::new(48, 58), "raw text")
            .edit(Span::new(49, 49), "'")
            .edit(Span::new(58, 58), "'"),
    ];
    let outcome = CheckOutcome::new(Subject::Migrations(2), 2, Vec::new(), findings);
    let mut text = Vec::new();
    write(Format::Sarif, &files, &outcome, &mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn logs_follow_the_schema() {
    let text = fs::read_to_string(root().join("fixtures/sarif/sarif-2.1.0.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut validator = Validator { schema: schema.clone(), errors: Vec::new() };
    validator.check(&schema, &log(), "");
    assert_eq!(validator.errors, Vec::<String>::new());
    // The validator itself must see what is wrong.
    let mut broken = log();
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    broken["runs"][0]["results"][1]["colour"] = "red".into();
    validator.check(&schema, &broken, "");
    assert_eq!(validator.errors.len(), 2, "{:?}", validator.errors);
}

#[test]
fn fixes_and_evidence_have_places_in_bytes_and_characters() {
    let log = log();
    let results = &log["runs"][0]["results"];
    let place = |value: &Value, key: &str| value[key].as_u64();
    let first = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "migrations/0002%20%C3%A4.sql");
    assert_eq!(results[0]["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"], "migrations/0001.sql");
    let deleted = &results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"];
    assert_eq!((place(deleted, "byteOffset"), place(deleted, "byteLength")), (Some(49), Some(0)));
    // One letter before it takes two bytes.
    assert_eq!((place(deleted, "startLine"), place(deleted, "startColumn")), (Some(2), Some(43)));
}
