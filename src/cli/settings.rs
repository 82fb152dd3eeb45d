//! What holds for every command, settled: flag over environment over file over default.

use std::net::SocketAddr;

use presence_answers as answers;
use presence_answers::ask::ZoneChoice;
use presence_answers::format::FormatWord;
use presence_answers::settings::read_zone;
use presence_clock::Clock;
use presence_collector::queues::QueueSettings;
use presence_config::{Config, ConfigError};
use presence_model::facet::Facet;
use presence_store as store;

use super::args::{
    GlobalArgs, LogFormat, OperationsChoice, parse_daily_facet, parse_interval_ms, parse_operations,
};
use super::exit::Failure;

/// The store that is used if none is named.
const DEFAULT_STORE: &str = "sqlite:presence.db";

/// How often the collector looks if nothing is said, in milliseconds.
const DEFAULT_INTERVAL_MS: i64 = 60_000;

/// The settings of a command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the history is kept.
    pub store: String,
    /// How often the configuration says to look, in milliseconds.
    interval_ms: Option<i64>,
    /// Where the configuration says that health and metrics are answered.
    operations: Option<OperationsChoice>,
    /// Whether queues are asked who takes their calls.
    asks_queues: bool,
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
    fn resolve(config: &Config) -> Result<Self, ConfigError> {
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
    pub fn resolve(global: &GlobalArgs, config: &Config) -> Result<Self, Failure> {
        let file = &config.file;
        let store = global
            .store
            .clone()
            .or_else(|| file.store.clone())
            .unwrap_or_else(|| DEFAULT_STORE.to_owned());
        check_store(&store, global.store.is_some(), config)?;
        Ok(Self {
            store,
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
            asks_queues: file.collect.queues.unwrap_or(true),
            daily: DailySettings::resolve(config)?,
        })
    }

    /// The store as it may be shown: without a password.
    pub fn shown_store(&self) -> String {
        store::redacted(&self.store)
    }

    /// Where health and metrics are answered: as the command line says, else the configuration, else nowhere.
    pub fn operations(&self, given: Option<OperationsChoice>) -> Option<SocketAddr> {
        match given.or(self.operations) {
            Some(OperationsChoice::On(address)) => Some(address),
            Some(OperationsChoice::Off) | None => None,
        }
    }

    /// How queues are asked who takes their calls: no more often than there are sweeps; `None`: not at all.
    pub fn queues(&self, interval_ms: i64) -> Option<QueueSettings> {
        self.asks_queues.then_some(QueueSettings {
            round_ms_min: interval_ms,
        })
    }

    /// How often to look, in milliseconds: as the command line says, else the configuration, else a minute.
    pub fn interval_ms(&self, given: Option<i64>) -> i64 {
        given.or(self.interval_ms).unwrap_or(DEFAULT_INTERVAL_MS)
    }
}

/// What holds for every question, settled.
pub(super) fn of_answers(
    global: &GlobalArgs,
    config: &Config,
    clock: &dyn Clock,
) -> Result<answers::Settings, Failure> {
    let format = format_word(global, config)?;
    let mut settings = answers::Settings::resolve(&global.common, format, config, clock)?;
    settings.with_question = global.with_question;
    Ok(settings)
}

/// Refuses a file whose ending is that of no format, unless the format is said by itself.
pub(super) fn check_ending(global: &GlobalArgs) -> Result<(), Failure> {
    let Some(path) = global.output.as_ref().filter(|_| global.format.is_none()) else {
        return Ok(());
    };
    match path.extension() {
        Some(ending) if ending.to_str().and_then(FormatWord::of_ending).is_none() => {
            Err(Failure::Usage(format!(
                "--output {}: .{} is not the extension of a known format; use {}, or give the format with --format",
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
    let spreadsheet = global.common.excel.map(|_| FormatWord::Csv);
    let word = global.format.or(ending).or(spreadsheet);
    if let Some(word) = word.or(global.format_default) {
        return Ok(word);
    }
    let word = config.value("format", config.file.format.as_ref(), read_enum)?;
    Ok(word.unwrap_or(FormatWord::Table))
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

/// What cannot be a store on any computer is a mistake of anyone who wrote it, not of the store.
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

fn read_enum<T: clap::ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let names = T::value_variants()
            .iter()
            .filter_map(clap::ValueEnum::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        format!("it can be {}", names.join(", "))
    })
}
