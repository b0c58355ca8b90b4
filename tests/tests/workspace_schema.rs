//! One schema for each workspace knows every plugin's settings, and a slip in them is told as one in rules is.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

use jsonschema::Validator;
use ratebook_tests::built::built;
use ratebook_tests::workspace::Workspace;
use serde_json::Value;

const FILE: &str = "schemas/ratebook.schema.json";

fn new() -> Workspace {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    workspace.done(&["init"]);
    workspace
}

fn validator(workspace: &Workspace) -> Validator {
    let schema: Value = serde_json::from_slice(&workspace.read(FILE).unwrap()).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    jsonschema::draft202012::options().build(&schema).unwrap()
}

/// Where the schema refuses a source, if it does.
fn refused(validator: &Validator, source: &str) -> Option<String> {
    let text = format!("version = 1\n[source.one]\n{source}");
    let instance: toml::Value = toml::from_str(&text).unwrap();
    let instance = serde_json::to_value(instance).unwrap();
    validator.iter_errors(&instance).next().map(|error| format!("{}: {error}", error.instance_path()))
}

#[test]
fn editors_check_the_settings_of_each_plugin_by_its_id() {
    let validator = validator(&new());
    for right in [
        "plugin = \"acronis\"\n[source.one.config]\nclient_id = \"c\"\ntenant_id = \"t\"\nmeasure = \"effective.production\"\n",
        "plugin = \"metallic\"\ntenant = \"msp\"\n",
        "plugin = \"table\"\nfiles = \"e/*.csv\"\n[source.one.config]\nnumbers = \"1.234,56\"\ncolumns = { tenant = \"T\" }\n",
        // What a plugin's schema refers to in itself is found in the larger one.
        "plugin = \"table\"\nfiles = \"e/*.csv\"\n[source.one.config.numbers_in]\nCost = \"1.234,56\"\n",
        "plugin = \"focus\"\nfiles = \"e/*.csv\"\n",
    ] {
        assert_eq!(refused(&validator, right), None, "{right}");
    }
    for (wrong, place) in [
        (
            "plugin = \"acronis\"\n[source.one.config]\nmesure = \"effective.production\"\n",
            "/source/one/config",
        ),
        (
            "plugin = \"metallic\"\n[source.one.config]\nmeasure = \"effective.production\"\n",
            "/source/one/config",
        ),
        (
            "plugin = \"table\"\n[source.one.config]\ncolumns = { tenat = \"T\" }\n",
            "/source/one/config/columns",
        ),
        (
            "plugin = \"table\"\n[source.one.config.numbers_in]\nCost = \"12\"\n",
            "/source/one/config/numbers_in/Cost",
        ),
        ("plugin = \"metalic\"\n", "/source/one/plugin"),
        ("plugin = \"metallic\"\nurll = \"x\"\n", "/source/one"),
    ] {
        let why = refused(&validator, wrong).unwrap_or_default();
        assert!(why.starts_with(&format!("{place}: ")), "{wrong}: {why}");
    }
}

/// Tombi takes what a condition does not list for something that the condition forbids, and warns of a workspace in which
/// nothing is wrong, unless the condition says that other keys are none of its business.
#[test]
fn no_condition_of_a_schema_seems_to_forbid_what_it_does_not_name() {
    let workspace = new();
    for name in [FILE, "schemas/rules.schema.json"] {
        let schema: Value = serde_json::from_slice(&workspace.read(name).unwrap()).unwrap();
        // At the root, where every key would be warned of, there is none at all.
        assert!(["if", "oneOf", "anyOf", "allOf"].iter().all(|word| schema[*word].is_null()), "{name}");
        let mut closed = Vec::new();
        conditions(&schema, name, &mut closed);
        assert!(closed.is_empty(), "{closed:#?}");
        assert!(schema["$defs"].to_string().contains("\"then\""), "{name} has conditions");
    }
}

