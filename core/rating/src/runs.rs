//! Lines that a session hands away while more come in, and gets back bill by bill, so that a month needs no more memory
//! than some of its lines.
//!
//! Each time, the lines are handed away in the order of bills, one run behind the other. In the end all runs are read
//! side by side, from their begins to their ends.

use crate::item::{ITEM_BYTES, Item};
use crate::settled::{Order, by_payer, payers_in_order};
use crate::state::State;

/// Gives the bytes of a run one after the other: more of them at the end of the list, none when there are no more.
pub type Run<'a, E> = Box<dyn FnMut(&mut Vec<u8>) -> Result<(), E> + 'a>;

/// So many lines are handed away, and billed, at once.
const AT_ONCE: usize = if cfg!(debug_assertions) { 7 } else { 1 << 17 };

/// Hands the lines of a session away.
pub(crate) fn hand_away<E>(
    state: &mut State<'_>,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let order = by_payer(state);
    let mut bytes = Vec::new();
    for chunk in order.items.chunks(1 << 10) {
        bytes.clear();
        for index in chunk {
            state.items[*index as usize].write(&mut state.numbers, &mut bytes);
        }
        take(&bytes)?;
    }
    state.away += state.items.len() as u64;
    state.items.clear();
    Ok(())
}

/// A run that is read: its next line, and the payer whose bill that is on.
struct Reader<'a, E> {
    run: Run<'a, E>,
    bytes: Vec<u8>,
    at: usize,
    next: Option<(u32, Item)>,
}

impl<E> Reader<'_, E> {
    fn advance(&mut self, state: &State<'_>) -> Result<(), E> {
        if self.bytes.len() - self.at < ITEM_BYTES {
            self.bytes.drain(..self.at);
            self.at = 0;
            while self.bytes.len() < ITEM_BYTES {
                let before = self.bytes.len();
                (self.run)(&mut self.bytes)?;
                if self.bytes.len() == before {
                    break;
                }
            }
        }
        let item = Item::read(&self.bytes[self.at..], &state.numbers);
        self.at += if item.is_some() { ITEM_BYTES } else { 0 };
        self.next = item.map(|item| (state.payer_of(&item), item));
        Ok(())
    }
}

/// All runs of a session, read side by side.
pub(crate) struct Runs<'a, E> {
    readers: Vec<Reader<'a, E>>,
    /// All payers in the order of bills, and which of them is next.
    payers: Vec<u32>,
    next: usize,
    /// How many lines came back.
    back: u64,
}

impl<'a, E> Runs<'a, E> {
    pub(crate) fn new(state: &State<'_>, runs: Vec<Run<'a, E>>) -> Result<Runs<'a, E>, E> {
        let reader = |run| {
            let mut reader = Reader { run, bytes: Vec::new(), at: 0, next: None };
            reader.advance(state).map(|()| reader)
        };
        let readers = runs.into_iter().map(reader).collect::<Result<_, E>>()?;
        Ok(Runs { readers, payers: payers_in_order(state), next: 0, back: 0 })
    }

    /// Puts the lines of the next bills in place of those that the session has; none if there are no more bills.
    pub(crate) fn batch(&mut self, state: &mut State<'_>) -> Result<Option<Order>, E> {
        if self.next == self.payers.len() {
            return Ok(None);
        }
        let mut items = std::mem::take(&mut state.items);
        items.clear();
        let mut payers = Vec::new();
        while self.next < self.payers.len() && items.len() < AT_ONCE {
            let payer = self.payers[self.next];
            self.next += 1;
            let start = items.len();
            for reader in &mut self.readers {
                while let Some((_, item)) = reader.next.filter(|(of, _)| *of == payer) {
                    items.push(item);
                    reader.advance(state)?;
                }
            }
            let own = &mut items[start..];
            if !own.is_sorted_by_key(|item| item.number) {
                own.sort_by_key(|item| item.number);
            }
            payers.push((payer, start..items.len()));
        }
        self.back += items.len() as u64;
        state.items = items;
        Ok(Some(Order { items: (0..state.items.len() as u32).collect(), payers }))
    }

    /// True if every line came back that was handed away.
    pub(crate) fn are_whole(&self, state: &State<'_>) -> bool {
        self.back == state.away
    }
}
