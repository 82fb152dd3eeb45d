//! What single values on the command line mean.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::ask::{AsOfPosition, Types};
use crate::model::event::EventKind;
use crate::model::facet::Facet;
use crate::model::ids::{Position, SnapshotNo};
use crate::model::observation::Source;
use crate::model::profile::DOCUMENTED_TYPES;
use crate::private::FileMode;
use crate::query::absence::AbsenceMode;
use crate::query::calendar::Bucket;
use crate::query::daily::is_kept_daily;
use crate::query::group::GroupBy;
use crate::query::length::parse_length_ms;
use crate::query::steps::StepLength;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
}

/// What a spreadsheet expects between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExcelWord {
    /// Semicolons, and commas in fractions, as in most of Europe and South America.
    #[value(alias = "true")]
    Semicolon,
    /// Commas, and points in fractions, as in North America, the British Isles and East Asia.
    Comma,
}

/// Every word of `--format`: those that every command writes, and those that only some do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    /// A table for people.
    Table,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// A picture.
    Svg,
    /// A page that needs nothing else.
    Html,
    /// Columns for analysis.
    Parquet,
}

/// A format that only some commands write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// A picture.
    Svg,
    /// A page that needs nothing else.
    Html,
    /// Columns for analysis.
    Parquet,
}

impl FormatWord {
    /// The endings that [`FormatWord::of_ending`] knows, for messages.
    pub const ENDINGS: &str = ".csv, .json, .ndjson, .txt, .svg, .html or .parquet";

    /// The word with this ending of a file's name; `None` for others.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Table),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            "svg" => Some(Self::Svg),
            "html" | "htm" => Some(Self::Html),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The word itself.
    pub fn name(self) -> &'static str {
        match self.meaning() {
            (_, Some(drawn)) => drawn.name(),
            (format, None) => format.name(),
        }
    }

    /// What it means: a format that every command writes (a table where it is none of those), or one that only some do.
    pub fn meaning(self) -> (Format, Option<Drawn>) {
        match self {
            Self::Table => (Format::Table, None),
            Self::Json => (Format::Json, None),
            Self::Ndjson => (Format::Ndjson, None),
            Self::Csv => (Format::Csv, None),
            Self::Svg => (Format::Table, Some(Drawn::Svg)),
            Self::Html => (Format::Table, Some(Drawn::Html)),
            Self::Parquet => (Format::Table, Some(Drawn::Parquet)),
        }
    }
}

