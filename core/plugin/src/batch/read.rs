//! Columns coming in, every length and offset checked.

use super::BatchError;
use super::layout::{ABSENT, DECIMAL, HASH, MAGIC, TEXT, WHOLE};
use crate::{Decimal, Fingerprint};

pub(super) struct Column<'b> {
    pub(super) name: &'b str,
    pub(super) data: Data<'b>,
}

pub(super) enum Data<'b> {
    Text(Texts<'b>),
    Decimal(&'b [u8]),
    Whole(&'b [u8]),
    Hash(&'b [u8]),
}

#[derive(Clone, Copy)]
pub(super) struct Texts<'b> {
    ends: &'b [u8],
    arena: &'b str,
}

pub(super) fn read_columns<'b>(
    bytes: &'b [u8],
    mut put: impl FnMut(Column<'b>) -> Result<(), BatchError>,
) -> Result<usize, BatchError> {
    let mut rest =
        bytes.strip_prefix(MAGIC).ok_or_else(|| BatchError("it does not begin as one".to_owned()))?;
    let rows = take_u32(&mut rest)? as usize;
    let columns = take_u32(&mut rest)?;
    for _ in 0..columns {
        let [kind, name_length] = *take_array::<2>(&mut rest)?;
        let name = std::str::from_utf8(take_slice(&mut rest, usize::from(name_length))?)?;
        let length = take_u32(&mut rest)? as usize;
        let data = take_slice(&mut rest, length)?;
        let sized = |width: usize| {
            let fits = rows.checked_mul(width) == Some(data.len());
            fits.then_some(data).ok_or_else(|| BatchError(format!("the column {name:?} has a wrong length")))
        };
        let data = match kind {
            TEXT => Data::Text(texts(name, data, rows)?),
            DECIMAL => Data::Decimal(sized(20)?),
            WHOLE => Data::Whole(sized(8)?),
            HASH => Data::Hash(sized(16)?),
            other => return Err(BatchError(format!("the column {name:?} is of the unknown kind {other}"))),
        };
        put(Column { name, data })?;
    }
    if rest.is_empty() { Ok(rows) } else { Err(BatchError("bytes follow its end".to_owned())) }
}

fn texts<'b>(name: &str, data: &'b [u8], rows: usize) -> Result<Texts<'b>, BatchError> {
    let wrong = || BatchError(format!("the ends in the column {name:?} are wrong"));
    let (ends, arena) = rows.checked_mul(4).and_then(|at| data.split_at_checked(at)).ok_or_else(wrong)?;
    let arena = std::str::from_utf8(arena)?;
    let mut last = 0;
    for index in 0..rows {
        let end = end(ends, index);
        if end < last || !arena.is_char_boundary(end) {
            return Err(wrong());
        }
        last = end;
    }
    if last == arena.len() { Ok(Texts { ends, arena }) } else { Err(wrong()) }
}

fn end(ends: &[u8], index: usize) -> usize {
    fixed::<4>(ends, index).map_or(0, |bytes| u32::from_le_bytes(bytes) as usize)
}

pub(super) fn text<'b>(texts: Option<Texts<'b>>, index: usize) -> Option<&'b str> {
    let texts = texts?;
    let start = if index == 0 { 0 } else { end(texts.ends, index - 1) };
    let text = texts.arena.get(start..end(texts.ends, index))?;
    (!text.is_empty()).then_some(text)
}

pub(super) fn whole(data: Option<&[u8]>, index: usize) -> u64 {
    data.and_then(|data| fixed::<8>(data, index)).map_or(0, u64::from_le_bytes)
}

pub(super) fn decimal(data: Option<&[u8]>, index: usize) -> Result<Option<Decimal>, BatchError> {
    let Some(cell) = data.and_then(|data| fixed::<20>(data, index)) else { return Ok(None) };
    let (mut digits, mut places) = ([0; 16], [0; 4]);
    digits.copy_from_slice(&cell[..16]);
    places.copy_from_slice(&cell[16..]);
    match u32::from_le_bytes(places) {
        ABSENT => Ok(None),
        places => Decimal::new(i128::from_le_bytes(digits), places)
            .map(Some)
            .map_err(|error| BatchError(format!("a number in it is not usable: {error}"))),
    }
}

pub(super) fn hash(data: Option<&[u8]>, index: usize) -> Option<Fingerprint> {
    let number = data.and_then(|data| fixed::<16>(data, index)).map_or(0, u128::from_le_bytes);
    (number != 0).then(|| Fingerprint::from_number(number))
}

fn fixed<const N: usize>(data: &[u8], index: usize) -> Option<[u8; N]> {
    data.get(index * N..(index + 1) * N)?.try_into().ok()
}

pub(super) fn set<T>(place: &mut Option<T>, value: T) -> Result<(), BatchError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(BatchError("a column stands in it twice".to_owned())),
    }
}

fn take_slice<'b>(rest: &mut &'b [u8], length: usize) -> Result<&'b [u8], BatchError> {
    let (head, tail) =
        rest.split_at_checked(length).ok_or_else(|| BatchError("it is cut short".to_owned()))?;
    *rest = tail;
    Ok(head)
}

fn take_array<'b, const N: usize>(rest: &mut &'b [u8]) -> Result<&'b [u8; N], BatchError> {
    take_slice(rest, N)?.try_into().map_err(|_| BatchError("it is cut short".to_owned()))
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, BatchError> {
    take_array(rest).map(|bytes| u32::from_le_bytes(*bytes))
}
