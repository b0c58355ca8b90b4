//! Edits as text, for a terminal.

use std::fmt;

use super::edit::{Change, Edit, FilePlace, KeyEdit, Subject};

/// Keys of one edit that are written out.
const KEYS: usize = 3;

/// Characters of a value that are written out.
const LONGEST: usize = 60;

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Settings => f.write_str("settings"),
            Subject::Fx(id) => write!(f, "fx {id}"),
            Subject::Partner(id) => write!(f, "partner {id}"),
            Subject::Customer(id) => write!(f, "customer {id}"),
            Subject::Book(id) => write!(f, "book {id}"),
            Subject::BookEntry { book, sku } => write!(f, "book {book}, {sku}"),
            Subject::Rule(id) => write!(f, "rule {id}"),
            Subject::BillRule(id) => write!(f, "bill rule {id}"),
        }
    }
}

/// `rule gold-acronis: discount 10% -> 12%`
impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.change {
            Change::Added => return write!(f, "{} added", self.subject),
            Change::Removed => return write!(f, "{} removed", self.subject),
            Change::Changed => write!(f, "{}: ", self.subject)?,
        }
        for (index, key) in self.keys.iter().take(KEYS).enumerate() {
            let joint = if index == 0 { "" } else { "; " };
            write!(f, "{joint}{key}")?;
        }
        match self.keys.len().saturating_sub(KEYS) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Display for KeyEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match (self.old.as_deref(), self.new.as_deref()) {
            (Some(old), Some(new)) => {
                let (old, new) = differing(old, new);
                write!(f, "{key} {old} -> {new}")
            }
            (Some(old), None) => write!(f, "{key} {} -> (none)", clipped(old)),
            (None, Some(new)) => write!(f, "{key} (none) -> {}", clipped(new)),
            (None, None) => f.write_str(key),
        }
    }
}

/// Two values; of long lists, what is not the same at their beginning and end.
fn differing(old: &str, new: &str) -> (String, String) {
    if old.chars().count().max(new.chars().count()) <= LONGEST {
        return (old.to_owned(), new.to_owned());
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split(", ").collect(), new.split(", ").collect());
    let shorter = a.len().min(b.len());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count().min(shorter - head);
    let rest = |all: &[&str]| {
        let mut parts = all[head..all.len() - tail].to_vec();
        if head > 0 {
            parts.insert(0, "..");
        }
        if tail > 0 {
            parts.push("..");
        }
        clipped(&parts.join(", "))
    };
    (rest(&a), rest(&b))
}

fn clipped(value: &str) -> String {
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    let head: String = value.chars().take(LONGEST).collect();
    format!("{head}..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_list_what_differs_is_shown() {
        let all: Vec<String> = (100..200).map(|n| format!("acronis:{n}")).collect();
        let mut fewer = all.clone();
        fewer.remove(50);
        assert_eq!(
            differing(&all.join(", "), &fewer.join(", ")),
            (".., acronis:150, ..".into(), ".., ..".into())
        );
    }
}
