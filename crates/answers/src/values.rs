//! Values of fields: each reads itself from text, and says why it cannot.

use std::fmt;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParserFactory};

pub use super::expressions::{Reason, TimeExpression};
use super::refusal::{Sentence, sentence};
use super::scope::BY;
use crate::ask::Metric;
use presence_core::query::absence::AbsenceMode;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::length::parse_length_ms;
use presence_core::query::suggestion::suggestion;
use presence_model::event::EventKind;
use presence_model::facet::Facet;
use presence_model::observation::Source;

/// A value that is one of a few, each with a name.
pub trait Choice: Copy + Send + Sync + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Its name.
    fn name(self) -> &'static str;
}

/// The word for one of a few values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T: Choice> FromStr for Word<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = T::ALL.iter();
        if let Some(found) = all.find(|choice| choice.name() == text) {
            return Ok(Self(*found));
        }
        let names: Vec<&str> = T::ALL.iter().map(|choice| choice.name()).collect();
        let hint = match suggestion(text, names.iter().copied()) {
            Some(near) => format!("did you mean {near}? "),
            None => String::new(),
        };
        Err(format!(
            "there is no {text:?}; {hint}there are {}",
            names.join(", ")
        ))
    }
}

impl<T: Choice> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl<T: Choice> ValueParserFactory for Word<T> {
    type Parser = clap::builder::ValueParser;

    fn value_parser() -> Self::Parser {
        let names: Vec<&str> = T::ALL.iter().map(|choice| choice.name()).collect();
        PossibleValuesParser::new(names)
            .try_map(|name| name.parse::<Self>())
            .into()
    }
}

macro_rules! choices {
    ($($choice:ty: $all:expr;)*) => {
        $(impl Choice for $choice {
            const ALL: &'static [Self] = &$all;

            fn name(self) -> &'static str {
                <$choice>::name(self)
            }
        })*
    };
}

choices! {
    Facet: Facet::ALL;
    Metric: Metric::ALL;
    EventKind: [Self::Appeared, Self::Changed, Self::Disappeared, Self::ProfileChanged];
    Source: [Self::Poll, Self::Push, Self::Import];
    AbsenceMode: [Self::Exclude, Self::Apart, Self::Ignore];
    By: [
        Self::Account, Self::Extension, Self::Department, Self::Site, Self::Queue, Self::Hour, Self::Day, Self::Week,
        Self::Month,
    ];
}

macro_rules! references {
    ($($(#[$doc:meta])* $name:ident: $what:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                if text.trim().is_empty() {
                    return Err(format!("{text:?} names no {}", $what));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        })*
    };
}

references! {
    /// Who is meant: an extension number, an id, or part of a name. Whose it is only a store can say; blank it is no one's.
    PersonRef: "person";
    /// A policy by its name. Whether there is one only a configuration can say.
    PolicyName: "policy";
}

/// A length of time, in milliseconds: above zero, and a century at most. Written `60s`, `1.5m`, `1h30m` or `60` (seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationMs(pub i64);

impl FromStr for DurationMs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_duration_ms(text).map(Self)
    }
}

/// Reads a length of time, in milliseconds; above zero, and a century at most.
pub fn parse_duration_ms(text: &str) -> Result<i64, String> {
    parse_length_ms(text).map_err(|error| error.to_string())
}

/// A whole number between two others.
fn number_within(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| match most {
        u64::MAX => format!("{text:?} is not a whole number from {least} on"),
        _ => format!("{text:?} is not a whole number from {least} to {most}"),
    })
}

/// How many entries are wanted at most; 1 or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u64);

impl Limit {
    /// The number.
    pub fn count(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number_within(text, 1, u64::MAX).map(Self)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an entry of a list; 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryNo(pub i64);

impl FromStr for EntryNo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let most = i64::MAX.unsigned_abs();
        let number = number_within(text, 0, most)?;
        Ok(Self(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for EntryNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many weeks are looked back on: 1 to 520.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weeks(pub u32);

impl FromStr for Weeks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = number_within(text, 1, 520)?;
        Ok(Self(u32::try_from(number).unwrap_or(520)))
    }
}

/// A part of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = text.parse().ok();
        let part = part.filter(|part| (0.0..=1.0).contains(part));
        part.map(Self).ok_or_else(|| {
            format!("{text:?} is no part of a whole: write a number from 0 to 1, like 0.8")
        })
    }
}

/// How many extensions must stand behind a row; 1 to 1,000,000: no account has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupFloor(pub i64);

