//! The further figures of a report, as columns of its table and of CSV.

use std::fmt::Write as _;

use crate::report::metrics_shape::{
    Difference, Episodes, PollingValue, Ratio, ReportParts, Suppression,
};
use crate::report::shape::{MomentShape, Report, ReportRow};

use crate::render::Page;
use presence_charts::csv::Cell as CsvCell;
use presence_charts::duration::spoken;
use presence_charts::percent::{self, percent, percent_to};
use presence_charts::table::{Cell, Paint};
use presence_core::escape::shown;

/// The names of the columns that were chosen.
pub(crate) fn names(asked: &ReportParts) -> Vec<String> {
    let value = asked.value.as_deref().unwrap_or_default();
    let of_value = |name: &str| format!("{name} {}", shown(value)).trim_end().to_owned();
    let names = asked.metrics.iter().filter_map(|metric| match *metric {
        "scheduled" => Some("Scheduled".to_owned()),
        "known" => Some("Known".to_owned()),
        "evidence" => Some("Evidence".to_owned()),
        "first" => Some(of_value("First")),
        "last" => Some(of_value("Last")),
        "episodes" => Some(of_value("Episodes")),
        "adherence" => Some("Adherence".to_owned()),
        "conformance" => Some("Conformance".to_owned()),
        "polling" => Some("Expected changes".to_owned()),
        _ => None,
    });
    names.collect()
}

/// The cells of the columns that were chosen.
pub(crate) fn cells(row: &ReportRow, asked: &ReportParts, page: &Page) -> Vec<Cell> {
    let value = asked.value.as_deref().unwrap_or_default();
    let told = &row.told;
    let moment = |moment: Option<&MomentShape>| {
        let moment = moment.map(|moment| {
            let earliest = moment.earliest.map(|earliest| earliest.0);
            page.bounded(moment.at.0, earliest)
        });
        moment.unwrap_or_else(|| "–".to_owned())
    };
    let texts = asked.metrics.iter().map(|metric| match *metric {
        "scheduled" => spoken(row.scheduled_ms),
        "known" => spoken(row.known_ms()),
        "evidence" => evidence(row),
        "first" => moment(row.first.get(value)),
        "last" => moment(row.last.get(value)),
        "episodes" => {
            let episodes = told.episodes.as_ref();
            let found = episodes.and_then(|episodes| episodes.get(value));
            found.map_or_else(|| "–".to_owned(), episodes_text)
        }
        "adherence" => ratio_text(told.adherence),
        "conformance" => ratio_text(told.conformance),
        _ => {
            let polling = told.polling.as_ref();
            match polling.map(|polling| polling.transitions_expected) {
                Some(Some(expected)) => format!("{expected:.0}"),
                Some(None) => "cannot be told".to_owned(),
                None => "–".to_owned(),
            }
        }
    });
    texts.map(|text| Cell::new(&text)).collect()
}

/// What stands in the place of a withheld row's figures.
pub(crate) fn withheld_cell(row: &ReportRow) -> Option<Cell> {
    let text = match row.told.withheld? {
        Suppression::Evidence => format!("suppressed: evidence {}", evidence(row)),
        Suppression::Group => "suppressed: too few people".to_owned(),
    };
    Some(Cell::painted(&text, Paint::Dim))
}

fn evidence(row: &ReportRow) -> String {
    match percent(row.known_ms(), row.scheduled_ms - row.absent_ms) {
        text if text.is_empty() => "–".to_owned(),
        text => text,
    }
}

/// `12 (3 cut), mean 14m, median 9m, longest 1h 02m, continuous 2h 10m`.
fn episodes_text(episodes: &Episodes) -> String {
    let mut text = episodes.count.to_string();
    if episodes.cut > 0 {
        let _ = write!(text, " ({} cut)", episodes.cut);
    }
    let lengths = [
        ("mean", episodes.mean_ms),
        ("median", episodes.median_ms),
        ("longest", episodes.longest_ms),
        ("continuous", Some(episodes.longest_continuous_ms)),
    ];
    for (name, length_ms) in lengths {
        if let Some(length_ms) = length_ms {
            let _ = write!(text, ", {name} {}", spoken(length_ms));
        }
    }
    text
}

