//! What other programs run: the hooks for pre-commit, the action, and the examples of both.
//!
//! Their YAML is read as those programs read it, and every command in it that calls tenet is run in an example project.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use serde_yaml::Value;

use crate::fixture::{TempFolder, root};

/// The example project, and beside it a folder with the program.
struct Shop {
    project: TempFolder,
    tools: TempFolder,
}

impl Shop {
    fn new(name: &str) -> Self {
        let (project, tools) = (TempFolder::new(name), TempFolder::new(&format!("{name}-tools")));
        project.copy(&root().join("fixtures/projects/shop"));
        let bin = tools.path().join("tenet/bin");
        fs::create_dir_all(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_tenet"), bin.join("tenet")).unwrap();
        Shop { project, tools }
    }

    /// Runs a script as GitHub runs `shell: bash`, with the program on the path.
    fn bash(&self, script: &str, variables: &BTreeMap<String, String>) -> Output {
        let path = format!("{}/tenet/bin:{}", self.tools.path().display(), std::env::var("PATH").unwrap());
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.project.path())
            .env("PATH", path)
            .env("RUNNER_TEMP", self.tools.path())
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", self.project.path())
            .envs(variables)
            .output()
            .unwrap()
    }

    fn fix(&self) {
        let output = self.bash("tenet check --fix --quiet", &BTreeMap::new());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` of {value:?} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_else(|| panic!("{value:?} is no list"))
}

const ANNOTATION: &str = "::error file=migrations/0003_open_orders.sql,line=3,endLine=3,col=8,endColumn=14,\
                          title=scope/unscoped-update::`orders` is not restricted to one tenant";

/// The hooks' commands as pre-commit makes them: the entry's words, `args`, then the files that match.
fn hook_command(hook: &Value, files: &[String]) -> Option<Vec<String>> {
    assert_eq!(text(hook, "language"), "rust", "pre-commit builds the program from this repository");
    let mut words: Vec<String> = text(hook, "entry").split(' ').map(str::to_owned).collect();
    let arguments = hook.get("args").map_or(&[][..], list);
    words.extend(arguments.iter().map(|argument| argument.as_str().unwrap().to_owned()));
    let matching: Vec<String> = files.iter().filter(|file| concerns(hook, file)).cloned().collect();
    if matching.is_empty() {
        return None;
    }
    if hook.get("pass_filenames").and_then(Value::as_bool).unwrap_or(true) {
        words.extend(matching);
    }
    Some(words)
}

/// Says whether a changed file starts a hook: by `types`, of which ours use only SQL, and by the pattern `files`.
fn concerns(hook: &Value, file: &str) -> bool {
    let types = hook.get("types").map_or(&[][..], list);
    assert!(types.iter().all(|kind| kind == "sql"), "{types:?}");
    let is_sql = types.is_empty() || file.ends_with(".sql");
    let matches = |pattern: &str| {
        let script = "[[ $1 =~ $2 ]]";
        Command::new("bash").args(["-c", script, "bash", file, pattern]).status().unwrap().success()
    };
    is_sql && hook.get("files").is_none_or(|pattern| matches(pattern.as_str().unwrap()))
}

fn run_hook(shop: &Shop, hook: &Value, files: &[&str]) -> Option<(i32, String)> {
    let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    let words = hook_command(hook, &files)?;
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let output = shop.bash(&quoted.join(" "), &BTreeMap::new());
    Some((output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn hooks_judge_what_changed() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in list(&hooks) {
        let shop = Shop::new(text(hook, "id"));
        let own = run_hook(&shop, hook, &["migrations/0003_open_orders.sql", "README.md"]);
        let (code, printed) = own.expect("a migration starts the hook");
        assert_eq!(code, 1, "{printed}");
        assert!(printed.starts_with(ANNOTATION), "{printed}");
        assert_eq!(run_hook(&shop, hook, &["README.md", "migrations/notes.txt"]), None, "nothing of ours changed");
        shop.fix();
        let (code, printed) = run_hook(&shop, hook, &["migrations/0003_open_orders.sql"]).unwrap();
        assert_eq!(code, 0, "{printed}");
    }
}

#[test]
fn one_hook_looks_at_the_files_and_one_at_the_project() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = |id: &str| list(&hooks).iter().find(|hook| text(hook, "id") == id).unwrap();
    let shop = Shop::new("hooks");
    let changed = run_hook(&shop, hook("tenet-check"), &["migrations/0002_orders.sql"]);
    assert_eq!(changed, Some((0, "1 migration, 0 findings\n".to_owned())), "the other file did not change");
    assert_eq!(run_hook(&shop, hook("tenet-check"), &["tenet.yaml"]), None);
    let project = run_hook(&shop, hook("tenet-check-project"), &["tenet.yaml"]).expect("settings start it");
    assert_eq!(project.0, 1);
    assert!(run_hook(&shop, hook("tenet-check-project"), &["not-tenet.yaml"]).is_none());
}

#[test]
fn examples_name_hooks_and_inputs_that_exist() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let known: Vec<&str> = list(&hooks).iter().map(|hook| text(hook, "id")).collect();
    let example = yaml("fixtures/ci/pre-commit.yaml");
    let used: Vec<&str> = list(&example["repos"][0]["hooks"]).iter().map(|hook| text(hook, "id")).collect();
    assert_eq!(used, known, "the example shows every hook");

    let action = yaml("action.yml");
    let workflow = yaml("fixtures/ci/github.yml");
    let steps = list(&workflow["jobs"]["check"]["steps"]);
    let own = steps.iter().find(|step| text(step, "uses").starts_with("OWNER/tenet@")).expect("a step uses tenet");
    let inputs = own["with"].as_mapping().unwrap();
    assert!(inputs.keys().all(|input| action["inputs"].get(input).is_some()), "{inputs:?}");
    let uploads = steps.iter().find(|step| text(step, "uses").starts_with("github/codeql-action/upload-sarif@"));
    assert_eq!(uploads.unwrap()["with"]["sarif_file"], own["with"]["sarif"], "what is written is what is uploaded");
}

/// Runs the action's steps behind the installation with these inputs, and returns how each that runs ended.
fn run_action(shop: &Shop, inputs: &[(&str, &str)]) -> Vec<(i32, String)> {
    let action = yaml("action.yml");
    let steps = list(&action["runs"]["steps"]);
    let (install, steps) = steps.split_first().unwrap();
    assert!(text(install, "run").starts_with("cargo install --locked --path . --root \"$RUNNER_TEMP/tenet\""));
    let defaults = action["inputs"].as_mapping().unwrap().iter();
    let mut values: BTreeMap<&str, &str> =
        defaults.map(|(name, input)| (name.as_str().unwrap(), text(input, "default"))).collect();
    values.extend(inputs.iter().copied());
    let chosen = steps.iter().filter(|step| match step.get("if").and_then(Value::as_str) {
        None => true,
        Some("inputs.sarif != ''") => !values["sarif"].is_empty(),
        Some(other) => panic!("`{other}` is not understood here"),
    });
    let mut ended = Vec::new();
    for step in chosen {
        ended.push(run_step(shop, step, &values));
        // GitHub skips the steps behind one that failed.
        if ended.last().is_some_and(|(code, _)| *code != 0) {
            break;
        }
    }
    ended
}

fn run_step(shop: &Shop, step: &Value, inputs: &BTreeMap<&str, &str>) -> (i32, String) {
    assert_eq!(text(step, "shell"), "bash");
    let env = step["env"].as_mapping().unwrap().iter();
    let variables = env.map(|(name, value)| {
        let value = value.as_str().unwrap();
        let input = value.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
        (name.as_str().unwrap().to_owned(), input.map_or(value, |input| inputs[input]).to_owned())
    });
    let script = text(step, "run");
    assert!(!script.contains("${{"), "what GitHub pastes into a script can run as one");
    let output = shop.bash(script, &variables.collect());
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_action_annotates_and_fails() {
    let shop = Shop::new("action");
    let ended = run_action(&shop, &[]);
    assert_eq!(ended.len(), 1, "without a file name no SARIF is written");
    assert_eq!(ended[0].0, 1);
    assert!(ended[0].1.starts_with(ANNOTATION), "{}", ended[0].1);
    assert!(ended[0].1.ends_with("\n3 migrations, 1 error\n"), "{}", ended[0].1);

    let chosen = run_action(&shop, &[("paths", "migrations/0001_shops.sql\nmigrations/0002_orders.sql\n")]);
    assert_eq!(chosen, [(0, "2 migrations, 0 findings\n".to_owned())]);

    let with_sarif = run_action(&shop, &[("sarif", "tenet.sarif")]);
    assert_eq!(with_sarif.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [0, 1], "findings fail only the check");
    let log = fs::read_to_string(shop.project.path().join("tenet.sarif")).unwrap();
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "scope/unscoped-update");

    shop.fix();
    assert_eq!(run_action(&shop, &[]), [(0, "3 migrations, 0 findings\n".to_owned())]);
    let missing = run_action(&shop, &[("project", "elsewhere"), ("sarif", "tenet.sarif")]);
    assert_eq!(missing, [(1, String::new())], "tenet's own errors fail the first step");
}

#[test]
fn what_init_proposes_runs() {
    let shop = Shop::new("init");
    let output = shop.bash("tenet init --pre-commit --github --quiet", &BTreeMap::new());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), ".pre-commit-config.yaml\n.github/workflows/tenet.yaml\n");
    let read = |path: &str| -> Value {
        serde_yaml::from_str(&fs::read_to_string(shop.project.path().join(path)).unwrap()).unwrap()
    };
    let workflow = read(".github/workflows/tenet.yaml");
    let steps = list(&workflow["jobs"]["tenet"]["steps"]).iter();
    let scripts: Vec<&str> = steps.filter_map(|step| step.get("run").and_then(Value::as_str)).collect();
    assert_eq!(scripts.len(), 1);
    let config = read(".pre-commit-config.yaml");
    let hook = &config["repos"][0]["hooks"][0];
    assert_eq!(text(hook, "language"), "system");
    for command in [scripts[0].to_owned(), format!("{} migrations/0003_open_orders.sql", text(hook, "entry"))] {
        let output = shop.bash(&command, &BTreeMap::new());
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(String::from_utf8(output.stdout).unwrap().starts_with(ANNOTATION), "{command}");
    }
    assert!(concerns(hook, "migrations/0003_open_orders.sql") && !concerns(hook, "tenet.yaml"));
}
