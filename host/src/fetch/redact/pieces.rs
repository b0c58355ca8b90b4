//! What is known of secrets, and where pieces of them stand in bytes: found in one pass, however many are known.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// As many characters in a row of a secret are a piece of it.
pub(super) const PIECE: usize = 8;
/// Shorter secrets are in every second word; nothing is hidden by taking them out.
const SHORTEST: usize = 4;
/// As many characters in a row of a credential are not by chance in a payload.
const IN_PAYLOAD: usize = 24;
/// Fewer different characters in a piece tell nothing: a row of zeros, a line of dashes.
const DIFFERENT: usize = 3;
/// Parts of pieces on both sides of a cut that are not by chance there.
const PART: usize = 3;
/// The sieve's size in bits, as a power of two.
const SIEVE: u32 = 17;

/// Words that stand in many messages and in many made-up secrets: without the rest of it they tell nothing.
const WORDS: [&str; 32] = [
    "access",
    "accounting",
    "acronis",
    "authentication",
    "authorization",
    "bearer",
    "client",
    "commvault",
    "credential",
    "credentials",
    "customer",
    "customers",
    "development",
    "external",
    "integration",
    "internal",
    "metallic",
    "microsoft",
    "monitoring",
    "operator",
    "password",
    "platform",
    "production",
    "provider",
    "ratebook",
    "refresh",
    "reseller",
    "secret",
    "services",
    "sophos",
    "token",
    "username",
];

/// What is known of secrets.
#[derive(Default)]
pub(super) struct Pieces {
    /// Every piece of every form, and how many in a row of such pieces must not stand in a payload.
    pieces: HashMap<u64, u8>,
    /// A quick no for almost everything that is no piece.
    sieve: Vec<u64>,
    /// Parts of pieces, for the two sides of a cut.
    parts: HashSet<u64>,
    /// Secrets that are known as a whole only, because they are short or their pieces tell nothing; true for credentials.
    whole: Vec<(Vec<u8>, bool)>,
    /// The longest form.
    longest: usize,
    /// True if one holds a space.
    spaces: bool,
}

impl Pieces {
    /// Takes in a secret. `credential` is true if it must be in no payload.
    pub(super) fn learn(&mut self, secret: &str, credential: bool) {
        if secret.len() < SHORTEST {
            return;
        }
        self.spaces |= secret.contains(' ');
        let folded = folded(secret.as_bytes());
        for part in (PART..PIECE).flat_map(|length| folded.windows(length)) {
            self.parts.insert(part_key(part));
        }
        let word = WORDS.iter().any(|word| word.as_bytes() == folded);
        if word || !self.learn_form(&folded, credential) {
            self.learn_whole(secret.as_bytes(), credential && !word);
        }
        self.learn_base64(secret, credential);
    }

    /// Takes in what stands in a Basic header: nothing but its base64 is a secret.
    pub(super) fn learn_base64(&mut self, secret: &str, credential: bool) {
        for form in base64_forms(secret.as_bytes()) {
            if !self.learn_form(&folded(&form), credential) && form.len() > SHORTEST {
                self.learn_whole(&form, credential);
            }
        }
    }

    fn learn_whole(&mut self, form: &[u8], credential: bool) {
        self.longest = self.longest.max(form.len());
        match self.whole.iter_mut().find(|(known, _)| known == form) {
            Some((_, known)) => *known |= credential,
            None => self.whole.push((form.to_vec(), credential)),
        }
    }

    /// Takes in the pieces of a form. False if they do not make up the whole of it.
    fn learn_form(&mut self, form: &[u8], credential: bool) -> bool {
        self.longest = self.longest.max(form.len());
        let row = (form.len().min(IN_PAYLOAD) + 1).saturating_sub(PIECE);
        let row = if credential { u8::try_from(row).unwrap_or(u8::MAX) } else { u8::MAX };
        self.sieve.resize(1 << (SIEVE - 6), 0);
        let mut all = form.len() >= PIECE;
        for piece in form.windows(PIECE) {
            let different = (0..PIECE).filter(|at| !piece[..*at].contains(&piece[*at])).count();
            if different < DIFFERENT {
                all = false;
                continue;
            }
            let key = piece.iter().fold(0, |key, byte| key << 8 | u64::from(*byte));
            let (word, bit) = sieved(key);
            self.sieve[word] |= bit;
            let known = self.pieces.entry(key).or_insert(row);
            *known = row.min(*known);
        }
        all
    }

