//! A new workspace checks, and tells editors by which schemas; a folder that holds one already is left alone.

use std::fs;
use std::path::Path;

use ratebook_tests::workspace::Workspace;

#[test]
fn a_new_workspace_checks_and_names_its_schemas() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let made = workspace.run(&["init"]).unwrap();
    assert_eq!(made.code, 0, "{}", made.told());
    let names: Vec<String> = workspace.files().unwrap().into_iter().map(|(name, _)| name).collect();
    let expected = [
        ".gitignore",
        "ratebook.toml",
        "rules/main.toml",
        "schemas/ratebook.schema.json",
        "schemas/rules.schema.json",
    ];
    assert_eq!(names, expected);

    for (file, schema) in [("ratebook.toml", "ratebook"), ("rules/main.toml", "rules")] {
        let text = String::from_utf8(workspace.read(file).unwrap()).unwrap();
        let named = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap();
        let path = workspace.path().join(file).parent().unwrap().join(named);
        let written = fs::read_to_string(&path).unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../schemas/{schema}.schema.json"));
        // That of the workspace knows the plugins' settings too.
        let printed = if schema == "rules" { schema } else { "workspace" };
        assert_eq!(written == fs::read_to_string(ours).unwrap(), schema == "rules", "{}", path.display());
        assert_eq!(written, workspace.run(&["schema", printed]).unwrap().stdout, "{}", path.display());

        let schema: serde_json::Value = serde_json::from_str(&written).unwrap();
        let instance: toml::Value = toml::from_str(&text).unwrap();
        let instance = serde_json::to_value(instance).unwrap();
        jsonschema::draft202012::validate(&schema, &instance).unwrap();
    }

    let checked = workspace.run(&["check"]).unwrap();
    assert_eq!(checked.code, 0, "{}", checked.told());
    assert!(checked.stderr.contains("there is no [source.<name>] yet"), "{}", checked.told());
}

#[test]
fn a_folder_that_holds_a_part_of_a_workspace_is_left_as_it_is() {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    assert_eq!(workspace.run(&["init"]).unwrap().code, 0);
    fs::remove_file(workspace.path().join("ratebook.toml")).unwrap();
    workspace.replace("rules/main.toml", "version = 1", "version = 1 # ours").unwrap();
    let before = workspace.files().unwrap();
    let again = workspace.run(&["init"]).unwrap();
    assert_eq!(again.code, 2, "{}", again.told());
    assert!(again.stderr.contains("Nothing was written."), "{}", again.told());
    assert_eq!(workspace.files().unwrap(), before);
}
