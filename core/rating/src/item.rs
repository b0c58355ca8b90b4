//! A billed line as a session keeps it: few bytes, as there are many.

use ratebook_line::{Currency, Decimal};

/// A line that is billed, as far as is needed for it. Its numbers are read by [`LongNumbers`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) number: u64,
    mantissas: [i64; 3],
    pub(crate) who: u32,
    pub(crate) plan: u32,
    shapes: [u8; 3],
    pub(crate) currency: Option<Currency>,
    /// Which of the vendor's numbers the quantity is, by default: billable if true, else consumed.
    pub(crate) billable: bool,
}

// What a month takes is this times its lines.
const _: () = assert!(size_of::<Item>() <= 48);

/// There is no such number.
const ABSENT: u8 = u8::MAX;
/// The number does not fit: it is in the list of long ones, at the place that the mantissa says.
const LONG: u8 = u8::MAX - 1;

/// Which of its numbers.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Quantity,
    TotalCost,
    Second,
}

/// The numbers of items that do not fit into them.
#[derive(Debug, Default)]
pub(crate) struct LongNumbers(Vec<Decimal>);

impl LongNumbers {
    fn pack(&mut self, number: Option<Decimal>) -> (i64, u8) {
        let Some(number) = number else { return (0, ABSENT) };
        match (i64::try_from(number.mantissa()), u8::try_from(number.places())) {
            (Ok(mantissa), Ok(places)) if places < LONG => (mantissa, places),
            _ => {
                self.0.push(number);
                (self.0.len() as i64 - 1, LONG)
            }
        }
    }

    fn read(&self, item: &Item, slot: Slot) -> Option<Decimal> {
        let mantissa = item.mantissas[slot as usize];
        match item.shapes[slot as usize] {
            ABSENT => None,
            LONG => self.0.get(mantissa as usize).copied(),
            places => Decimal::new(mantissa.into(), places.into()).ok(),
        }
    }

    /// The vendor's number that is charged, before conversion.
    pub(crate) fn quantity(&self, item: &Item) -> Option<Decimal> {
        self.read(item, Slot::Quantity)
    }

    pub(crate) fn total_cost(&self, item: &Item) -> Option<Decimal> {
        self.read(item, Slot::TotalCost)
    }

    /// The vendor's unit price, or the entitled quantity where the price is a commitment on it.
    pub(crate) fn second(&self, item: &Item) -> Option<Decimal> {
        self.read(item, Slot::Second)
    }
}

/// What an item is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) number: u64,
    pub(crate) who: u32,
    pub(crate) plan: u32,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) total_cost: Option<Decimal>,
    pub(crate) second: Option<Decimal>,
    pub(crate) currency: Option<Currency>,
    pub(crate) billable: bool,
}

impl Item {
    pub(crate) fn new(facts: &Facts, long: &mut LongNumbers) -> Item {
        let (quantity, quantity_shape) = long.pack(facts.quantity);
        let (total_cost, total_cost_shape) = long.pack(facts.total_cost);
        let (second, second_shape) = long.pack(facts.second);
        Item {
            number: facts.number,
            mantissas: [quantity, total_cost, second],
            who: facts.who,
            plan: facts.plan,
            shapes: [quantity_shape, total_cost_shape, second_shape],
            currency: facts.currency,
            billable: facts.billable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_as_they_were(
            numbers in prop::array::uniform3(prop::option::of((any::<i128>(), 0_u32..39, 0_u32..128))),
        ) {
            let number = |of: Option<(i128, u32, u32)>| of.map(|(n, places, shift)| {
                Decimal::new((n >> shift) % 10_i128.pow(38), places).unwrap()
            });
            let [quantity, total_cost, second] = numbers.map(number);
            let (number, who, plan) = (u64::MAX, u32::MAX, 7);
            let facts =
                Facts { number, who, plan, quantity, total_cost, second, currency: None, billable: true };
            let mut long = LongNumbers::default();
            let before = Item::new(&Facts { quantity: second, ..facts }, &mut long);
            let item = Item::new(&facts, &mut long);
            prop_assert_eq!(long.quantity(&before), second);
            prop_assert_eq!(long.quantity(&item), quantity);
            prop_assert_eq!(long.total_cost(&item), total_cost);
            prop_assert_eq!(long.second(&item), second);
        }
    }
}