    /// The longest form of a secret.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// True if a secret holds a space.
    pub(super) fn spaces(&self) -> bool {
        self.spaces
    }

    pub(super) fn is_empty(&self) -> bool {
        self.longest == 0
    }

    /// Calls `found` with each place where a piece stands, and whether the row of pieces up to there is too long for a
    /// payload. `found` says whether to go on.
    fn each_piece(&self, bytes: &[u8], mut found: impl FnMut(usize, bool) -> bool) {
        if self.sieve.is_empty() {
            return;
        }
        let (mut key, mut row) = (0u64, 0u8);
        for (at, byte) in bytes.iter().enumerate() {
            key = key << 8 | u64::from(FOLD[usize::from(*byte)]);
            let (word, bit) = sieved(key);
            let known = if self.sieve[word] & bit == 0 { None } else { self.pieces.get(&key) };
            let Some(longest) = known.filter(|_| at + 1 >= PIECE) else {
                row = 0;
                continue;
            };
            row = row.saturating_add(1);
            if !found(at + 1 - PIECE, *longest != u8::MAX && row >= *longest) {
                return;
            }
        }
    }

    /// Where secrets and pieces of them stand, in no order.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut pieces: Vec<(usize, usize)> = Vec::new();
        self.each_piece(bytes, |at, _| {
            match pieces.last_mut() {
                Some((_, end)) if at <= *end => *end = at + PIECE,
                _ => pieces.push((at, at + PIECE)),
            }
            true
        });
        pieces.retain(|(begin, end)| !are_words(bytes, *begin, *end));
        for (whole, _) in &self.whole {
            pieces.extend(places(bytes, whole).map(|at| (at, at + whole.len())));
        }
        self.find_cut(bytes, &mut pieces);
        pieces
    }

    /// Finds pieces that were cut in the middle: `abcd...efgh`.
    fn find_cut(&self, bytes: &[u8], found: &mut Vec<(usize, usize)>) {
        let is_part = |part: &[u8]| self.parts.contains(&part_key(&folded(part)));
        let mut at = 0;
        while let Some((begin, end)) = next_cut(bytes, at) {
            at = end;
            let before = (PART..PIECE)
                .rev()
                .find(|length| begin.checked_sub(*length).is_some_and(|from| is_part(&bytes[from..begin])));
            let after = (PART..PIECE).rev().find(|length| bytes.get(end..end + length).is_some_and(is_part));
            if let (Some(before), Some(after)) = (before, after)
                && before + after >= PIECE
            {
                found.extend([(begin - before, begin), (end, end + after)]);
            }
        }
    }

    /// True if so much of a credential stands there that it is not by chance. `short` asks for those, too, that are
    /// shorter than a piece.
    pub(super) fn holds_credential(&self, bytes: &[u8], short: bool) -> bool {
        let mut found = false;
        self.each_piece(bytes, |_, too_long| {
            found = too_long;
            !found
        });
        found
            || self.whole.iter().any(|(whole, credential)| {
                *credential && (short || whole.len() >= PIECE) && places(bytes, whole).next().is_some()
            })
    }
}

/// What is told apart: not the case, nor the two alphabets of base64.
const FOLD: [u8; 256] = {
    let mut fold = [0; 256];
    let mut at = 0;
    while at < 256 {
        fold[at] = match at as u8 {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte.to_ascii_lowercase(),
        };
        at += 1;
    }
    fold
};

fn folded(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| FOLD[usize::from(*byte)]).collect()
}

/// Where in the sieve a piece is.
fn sieved(key: u64) -> (usize, u64) {
    let bit = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SIEVE);
    ((bit >> 6) as usize, 1 << (bit & 63))
}

fn part_key(part: &[u8]) -> u64 {
    part.iter().fold(part.len() as u64, |key, byte| key << 8 | u64::from(*byte))
}

/// What base64 makes of a secret, behind none, one or two other characters: without what depends on its neighbours.
fn base64_forms(secret: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|before| {
        let bytes = [&vec![0; before][..], secret].concat();
        let form = STANDARD_NO_PAD.encode(&bytes).into_bytes();
        form[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_vec()
    })
}

