//! docs/closing.md, followed in the example month: each of its commands, in its order.

use ratebook_tests::guide::{blocks, page, run};
use ratebook_tests::workspace::Workspace;

#[test]
fn the_guide_from_a_draft_to_a_corrected_month_shows_what_happens() {
    let workspace = Workspace::of_the_example().unwrap();
    let guide = page("closing.md");
    let mut ran = Vec::new();
    for (kind, text) in blocks(&guide) {
        if kind != "console" {
            continue;
        }
        let mut told = String::new();
        for line in text.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => {
                    told = run(workspace.path(), command).unwrap_or_else(|said| panic!("{said}"));
                    ran.push(command.split(' ').nth(1).unwrap().to_owned());
                }
                None => assert!(told.lines().any(|told| told.trim_end() == line), "{told}\nmissing: {line}"),
            }
        }
    }
    assert_eq!(
        ran,
        ["run", "status", "verify", "close", "status", "run", "adjust", "adjust", "run", "status"]
    );
}
