//! Workspaces in a git repository of their own.

use std::io;
use std::process::{Command, Output};

use crate::workspace::{Ran, Workspace};

/// How many digits of a commit are shown.
const SHORT: usize = 7;

/// Commits the configuration, the rules and the tests of a workspace as they are, in a repository that is made if
/// there is none. The commit is shown as `COMMIT`.
///
/// # Errors
/// If git is not there or refuses.
pub fn commit(workspace: &mut Workspace) -> io::Result<()> {
    git(workspace, &["init", "--quiet", "--initial-branch=main"])?;
    git(workspace, &["add", "--all", "--", ".", ":!runs"])?;
    git(workspace, &["commit", "--quiet", "--allow-empty", "--message=Rules"])?;
    let commit = git(workspace, &["rev-parse", "HEAD"])?;
    workspace.hide(&String::from_utf8_lossy(&commit.stdout)[..SHORT], "COMMIT");
    Ok(())
}

/// Runs the binary with git in reach.
///
/// # Errors
/// If it does not start.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> io::Result<Ran> {
    Ok(workspace.ran(&alone(&mut workspace.command(arguments)).output()?))
}

/// Runs git in a workspace.
///
/// # Errors
/// If it is not there or refuses.
pub fn git(workspace: &Workspace, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new("git");
    command.env_clear().current_dir(workspace.path());
    command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]).args(arguments);
    let output = alone(&mut command).output()?;
    if output.status.success() {
        return Ok(output);
    }
    Err(io::Error::other(format!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// Without anybody's settings, and without a repository above the workspace.
fn alone(command: &mut Command) -> &mut Command {
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
}
