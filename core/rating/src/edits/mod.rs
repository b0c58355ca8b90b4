//! Edits: what differs between two rule sets, in their author's terms, and which bill lines it can move.
//!
//! Definitions are compared as written with constants put in; spelling, comments, order and files say nothing.

mod books;
mod causes;
mod compare;
pub(crate) mod edit;
pub(crate) mod side;
mod text;

pub use causes::Edits;
pub use compare::edits;
pub use edit::{Change, Edit, FilePlace, KeyEdit, Subject};