/// `93.1 % (92.0–94.4)`.
fn ratio_text(ratio: Option<Ratio>) -> String {
    let Some(ratio) = ratio else {
        return "–".to_owned();
    };
    let Ratio {
        amount, whole_ms, ..
    } = ratio;
    if whole_ms <= 0 {
        return "–".to_owned();
    }
    format!(
        "{} ({})",
        percent_to(amount.ms, whole_ms, 1),
        percent::bounds(amount.min_ms, amount.max_ms, whole_ms, 1)
    )
}

/// What follows a value's amount in a comparison: `was 7h 10m  90 %` and `+2.3 points`.
pub(crate) fn beside(row: &ReportRow, value: &str) -> Vec<String> {
    let Some(earlier) = &row.told.earlier else {
        return Vec::new();
    };
    let Some(then) = &earlier.row else {
        return vec!["was not scheduled".to_owned()];
    };
    if then.told.withheld.is_some() {
        return vec!["was suppressed".to_owned()];
    }
    let ms = then.values.get(value).map_or(0, |amount| amount.ms);
    let mut parts = vec![was(ms, then)];
    let difference = earlier.difference.get(value);
    parts.extend(difference.and_then(points));
    parts
}

/// The same of several values together.
pub(crate) fn others_beside(row: &ReportRow, values: &[&str]) -> Vec<String> {
    let Some(then) = row.told.shown_earlier() else {
        return Vec::new();
    };
    let amounts = values.iter().filter_map(|value| then.values.get(value));
    vec![was(amounts.map(|amount| amount.ms).sum(), then)]
}

fn was(ms: i64, then: &ReportRow) -> String {
    let text = format!("was {}  {}", spoken(ms), percent(ms, then.scheduled_ms));
    text.trim_end().to_owned()
}

fn points(difference: &Difference) -> Option<String> {
    difference.share.map(percent::points)
}

/// What the footer says about further figures.
pub(crate) fn footer(report: &Report) -> Vec<String> {
    let asked = &report.asked;
    let mut lines = Vec::new();
    if let Some(period) = asked.compare_to {
        let cut = period.requested_to.map_or_else(String::new, |to| {
            format!(
                ", cut to what has passed of the window from [{}, {})",
                period.from.0, to.0
            )
        });
        lines.push(format!(
            "compared with [{}, {}){cut}: `was` is the figure of that period, points are of the part of known time",
            period.from.0, period.to.0
        ));
    }
    if asked.groups.is_some() {
        lines.push("groups: today's, for all of the time".to_owned());
    }
    let count = |why: Suppression| {
        let rows = report.rows.iter();
        rows.filter(|row| row.told.withheld == Some(why)).count()
    };
    if let Some(wanted) = asked.min_evidence {
        let count = count(Suppression::Evidence);
        lines.push(format!(
            "suppressed where less than {} of the time is known: {count} of {} rows",
            percent::chosen(wanted),
            report.rows.len()
        ));
    }
    if let Some(wanted) = asked.min_group {
        let count = count(Suppression::Group);
        lines.push(format!(
            "suppressed where fewer than {wanted} people stand behind a row, or could be told by subtraction: {count} of {} rows",
            report.rows.len()
        ));
    }
    if asked.metrics.contains(&"polling") {
        lines.push(
            "expected changes: how many there were if they came at random, seen or between two sweeps"
                .to_owned(),
        );
    }
    lines
}

/// The names of the columns of CSV that were chosen.
pub(crate) fn csv_names(asked: &ReportParts) -> Vec<&'static str> {
    let is_withholding = asked.min_evidence.is_some() || asked.min_group.is_some();
    let mut names: Vec<&'static str> = Vec::new();
    names.extend(is_withholding.then_some("suppressed"));
    for metric in &asked.metrics {
        names.extend(match *metric {
            "known" => &["known_ms"][..],
            "evidence" => &["evidence"],
            "episodes" => &[
                "episode_count",
                "episode_mean_ms",
                "episode_median_ms",
                "episode_longest_ms",
                "episode_cut",
                "episode_longest_continuous_ms",
            ],
            "adherence" => &["adherence", "adherence_min", "adherence_max"],
            "conformance" => &["conformance", "conformance_min", "conformance_max"],
            "polling" => &["changes", "changes_expected", "share_seen", "deviation_ms"],
            // In every CSV.
            _ => &[],
        });
    }
    if asked.compare_to.is_some() {
        names.extend(["earlier_from", "earlier_to"]);
        names.extend(["earlier_ms", "earlier_min_ms", "earlier_max_ms"]);
        names.extend(["difference_ms", "difference_share"]);
    }
    names
}

