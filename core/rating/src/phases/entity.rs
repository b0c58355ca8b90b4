//! Whose lines are in a pool, and what tells pools apart.

use ratebook_line::Month;

use crate::item::Item;
use crate::plan::RuleId;
use crate::rules::checked::settings::BillTo;
use crate::rules::ready::rule::PoolScope;
use crate::state::State;
use crate::texts::TextId;

/// Whose lines are in a pool: a payer, a tenant, a partner or everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Entity {
    pub(crate) scope: PoolScope,
    /// `u32::MAX` where it is not one payer's.
    pub(crate) payer: u32,
    pub(crate) a: TextId,
    pub(crate) b: TextId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PoolKey {
    pub(crate) rule: RuleId,
    pub(crate) month: Month,
    /// Only where the price comes from a book.
    pub(crate) sku: TextId,
    pub(crate) entity: Entity,
}

/// The entity that a line belongs to in a scope.
pub(crate) fn entity(state: &State<'_>, scope: PoolScope, item: &Item) -> Entity {
    let who = state.who(item);
    let payer = state.payer_of(item);
    let nobody = TextId::EMPTY;
    let of = |payer, a, b| Entity { scope, payer, a, b };
    match (scope, state.rulebook.settings.bill_to) {
        (PoolScope::Tenant, _) => of(payer, who.vendor, who.who.tenant),
        (PoolScope::Customer, BillTo::Customer) | (PoolScope::Partner, BillTo::Partner) => {
            of(payer, nobody, nobody)
        }
        (PoolScope::Customer, BillTo::Partner) => of(payer, who.who.customer, nobody),
        // Customers without a partner have nobody to share with.
        (PoolScope::Partner, BillTo::Customer) if who.who.partner.is_empty() => of(payer, nobody, nobody),
        (PoolScope::Partner, BillTo::Customer) => of(u32::MAX, who.who.partner, nobody),
        (PoolScope::All, _) => of(u32::MAX, nobody, nobody),
    }
}

/// The scope of one bill.
pub(super) fn bill_scope(state: &State<'_>) -> PoolScope {
    match state.rulebook.settings.bill_to {
        BillTo::Customer => PoolScope::Customer,
        BillTo::Partner => PoolScope::Partner,
    }
}
