//! Explanations: the phases run again for one bill, this time writing their steps down.

pub mod steps;
