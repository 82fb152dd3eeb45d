//! What holds for every command, settled: flag over environment over file over default.

mod window;

use std::net::SocketAddr;

use crate::ask::{UnknownNames, ZoneChoice};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::model::facet::Facet;
use crate::model::ids::AccountId;
use crate::model::time::Timestamp;
use crate::query::hours::Hours;
use crate::query::moment::parse_moment;
use crate::query::zone::Zone;
use crate::render::csv::{Separator, Style};
use crate::store;

use super::args::{
    Drawn, ExcelWord, Format, FormatWord, GlobalArgs, LogFormat, OperationsChoice, WrittenWindow,
    parse_daily_facet, parse_interval_ms, parse_operations,
};
use super::exit::Failure;

pub use self::window::Window;

/// The store that is used if none is named.
const DEFAULT_STORE: &str = "sqlite:presence.db";

/// How often the collector looks if nothing is said, in milliseconds.
const DEFAULT_INTERVAL_MS: i64 = 60_000;

/// The value of `--zone` that asks for each extension's own.
pub(super) const OWN_ZONE: &str = "extension";

/// The settings of a command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the history is kept.
    pub store: String,
    /// Whose history, if it was said.
    pub account: Option<AccountId>,
    /// How answers are written.
    pub format: Format,
    /// What stands between cells, where CSV is for a spreadsheet.
    excel: Option<Separator>,
    /// The format, if it is one that only some commands write.
    pub drawn: Option<Drawn>,
    /// Whether the question shall be written down where the format has no place for it.
    pub with_question: bool,
    /// What becomes of names that mean nothing.
    pub unknown_names: UnknownNames,
    /// In whose local time days and hours are.
    pub zone: ZoneChoice,
    /// The present moment.
    pub now: Timestamp,
    /// The present moment, if it was given rather than read from the clock.
    pub now_given: Option<Timestamp>,
    /// The hours that the configuration says.
    hours: Option<Hours>,
    /// How often the configuration says to look, in milliseconds.
    interval_ms: Option<i64>,
    /// Where the configuration says that health and metrics are answered.
    operations: Option<OperationsChoice>,
    /// What the daily table holds.
    pub daily: DailySettings,
}

/// What the daily table holds.
#[derive(Clone, Debug, PartialEq)]
pub struct DailySettings {
    /// The facets, each once.
    pub facets: Vec<Facet>,
    /// In whose local time its days are. `--zone` does not change it: that is for one answer, the table is for all.
    pub zone: ZoneChoice,
}

impl DailySettings {
    fn settle(config: &Config) -> Result<Self, ConfigError> {
        let section = &config.file.daily;
        let mut facets = Vec::new();
        let named = section.facets.as_deref();
        for name in named.unwrap_or(&[Facet::PresenceStatus.name().to_owned()]) {
            let facet = config.value("facets", Some(name), parse_daily_facet)?;
            facets.extend(facet.filter(|facet| !facets.contains(facet)));
        }
        let zone = config.value("zone", section.zone.as_ref(), read_zone)?;
        Ok(Self {
            facets,
            zone: zone.unwrap_or(ZoneChoice::Own),
        })
    }
}

