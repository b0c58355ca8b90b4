//! Units that can be converted into each other: bytes by powers of ten and of two, and time.

use ratebook_line::Decimal;

use crate::exact::Exact;

/// What a unit measures; only units of one kind convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes,
    Time,
}

/// Names as the FOCUS specification spells them, and how many bytes or seconds one is.
const UNITS: [(&str, Kind, i64); 13] = [
    ("B", Kind::Bytes, 1),
    ("KB", Kind::Bytes, 1_000),
    ("MB", Kind::Bytes, 1_000_000),
    ("GB", Kind::Bytes, 1_000_000_000),
    ("TB", Kind::Bytes, 1_000_000_000_000),
    ("KiB", Kind::Bytes, 1 << 10),
    ("MiB", Kind::Bytes, 1 << 20),
    ("GiB", Kind::Bytes, 1 << 30),
    ("TiB", Kind::Bytes, 1 << 40),
    ("Seconds", Kind::Time, 1),
    ("Minutes", Kind::Time, 60),
    ("Hours", Kind::Time, 3_600),
    ("Days", Kind::Time, 86_400),
];

pub(crate) fn names() -> Vec<&'static str> {
    UNITS.iter().map(|(name, ..)| *name).collect()
}

pub(crate) fn kind(unit: &str) -> Option<Kind> {
    UNITS.iter().find(|(name, ..)| *name == unit).map(|(_, kind, _)| *kind)
}

/// What a number of `from` is multiplied with and divided by to be a number of `to`.
pub(crate) fn factor(from: &str, to: &str) -> Option<(Exact, Exact)> {
    let size =
        |unit: &str| UNITS.iter().find(|(name, ..)| *name == unit).map(|(_, kind, size)| (*kind, *size));
    let ((from_kind, from), (to_kind, to)) = (size(from)?, size(to)?);
    (from_kind == to_kind).then(|| (Decimal::from(from).into(), Decimal::from(to).into()))
}
