//! Whose row it is: the report's root, a sum over others, a kind that is billed.

use crate::config::Settings;

/// Knows the root and the kinds that are kept. Rows of one tenant stand together, so what was found last is kept.
pub(super) struct Tenants<'s> {
    root: &'s str,
    kinds: &'s [&'static str],
    last: Tenant,
    last_kind: String,
    standing: Standing,
}

/// A tenant as a row has it, and what there is to say of it.
#[derive(Default)]
struct Tenant {
    id: String,
    spelled: String,
    is_root: bool,
}

/// What the rows of a kind of tenant are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Sums over all tenants beneath it.
    Sum,
    /// Usage that is billed.
    Kept,
    /// Usage of a kind that is not configured.
    Other,
}

impl<'s> Tenants<'s> {
    pub(super) fn new(settings: &'s Settings, root: &'s str) -> Tenants<'s> {
        let (last, last_kind) = (Tenant::default(), String::new());
        Tenants { root, kinds: &settings.kinds, last, last_kind, standing: standing("", &settings.kinds) }
    }

    /// Whether the id is the root's.
    pub(super) fn is_root(&mut self, id: &str) -> bool {
        self.find(id).is_root
    }

    /// The id as lines carry it: without spaces around it; a UUID, which has no case of its own, in lower case.
    pub(super) fn spelled(&mut self, id: &str) -> &str {
        &self.find(id).spelled
    }

    fn find(&mut self, id: &str) -> &Tenant {
        if self.last.id != id {
            let bare = id.trim();
            let spelled = if is_uuid(bare) { bare.to_ascii_lowercase() } else { bare.to_owned() };
            let is_root = !self.root.is_empty() && bare.eq_ignore_ascii_case(self.root);
            self.last = Tenant { id: id.to_owned(), spelled, is_root };
        }
        &self.last
    }

    /// What the rows of a kind are.
    pub(super) fn standing(&mut self, kind: &str) -> Standing {
        if self.last_kind != kind {
            self.standing = standing(kind, self.kinds);
            self.last_kind.clear();
            self.last_kind.push_str(kind);
        }
        self.standing
    }
}

fn standing(kind: &str, kept: &[&str]) -> Standing {
    let is = |known: &&str| known.eq_ignore_ascii_case(kind.trim());
    if ["root", "folder"].iter().any(is) {
        Standing::Sum
    } else if kept.iter().any(is) {
        Standing::Kept
    } else {
        Standing::Other
    }
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
