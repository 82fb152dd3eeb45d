//! The options of a report: as requested, and as the configuration says.

use super::request::ReportOptionFields;
use crate::ask::{Metric, ReportOptions};
use crate::asker::Asker;
use crate::expressions::PeriodExpression;
use crate::format::{Drawn, Format};
use crate::refusal::{FieldName, Refusal, sentence};
use crate::reply::is_drawn;
use crate::scope::BY;
use crate::shared::WrittenWindow;
use crate::values::{GroupFloor, ReportBy, Share};
use presence_config::{Config, ConfigError};
use presence_core::query::calendar::Bucket;
use presence_core::query::earlier::previous;
use presence_model::pseudonym::{KEY_BYTES_MIN, PseudonymKey};
use presence_model::time::TimeRange;

/// The further figures.
const METRICS: FieldName = FieldName("metrics");
/// The value that figures are of.
const VALUE: FieldName = FieldName("value");
/// The earlier period.
const COMPARE_TO: FieldName = FieldName("compare-to");
/// Whether people have pseudonyms.
const PSEUDONYMOUS: FieldName = FieldName("pseudonymous");

/// The further figures of a report, as requested and as configured.
pub(super) fn options(
    asker: &Asker,
    fields: &ReportOptionFields,
    by: ReportBy,
    window: TimeRange,
) -> Result<ReportOptions, Refusal> {
    let mut metrics: Vec<Metric> = fields.metrics.iter().map(|word| word.0).collect();
    metrics.sort_unstable();
    metrics.dedup();
    check_value(asker, fields, &metrics)?;
    let configured = Configured::of(&asker.config)?;
    let evidence_min = fields.min_evidence.or(configured.evidence_min);
    let group_min = fields.min_group.or(configured.group_min);
    Ok(ReportOptions {
        metrics,
        value: fields.value.clone(),
        evidence_min: evidence_min.map(|share| share.0),
        group_min: group_min.map(|floor| floor.0),
        compare_to: compare_to(asker, fields, by, window)?,
        pseudonym_key: fields
            .pseudonymous
            .then(|| pseudonym_key(asker))
            .transpose()?,
    })
}

/// What the configuration says of reports.
struct Configured {
    evidence_min: Option<Share>,
    group_min: Option<GroupFloor>,
}

impl Configured {
    fn of(config: &Config) -> Result<Self, ConfigError> {
        let section = &config.file.report;
        let group_min = |text: &str| {
            let floor = text.parse();
            floor.map_err(|_: String| "write a number from 1 to 1000000, in quotes".to_owned())
        };
        let (evidence, group) = (section.min_evidence.as_ref(), section.min_group.as_ref());
        Ok(Self {
            evidence_min: config.value("min_evidence", evidence, str::parse)?,
            group_min: config.value("min_group", group, group_min)?,
        })
    }
}

/// Whether what the configuration says of reports can be read.
pub fn check_configured(config: &Config) -> Result<(), ConfigError> {
    Configured::of(config).map(drop)
}

fn check_value(
    asker: &Asker,
    fields: &ReportOptionFields,
    metrics: &[Metric],
) -> Result<(), Refusal> {
    if fields.value.is_some() {
        return Ok(());
    }
    let is_one_cell = asker.settings.format == Format::Table && !is_drawn(asker, Drawn::Parquet);
    let of_value = |metric: &&Metric| {
        let is_of_each = matches!(metric, Metric::First | Metric::Last | Metric::Episodes);
        metric.needs_value() || (is_one_cell && is_of_each)
    };
    match metrics.iter().find(of_value) {
        None => Ok(()),
        Some(metric) => Err(Refusal::wrong(
            METRICS,
            sentence!(
                METRICS,
                format!(" {} needs ", metric.name()),
                VALUE,
                ": it is of one value, like ",
                VALUE,
                " Available"
            ),
        )),
    }
}

/// The earlier period to compare with.
fn compare_to(
    asker: &Asker,
    fields: &ReportOptionFields,
    by: ReportBy,
    window: TimeRange,
) -> Result<Option<TimeRange>, Refusal> {
    let Some(expression) = &fields.compare_to else {
        return Ok(None);
    };
    let wrong = |sentence| Err(Refusal::wrong(COMPARE_TO, sentence));
    if by.bucket != Bucket::Range {
        let bucket = by.bucket.name();
        return wrong(sentence!(
            COMPARE_TO,
            format!(" compares whole periods; leave {bucket} out of "),
            BY
        ));
    }
    let settings = &asker.settings;
    let (from, to) = match expression {
        PeriodExpression::Between(from, to) => (from, to),
        PeriodExpression::Previous => {
            return match previous(window, &settings.shown_zone()) {
                Some(earlier) => Ok(Some(earlier)),
                None => wrong(sentence!(
                    COMPARE_TO,
                    " previous: the calendar does not go back so far"
                )),
            };
        }
    };
    let period = settings.window(WrittenWindow::whole(from, to))?;
    Ok(Some(period.span))
}

fn pseudonym_key(asker: &Asker) -> Result<PseudonymKey, Refusal> {
    let Some(secret) = asker.config.pseudonym_key()? else {
        return Err(Refusal::wrong(
            PSEUDONYMOUS,
            sentence!(
                PSEUDONYMOUS,
                " needs a key: set PRESENCE_PSEUDONYM_KEY, or name a file that holds it with \
                 PRESENCE_PSEUDONYM_KEY_FILE or with pseudonym_key_file under [report]"
            ),
        ));
    };
    let bytes = secrecy::ExposeSecret::expose_secret(&secret).as_bytes();
    PseudonymKey::new(bytes).ok_or_else(|| {
        Refusal::no_answer(format!(
            "the key of pseudonyms has fewer than {KEY_BYTES_MIN} bytes; make one with `openssl rand -hex 32`"
        ))
    })
}
