//! Kept payloads made fixtures: names, ids and addresses replaced, so that they can be shown to others.
//!
//! What is replaced is found by the lines: a column or member that holds what lines carry as tenant, partner or customer
//! is replaced as a whole, for skipped records name people too. Afterwards the payload must still map to the same lines
//! but for these, and nothing of what was replaced may stand anywhere. Nothing is written before that is so.

mod document;
mod find;
mod make;
mod pseudonyms;
mod same;
mod wanted;
mod write;

pub(crate) use wanted::Recording;
