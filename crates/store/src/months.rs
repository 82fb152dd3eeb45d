//! Which months of the log can be written to, where the database keeps each in a part of its own.

use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::tz::Offset;

use presence_model::time::Timestamp;

/// A month of the calendar, UTC. **Invariant:** it lies in the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: i16,
    /// From 1.
    number: i8,
}

impl Month {
    /// The month that a moment is in.
    pub(super) fn of(moment: Timestamp) -> Self {
        let moment = jiff::Timestamp::from_millisecond(moment.as_ms())
            .expect("a moment lies in the years 1 to 9999");
        let moment = Offset::UTC.to_datetime(moment);
        Self {
            year: moment.year(),
            number: moment.month(),
        }
    }

    /// The first moment that is in it.
    pub(super) fn first_moment(self) -> Timestamp {
        let midnight = date(self.year, self.number, 1).at(0, 0, 0, 0);
        let moment = Offset::UTC
            .to_timestamp(midnight)
            .expect("a month lies in the years 1 to 9999");
        Timestamp::saturating_from_ms(moment.as_millisecond())
    }

    /// The one after it; `None` after the last one of the year 9999.
    fn next(self) -> Option<Self> {
        match self {
            Self {
                year: 9999,
                number: 12,
            } => None,
            Self { year, number: 12 } => Some(Self {
                year: year + 1,
                number: 1,
            }),
            Self { year, number } => Some(Self {
                year,
                number: number + 1,
            }),
        }
    }
}

/// The months that are known to be there.
#[derive(Debug, Default)]
pub(super) struct Months(BTreeSet<Month>);

impl Months {
    /// The months in which these moments are, and the one after the last of them, as far as they are not known: in
    /// order.
    pub(super) fn missing(&self, moments: impl IntoIterator<Item = Timestamp>) -> Vec<Month> {
        let mut wanted = BTreeSet::new();
        // One sweep shows much in one moment or a few seconds.
        let mut last = None;
        for moment in moments {
            if last != Some(moment) {
                last = Some(moment);
                wanted.insert(Month::of(moment));
            }
        }
        wanted.extend(wanted.last().copied().and_then(Month::next));
        wanted.difference(&self.0).copied().collect()
    }

    /// Adds what has been made.
    pub(super) fn add(&mut self, made: Vec<Month>) {
        self.0.extend(made);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("it is a moment")
    }

    fn shown(months: &[Month]) -> Vec<String> {
        let moments = months.iter().map(|month| month.first_moment().to_string());
        moments.map(|text| text[..7].to_owned()).collect()
    }

    #[track_caller]
    fn check_missing(known: &Months, moments: &[&str], expected: &[&str]) {
        let missing = known.missing(moments.iter().map(|text| moment(text)));
        assert_eq!(shown(&missing), expected);
    }

    #[test]
    fn a_month_holds_its_first_moment_and_not_the_next_ones() {
        let november = Month::of(moment("2026-11-01T00:00:00.000Z"));
        assert_eq!(november, Month::of(moment("2026-11-30T23:59:59.999Z")));
        assert_ne!(november, Month::of(moment("2026-12-01T00:00:00.000Z")));
        assert_eq!(november.first_moment(), moment("2026-11-01T00:00:00.000Z"));
        assert_eq!(Month::of(Timestamp::MIN).first_moment(), Timestamp::MIN);
        assert_eq!(Month::of(Timestamp::MAX).next(), None);
    }

    #[test]
    fn the_month_after_the_last_one_is_made_ahead() {
        let mut known = Months::default();
        check_missing(&known, &[], &[]);
        let over_the_year = ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"];
        check_missing(&known, &over_the_year[..1], &["2026-12", "2027-01"]);
        check_missing(&known, &over_the_year, &["2026-12", "2027-01", "2027-02"]);
        known.add(known.missing(over_the_year.map(moment)));
        check_missing(&known, &over_the_year, &[]);
        check_missing(&known, &["2027-02-28T12:00:00Z"], &["2027-03"]);
    }

    #[test]
    fn months_without_a_change_are_left_out() {
        let moments = ["2020-05-01T00:00:00Z", "2026-11-02T08:00:00Z"];
        check_missing(
            &Months::default(),
            &moments,
            &["2020-05", "2026-11", "2026-12"],
        );
    }
}
