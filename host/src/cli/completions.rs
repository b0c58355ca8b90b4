//! `ratebook completions`.

use clap_complete::Shell;
use clap_complete::env::Shells;

use super::complete::VARIABLE;
use super::context::Context;
use crate::failure::{Exit, Failure, Failures};

/// Print completions for a shell: of commands, options, and the months, customers, sources and rules of the workspace
#[derive(clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let failed = |why: String| Failure::new(Exit::Internal, "E-INTERNAL", why);
        let name = self.shell.to_string();
        let shells = Shells::builtins();
        let shell = shells.completer(&name).ok_or_else(|| failed(format!("no completions for {name}")))?;
        let mut script = Vec::new();
        shell
            .write_registration(VARIABLE, "ratebook", "ratebook", "ratebook", &mut script)
            .map_err(|error| failed(error.to_string()))?;
        context.print(&String::from_utf8_lossy(&script))
    }
}
