//! Keys of a configuration, taken one by one, so that all that is wrong with them is told together.

use std::fmt;

use ratebook_plugin::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::misspelt::did_you_mean;

/// What is wrong so far, each with its key.
#[derive(Debug, Default)]
pub(crate) struct Wrong(Vec<(String, String)>);

impl Wrong {
    /// Notes what is wrong with a key. Gives `None`, for whoever wants a value.
    pub(crate) fn add<T>(&mut self, key: impl Into<String>, what: impl fmt::Display) -> Option<T> {
        self.0.push((key.into(), what.to_string()));
        None
    }

    /// Notes that a word is none of those that may stand there.
    pub(crate) fn choice<T>(&mut self, key: impl Into<String>, word: &str, known: &[&str]) -> Option<T> {
        let hint = did_you_mean(word, known.iter().copied());
        self.add(key, format_args!("{word:?} is none of {}{hint}", known.join(", ")))
    }

    /// The refusal, if there is anything to refuse.
    pub(crate) fn refuse(self) -> Result<(), Problem> {
        let Some((first, what)) = self.0.first() else { return Ok(()) };
        let key = first.split(['.', '[']).next().unwrap_or_default();
        if self.0.len() == 1 && key == first {
            return Err(Problem::config(key, what.as_str()));
        }
        let told: Vec<String> = self.0.iter().map(|(key, what)| format!("`{key}`: {what}")).collect();
        Err(Problem::config(key, told.join("\n")))
    }
}

/// A table of the configuration.
#[derive(Debug)]
pub(crate) struct Keys {
    path: String,
    values: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Keys {
    /// The whole configuration.
    pub(crate) fn of_root(values: Map<String, Value>) -> Keys {
        Keys { path: String::new(), values, known: Vec::new() }
    }

    /// A value that must be a table.
    pub(crate) fn of(path: String, value: Value, wrong: &mut Wrong) -> Option<Keys> {
        match value {
            Value::Object(values) => Some(Keys { path, values, known: Vec::new() }),
            other => wrong.add(path, format_args!("expected a table, found {other}")),
        }
    }

    /// The path of a key from the root.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The path of the table itself.
    pub(crate) fn own_path(&self) -> &str {
        &self.path
    }

    /// Takes a value of a type.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, key: &'static str, wrong: &mut Wrong) -> Option<T> {
        self.known.push(key);
        let value = self.values.remove(key)?;
        serde_json::from_value(value).map_err(|error| wrong.add::<()>(self.path(key), error)).ok()
    }

    /// Takes the name of a column: a text, or a whole number where columns are named by theirs.
    pub(crate) fn take_name(&mut self, key: &'static str, wrong: &mut Wrong) -> Option<String> {
        match self.take::<Value>(key, wrong)? {
            Value::String(name) => Some(name),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            other => wrong.add(self.path(key), format_args!("expected the name of a column, found {other}")),
        }
    }

    /// Takes a table.
    pub(crate) fn nested(&mut self, key: &'static str, wrong: &mut Wrong) -> Option<Keys> {
        self.known.push(key);
        let value = self.values.remove(key)?;
        Keys::of(self.path(key), value, wrong)
    }

    /// Takes all that is left, of whatever name.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.values)
    }

    /// Says which keys nobody took.
    pub(crate) fn finish(self, wrong: &mut Wrong) {
        for key in self.values.keys() {
            let hint = did_you_mean(key, self.known.iter().copied());
            let known =
                if hint.is_empty() { format!(" (there are {})", self.known.join(", ")) } else { hint };
            wrong.add::<()>(self.path(key), format_args!("there is no such key{known}"));
        }
    }
}

/// A text, or a list of texts; a whole number is one too, as columns without a header are named by theirs.
pub(crate) fn one_or_many(value: Value, path: &str, wrong: &mut Wrong) -> Vec<String> {
    match value {
        Value::String(text) => vec![text],
        Value::Number(number) if number.is_u64() => vec![number.to_string()],
        Value::Array(list) if list.iter().all(|one| one.is_string() || one.is_u64()) => {
            list.into_iter().flat_map(|one| one_or_many(one, path, wrong)).collect()
        }
        _ => {
            wrong.add::<()>(path, "expected a text or a list of texts");
            Vec::new()
        }
    }
}
