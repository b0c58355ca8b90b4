//! Whose row it is: the report's root, a sum over others, a kind that is billed.

use crate::config::Settings;

/// Knows the root and the kinds that are kept.
pub(super) struct Tenants<'s> {
    root: &'s str,
    kinds: &'s [&'static str],
    /// An id in the spelling that is compared; reused.
    lower: String,
}

impl<'s> Tenants<'s> {
    pub(super) fn new(settings: &'s Settings, root: &'s str) -> Tenants<'s> {
        Tenants { root, kinds: &settings.kinds, lower: String::new() }
    }

    /// Whether the id is the root's.
    pub(super) fn is_root(&self, id: &str) -> bool {
        !self.root.is_empty() && id.trim().eq_ignore_ascii_case(self.root)
    }

    /// The id as lines carry it: without spaces around it; a UUID, which has no case of its own, in lower case.
    pub(super) fn spelled<'i>(&'i mut self, id: &'i str) -> &'i str {
        let id = id.trim();
        if is_uuid(id) && id.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.lower.clear();
            self.lower.push_str(id);
            self.lower.make_ascii_lowercase();
            return &self.lower;
        }
        id
    }

    /// Whether tenants of the kind are billed.
    pub(super) fn is_kept(&self, kind: &str) -> bool {
        self.kinds.iter().any(|kept| kept.eq_ignore_ascii_case(kind.trim()))
    }
}

/// The rows of these kinds are sums over all tenants beneath them.
pub(super) fn is_sum(kind: &str) -> bool {
    ["root", "folder"].iter().any(|sum| sum.eq_ignore_ascii_case(kind.trim()))
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
