//! Why a try of a request brought no answer.

use ratebook_plugin::Problem;

/// Why a try brought no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// No connection: the vendor has seen nothing of the request.
    NotSent(String),
    /// The request was sent, the answer did not come or not whole.
    Lost(String),
    /// The answer came and is damaged.
    Damaged(String),
    /// Trying again changes nothing.
    Final(Problem),
}
