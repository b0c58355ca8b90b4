//! How a vendor is asked: `[http]` and `[source.<name>.http]` of ratebook.toml.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::unpack::Limits;

/// How a vendor is asked. Times are texts such as `"30s"`, `"2min"`, `"500ms"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpSettings {
    /// How often a request that may be repeated is tried.
    #[serde(deserialize_with = "at_least_one")]
    pub(crate) tries: u32,
    /// The most time for one request: its tries and our own pauses between them, not the waits the vendor asks for.
    #[serde(deserialize_with = "time")]
    pub(crate) request_deadline: Duration,
    /// The most time that all requests of a source may take, waits the vendor asks for included.
    #[serde(deserialize_with = "time")]
    pub(crate) source_deadline: Duration,
    /// The most time that a plugin may wait for its vendor to finish something.
    #[serde(deserialize_with = "time")]
    pub(crate) wait_deadline: Duration,
    /// The longest wait that a vendor may ask for; over it the source stops and says when to come back.
    #[serde(deserialize_with = "time")]
    pub(crate) retry_after_cap: Duration,
    /// The pause after the first failed try; each further one doubles it.
    #[serde(deserialize_with = "time")]
    pub(crate) backoff: Duration,
    /// The least time between two requests of the source.
    #[serde(deserialize_with = "time")]
    pub(crate) pace: Duration,
    /// The most time without a byte from the vendor.
    #[serde(deserialize_with = "time")]
    pub(crate) idle: Duration,
    /// The most time for a connection to be made.
    #[serde(deserialize_with = "time")]
    pub(crate) connect: Duration,
    /// The most bytes of an answer, as they come.
    pub(crate) max_bytes: u64,
    /// The most bytes of an answer, decompressed.
    pub(crate) max_decoded_bytes: u64,
    /// True if payloads may come in answers that end with their connection alone: neither a length nor chunks nor gzip says
    /// then whether they are whole.
    pub(crate) ends_with_connection: bool,
    /// A PEM file with certificates to trust beside the machine's own.
    pub(crate) ca_file: Option<PathBuf>,
    /// `http://host:port`, or `environment` for what `HTTPS_PROXY` and its sisters say. Without it no proxy is used.
    pub(crate) proxy: Option<String>,
}

impl Default for HttpSettings {
    fn default() -> HttpSettings {
        HttpSettings {
            tries: 5,
            request_deadline: Duration::from_secs(120),
            source_deadline: Duration::from_secs(15 * 60),
            wait_deadline: Duration::from_secs(30 * 60),
            retry_after_cap: Duration::from_secs(120),
            backoff: Duration::from_millis(500),
            pace: Duration::ZERO,
            idle: Duration::from_secs(30),
            connect: Duration::from_secs(10),
            max_bytes: 4 << 30,
            max_decoded_bytes: 64 << 30,
            ends_with_connection: false,
            ca_file: None,
            proxy: None,
        }
    }
}

impl HttpSettings {
    /// How much an answer may hold.
    #[must_use]
    pub(crate) fn limits(&self) -> Limits {
        Limits { wire: self.max_bytes, decoded: self.max_decoded_bytes }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        HttpSettings::default().limits()
    }
}

/// A time span as people write it: `30s`, `2min`, `1h 30min`, `500ms`.
///
/// # Errors
/// A fragment that says how to write one.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let how = || format!("{text:?} is not a time span; write one like \"30s\", \"2min\" or \"500ms\"");
    let span: SignedDuration = text.parse().map_err(|_| how())?;
    Duration::try_from(span).map_err(|_| how())
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    duration(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn at_least_one<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        0 => Err(D::Error::custom("a request needs at least 1 try")),
        tries => Ok(tries),
    }
}

/// A time span for people: `2 min 04 s`, `45 s`, `1 h 05 min`.
pub(super) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{} ms", time.subsec_millis()),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours @ 0..48, minutes, _) => format!("{hours} h {minutes:02} min"),
        (hours, _, _) => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_are_texts() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2min"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h 30min"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "30", "-5s", "5 s ago", "2 months", "soon", "1.5.2s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_take_some_keys_and_refuse_unknown_ones() {
        let settings: HttpSettings = toml::from_str("tries = 2\nidle = \"5s\"\n").unwrap();
        assert_eq!(
            settings,
            HttpSettings { tries: 2, idle: Duration::from_secs(5), ..HttpSettings::default() }
        );
        let refused = |text: &str| toml::from_str::<HttpSettings>(text).unwrap_err().message().to_owned();
        assert!(refused("trys = 2").contains("unknown field `trys`"));
        assert!(refused("tries = 0").contains("at least 1"));
        assert!(refused("idle = 5").contains("string"));
        assert!(refused("idle = \"5\"").contains("write one like"));
    }

    #[test]
    fn time_spans_are_spoken_with_units() {
        assert_eq!(spoken(Duration::from_millis(40)), "40 ms");
        assert_eq!(spoken(Duration::from_secs(124)), "2 min 04 s");
        assert_eq!(spoken(Duration::from_secs(3900)), "1 h 05 min");
        assert_eq!(spoken(Duration::from_secs(86_400 * 365 * 30)), "10950 days");
    }
}
