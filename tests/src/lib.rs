//! What the tests that cross rooms share: workspaces, vendor servers on loopback, packing, generated months.
//!
//! The mock vendors behave as the vendors' documents say, traps included, and can be told to fail in every way a
//! vendor has been seen to fail. Nothing here is part of the program.

pub mod built;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod calls;
pub mod circles;
pub mod forge;
pub mod generate;
pub mod guide;
pub mod gzip;
pub mod left;
pub mod lines;
pub mod measured;
pub mod message;
pub mod mishap;
pub mod postgres;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod processes;
mod random;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod random_faults;
pub mod recording;
pub mod repository;
pub mod server;
pub mod spoilt;
pub mod vendors;
pub mod workspace;
