//! `ratebook completions`.

use clap::Command;
use clap_complete::Shell;

use super::context::Context;
use crate::failure::Failures;

/// Print completions for a shell
#[derive(clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, context: &Context, mut command: Command) -> Result<(), Failures> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "ratebook", &mut script);
        context.print(&String::from_utf8_lossy(&script))
    }
}