impl Settings {
    /// Settles what was given on the command line, in the environment and in the file.
    pub fn settle(
        global: &GlobalArgs,
        config: &Config,
        clock: &dyn Clock,
    ) -> Result<Self, Failure> {
        let file = &config.file;
        let zone = match &global.zone {
            Some(name) => {
                read_zone(name).map_err(|reason| Failure::Usage(format!("--zone: {reason}")))?
            }
            None => config
                .value("zone", file.zone.as_ref(), read_zone)?
                .unwrap_or(ZoneChoice::Own),
        };
        let clock_now = Timestamp::saturating_from_ms(clock.now_ms());
        let now_given = global
            .now
            .as_deref()
            .map(|text| moment("--now", text, &zone, clock_now))
            .transpose()?;
        let store = global
            .store
            .clone()
            .or_else(|| file.store.clone())
            .unwrap_or_else(|| DEFAULT_STORE.to_owned());
        check_store(&store, global.store.is_some(), config)?;
        let (format, drawn) = format_word(global, config)?.meaning();
        Ok(Self {
            excel: excel(global, (format, drawn))?,
            store,
            account: match global.account {
                Some(account) => Some(account),
                None => config.value("account", file.account.as_ref(), read_account)?,
            },
            format,
            drawn,
            with_question: global.with_question,
            unknown_names: if global.allow_unknown {
                UnknownNames::Allowed
            } else {
                UnknownNames::Refused
            },
            now: now_given.unwrap_or(clock_now),
            now_given,
            zone,
            hours: config.value("hours", file.report.hours.as_ref(), read_hours)?,
            interval_ms: config.value(
                "interval",
                file.collect.interval.as_ref(),
                parse_interval_ms,
            )?,
            operations: config.value(
                "operations",
                file.collect.operations.as_ref(),
                parse_operations,
            )?,
            daily: DailySettings::settle(config)?,
        })
    }

    /// How CSV is written: for programs, unless a spreadsheet is to open it.
    pub fn csv_style(&self) -> Style {
        match self.excel {
            None => Style::Plain,
            Some(separator) => Style::Spreadsheet {
                zone: self.shown_zone(),
                separator,
            },
        }
    }

    /// The store as it may be shown: without a password.
    pub fn shown_store(&self) -> String {
        store::redacted(&self.store)
    }

    /// The zone in which times are read and shown: the one that is named, else UTC.
    pub fn shown_zone(&self) -> Zone {
        shown_zone(&self.zone)
    }

    /// The zone by its name; `extension` for each extension's own.
    pub fn zone_name(&self) -> String {
        match &self.zone {
            ZoneChoice::Own => OWN_ZONE.to_owned(),
            ZoneChoice::Named(zone) => zone.name().to_owned(),
        }
    }

    /// The moment that a text means; `what` names it in the error.
    pub fn moment(&self, what: &str, text: &str) -> Result<Timestamp, Failure> {
        self.moment_seen_from(self.now, what, text)
    }

    /// The moment that a text means at `now`.
    fn moment_seen_from(
        &self,
        now: Timestamp,
        what: &str,
        text: &str,
    ) -> Result<Timestamp, Failure> {
        moment(what, text, &self.zone, now)
    }

    /// The window that was written, with what usually holds for what was not.
    pub fn window(&self, written: WrittenWindow<'_>) -> Result<Window, Failure> {
        window::settle(self, written)
    }

    /// The hours that count: those of the command line, else those of the configuration.
    pub fn hours(&self, given: Option<&str>) -> Result<Option<Hours>, Failure> {
        match given {
            Some(text) => {
                let hours = Hours::parse(text)
                    .map_err(|error| Failure::Usage(format!("--hours: {error}")))?;
                Ok(Some(hours))
            }
            None => Ok(self.hours.clone()),
        }
    }

    /// Where health and metrics are answered: as the command line says, else the configuration, else nowhere.
    pub fn operations(&self, given: Option<OperationsChoice>) -> Option<SocketAddr> {
        match given.or(self.operations) {
            Some(OperationsChoice::On(address)) => Some(address),
            Some(OperationsChoice::Off) | None => None,
        }
    }

    /// How often to look, in milliseconds: as the command line says, else the configuration, else a minute.
    pub fn interval_ms(&self, given: Option<i64>) -> i64 {
        given.or(self.interval_ms).unwrap_or(DEFAULT_INTERVAL_MS)
    }
}

/// Refuses a file whose ending is that of no format, unless the format is said by itself.
pub(super) fn check_ending(global: &GlobalArgs) -> Result<(), Failure> {
    let Some(path) = global.output.as_ref().filter(|_| global.format.is_none()) else {
        return Ok(());
    };
    match path.extension() {
        Some(ending) if ending.to_str().and_then(FormatWord::of_ending).is_none() => {
            Err(Failure::Usage(format!(
                "--output {}: .{} is the ending of no format that is written; write {}, or say the format with --format",
                path.display(),
                ending.display(),
                FormatWord::ENDINGS
            )))
        }
        _ => Ok(()),
    }
}

