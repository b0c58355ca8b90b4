//! How sure it is by its name that a column is what is looked for.

/// A field of the line, what it is, and names of columns that mean it, in small letters and digits only. The first is
/// the surest.
pub(crate) struct Known {
    pub(crate) field: &'static str,
    pub(crate) is_number: bool,
    names: &'static [&'static str],
    /// Words that say that something else is meant.
    others: &'static [&'static str],
}

pub(super) const fn text(
    field: &'static str,
    names: &'static [&'static str],
    others: &'static [&'static str],
) -> Known {
    Known { field, is_number: false, names, others }
}

pub(super) const fn number(
    field: &'static str,
    names: &'static [&'static str],
    others: &'static [&'static str],
) -> Known {
    Known { field, is_number: true, names, others }
}

/// From here on a name is one that means the field, and not only like one.
pub(crate) const SURE: u32 = 60;

/// A column's name, as it is compared.
pub(super) struct Name {
    /// All of it: with the path before it, without, without its digits.
    whole: [String; 3],
    /// What it ends with, from a word's beginning.
    ends: Vec<String>,
    /// What is within it, from a word's beginning to a word's end.
    within: Vec<String>,
    words: Vec<String>,
    /// The words of the path before it.
    path: Vec<String>,
}

impl Name {
    pub(super) fn of(name: &str) -> Name {
        let all = words(name);
        let last = all.rsplit(|word| word == "/").next().unwrap_or_default();
        let joined = |words: &[String]| {
            words.iter().filter(|word| *word != "/").map(String::as_str).collect::<String>()
        };
        let is_digits = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
        let without_digits: String =
            last.iter().filter(|word| !is_digits(word)).map(String::as_str).collect();
        let mut within = Vec::new();
        for from in 0..last.len() {
            within.extend((from + 1..last.len()).map(|to| joined(&last[from..to])));
        }
        Name {
            whole: [joined(last), joined(&all), without_digits],
            ends: (0..last.len()).map(|from| joined(&last[from..])).collect(),
            within,
            words: last.to_vec(),
            path: all.iter().take(all.len() - last.len()).cloned().collect(),
        }
    }
}

impl Known {
    /// How sure it is by its name that a column is the field, up to 100.
    pub(crate) fn fits(&self, column: &str) -> Option<u32> {
        self.fits_name(&Name::of(column))
    }

    pub(super) fn fits_name(&self, column: &Name) -> Option<u32> {
        let rank = |at: usize| u32::try_from(at).unwrap_or(40).min(40);
        let among = |parts: &[String]| {
            self.names.iter().position(|name| parts.iter().any(|part| part == name)).map(rank)
        };
        let exact = among(&column.whole).map(|at| 100 - at);
        let end = || among(&column.ends).map(|at| 70 - at / 2);
        let within = || among(&column.within).map(|at| 50 - at / 2);
        let named = exact.or_else(end).or_else(within)?;
        let of_another = column.words.iter().filter(|word| self.others.contains(&word.as_str())).count();
        // A name that is exactly known says what it says.
        let off = if exact.is_some() { 0 } else { 30 * u32::try_from(of_another).unwrap_or(1) };
        // What it is the name of says more.
        let of_other = column.path.iter().any(|word| self.others.contains(&word.as_str()));
        let off = off + if of_other { 40 } else { 0 };
        named.checked_sub(off).filter(|score| *score > 0)
    }
}

/// The words of a name in small letters, with `/` between the parts of a path: `lineItem/UsageAccountId` is line, item, /, usage,
/// account, id.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    let letters: Vec<char> = name.chars().collect();
    for (at, c) in letters.iter().copied().enumerate() {
        if matches!(c, '/' | ':') {
            words.push("/".to_owned());
            before = None;
            continue;
        }
        if !c.is_alphanumeric() {
            before = None;
            continue;
        }
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = match before {
            None => true,
            Some(last) => {
                c.is_uppercase()
                    && (last.is_lowercase() || last.is_ascii_digit() || next_is_small && last.is_uppercase())
                    || c.is_ascii_digit() != last.is_ascii_digit()
            }
        };
        let small = c.to_lowercase();
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.extend(small),
            None => words.push(small.collect()),
        }
        before = Some(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        assert_eq!(words("lineItem/UsageAccountId"), ["line", "item", "/", "usage", "account", "id"]);
        assert_eq!(words("SKU_ID (raw)"), ["sku", "id", "raw"]);
        assert_eq!(words("Credit1 Amount"), ["credit", "1", "amount"]);
        assert_eq!(words("costInUSD"), ["cost", "in", "usd"]);
    }
}
