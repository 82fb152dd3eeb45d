//! What a report is asked to tell besides: from the command line, and the configuration.

use crate::ask::{Metric, Telling};
use crate::model::pseudonym::{KEY_BYTES_MIN, PseudonymKey};
use crate::model::time::Span;
use crate::query::calendar::Bucket;
use crate::query::earlier::previous;

use super::args::telling::{GROUP_MAX, TellingArgs, parse_part};
use super::args::{Format, ReportBy, WrittenWindow};
use super::exit::Failure;
use super::session::Session;

/// The word for the period just before.
const PREVIOUS: &str = "previous";

/// What a report is asked to tell besides.
pub(super) fn telling(
    session: &Session,
    args: &TellingArgs,
    by: ReportBy,
    window: Span,
) -> Result<Telling, Failure> {
    let mut metrics = args.metrics.clone();
    metrics.sort_unstable();
    metrics.dedup();
    check_value(session, args, &metrics)?;
    let section = &session.config.file.report;
    let evidence_min =
        session
            .config
            .value("min_evidence", section.min_evidence.as_ref(), parse_part)?;
    let group_min = session
        .config
        .value("min_group", section.min_group.as_ref(), parse_count)?;
    Ok(Telling {
        metrics,
        value: args.value.clone(),
        evidence_min: args.min_evidence.or(evidence_min),
        group_min: args.min_group.or(group_min),
        compare_to: compare_to(session, args, by, window)?,
        pseudonym_key: args
            .pseudonymous
            .then(|| pseudonym_key(session))
            .transpose()?,
    })
}

/// Whether what the configuration says of reports can be read.
pub(super) fn check_configured(session: &Session) -> Result<(), Failure> {
    let section = &session.config.file.report;
    let config = &session.config;
    config.value("min_evidence", section.min_evidence.as_ref(), parse_part)?;
    config.value("min_group", section.min_group.as_ref(), parse_count)?;
    Ok(())
}

fn parse_count(text: &str) -> Result<i64, String> {
    let count = text.parse().ok();
    count
        .filter(|count| (1..=GROUP_MAX).contains(count))
        .ok_or_else(|| format!("write a number from 1 to {GROUP_MAX}, in quotes"))
}

fn check_value(session: &Session, args: &TellingArgs, metrics: &[Metric]) -> Result<(), Failure> {
    if args.value.is_some() {
        return Ok(());
    }
    let is_one_cell = session.settings.format == Format::Table && !session.is_parquet();
    let of_value = |metric: &&Metric| {
        let is_of_each = matches!(metric, Metric::First | Metric::Last | Metric::Episodes);
        metric.needs_value() || (is_one_cell && is_of_each)
    };
    match metrics.iter().find(of_value) {
        None => Ok(()),
        Some(metric) => Err(Failure::Usage(format!(
            "--metrics {} needs --value: it is of one value, like --value Available",
            metric.name()
        ))),
    }
}

/// The earlier period that is laid beside.
fn compare_to(
    session: &Session,
    args: &TellingArgs,
    by: ReportBy,
    window: Span,
) -> Result<Option<Span>, Failure> {
    let Some(text) = &args.compare_to else {
        return Ok(None);
    };
    if by.bucket != Bucket::Range {
        return Err(Failure::Usage(format!(
            "--compare-to lays whole periods side by side; leave {} out of --by",
            by.bucket.name()
        )));
    }
    let settings = &session.settings;
    if text == PREVIOUS {
        let found = previous(window, &settings.shown_zone()).ok_or_else(|| {
            Failure::Usage("--compare-to previous: the calendar does not go back so far".to_owned())
        });
        return found.map(Some);
    }
    let Some((from, to)) = text.split_once("..") else {
        return Err(Failure::Usage(format!(
            "--compare-to {text:?} is no period: write previous, or FROM..TO like 2026-10-01..2026-11-01"
        )));
    };
    let period = settings.window(WrittenWindow::whole(from, to))?;
    Ok(Some(period.span))
}

fn pseudonym_key(session: &Session) -> Result<PseudonymKey, Failure> {
    let Some(secret) = session.config.pseudonym_key()? else {
        return Err(Failure::Usage(
            "--pseudonymous needs a key: set PRESENCE_PSEUDONYM_KEY, or name a file that holds it with \
             PRESENCE_PSEUDONYM_KEY_FILE or with pseudonym_key_file under [report]"
                .to_owned(),
        ));
    };
    let bytes = secrecy::ExposeSecret::expose_secret(&secret).as_bytes();
    PseudonymKey::new(bytes).ok_or_else(|| {
        Failure::failed(format!(
            "the key of pseudonyms has fewer than {KEY_BYTES_MIN} bytes; make one with `openssl rand -hex 32`"
        ))
    })
}