impl Drawn {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Parquet => "parquet",
        }
    }
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The mode of files that are made: no other is of use, and none lets everyone read them.
pub(crate) fn parse_mode(text: &str) -> Result<FileMode, String> {
    match text.trim_start_matches("0o").trim_start_matches('0') {
        "600" => Ok(FileMode::Owner),
        "640" => Ok(FileMode::Group),
        _ => Err("write 0600 (the owner alone) or 0640 (the group may read)".to_owned()),
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// What rows of a report are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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
    /// What these words together ask for; each extension, if they name no group. The error is the whole sentence.
    pub fn of(words: &[By]) -> Result<Self, String> {
        let has = |word: By| words.contains(&word);
        let mut buckets = words.iter().filter_map(|word| word.bucket());
        let bucket = buckets.next().unwrap_or(Bucket::Range);
        if let Some(other) = buckets.find(|&other| other != bucket) {
            return Err(format!(
                "--by can cut time in one way only, not by {} and by {}",
                bucket.name(),
                other.name()
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
            return Err(format!(
                "--by account is one row for the whole account; it cannot be joined with {}",
                named.names().join(",")
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

/// Reads `all` or a comma-separated list of extension types.
///
/// Documented types are recognised whatever the case of their letters; others are kept as they are, since the platform
/// adds new ones.
pub(super) fn parse_types(text: &str) -> Result<Types, String> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Types::All);
    }
    let words = text.split(',').map(str::trim);
    let types = words.map(|word| {
        if word.is_empty() {
            return Err(
                "a type is missing between the commas: write them like User,VirtualUser".to_owned(),
            );
        }
        let documented = DOCUMENTED_TYPES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(word));
        Ok((*documented.unwrap_or(&word)).to_owned())
    });
    types.collect::<Result<_, _>>().map(Types::Listed)
}

/// Whether a text is meant as a part of the log by its numbers, and not as a moment.
pub(crate) fn is_position(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// Reads a part of the log: `POSITION`, or `POSITION:SNAPSHOT_NO` where several snapshots end with the same event.
pub(crate) fn parse_as_of(text: &str) -> Result<AsOfPosition, String> {
    let number = |text: &str| {
        let number = text.parse().ok().filter(|&number: &i64| number >= 0);
        number.ok_or_else(|| {
            format!("{text:?} is no position: write the numbers of an answer's `as_of`, like 1234 or 1234:567")
        })
    };
    let (position, snapshot_no) = match text.split_once(':') {
        Some((position, snapshot_no)) => (position, Some(snapshot_no)),
        None => (text, None),
    };
    Ok(AsOfPosition {
        position: Position(number(position)?),
        snapshot_no: snapshot_no.map(number).transpose()?.map(SnapshotNo),
    })
}

/// Reads a facet by its name, and lists the names in the help and in errors.
pub(super) fn facet_parser() -> impl TypedValueParser<Value = Facet> {
    PossibleValuesParser::new(Facet::ALL.map(Facet::name))
        .map(|name| Facet::from_name(&name).expect("the possible values are the facets' names"))
}

/// Reads a kind of change event by its name.
pub(super) fn kind_parser() -> impl TypedValueParser<Value = EventKind> {
    PossibleValuesParser::new(KINDS.map(EventKind::name))
        .map(|name| EventKind::from_name(&name).expect("the possible values are the kinds' names"))
}

const KINDS: [EventKind; 4] = [
    EventKind::Appeared,
    EventKind::Changed,
    EventKind::Disappeared,
    EventKind::ProfileChanged,
];

/// Reads who looked by its name.
pub(super) fn source_parser() -> impl TypedValueParser<Value = Source> {
    let sources = [Source::Poll, Source::Push, Source::Import];
    PossibleValuesParser::new(sources.map(Source::name))
        .map(|name| Source::from_name(&name).expect("the possible values are the sources' names"))
}

/// Reads the name of a facet that the daily table can be kept of.
pub fn parse_daily_facet(text: &str) -> Result<Facet, String> {
    let kept = || Facet::ALL.into_iter().filter(|facet| is_kept_daily(*facet));
    match Facet::from_name(text) {
        Some(facet) if is_kept_daily(facet) => Ok(facet),
        Some(_) => Err(format!(
            "{text:?} is not kept by the day: status messages are personal, and of any number of values"
        )),
        None => Err(format!(
            "{text:?} is no facet: write {}",
            kept().map(Facet::name).collect::<Vec<_>>().join(", ")
        )),
    }
}

/// Reads what becomes of planned absence.
pub(super) fn absence_parser() -> impl TypedValueParser<Value = AbsenceMode> {
    let modes = [
        AbsenceMode::Exclude,
        AbsenceMode::Apart,
        AbsenceMode::Ignore,
    ];
    PossibleValuesParser::new(modes.map(AbsenceMode::name)).map(move |name| {
        let mut modes = modes.into_iter();
        let found = modes.find(|mode| mode.name() == name);
        found.expect("the possible values are the modes' names")
    })
}

/// Reads a length of time such as `60s`, `1.5m`, `1h30m` or `60` (seconds), in milliseconds; above zero, and a century at
/// most.
pub fn parse_duration_ms(text: &str) -> Result<i64, String> {
    parse_length_ms(text).map_err(|error| error.to_string())
}

/// Reads the length of a step: a length of time such as `15m` or `1h30m`, or local days such as `1d`, `2d` or `1w`.
pub(super) fn parse_step(text: &str) -> Result<StepLength, String> {
    StepLength::parse(text).map_err(|error| error.to_string())
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
        let by = |words: &[By]| ReportBy::of(words).map(|by| (by.groups, by.bucket));
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
    fn types_are_the_platforms_words() {
        let listed = vec!["User".to_owned(), "NewThing".to_owned()];
        assert_eq!(parse_types("ALL"), Ok(Types::All));
        assert_eq!(parse_types("user, NewThing"), Ok(Types::Listed(listed)));
        assert!(parse_types("User,").is_err());
    }

    #[test]
    fn a_part_of_the_log_is_two_numbers() {
        let at = |position, snapshot_no: Option<i64>| AsOfPosition {
            position: Position(position),
            snapshot_no: snapshot_no.map(SnapshotNo),
        };
        assert_eq!(parse_as_of("12:7"), Ok(at(12, Some(7))));
        assert_eq!(parse_as_of("12"), Ok(at(12, None)));
        assert!(parse_as_of("-1").is_err());
        assert!(parse_as_of("12:").is_err());
    }
}
