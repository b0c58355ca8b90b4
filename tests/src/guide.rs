//! Guides of `docs/`, followed: their fenced blocks, and their commands run.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::built::built;

/// A page of `docs/`.
///
/// # Panics
/// If there is none of the name.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test that names a page which is not there ends here")]
pub fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)).unwrap()
}

/// The fenced blocks of a page: what stands after the fence, and the text.
#[must_use]
pub fn blocks(page: &str) -> Vec<(&str, &str)> {
    page.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

/// What a command of a page prints, run in a folder.
///
/// # Errors
/// The command with all that it said, if it is none of ratebook's or does not end well.
pub fn run(folder: &Path, command: &str) -> Result<String, String> {
    let arguments = command.strip_prefix("ratebook ").ok_or_else(|| format!("not ours: {command}"))?;
    let output = Command::new(&built().ratebook)
        .args(words(arguments))
        .current_dir(folder)
        .env_remove("RATEBOOK_WORKSPACE")
        .env_remove("RATEBOOK_PLUGIN_PATH")
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| format!("$ {command}\n{error}"))?;
    let told =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    if output.status.success() { Ok(told) } else { Err(format!("$ {command}\n{told}")) }
}

/// The words of a command line, of which some may stand in double quotes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(number, part)| match number % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}
