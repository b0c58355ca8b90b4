//! Tests against a vendor on loopback.
