//! What rating warns of: told to people, and refused where a command is told to be strict.

use ratebook_rating::Warning;

use crate::failure::{Exit, Failure, Failures};

/// What is to be warned of, with the line of usage it is about. `first`: the number of the first line.
pub(crate) fn warning_text(warning: &Warning, first: u64) -> String {
    let line = warning.line.map(|line| format!("line {}: ", line + first)).unwrap_or_default();
    line + &warning.message
}

/// What is to be warned of, as what ends a command that is told to be strict.
pub(crate) fn refused_warnings(exit: Exit, warnings: &[Warning], first: u64) -> Failures {
    let failure = |warning: &Warning| {
        let failure = Failure::new(exit, warning.code, warning_text(warning, first));
        Failure { rules: warning.rules.clone(), ..failure }
    };
    Failures(warnings.iter().map(failure).collect())
}
