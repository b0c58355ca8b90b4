//! Which ids the rules name.

use super::Rulebook;

impl Rulebook {
    /// True if the rules name an id (of a tenant, customer or partner), or have a pattern of whose line it is that the
    /// id fits: with another id in its place lines could be on another bill.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.texts.find(id).is_some() || self.matchers.has_who_pattern(id)
    }
}
