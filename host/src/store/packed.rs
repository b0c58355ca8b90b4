//! The two encodings of whole numbers that our tables use: Parquet's hybrid of runs and bit-packing, and its
//! DELTA_BINARY_PACKED (Apache Parquet, "Encodings"). What is read is checked, never believed.

/// Values of a block of DELTA_BINARY_PACKED, in so many miniblocks.
const BLOCK: usize = 128;
const MINIBLOCKS: usize = 4;
const MINIBLOCK: usize = BLOCK / MINIBLOCKS;

/// The bits that a number needs.
pub(super) fn bits_of(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// Appends numbers of so many bits each: runs where eight or more are alike, packed bits elsewhere.
pub(super) fn write_hybrid(to: &mut Vec<u8>, values: &[u32], width: u32) {
    let (mut packed_from, mut at) = (0, 0);
    while at < values.len() {
        let value = values[at];
        let run = values[at..].iter().take_while(|other| **other == value).count();
        // Packed values come by eights, so a run lends some to what stands before it.
        let lent = (8 - (at - packed_from) % 8) % 8;
        if run < lent + 8 {
            at += run;
            continue;
        }
        write_packed(to, &values[packed_from..at + lent], width);
        write_varint(to, ((run - lent) as u64) << 1);
        to.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
        at += run;
        packed_from = at;
    }
    write_packed(to, &values[packed_from..], width);
}

/// Appends so many times the same number.
pub(super) fn write_run(to: &mut Vec<u8>, value: u32, count: usize, width: u32) {
    write_varint(to, (count as u64) << 1);
    to.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

fn write_packed(to: &mut Vec<u8>, values: &[u32], width: u32) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    write_varint(to, (groups as u64) << 1 | 1);
    let filled = values.iter().map(|value| u64::from(*value));
    pack(to, filled.chain(std::iter::repeat_n(0, groups * 8 - values.len())), width);
}

/// Appends the low bits of numbers, one behind the other, the lowest first.
fn pack(to: &mut Vec<u8>, values: impl Iterator<Item = u64>, width: u32) {
    let (mut pending, mut bits) = (0_u128, 0);
    for value in values {
        pending |= u128::from(value) << bits;
        bits += width;
        while bits >= 8 {
            to.push(pending.to_le_bytes()[0]);
            pending >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        to.push(pending.to_le_bytes()[0]);
    }
}

/// Reads so many numbers of so many bits; none if the bytes hold others.
pub(super) fn read_hybrid(mut from: &[u8], width: u32, count: usize) -> Option<Vec<u32>> {
    if width > 32 {
        return None;
    }
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let head = read_varint(&mut from)?;
        let rest = count - values.len();
        if head & 1 == 0 {
            let run = usize::try_from(head >> 1).ok().filter(|run| *run > 0 && *run <= rest)?;
            let mut bytes = [0; 4];
            let length = width.div_ceil(8) as usize;
            bytes[..length].copy_from_slice(from.get(..length)?);
            from = &from[length..];
            values.resize(values.len() + run, u32::from_le_bytes(bytes));
        } else {
            let groups = usize::try_from(head >> 1)
                .ok()
                .filter(|groups| *groups > 0 && *groups <= rest.div_ceil(8))?;
            let length = groups.checked_mul(width as usize)?;
            let packed = from.get(..length)?;
            from = &from[length..];
            unpack(packed, width, rest.min(groups * 8), |value| {
                values.push(u32::try_from(value).unwrap_or(u32::MAX));
            });
        }
    }
    from.is_empty().then_some(values)
}

fn unpack(packed: &[u8], width: u32, count: usize, mut take: impl FnMut(u64)) {
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    let (mut bytes, mut pending, mut bits) = (packed.iter(), 0_u128, 0);
    for _ in 0..count {
        while bits < width {
            pending |= u128::from(bytes.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        take((pending & u128::from(mask)) as u64);
        pending >>= width;
        bits -= width;
    }
}

/// Appends numbers as differences from one to the next.
pub(super) fn write_deltas(to: &mut Vec<u8>, values: &[i64]) {
    write_varint(to, BLOCK as u64);
    write_varint(to, MINIBLOCKS as u64);
    write_varint(to, values.len() as u64);
    let Some(first) = values.first() else {
        write_varint(to, 0);
        return;
    };
    write_varint(to, zigzag(*first));
    let deltas: Vec<i64> = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    for block in deltas.chunks(BLOCK) {
        let least = block.iter().copied().min().unwrap_or(0);
        write_varint(to, zigzag(least));
        let above = |delta: &i64| delta.wrapping_sub(least).cast_unsigned();
        let mut widths = [0_u8; MINIBLOCKS];
        for (width, mini) in widths.iter_mut().zip(block.chunks(MINIBLOCK)) {
            *width = bits_of(mini.iter().map(above).max().unwrap_or(0)) as u8;
        }
        to.extend_from_slice(&widths);
        for (width, mini) in widths.iter().zip(block.chunks(MINIBLOCK)) {
            let filled = mini.iter().map(above).chain(std::iter::repeat_n(0, MINIBLOCK - mini.len()));
            if *width > 0 {
                pack(to, filled, u32::from(*width));
            }
        }
    }
}

/// Reads numbers that were written as differences; none if the bytes hold others, or another count.
pub(super) fn read_deltas(mut from: &[u8], count: usize) -> Option<Vec<i64>> {
    let head = [read_varint(&mut from)?, read_varint(&mut from)?, read_varint(&mut from)?];
    if head != [BLOCK as u64, MINIBLOCKS as u64, count as u64] {
        return None;
    }
    let mut last = unzigzag(read_varint(&mut from)?);
    let mut values = Vec::with_capacity(count);
    if count > 0 {
        values.push(last);
    }
    while values.len() < count {
        let least = unzigzag(read_varint(&mut from)?);
        let widths: [u8; MINIBLOCKS] = from.get(..MINIBLOCKS)?.try_into().ok()?;
        from = &from[MINIBLOCKS..];
        for width in widths {
            let here = MINIBLOCK.min(count - values.len());
            if here == 0 {
                break;
            }
            if width > 64 {
                return None;
            }
            let packed = from.get(..MINIBLOCK / 8 * usize::from(width))?;
            from = &from[packed.len()..];
            unpack(packed, u32::from(width), here, |delta| {
                last = last.wrapping_add(least.wrapping_add(delta.cast_signed()));
                values.push(last);
            });
        }
    }
    from.is_empty().then_some(values)
}

fn write_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn read_varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same every time.
    fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed | 1;
        move |end| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % end
        }
    }

    #[test]
    fn hybrid_numbers_come_back_whatever_their_runs() {
        let mut roll = dice(7);
        for round in 0..2000_u64 {
            let width = 1 + u32::try_from(round % 32).unwrap();
            let most = if width == 32 { u64::from(u32::MAX) } else { (1 << width) - 1 };
            let mut values = Vec::new();
            for _ in 0..roll(12) {
                let value = u32::try_from(roll(most + 1)).unwrap();
                let count = if roll(2) == 0 { 1 } else { roll(30) };
                values.extend(std::iter::repeat_n(value, usize::try_from(count).unwrap()));
            }
            let mut bytes = Vec::new();
            write_hybrid(&mut bytes, &values, width);
            assert_eq!(
                read_hybrid(&bytes, width, values.len()).as_deref(),
                Some(&values[..]),
                "round {round}"
            );
            // One more or one less is not there, and bytes that are cut are refused.
            assert_eq!(read_hybrid(&bytes, width, values.len() + 9), None);
            if let Some((_, cut)) = bytes.split_last() {
                assert_eq!(read_hybrid(cut, width, values.len()), None);
                let cut: Vec<u8> = cut.to_vec();
                let _ = read_hybrid(&cut, width, values.len());
            }
        }
    }

    #[test]
    fn deltas_come_back_whatever_they_are() {
        let mut roll = dice(11);
        for round in 0..500 {
            let count = usize::try_from(roll(700)).unwrap();
            let spread = 1 << roll(63);
            let mut values: Vec<i64> =
                (0..count).map(|_| roll(spread).cast_signed() - (spread / 2).cast_signed()).collect();
            if round % 7 == 0 {
                values.extend([i64::MIN, i64::MAX, 0, i64::MAX, i64::MIN]);
            }
            let mut bytes = Vec::new();
            write_deltas(&mut bytes, &values);
            assert_eq!(read_deltas(&bytes, values.len()), Some(values.clone()), "round {round}");
            assert_eq!(read_deltas(&bytes, values.len() + 1), None);
            assert_eq!(read_deltas(&bytes[..bytes.len() - 1], values.len()), None);
        }
        let mut steady = Vec::new();
        write_deltas(&mut steady, &(0..100_000).collect::<Vec<i64>>());
        assert!(steady.len() < 5000, "{} bytes for numbers in steps of 1", steady.len());
    }

    #[test]
    fn bytes_that_were_changed_are_read_or_refused_and_end() {
        let mut roll = dice(3);
        let values: Vec<u32> = (0..300).map(|n| n % 5).collect();
        let (mut hybrid, mut deltas) = (Vec::new(), Vec::new());
        write_hybrid(&mut hybrid, &values, 3);
        write_deltas(&mut deltas, &values.iter().map(|value| i64::from(*value)).collect::<Vec<_>>());
        for _ in 0..5000 {
            let (mut one, mut other) = (hybrid.clone(), deltas.clone());
            let at = usize::try_from(roll(one.len() as u64)).unwrap();
            one[at] = u8::try_from(roll(256)).unwrap();
            let at = usize::try_from(roll(other.len() as u64)).unwrap();
            other[at] = u8::try_from(roll(256)).unwrap();
            assert!(read_hybrid(&one, 3, 300).is_none_or(|read| read.len() == 300));
            assert!(read_deltas(&other, 300).is_none_or(|read| read.len() == 300));
        }
    }
}
