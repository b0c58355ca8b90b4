//! Corrections in pools: what gives more back than is charged cannot be kept within a limit.

use hashbrown::HashMap;

use crate::exact::Exact;
use crate::price::{Input, Model};
use crate::state::State;
use crate::work::Work;

/// True if a limit is on what is less than nothing.
pub(super) fn are_limited(state: &State<'_>, model: &Model, members: &[u32], quantity: &Exact) -> bool {
    let limited = |item: &u32| state.plan(&state.items[*item as usize]).limit.is_some();
    members.iter().any(limited) && gives_back(model, quantity)
}

/// The lines of a split pool whose shares, together on their bill, are less than nothing under a limit.
pub(super) fn in_shares(state: &State<'_>, model: &Model, members: &[u32]) -> Vec<u32> {
    let limited = |item: &&u32| state.plan(&state.items[**item as usize]).limit.is_some();
    let mut groups: HashMap<_, (Exact, Vec<u32>)> = HashMap::new();
    for index in members.iter().filter(limited) {
        let item = &state.items[*index as usize];
        let (sum, own) = groups.entry((state.payer_of(item), state.plan(item).deals())).or_default();
        if let Ok(Some(quantity)) = state.quantity(item) {
            *sum = sum.plus(&quantity);
        }
        own.push(*index);
    }
    let given_back = groups.into_values().filter(|(sum, _)| gives_back(model, sum));
    given_back.flat_map(|(_, own)| own).collect()
}

fn gives_back(model: &Model, quantity: &Exact) -> bool {
    let input = Input { quantity: Some(quantity.clone()), ..Input::default() };
    quantity.is_negative()
        || model.charge(&input, &mut Work::off()).is_ok_and(|charge| charge.amount.is_negative())
}