fn conditions(node: &Value, place: &str, closed: &mut Vec<String>) {
    match node {
        Value::Object(keys) => {
            for (key, value) in keys {
                let place = format!("{place}/{key}");
                if matches!(key.as_str(), "if" | "then" | "else") && value["additionalProperties"] != true {
                    closed.push(place.clone());
                }
                conditions(value, &place, closed);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| conditions(value, place, closed)),
        _ => {}
    }
}

#[test]
fn trusting_a_plugin_and_init_keep_the_schema_up_to_date() {
    // A binary without plugins beside it.
    let home = tempfile::tempdir().unwrap();
    let binary = home.path().join("ratebook");
    fs::copy(&built().ratebook, &binary).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(arguments).current_dir(root).env_clear().output().unwrap()
    };
    let knows = |id: &str| {
        let schema: Value = serde_json::from_slice(&fs::read(root.join(FILE)).unwrap()).unwrap();
        schema["$defs"][format!("plugin-{id}")].is_object()
    };
    assert!(run(&["init"]).status.success());
    assert!(!knows("acronis") && !knows("metallic"));
    fs::create_dir(root.join("plugins")).unwrap();
    let put = |id: &str| {
        let library = built().plugin(id);
        let place = Path::new("plugins").join(library.file_name().unwrap());
        fs::copy(&library, root.join(&place)).unwrap();
        place.display().to_string()
    };
    let acronis = put("acronis");
    // It is there and nobody trusts it: it is not run.
    assert!(run(&["init"]).status.success());
    assert!(!knows("acronis"));
    let trusted = run(&["plugin", "trust", &acronis]);
    assert!(trusted.status.success(), "{}", String::from_utf8_lossy(&trusted.stderr));
    assert!(String::from_utf8_lossy(&trusted.stderr).contains(FILE));
    assert!(knows("acronis") && !knows("metallic"));

    // An older schema, as of another version, is replaced; what people wrote stays.
    let newest = fs::read(root.join(FILE)).unwrap();
    fs::write(root.join(FILE), "{\"$id\": \"https://ratebook.invalid/schemas/ratebook.schema.json\"}")
        .unwrap();
    let mut config = fs::read_to_string(root.join("ratebook.toml")).unwrap();
    config += "# ours\n";
    fs::write(root.join("ratebook.toml"), &config).unwrap();
    let again = run(&["init"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(fs::read(root.join(FILE)).unwrap() == newest);
    assert_eq!(fs::read_to_string(root.join("ratebook.toml")).unwrap(), config);
    fs::write(root.join(FILE), "{}").unwrap();
    assert!(run(&["init"]).status.success());
    assert_eq!(fs::read_to_string(root.join(FILE)).unwrap(), "{}", "a schema that is not ours");
}

#[test]
fn slips_in_a_sources_settings_have_their_place_and_what_was_meant() {
    let workspace = new();
    let acronis = "[source.eu.config]\nclient_id = \"c\"\ntenant_id = \"t\"\n";
    let secret = "[source.eu.secrets]\nclient_secret = { env = \"ACRONIS_CLIENT_SECRET\" }\n";
    for (source, place, marked, meant) in [
        (
            format!("plugin = \"acronis\"\n{acronis}mesure = \"effective.production\"\n{secret}"),
            "ratebook.toml:7:1: ",
            "7 | mesure = \"effective.production\"\n    | ^^^^^^",
            "Did you mean `measure`?",
        ),
        (
            "plugin = \"metalic\"\n".to_owned(),
            "ratebook.toml:3:1: ",
            "3 | plugin = \"metalic\"\n    | ^^^^^^",
            "Did you mean `metallic`?",
        ),
        (
            "plugin = \"table\"\nfiles = \"e/*.csv\"\n[source.eu.config]\ncolumns = { tenant = \"T\", skuld = \"S\" }\n"
                .to_owned(),
            "ratebook.toml:6:1: ",
            "skuld = \"S\" }\n    | ^^^^^^^",
            "did you mean \"skuId\"?",
        ),
    ] {
        workspace.put("ratebook.toml", format!("version = 1\n[source.eu]\n{source}")).unwrap();
        let ran = workspace.run(&["check"]).unwrap();
        for told in [place, marked, meant] {
            assert!(ran.stderr.contains(told), "{told:?} in\n{}", ran.told());
        }
    }
}
