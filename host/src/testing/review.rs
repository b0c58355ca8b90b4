//! Looking at what moved, one by one, and saying what becomes of it.

use std::io::{BufRead, Write};

use super::check::Moved;
use crate::failure::Failure;

/// What became of a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reviewed {
    /// How many were accepted.
    pub accepted: u64,
    /// How many were rejected: what is expected stands.
    pub rejected: u64,
    /// How many are left for another time.
    pub left: u64,
}

/// Shows each and asks. The end of the answers is as if all that follow were left.
///
/// # Errors
/// If what was accepted or rejected cannot be written, or nothing can be shown.
pub(crate) fn review(
    moved: &[&Moved],
    show: impl Fn(&Moved) -> String,
    answers: &mut impl BufRead,
    to: &mut impl Write,
) -> Result<Reviewed, Failure> {
    let mut reviewed = Reviewed::default();
    let unwritable = |error: std::io::Error| Failure::storage(std::path::Path::new("-"), "write", &error);
    let mut all = None;
    let count = moved.len();
    for (index, moved) in moved.iter().enumerate() {
        let answer = match all {
            Some(answer) => answer,
            None => {
                write!(to, "{}\n({} of {count}) ", show(moved), index + 1).map_err(unwritable)?;
                ask(answers, to).map_err(unwritable)?
            }
        };
        if matches!(answer, Answer::AcceptAll | Answer::Quit) {
            all = Some(answer);
        }
        match answer {
            Answer::Accept | Answer::AcceptAll => {
                moved.accept()?;
                reviewed.accepted += 1;
            }
            Answer::Reject => {
                moved.reject()?;
                reviewed.rejected += 1;
            }
            Answer::Skip | Answer::Quit => reviewed.left += 1,
        }
    }
    Ok(reviewed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    AcceptAll,
    Quit,
}

fn ask(answers: &mut impl BufRead, to: &mut impl Write) -> std::io::Result<Answer> {
    loop {
        write!(to, "[a]ccept, [r]eject, [s]kip, accept [A]ll that follow, [q]uit: ")?;
        to.flush()?;
        let mut answer = String::new();
        if answers.read_line(&mut answer)? == 0 {
            writeln!(to)?;
            return Ok(Answer::Quit);
        }
        match answer.trim() {
            "a" | "accept" | "y" => return Ok(Answer::Accept),
            "r" | "reject" | "n" => return Ok(Answer::Reject),
            "s" | "skip" => return Ok(Answer::Skip),
            "A" | "all" => return Ok(Answer::AcceptAll),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => {}
        }
    }
}
