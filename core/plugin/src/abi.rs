//! The border between host and library; the only file that names `abi_stable`.