impl FromStr for GroupFloor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = number_within(text, 1, 1_000_000)?;
        Ok(Self(i64::try_from(number).unwrap_or(1_000_000)))
    }
}

/// What rows of a report are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing: the whole account.
    Account,
    /// Each extension.
    Extension,
    /// Each department.
    Department,
    /// Each site.
    Site,
    /// Each call queue.
    Queue,
    /// Each hour.
    Hour,
    /// Each day.
    Day,
    /// Each ISO week.
    Week,
    /// Each month.
    Month,
}

impl By {
    /// How it cuts time, if it does.
    pub fn bucket(self) -> Option<Bucket> {
        match self {
            Self::Hour => Some(Bucket::Hour),
            Self::Day => Some(Bucket::Day),
            Self::Week => Some(Bucket::Week),
            Self::Month => Some(Bucket::Month),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Extension => "extension",
            Self::Department => "department",
            Self::Site => "site",
            Self::Queue => "queue",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// The rows of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBy {
    /// The groups.
    pub groups: GroupBy,
    /// The bucket.
    pub bucket: Bucket,
}

impl ReportBy {
    /// What these words together ask for; each extension, if they name no group.
    pub fn of(words: &[Word<By>]) -> Result<Self, Sentence> {
        let words: Vec<By> = words.iter().map(|word| word.0).collect();
        let has = |word: By| words.contains(&word);
        let mut buckets = words.iter().filter_map(|word| word.bucket());
        let bucket = buckets.next().unwrap_or(Bucket::Range);
        if let Some(other) = buckets.find(|&other| other != bucket) {
            return Err(sentence!(
                BY,
                format!(
                    " can cut time in one way only, not by {} and by {}",
                    bucket.name(),
                    other.name()
                )
            ));
        }
        let named = GroupBy {
            extension: has(By::Extension),
            department: has(By::Department),
            site: has(By::Site),
            queue: has(By::Queue),
            as_now: false,
        };
        let is_whole_account = has(By::Account);
        if is_whole_account && named != GroupBy::default() {
            return Err(sentence!(
                BY,
                format!(
                    " account is one row for the whole account; it cannot be joined with {}",
                    named.names().join(",")
                )
            ));
        }
        let groups = if named == GroupBy::default() && !is_whole_account {
            GroupBy {
                extension: true,
                ..named
            }
        } else {
            named
        };
        Ok(Self { groups, bucket })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_by_extension_unless_said() {
        let extension = GroupBy {
            extension: true,
            ..GroupBy::default()
        };
        let by = |words: &[By]| {
            let words: Vec<Word<By>> = words.iter().copied().map(Word).collect();
            ReportBy::of(&words).map(|by| (by.groups, by.bucket))
        };
        assert_eq!(by(&[]), Ok((extension, Bucket::Range)));
        assert_eq!(by(&[By::Day]), Ok((extension, Bucket::Day)));
        assert_eq!(
            by(&[By::Account, By::Day]),
            Ok((GroupBy::default(), Bucket::Day))
        );
        assert!(by(&[By::Day, By::Week]).is_err());
        assert!(by(&[By::Account, By::Site]).is_err());
    }

    #[test]
    fn a_part_lies_between_nothing_and_all() {
        assert_eq!("0.8".parse(), Ok(Share(0.8)));
        assert_eq!("1".parse(), Ok(Share(1.0)));
        for wrong in ["80", "-0.1", "NaN", "80%", ""] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn numbers_are_bounded() {
        assert_eq!("1".parse::<Limit>().map(Limit::count), Ok(1));
        for wrong in ["0", "-1", "", "x", "99999999999999999999"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong:?} was accepted");
        }
        assert_eq!("520".parse(), Ok(Weeks(520)));
        assert!("521".parse::<Weeks>().is_err());
        assert_eq!("1000000".parse(), Ok(GroupFloor(1_000_000)));
        assert!("1000001".parse::<GroupFloor>().is_err());
        assert_eq!("0".parse(), Ok(EntryNo(0)));
        assert!("9223372036854775808".parse::<EntryNo>().is_err());
    }

    #[test]
    fn a_word_that_is_none_names_the_near_ones() {
        assert_eq!("day".parse(), Ok(Word(By::Day)));
        let told = "presence_stats"
            .parse::<Word<Facet>>()
            .expect_err("no facet");
        assert!(
            told.starts_with("there is no \"presence_stats\"; did you mean presence_status?"),
            "{told}"
        );
    }
}
