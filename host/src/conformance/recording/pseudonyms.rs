//! Names and ids replaced by others of the same shape: the same by the same, in the order in which they are met.

use std::collections::BTreeMap;

/// Whether a value is a person's or firm's name, or something that stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Name,
    Id,
}

/// The pseudonyms of one recording.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    /// By the original in lower case: vendors write one id in two spellings.
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Pseudonyms {
    /// The pseudonym of a value.
    pub(super) fn of(&mut self, value: &str, role: Role) -> String {
        if let Some(known) = self.get(value) {
            return known.to_owned();
        }
        let made = match value.contains('/') && role == Role::Name {
            // A path of names: one of them alone must be the same elsewhere.
            true => value
                .split('/')
                .map(|part| if part.is_empty() { String::new() } else { self.of(part, role) })
                .collect::<Vec<_>>()
                .join("/"),
            false => self.new_one(value, role),
        };
        self.known.insert(value.to_lowercase(), made.clone());
        made
    }

    /// The pseudonym that a value has.
    pub(super) fn get(&self, value: &str) -> Option<&str> {
        self.known.get(&value.to_lowercase()).map(String::as_str)
    }

    /// The originals, in lower case.
    pub(super) fn originals(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// How many values were replaced.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    fn new_one(&mut self, value: &str, role: Role) -> String {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let shape = match role {
            _ if is_uuid(value) => "uuid",
            _ if is_email(value) => "email",
            _ if digits => "digits",
            Role::Name => "name",
            Role::Id => "id",
        };
        let count = self.counts.entry(shape).or_default();
        loop {
            *count += 1;
            let made = match shape {
                "uuid" => format!("00000000-0000-4000-8000-{count:012}"),
                "email" => format!("user{count}@example.com"),
                "digits" => format!("9{count:0width$}", width = value.len().saturating_sub(1)),
                "name" => format!("Tenant {count}"),
                _ => format!("id-{count}"),
            };
            if !self.known.contains_key(&made.to_lowercase()) {
                return made;
            }
        }
    }
}

/// True for `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// True for what looks like an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    matches!(parts[..], [name, host] if !name.is_empty() && host.contains('.') && !text.contains([' ', '/', ',']))
}

/// True for a value that is hardly anywhere by chance: not a number, not a short word.
pub(super) fn is_telling(text: &str) -> bool {
    text.chars().count() >= 5 && !text.bytes().all(|byte| byte.is_ascii_digit() || b".,-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_has_the_shape_of_its_original_and_is_the_same_each_time() {
        let mut pseudonyms = Pseudonyms::default();
        let uuid = "C0A80164-1f2e-4d3c-8b5a-0123456789ab";
        assert_eq!(pseudonyms.of(uuid, Role::Id), "00000000-0000-4000-8000-000000000001");
        assert_eq!(pseudonyms.of(&uuid.to_lowercase(), Role::Id), "00000000-0000-4000-8000-000000000001");
        assert_eq!(pseudonyms.of("ann@nordwind.example", Role::Id), "user1@example.com");
        assert_eq!(pseudonyms.of("1017", Role::Id), "9001");
        assert_eq!(pseudonyms.of("7", Role::Id), "92");
        assert_eq!(pseudonyms.of("/Proseware/Nordwind GmbH", Role::Name), "/Tenant 1/Tenant 2");
        assert_eq!(pseudonyms.of("Proseware", Role::Name), "Tenant 1");
        assert_eq!(pseudonyms.of("REF 17/a", Role::Id), "id-1");
    }
}