/// True if there are only common words and what stands between words.
fn are_words(bytes: &[u8], begin: usize, end: usize) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric();
    let found = &bytes[begin..end];
    let Some(first) = found.iter().position(is_letter) else { return false };
    let last = found.iter().rposition(is_letter).unwrap_or(first);
    let (before, after) = (bytes[..begin + first].last(), bytes.get(begin + last + 1));
    let mut words = found[first..=last].split(|byte| !is_letter(byte)).filter(|word| !word.is_empty());
    !before.is_some_and(is_letter)
        && !after.is_some_and(is_letter)
        && words.all(|word| WORDS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word)))
}

/// Where `part` stands in the bytes.
fn places<'b>(bytes: &'b [u8], part: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    bytes.windows(part.len()).enumerate().filter(move |(_, window)| *window == part).map(|(at, _)| at)
}

/// The next mark of a cut: an ellipsis, two dots or stars or more, with the brackets and spaces around it.
fn next_cut(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    const ELLIPSIS: &[u8] = "…".as_bytes();
    let mark = |at: usize| match &bytes[at..] {
        rest if rest.starts_with(ELLIPSIS) => ELLIPSIS.len(),
        [b'.', b'.', ..] | [b'*', b'*', ..] => 2,
        _ => 0,
    };
    let begin = (from..bytes.len()).find(|at| mark(*at) > 0)?;
    let mut end = begin + mark(begin);
    while matches!(bytes.get(end), Some(b'.' | b'*')) {
        end += 1;
    }
    let around = |byte: &&u8| matches!(byte, b' ' | b'[' | b']' | b'(' | b')' | b'<' | b'>');
    let before = bytes[from..begin].iter().rev().take_while(around).count();
    let after = bytes[end..].iter().take_while(around).count();
    Some((begin - before, end + after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_stay_unless_more_of_the_secret_stands_with_them() {
        let mut known = Pieces::default();
        known.learn("my-password-of-7", true);
        assert!(known.find(b"the password is wrong; PASSWORD, -password-").is_empty());
        assert_eq!(known.find(b"password-of"), [(0, 11)]);
        let mut known = Pieces::default();
        known.learn("password", true);
        assert_eq!(known.find(b"the password"), [(4, 12)], "the whole of a secret is never spared");
        assert!(!known.holds_credential(b"the password", true));
    }

    #[test]
    fn short_secrets_and_rows_of_one_character_are_known_whole_alone() {
        let mut known = Pieces::default();
        known.learn("ab-12", true);
        known.learn("0000000000", true);
        known.learn("abc", true);
        assert!(known.find(b"ab-1 b-12 00000000 abc").is_empty());
        assert_eq!(known.find(b"x ab-12 y"), [(2, 7)]);
        assert_eq!(known.find(b"0000000000"), [(0, 10)]);
        assert!(known.holds_credential(b"0000000000", false));
        assert!(!known.holds_credential(b"ab-12", false) && known.holds_credential(b"ab-12", true));
    }

    #[test]
    fn both_sides_of_a_cut_are_found() {
        let mut known = Pieces::default();
        known.learn("k7Qz9WmXp2Rt5Vb8", true);
        for (text, count) in [
            ("got k7Qz9W…Rt5Vb8.", 2),
            ("got k7Qz9W...Rt5Vb8.", 2),
            ("got k7Qz9W [...] Rt5Vb8.", 2),
            ("got 7Qz9****t5Vb.", 2),
            ("got k7Q...Vb8.", 0),
            ("it is working ... done", 0),
        ] {
            assert_eq!(known.find(text.as_bytes()).len(), count, "{text}");
        }
    }

    #[test]
    fn a_payload_may_hold_a_piece_by_chance_but_no_credential() {
        let mut known = Pieces::default();
        let long = "eyJhbGciOiJSUzI1NiJ9.k7Qz9WmXp2Rt5Vb8k7Qz9WmXp2Rt5Vb8";
        known.learn(long, true);
        known.learn("page-two-of-nine", false);
        assert!(!known.holds_credential(&long.as_bytes()[..23], false));
        assert!(known.holds_credential(&long.as_bytes()[..24], false));
        assert!(known.holds_credential(&long.as_bytes()[10..40], false));
        assert!(!known.holds_credential(b"page-two-of-nine", false), "no credential");
        assert!(!known.find(b"page-two-of-nine").is_empty());
        known.learn("page-two-of-nine", true);
        assert!(known.holds_credential(b"page-two-of-nine", false), "sent as one since");
    }
}