/// The cells of a row and value in the columns of CSV that were chosen; `None`: a row without values.
pub(crate) fn csv_cells(row: &ReportRow, value: Option<&str>, asked: &ReportParts) -> Vec<CsvCell> {
    let told = &row.told;
    let mut cells = Vec::new();
    if asked.min_evidence.is_some() || asked.min_group.is_some() {
        cells.push(CsvCell::text(told.withheld.map(|why| match why {
            Suppression::Evidence => "evidence",
            Suppression::Group => "group",
        })));
    }
    let is_hidden = told.withheld == Some(Suppression::Group);
    for metric in &asked.metrics {
        match *metric {
            "known" => cells.push(own((!is_hidden).then(|| row.known_ms()))),
            "evidence" => cells.push(own(row.evidence())),
            "episodes" => cells.extend(csv_episodes(row, value)),
            "adherence" => cells.extend(csv_ratio(told.adherence)),
            "conformance" => cells.extend(csv_ratio(told.conformance)),
            "polling" => cells.extend(csv_polling(row, value)),
            _ => {}
        }
    }
    if let Some(period) = asked.compare_to {
        cells.extend([period.from, period.to].map(|at| CsvCell::time(Some(at))));
        cells.extend(csv_earlier(row, value));
    }
    cells
}

fn own<T: ToString + Copy>(value: Option<T>) -> CsvCell {
    value.map_or(CsvCell::Empty, CsvCell::own)
}

fn csv_ratio(ratio: Option<Ratio>) -> [CsvCell; 3] {
    [
        own(ratio.and_then(|ratio| ratio.ratio)),
        own(ratio.and_then(|ratio| ratio.min)),
        own(ratio.and_then(|ratio| ratio.max)),
    ]
}

fn csv_episodes(row: &ReportRow, value: Option<&str>) -> [CsvCell; 6] {
    let all = row.told.episodes.as_ref();
    let found = all.zip(value).and_then(|(all, value)| all.get(value));
    [
        own(found.map(|episodes| episodes.count)),
        own(found.and_then(|episodes| episodes.mean_ms)),
        own(found.and_then(|episodes| episodes.median_ms)),
        own(found.and_then(|episodes| episodes.longest_ms)),
        own(found.map(|episodes| episodes.cut)),
        own(found.map(|episodes| episodes.longest_continuous_ms)),
    ]
}

fn csv_polling(row: &ReportRow, value: Option<&str>) -> [CsvCell; 4] {
    let all = row.told.polling.as_ref();
    let found: Option<&PollingValue> = all
        .zip(value)
        .and_then(|(all, value)| all.values.get(value));
    [
        own(found.map(|polling| polling.changes)),
        own(found.and_then(|polling| polling.changes_expected)),
        own(found.and_then(|polling| polling.share_seen)),
        own(found.and_then(|polling| polling.deviation_ms)),
    ]
}

fn csv_earlier(row: &ReportRow, value: Option<&str>) -> [CsvCell; 5] {
    let earlier = row.told.earlier.as_ref();
    let then = earlier.and_then(|earlier| earlier.row.as_ref());
    let then = then.filter(|then| then.told.withheld.is_none());
    let amount = then
        .zip(value)
        .map(|(then, value)| then.values.get(value).copied().unwrap_or_default());
    let difference = earlier
        .zip(value)
        .and_then(|(earlier, value)| earlier.difference.get(value));
    [
        own(amount.map(|amount| amount.ms)),
        own(amount.map(|amount| amount.min_ms)),
        own(amount.map(|amount| amount.max_ms)),
        own(difference.map(|difference| difference.ms)),
        own(difference.and_then(|difference| difference.share)),
    ]
}
