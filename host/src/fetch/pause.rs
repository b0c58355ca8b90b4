//! How long to wait before another try: as the vendor says, else longer each time and never quite the same.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// No pause of our own is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// What a vendor says about coming back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing that can be understood.
    Nothing,
    /// Come back after this time.
    After(Duration),
    /// So many of something is the period of its limit; the vendor does not say of what.
    Period(Duration),
}

/// What the headers of a 429 or 503 say.
pub(super) fn told(status: u16, headers: &HeaderMap, now: Timestamp) -> Told {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if !matches!(status, 429 | 503) {
        return Told::Nothing;
    }
    match text(RETRY_AFTER.as_str()).and_then(|text| seconds(text).or_else(|| until(text, now))) {
        Some(time) if !time.is_zero() => return Told::After(time),
        // Now, or in the past: soon, but not at once.
        Some(_) => return Told::Nothing,
        None => {}
    }
    match text("x-ratelimit-period").and_then(seconds) {
        Some(time) if status == 429 && !time.is_zero() => Told::Period(time),
        _ => Told::Nothing,
    }
}

fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a number has are a very long time.
    Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

fn until(text: &str, now: Timestamp) -> Option<Duration> {
    let then = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

/// Our own pause after the n-th failed try (from 1): doubled each time, less a random part of up to a half.
pub(super) fn backoff(base: Duration, failed: u32) -> Duration {
    let whole = base.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(LONGEST);
    whole - jitter(whole / 2)
}

/// A random time up to `most`, so that sources do not come back in step.
pub(super) fn jitter(most: Duration) -> Duration {
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    if most == 0 {
        return Duration::ZERO;
    }
    // Each hasher begins with another random key: no need for a generator.
    Duration::from_nanos(RandomState::new().hash_one(()) % most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(status: u16, headers: &[(&'static str, &str)]) -> Told {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        told(status, &map, "2026-03-01T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_vendor_may_say_seconds_or_a_date() {
        let after = |seconds| Told::After(Duration::from_secs(seconds));
        for (value, expected) in [
            ("7", after(7)),
            (" 120 ", after(120)),
            ("Sun, 01 Mar 2026 12:01:30 GMT", after(90)),
            ("Sun, 01 Mar 2026 11:00:00 GMT", Told::Nothing),
            ("0", Told::Nothing),
            ("-5", Told::Nothing),
            ("soon", Told::Nothing),
            ("", Told::Nothing),
            ("1.5", Told::Nothing),
            ("946080000", after(946_080_000)),
            ("99999999999999999999999999", after(u64::MAX)),
        ] {
            assert_eq!(say(429, &[("retry-after", value)]), expected, "{value}");
            assert_eq!(say(503, &[("retry-after", value)]), expected, "{value}");
            assert_eq!(say(500, &[("retry-after", value)]), Told::Nothing, "{value}");
        }
        let thirty_years = say(429, &[("retry-after", "Thu, 01 Mar 2056 12:00:00 GMT")]);
        assert!(matches!(thirty_years, Told::After(time) if time > Duration::from_secs(29 * 365 * 86_400)));
    }

    #[test]
    fn the_period_of_a_limit_counts_only_without_retry_after() {
        let period = ("x-ratelimit-period", "60");
        assert_eq!(say(429, &[period]), Told::Period(Duration::from_secs(60)));
        assert_eq!(say(429, &[("retry-after", "3"), period]), Told::After(Duration::from_secs(3)));
        assert_eq!(say(429, &[("retry-after", "soon"), period]), Told::Period(Duration::from_secs(60)));
        assert_eq!(say(503, &[period]), Told::Nothing);
        assert_eq!(say(429, &[("x-ratelimit-period", "hour")]), Told::Nothing);
    }

    #[test]
    fn our_own_pauses_grow_to_a_limit_and_differ() {
        let base = Duration::from_millis(100);
        for (failed, whole) in [(1, 100), (2, 200), (3, 400), (9, 25_600), (10, 30_000), (u32::MAX, 30_000)] {
            let whole = Duration::from_millis(whole);
            let pauses: Vec<Duration> = (0..50).map(|_| backoff(base, failed)).collect();
            assert!(pauses.iter().all(|pause| *pause <= whole && *pause >= whole / 2), "{failed}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{failed}");
        }
        assert_eq!(backoff(Duration::ZERO, 3), Duration::ZERO);
    }
}
