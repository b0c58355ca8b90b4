//! `[source.<name>.limits]` and `sandbox`: how much a source's plugin may take.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::fetch::duration;
use crate::plugins::{LEAST_MEMORY, Limits};

/// The keys of `[source.<name>.limits]`; those that are absent are as everywhere.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitKeys {
    #[serde(default, deserialize_with = "memory")]
    memory: Option<u64>,
    #[serde(default, deserialize_with = "lines")]
    lines: Option<u64>,
    #[serde(default, deserialize_with = "time")]
    time: Option<std::time::Duration>,
    #[serde(default, deserialize_with = "output")]
    output: Option<u64>,
}

impl LimitKeys {
    pub(super) fn limits(self) -> Limits {
        let usual = Limits::default();
        Limits {
            memory: self.memory.unwrap_or(usual.memory),
            lines: self.lines.unwrap_or(usual.lines),
            time: self.time.unwrap_or(usual.time),
            output: self.output,
        }
    }
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(from)?;
    let bytes = size(&text).map_err(D::Error::custom)?;
    if bytes < LEAST_MEMORY {
        return Err(D::Error::custom(format!("no plugin starts in {text}: give it 64MiB or more")));
    }
    Ok(Some(bytes))
}

fn lines<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    match u64::deserialize(from)? {
        0 => Err(D::Error::custom("a plugin that may hand over no line is of no use")),
        lines => Ok(Some(lines)),
    }
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<std::time::Duration>, D::Error> {
    let time = duration(&String::deserialize(from)?).map_err(D::Error::custom)?;
    if time.is_zero() {
        return Err(D::Error::custom("a plugin that may take no time is of no use"));
    }
    Ok(Some(time))
}

fn output<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    size(&String::deserialize(from)?).map(Some).map_err(D::Error::custom)
}

/// A number of bytes as people write it: `512MiB`, `1 GiB`.
fn size(text: &str) -> Result<u64, String> {
    let how = || format!("{text:?} is not a size; write one like \"512MiB\" or \"4GiB\"");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit: u64 = match unit.trim_start() {
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return Err(how()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(how)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_texts_with_a_unit() {
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("1 GiB"), Ok(1 << 30));
        assert_eq!(size("2TiB"), Ok(2 << 40));
        for wrong in
            ["", "1", "GiB", "1GB", "-1GiB", "1.5GiB", "1gib", "99999999999999999999GiB", "99999999TiB"]
        {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_that_let_nothing_through_are_refused() {
        let read = |text: &str| toml::from_str::<LimitKeys>(text).map(LimitKeys::limits);
        let refused = |text: &str| read(text).unwrap_err().message().to_owned();
        assert_eq!(read("").unwrap(), Limits::default());
        let limits = read("memory = \"1GiB\"\nlines = 7\ntime = \"30m\"\noutput = \"2GiB\"").unwrap();
        assert_eq!((limits.memory, limits.lines, limits.time.as_secs()), (1 << 30, 7, 1800));
        assert_eq!(limits.output, Some(2 << 30));
        assert!(refused("memory = \"63MiB\"").contains("64MiB or more"));
        assert!(refused("memory = 1000000").contains("string"));
        assert!(refused("lines = 0").contains("of no use"));
        assert!(refused("time = \"0s\"").contains("of no use"));
        assert!(refused("tiem = \"1s\"").contains("unknown field `tiem`"));
    }
}
