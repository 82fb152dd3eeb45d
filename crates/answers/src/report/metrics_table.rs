//! The further figures of a report, as columns of its table and of CSV.

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
use presence_texts::{Texts, say};

/// The names of the columns that were chosen.
pub(crate) fn names(texts: Texts, asked: &ReportParts) -> Vec<String> {
    let value = asked.value.as_deref().unwrap_or_default();
    let names = asked.metrics.iter().filter_map(|metric| match *metric {
        metric @ ("first" | "last" | "episodes") => {
            let name = texts.say(&format!("column-{metric}"));
            Some(format!("{name} {}", shown(value)).trim_end().to_owned())
        }
        metric => texts.find(&format!("column-{metric}")),
    });
    names.collect()
}

/// The cells of the columns that were chosen.
pub(crate) fn cells(row: &ReportRow, asked: &ReportParts, page: &Page) -> Vec<Cell> {
    let texts = page.texts;
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
            found.map_or_else(|| "–".to_owned(), |one| episodes_text(texts, one))
        }
        "adherence" => ratio_text(texts, told.adherence),
        "conformance" => ratio_text(texts, told.conformance),
        _ => {
            let polling = told.polling.as_ref();
            match polling.map(|polling| polling.transitions_expected) {
                Some(Some(expected)) => format!("{expected:.0}"),
                Some(None) => texts.say("report-cannot-be-told"),
                None => "–".to_owned(),
            }
        }
    });
    texts.map(|text| Cell::new(&text)).collect()
}

/// What stands in the place of a withheld row's figures.
pub(crate) fn withheld_cell(texts: Texts, row: &ReportRow) -> Option<Cell> {
    let text = match row.told.withheld? {
        Suppression::Evidence => say!(texts, "report-withheld-evidence", part = evidence(row)),
        Suppression::Group => texts.say("report-withheld-group"),
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
fn episodes_text(texts: Texts, episodes: &Episodes) -> String {
    let count = episodes.count.to_string();
    let count = match episodes.cut {
        cut if cut > 0 => say!(
            texts,
            "report-episodes-cut",
            count = count,
            cut = cut.to_string()
        ),
        _ => count,
    };
    let lengths = [
        ("mean", episodes.mean_ms),
        ("median", episodes.median_ms),
        ("longest", episodes.longest_ms),
        ("continuous", Some(episodes.longest_continuous_ms)),
    ];
    let lengths = lengths.into_iter().filter_map(|(name, length_ms)| {
        let name = texts.say(&format!("report-episodes-{name}"));
        Some(format!("{name} {}", spoken(length_ms?)))
    });
    let parts: Vec<String> = std::iter::once(count).chain(lengths).collect();
    parts.join(", ")
}

/// `93.1 % (92.0–94.4)`.
fn ratio_text(texts: Texts, ratio: Option<Ratio>) -> String {
    let Some(ratio) = ratio else {
        return "–".to_owned();
    };
    let Ratio {
        amount, whole_ms, ..
    } = ratio;
    if whole_ms <= 0 {
        return "–".to_owned();
    }
    texts.figures(&format!(
        "{} ({})",
        percent_to(amount.ms, whole_ms, 1),
        percent::bounds(amount.min_ms, amount.max_ms, whole_ms, 1)
    ))
}

/// What follows a value's amount in a comparison: `was 7h 10m  90 %` and `+2.3 points`.
pub(crate) fn beside(texts: Texts, row: &ReportRow, value: &str) -> Vec<String> {
    let Some(earlier) = &row.told.earlier else {
        return Vec::new();
    };
    let Some(then) = &earlier.row else {
        return vec![texts.say("report-was-not-scheduled")];
    };
    if then.told.withheld.is_some() {
        return vec![texts.say("report-was-withheld")];
    }
    let ms = then.values.get(value).map_or(0, |amount| amount.ms);
    let mut parts = vec![was(texts, ms, then)];
    let difference = earlier.difference.get(value);
    parts.extend(difference.and_then(|one| points(texts, one)));
    parts
}

/// The same of several values together.
pub(crate) fn others_beside(texts: Texts, row: &ReportRow, values: &[&str]) -> Vec<String> {
    let Some(then) = row.told.shown_earlier() else {
        return Vec::new();
    };
    let amounts = values.iter().filter_map(|value| then.values.get(value));
    vec![was(texts, amounts.map(|amount| amount.ms).sum(), then)]
}

fn was(texts: Texts, ms: i64, then: &ReportRow) -> String {
    let amount = format!("{}  {}", spoken(ms), percent(ms, then.scheduled_ms));
    say!(texts, "report-was", amount = amount.trim_end())
}

fn points(texts: Texts, difference: &Difference) -> Option<String> {
    let figure = texts.figures(&percent::points(difference.share?));
    Some(say!(texts, "report-points", figure = figure))
}

/// What the footer says about further figures.
pub(crate) fn footer(texts: Texts, report: &Report) -> Vec<String> {
    let asked = &report.asked;
    let mut lines = Vec::new();
    if let Some(period) = asked.compare_to {
        let (from, to) = (period.from.0.to_string(), period.to.0.to_string());
        lines.push(match period.requested_to {
            None => say!(texts, "report-note-compared", from = from, to = to),
            Some(requested) => say!(
                texts,
                "report-note-compared-cut",
                from = from,
                to = to,
                requested = requested.0.to_string()
            ),
        });
    }
    if asked.groups.is_some() {
        lines.push(texts.say("report-note-groups-of-today"));
    }
    let count = |why: Suppression| {
        let rows = report.rows.iter();
        rows.filter(|row| row.told.withheld == Some(why)).count()
    };
    if let Some(wanted) = asked.min_evidence {
        let count = count(Suppression::Evidence);
        lines.push(say!(
            texts,
            "report-note-evidence",
            part = texts.figures(&percent::chosen(wanted)),
            count = count.to_string(),
            rows = report.rows.len().to_string()
        ));
    }
    if let Some(wanted) = asked.min_group {
        let count = count(Suppression::Group);
        lines.push(say!(
            texts,
            "report-note-group",
            least = wanted.to_string(),
            count = count.to_string(),
            rows = report.rows.len().to_string()
        ));
    }
    if asked.metrics.contains(&"polling") {
        lines.push(texts.say("report-note-expected-changes"));
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
