//! The numbers that both sides of the format share.

pub(super) const MAGIC: &[u8; 4] = b"RBL1";
pub(super) const TEXT: u8 = 0;
pub(super) const DECIMAL: u8 = 1;
pub(super) const WHOLE: u8 = 2;
/// Since interface 1.1; a host that knows it says so.
pub(super) const HASH: u8 = 3;
/// Places of an absent decimal.
pub(super) const ABSENT: u32 = u32::MAX;
