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

/// How many bytes one is outside of memory.
pub(crate) const ITEM_BYTES: usize = 45;

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

/// The numbers of items that do not fit into them, and the currencies that there are.
#[derive(Debug, Default)]
pub(crate) struct LongNumbers {
    long: Vec<Decimal>,
    currencies: Vec<Currency>,
}

impl LongNumbers {
    fn pack(&mut self, number: Option<Decimal>) -> (i64, u8) {
        let Some(number) = number else { return (0, ABSENT) };
        match (i64::try_from(number.mantissa()), u8::try_from(number.places())) {
            (Ok(mantissa), Ok(places)) if places < LONG => (mantissa, places),
            _ => {
                self.long.push(number);
                (self.long.len() as i64 - 1, LONG)
            }
        }
    }

    fn read(&self, item: &Item, slot: Slot) -> Option<Decimal> {
        let mantissa = item.mantissas[slot as usize];
        match item.shapes[slot as usize] {
            ABSENT => None,
            LONG => self.long.get(mantissa as usize).copied(),
            places => Decimal::new(mantissa.into(), places.into()).ok(),
        }
    }

    /// The number of a currency, from 1; 0 for none.
    fn of_currency(&mut self, currency: Option<Currency>) -> u8 {
        let Some(currency) = currency else { return 0 };
        let known = self.currencies.iter().position(|known| *known == currency);
        let place = known.unwrap_or_else(|| {
            self.currencies.push(currency);
            self.currencies.len() - 1
        });
        // ISO 4217 has fewer than that.
        place as u8 + 1
    }

    fn currency(&self, number: u8) -> Option<Currency> {
        self.currencies.get(usize::from(number).checked_sub(1)?).copied()
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

    /// Appends it as bytes, to be read by the same session.
    pub(crate) fn write(&self, long: &mut LongNumbers, to: &mut Vec<u8>) {
        let [quantity, total_cost, second] = self.mantissas;
        let mut bytes = [0; ITEM_BYTES];
        let numbers =
            [self.number, quantity.cast_unsigned(), total_cost.cast_unsigned(), second.cast_unsigned()];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes[32..36].copy_from_slice(&self.who.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.plan.to_le_bytes());
        bytes[40..43].copy_from_slice(&self.shapes);
        bytes[43] = long.of_currency(self.currency);
        bytes[44] = u8::from(self.billable);
        to.extend_from_slice(&bytes);
    }

    /// The item whose bytes these begin with; none if they are too few.
    pub(crate) fn read(from: &[u8], long: &LongNumbers) -> Option<Item> {
        let bytes: &[u8; ITEM_BYTES] = from.first_chunk()?;
        let number = |at: usize| bytes[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        let id = |at: usize| bytes[at..].first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        Some(Item {
            number: number(0)?,
            mantissas: [number(8)?.cast_signed(), number(16)?.cast_signed(), number(24)?.cast_signed()],
            who: id(32)?,
            plan: id(36)?,
            shapes: [bytes[40], bytes[41], bytes[42]],
            currency: long.currency(bytes[43]),
            billable: bytes[44] == 1,
        })
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
            let currency = quantity.and_then(|_| "EUR".parse().ok());
            let facts =
                Facts { number, who, plan, quantity, total_cost, second, currency, billable: true };
            let mut long = LongNumbers::default();
            let before = Item::new(&Facts { quantity: second, ..facts }, &mut long);
            let item = Item::new(&facts, &mut long);
            prop_assert_eq!(long.quantity(&before), second);
            prop_assert_eq!(long.quantity(&item), quantity);
            prop_assert_eq!(long.total_cost(&item), total_cost);
            prop_assert_eq!(long.second(&item), second);
            let mut bytes = Vec::new();
            before.write(&mut long, &mut bytes);
            item.write(&mut long, &mut bytes);
            let back = Item::read(&bytes[ITEM_BYTES..], &long).unwrap();
            prop_assert_eq!(format!("{back:?}"), format!("{item:?}"));
            prop_assert!(Item::read(&bytes[ITEM_BYTES + 1..], &long).is_none());
        }
    }
}
