//! What holds for every question, settled: what was asked over what the configuration says, over the default.

use crate::ask::{UnknownNames, ZoneChoice};
use presence_charts::csv::{Separator, Style};
use presence_clock::Clock;
use presence_config::Config;
use presence_core::query::hours::Hours;
use presence_core::query::time_expression::parse_time_expression;
use presence_core::query::zone::Zone;
use presence_core::query::zone::ZoneError;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_reading::zones::OWN_ZONE;

use super::common::{CommonFields, EXCEL, NOW};
use super::format::{Drawn, ExcelWord, Format, FormatWord};
use super::refusal::{FieldName, Refusal, sentence};
use super::shared::WrittenWindow;
use super::values::TimeExpression;
use super::window::{self, Window};

/// The settings of a question.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose history, if it was said.
    pub account: Option<AccountId>,
    /// How answers are written.
    pub format: Format,
    /// What stands between cells, where CSV is for a spreadsheet.
    excel: Option<Separator>,
    /// The format, if it is one that only some questions are answered in.
    pub drawn: Option<Drawn>,
    /// Whether the question is written down where the format has no place for it.
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
}

impl Settings {
    /// Settles what was asked and what the configuration says.
    pub fn resolve(
        common: &CommonFields,
        format: FormatWord,
        config: &Config,
        clock: &dyn Clock,
    ) -> Result<Self, Refusal> {
        let file = &config.file;
        let zone = match &common.zone {
            Some(zone) => zone.clone(),
            None => config
                .value("zone", file.zone.as_ref(), read_zone)?
                .unwrap_or(ZoneChoice::Own),
        };
        let clock_now = Timestamp::saturating_from_ms(clock.now_ms());
        let now_given = common
            .now
            .as_ref()
            .map(|text| moment(NOW, text, &zone, clock_now))
            .transpose()?;
        let (format, drawn) = format.meaning();
        Ok(Self {
            excel: excel(common, (format, drawn))?,
            account: match common.account {
                Some(account) => Some(account),
                None => config.value("account", file.account.as_ref(), read_account)?,
            },
            format,
            drawn,
            with_question: false,
            unknown_names: if common.allow_unknown {
                UnknownNames::Allowed
            } else {
                UnknownNames::Refused
            },
            now: now_given.unwrap_or(clock_now),
            now_given,
            zone,
            hours: config.value("hours", file.report.hours.as_ref(), read_hours)?,
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

    /// The moment that a field means.
    pub fn moment(&self, field: FieldName, text: &TimeExpression) -> Result<Timestamp, Refusal> {
        moment(field, text, &self.zone, self.now)
    }

    /// The moment that a text means at `now`.
    pub(super) fn moment_seen_from(
        &self,
        now: Timestamp,
        field: FieldName,
        text: &str,
    ) -> Result<Timestamp, Refusal> {
        moment_of_text(field, text, &self.zone, now)
    }

    /// The window that was written, with what usually holds for what was not.
    pub fn window(&self, written: WrittenWindow<'_>) -> Result<Window, Refusal> {
        window::resolve(self, written)
    }

    /// The hours that count where none are given: those of the configuration.
    pub fn usual_hours(&self) -> Option<Hours> {
        self.hours.clone()
    }
}

/// What stands between cells, if CSV is to be opened by a spreadsheet.
fn excel(
    common: &CommonFields,
    written: (Format, Option<Drawn>),
) -> Result<Option<Separator>, Refusal> {
    let separator = match common.excel {
        None => return Ok(None),
        Some(ExcelWord::Semicolon) => Separator::Semicolon,
        Some(ExcelWord::Comma) => Separator::Comma,
    };
    if written != (Format::Csv, None) {
        return Err(Refusal::wrong(
            EXCEL,
            sentence!(
                EXCEL,
                ": it is a way to write CSV; leave out ",
                FORMAT,
                ", or write ",
                FORMAT,
                " csv"
            ),
        ));
    }
    Ok(Some(separator))
}

/// The form of an answer.
const FORMAT: FieldName = FieldName("format");

fn shown_zone(zone: &ZoneChoice) -> Zone {
    match zone {
        ZoneChoice::Own => Zone::utc(),
        ZoneChoice::Named(zone) => zone.clone(),
    }
}

fn moment(
    field: FieldName,
    text: &TimeExpression,
    zone: &ZoneChoice,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    moment_of_text(field, text.as_str(), zone, now)
}

fn moment_of_text(
    field: FieldName,
    text: &str,
    zone: &ZoneChoice,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    parse_time_expression(text, &shown_zone(zone), now)
        .map_err(|error| Refusal::of_field(field, error))
}

/// Reads the zone of the configuration, as the field of the same name is read.
pub fn read_zone(name: &str) -> Result<ZoneChoice, String> {
    name.parse().map_err(|error: ZoneError| error.to_string())
}

fn read_account(text: &str) -> Result<AccountId, String> {
    text.parse()
        .map_err(|_| "an account is its id, a number".to_owned())
}

fn read_hours(text: &str) -> Result<Hours, String> {
    Hours::parse(text).map_err(|error| error.to_string())
}
