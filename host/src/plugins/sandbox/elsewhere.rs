//! Systems that have none of the sandbox yet.

use super::parts::{Part, Sandbox};
use crate::plugins::limits::Limits;

/// There is nothing to give up.
pub(crate) fn confine(_limits: Limits, _readable: Option<&std::path::Path>) -> std::io::Result<Sandbox> {
    let why = "not on this system";
    Ok(Sandbox { parts: ["seccomp", "landlock", "memory", "cpu"].map(|name| Part::lacks(name, why)).into() })
}

/// There is nothing more to give up.
pub(crate) fn shut(_sandbox: &Sandbox) -> std::io::Result<()> {
    Ok(())
}
