//! UNIX time, which the API and the host speak, against calendar days in UTC.

use ratebook_plugin::{Date, Month};

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date.
pub(crate) fn days(date: Date) -> i64 {
    let epoch = Month::new(1970, 1).map(Month::first_day);
    epoch.map_or(0, |epoch| date.duration_since(epoch).as_secs() / DAY)
}

#[cfg(test)]
mod tests {
    use ratebook_plugin::Month;

    #[test]
    fn days_count_from_1970() {
        let day = |year, month| super::days(Month::new(year, month).unwrap().first_day());
        assert_eq!((day(1970, 1), day(1970, 2), day(2026, 3)), (0, 31, 1_772_323_200 / super::DAY));
    }
}
