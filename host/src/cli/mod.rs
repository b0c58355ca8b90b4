//! The command line: one file per command.

mod adjust;
mod check;
mod close;
pub(crate) mod commands;
mod complete;
mod completions;
mod context;
mod diff;
mod doctor;
mod examples;
mod explain;
mod export;
mod fetch;
mod history;
mod import;
mod index;
mod init;
mod lines;
mod map;
mod missing_secrets;
mod normalize;
mod plugin;
mod publish;
mod rate;
mod run;
mod schema;
mod stage;
mod status;
mod test;
mod todo;
mod verify;
mod workspace_schema;

pub(crate) use context::Context;
