//! The plain-text manifest in a plugin's file, readable without running any of it.