/// The format: what the flag says, else the ending of the file to write, else the environment, else the configuration.
fn format_word(global: &GlobalArgs, config: &Config) -> Result<FormatWord, ConfigError> {
    let ending = global.output.as_ref().and_then(|path| path.extension());
    let ending = ending.and_then(|ending| FormatWord::of_ending(ending.to_str()?));
    let spreadsheet = global.excel.map(|_| FormatWord::Csv);
    let word = global.format.or(ending).or(spreadsheet);
    if let Some(word) = word.or(global.format_default) {
        return Ok(word);
    }
    let word = config.value("format", config.file.format.as_ref(), read_enum)?;
    Ok(word.unwrap_or(FormatWord::Table))
}

/// What stands between cells, if CSV is to be opened by a spreadsheet.
fn excel(
    global: &GlobalArgs,
    written: (Format, Option<Drawn>),
) -> Result<Option<Separator>, Failure> {
    let separator = match global.excel {
        None => return Ok(None),
        Some(ExcelWord::Semicolon) => Separator::Semicolon,
        Some(ExcelWord::Comma) => Separator::Comma,
    };
    if written != (Format::Csv, None) {
        return Err(Failure::Usage(
            "--excel: it is a way to write CSV; leave out --format, or write --format csv"
                .to_owned(),
        ));
    }
    Ok(Some(separator))
}

/// An interval as it is written on the command line, such as `90s`; milliseconds.
pub fn interval_text(ms: i64) -> String {
    match ms {
        ms if ms >= 3_600_000 && ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms >= 60_000 && ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

/// How the log is written: it is wanted before the rest is settled.
pub fn log_format(global: &GlobalArgs, config: &Config) -> Result<LogFormat, ConfigError> {
    if let Some(format) = global.log_format {
        return Ok(format);
    }
    let format = config.value("log_format", config.file.log_format.as_ref(), read_enum)?;
    Ok(format.unwrap_or(LogFormat::Text))
}

fn shown_zone(zone: &ZoneChoice) -> Zone {
    match zone {
        ZoneChoice::Own => Zone::utc(),
        ZoneChoice::Named(zone) => zone.clone(),
    }
}

fn moment(what: &str, text: &str, zone: &ZoneChoice, now: Timestamp) -> Result<Timestamp, Failure> {
    parse_moment(text, &shown_zone(zone), now)
        .map_err(|error| Failure::Usage(format!("{what}: {error}")))
}

/// What cannot be a store on any computer is a mistake of whoever wrote it, not of the store.
fn check_store(location: &str, is_given: bool, config: &Config) -> Result<(), Failure> {
    if is_given {
        return check_location(location);
    }
    config.value("store", Some(&store::redacted(location)), |_| {
        store::location_fault(location).map_or(Ok(()), |reason| Err(reason.to_owned()))
    })?;
    Ok(())
}

/// What was named on the command line as a store, and cannot be one on any computer.
pub(super) fn check_location(location: &str) -> Result<(), Failure> {
    store::location_fault(location).map_or(Ok(()), |reason| {
        let shown = store::redacted(location);
        Err(Failure::Usage(format!("the store {shown:?} {reason}")))
    })
}

fn read_zone(name: &str) -> Result<ZoneChoice, String> {
    if name.eq_ignore_ascii_case(OWN_ZONE) {
        return Ok(ZoneChoice::Own);
    }
    Zone::written(name)
        .map(ZoneChoice::Named)
        .map_err(|error| error.to_string())
}

fn read_account(text: &str) -> Result<AccountId, String> {
    text.parse()
        .map_err(|_| "an account is its id, a number".to_owned())
}

fn read_hours(text: &str) -> Result<Hours, String> {
    Hours::parse(text).map_err(|error| error.to_string())
}

fn read_enum<T: clap::ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let names = T::value_variants()
            .iter()
            .filter_map(clap::ValueEnum::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        format!("it can be {}", names.join(", "))
    })
}
