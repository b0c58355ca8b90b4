//! The rules as they were in a revision of git, read with the `git` that is installed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ratebook_rating::MemoryFiles;

use crate::failure::{Exit, Failure};
use crate::threads;

/// Rules files of one revision.
pub(super) struct GitFiles {
    /// The commit, in full.
    pub commit: String,
    /// The files, by their path from the workspace on.
    pub files: MemoryFiles,
}

/// Reads every file below `folder` (a path from the workspace on) as it was in a revision.
///
/// # Errors
/// If git is not there, the workspace is in no repository, or there is no such revision.
pub(super) fn files_at(workspace: &Path, revision: &str, folder: &str) -> Result<GitFiles, Failure> {
    let told =
        git(workspace, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    if !told.status.success() {
        let message = format!("git knows no revision {revision:?}: {}", first_line(&told.stderr));
        return Err(Failure::new(Exit::Usage, "E-GIT", message).fix(
            "Name a commit, branch or tag (in CI, fetch it first), a folder of rules, or run:<month>.",
        ));
    }
    let commit = first_line(&told.stdout);
    let place = if folder.is_empty() { "./".to_owned() } else { format!("./{folder}") };
    let listed = git(workspace, &["ls-tree", "-r", "-z", &commit, "--", &place])?;
    if !listed.status.success() {
        return Err(failed(&first_line(&listed.stderr)));
    }
    let listed = String::from_utf8(listed.stdout).map_err(|_| failed("a path is not UTF-8"))?;
    let mut blobs = BTreeMap::new();
    for entry in listed.split_terminator('\0') {
        // `100644 blob <id>\t<path>`; a link (120000) is no file of rules.
        let Some((facts, path)) = entry.split_once('\t') else { continue };
        let mut facts = facts.split(' ');
        if let (Some("100644" | "100755"), Some("blob"), Some(id)) =
            (facts.next(), facts.next(), facts.next())
        {
            blobs.insert(path, id);
        }
    }
    let mut files = MemoryFiles::new();
    for (path, bytes) in contents(workspace, &blobs)? {
        // What is no text is no rules file; naming it in `include` is then a missing file.
        if let Ok(text) = String::from_utf8(bytes) {
            files = files.with(path, &text);
        }
    }
    Ok(GitFiles { commit, files })
}

/// The contents of blobs, all in one conversation with git.
fn contents<'p>(
    workspace: &Path,
    blobs: &BTreeMap<&'p str, &str>,
) -> Result<Vec<(&'p str, Vec<u8>)>, Failure> {
    let mut child = command(workspace, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| no_git(&error))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed("git has no pipes"));
    };
    let ids: String = blobs.values().map(|id| format!("{id}\n")).collect();
    let result = std::thread::scope(|scope| {
        // Asked from a thread of its own: git answers before it has read all that is asked.
        let ask = move || {
            let _ = input.write_all(ids.as_bytes());
        };
        std::thread::Builder::new().spawn_scoped(scope, ask).map_err(|error| threads::told(&error))?;
        let mut output = BufReader::new(output);
        blobs.keys().map(|path| Ok((*path, answer(&mut output)?))).collect::<std::io::Result<Vec<_>>>()
    });
    let _ = child.wait();
    result.map_err(|error| failed(&error.to_string()))
}

/// One answer: `<id> blob <size>`, the bytes, a line break.
fn answer(output: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = String::new();
    output.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
    let size = size.ok_or_else(|| std::io::Error::other(format!("git answered {:?}", head.trim_end())))?;
    let mut bytes = Vec::new();
    output.take(size).read_to_end(&mut bytes)?;
    output.read_exact(&mut [0])?;
    Ok(bytes)
}

fn git(workspace: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    command(workspace, arguments).output().map_err(|error| no_git(&error))
}

fn command(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // The folder that `-C` names is also what relative paths begin from.
    command.arg("-C").arg(workspace).args(arguments).env("LC_ALL", "C");
    // What is not here is not fetched, and nobody is asked for a password: that would wait for an answer for ever.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn first_line(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("fatal: ")
        .to_owned()
}

fn failed(why: &str) -> Failure {
    Failure::new(Exit::Storage, "E-GIT", format!("git could not give the rules: {why}"))
}

fn no_git(error: &std::io::Error) -> Failure {
    failed(&format!("{error} (is git installed?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_many_bytes_as_it_says() {
        let mut output = &b"0a1b blob 6\na\nb\n\0c\n2c3d blob 0\n\n4e5f missing\n"[..];
        assert_eq!(answer(&mut output).unwrap(), b"a\nb\n\0c");
        assert_eq!(answer(&mut output).unwrap(), b"");
        assert!(answer(&mut output).is_err(), "an object that is not there");
        assert!(answer(&mut &b"0a1b blob 9\nabc\n"[..]).is_err(), "git has ended");
    }
}
