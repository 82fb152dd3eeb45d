//! The board: everyone now, by team, since when and how fresh that is.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::directory::Entry;
use super::forms::{self, Filter, TextField};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word};
use super::palette::{ValueStyle, label, styles};
use super::period::Unit;
use super::span::today;
use crate::error::Problem;
use presence_answers::ask;
use presence_answers::now::shape::AtEntry;
use presence_answers::render::status;
use presence_answers::render::{Page, counted};
use presence_answers::shapes::common::{CriterionShape, Status};
use presence_charts::duration::{ago, when};
use presence_charts::table::Paint;
use presence_core::query::classes::Criterion;
use presence_model::HashMap;
use presence_model::ids::ExtensionId;

/// So many people are shown at once.
const ROWS_MAX: usize = 500;
/// What a board is asked for.
const KEPT: [&str; 7] = [
    "zone",
    "facet",
    "policy",
    "department",
    "site",
    "queue",
    "person",
];

#[derive(Template)]
#[template(path = "pages/board.html")]
struct BoardPage {
    layout: Layout,
    summary: Vec<Count>,
    fresh: String,
    filter: Filter,
    notice: Option<String>,
    criterion: String,
    rows_address: String,
    stream_address: String,
    teams: Vec<Team>,
    downloads: Vec<Link>,
    command: String,
}

/// The rows of some people and the lines above the teams, to be put in the place of older ones.
#[derive(Template)]
#[template(path = "pages/board_rows.html")]
struct RowsPart {
    summary: Vec<Count>,
    fresh: String,
    teams: Vec<Team>,
}

/// How many are in a value.
struct Count {
    label: String,
    style: String,
    sign: &'static str,
    people: usize,
}

/// A team and who is in it.
struct Team {
    number: usize,
    name: String,
    told: String,
    rows: Vec<BoardRow>,
}

/// A person now.
struct BoardRow {
    id: String,
    href: String,
    name: String,
    number: Option<String>,
    value: String,
    style: String,
    sign: &'static str,
    is_presumed: bool,
    since: String,
    for_time: String,
    seen: String,
    details: String,
}

/// Everyone who is selected, now.
struct Board<'a> {
    people: Vec<(&'a Entry, &'a AtEntry)>,
    criterion: &'a Criterion,
    styles: Vec<ValueStyle>,
}

/// By what teams are sorted: those without a name come last.
type TeamKey<'a> = (bool, Option<&'a str>);

/// The page.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let criterion = page_request.criterion()?;
    let entries = entries(page_request, &criterion).await?;
    let board = Board::of(page_request, &entries, &criterion);
    let shown = board.people.len().min(ROWS_MAX);
    let mut choices = forms::teams(&page_request.directory, &page_request.fields);
    choices.push(forms::facets(&page_request.fields));
    choices.push(forms::policies(
        &page_request.asker.config.policy_names(),
        &page_request.fields,
    ));
    let end = page_request.context.log_end().await?.position;
    let page = BoardPage {
        layout: page_request.layout("Now", "/", "/", page_request.rests_on().await?),
        summary: board.summary(),
        fresh: fresh(page_request).await?,
        filter: Filter {
            action: format!("{}/", page_request.root),
            kept: forms::kept(&page_request.fields.only(&["zone"])),
            choices,
            texts: vec![TextField::new(
                &page_request.fields,
                "person",
                "Name or number",
                "",
                14,
            )],
        },
        notice: (shown < board.people.len()).then(|| {
            format!(
                "The first {shown} of {} are shown: choose a team, or write a name.",
                board.people.len()
            )
        }),
        criterion: CriterionShape::from(&criterion).name().to_owned(),
        rows_address: page_request.address("/board/rows", &KEPT),
        // What is stored while the page is on its way is told, too.
        stream_address: format!("{}/api/v1/changes/stream?after={end}", page_request.root),
        teams: board.teams(page_request, |_| true),
        downloads: downloads(page_request),
        command: command(page_request),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// The rows of the people whose ids are asked for, and the figures above the board and above each team.
pub(super) async fn rows(page_request: &PageRequest) -> Result<String, Problem> {
    let criterion = page_request.criterion()?;
    let entries = entries(page_request, &criterion).await?;
    let board = Board::of(page_request, &entries, &criterion);
    let ids = page_request
        .fields
        .get("ids")
        .unwrap_or_default()
        .split(',');
    let ids: BTreeSet<ExtensionId> = ids
        .filter_map(|id| id.parse().ok().map(ExtensionId))
        .collect();
    let part = RowsPart {
        summary: board.summary(),
        fresh: fresh(page_request).await?,
        teams: board.teams(page_request, |id| ids.contains(&id)),
    };
    part.render().map_err(|error| Problem::internal(&error))
}

async fn entries(
    page_request: &PageRequest,
    criterion: &Criterion,
) -> Result<Vec<AtEntry>, Problem> {
    let (context, now) = (&page_request.context, page_request.now());
    page_request.note_access("now", None, None).await?;
    Ok(match criterion {
        Criterion::Policy(policy) => ask::at_by_policy(context, now, policy).await?,
        Criterion::Facet(_) => ask::at(context, now).await?,
    })
}

impl<'a> Board<'a> {
    fn of(page_request: &'a PageRequest, entries: &'a [AtEntry], criterion: &'a Criterion) -> Self {
        let by_id: HashMap<ExtensionId, &AtEntry> = entries
            .iter()
            .map(|entry| (entry.person.extension_id.0, entry))
            .collect();
        let chosen = page_request.directory.chosen(&page_request.fields);
        let people: Vec<(&Entry, &AtEntry)> = chosen
            .filter_map(|person| Some((person, *by_id.get(&person.extension_id)?)))
            // People who have left are not shown.
            .filter(|(_, entry)| entry.status != Status::Absent)
            .collect();
        let values = people
            .iter()
            .filter_map(|(_, entry)| value(entry, criterion));
        let shape = CriterionShape::from(criterion);
        let styles = styles(&status::order(values, &shape.order()));
        Self {
            people,
            criterion,
            styles,
        }
    }

    /// The teams of those who are shown, each with its rows of those who are wanted.
    fn teams(
        &self,
        page_request: &PageRequest,
        is_wanted: impl Fn(ExtensionId) -> bool,
    ) -> Vec<Team> {
        let shown = self.people.iter().take(ROWS_MAX);
        let mut teams: BTreeMap<TeamKey<'_>, Vec<(&Entry, &AtEntry)>> = BTreeMap::new();
        for &(person, entry) in shown {
            let team = person.department.as_deref();
            teams
                .entry((team.is_none(), team))
                .or_default()
                .push((person, entry));
        }
        let has_teams = teams.keys().any(|(_, name)| name.is_some());
        let teams = teams.into_iter().enumerate();
        let teams = teams.map(|(number, ((_, name), people))| Team {
            number,
            name: match name {
                Some(name) => name.to_owned(),
                None if has_teams => "Without a department".to_owned(),
                None => "Everybody".to_owned(),
            },
            told: self.told(&people),
            rows: people
                .iter()
                .filter(|(person, _)| is_wanted(person.extension_id))
                .map(|(person, entry)| self.row(page_request, person, entry))
                .collect(),
        });
        teams.collect()
    }

    fn style(&self, entry: &AtEntry) -> Option<&ValueStyle> {
        let value = value(entry, self.criterion)?;
        self.styles.iter().find(|style| style.value == value)
    }

    /// How many are in each value.
    fn counts(&self, people: &[(&Entry, &AtEntry)]) -> Vec<(String, &'static str, String, usize)> {
        let count = |wanted: Option<&ValueStyle>| {
            let people = people.iter();
            people
                .filter(|(_, entry)| self.style(entry) == wanted)
                .count()
        };
        let known = self.styles.iter().map(|style| {
            (
                style.style.clone(),
                sign(&style.value),
                style.label.clone(),
                count(Some(style)),
            )
        });
        let unknown = ("unknown".to_owned(), "?", "unknown".to_owned(), count(None));
        known
            .chain([unknown])
            .filter(|(.., count)| *count > 0)
            .collect()
    }

    fn summary(&self) -> Vec<Count> {
        let counts = self.counts(&self.people).into_iter();
        counts
            .map(|(style, sign, label, count)| Count {
                label,
                style,
                sign,
                people: count,
            })
            .collect()
    }

    /// `3 of 12 Available, 2 Busy`.
    fn told(&self, people: &[(&Entry, &AtEntry)]) -> String {
        let counts = self.counts(people).into_iter();
        let counts: Vec<String> = counts
            .map(|(.., label, count)| format!("{count} {label}"))
            .collect();
        format!(
            "{}: {}",
            counted(people.len(), "extension"),
            counts.join(", ")
        )
    }

    fn row(&self, page_request: &PageRequest, person: &Entry, entry: &AtEntry) -> BoardRow {
        let page = page_request.page();
        let now = page_request.now();
        let style = self.style(entry);
        let path = format!("{}/people/{}", page_request.root, person.extension_id);
        BoardRow {
            id: person.extension_id.to_string(),
            href: page_request
                .fields
                .only(&["zone", "facet", "policy"])
                .address(&path),
            name: person.called(),
            number: person.number.clone().filter(|_| person.name.is_some()),
            value: style.map_or_else(|| "unknown".to_owned(), |style| style.label.clone()),
            style: style.map_or_else(|| "unknown".to_owned(), |style| style.style.clone()),
            sign: style.map_or("?", |style| sign(&style.value)),
            is_presumed: entry.presumed,
            since: since(&page, entry, now),
            for_time: match now.since_ms(entry.since.0).max(0) {
                0..60_000 => "for less than a minute".to_owned(),
                ms => format!("for {}", ago(ms)),
            },
            seen: match entry.last_observed_at {
                Some(at) => when(at.0, now),
                None => "never".to_owned(),
            },
            details: presence_answers::now::table::details(entry),
        }
    }
}

/// Since when something holds: between two sweeps where a change was seen, with the date unless it is today.
fn since(page: &Page, entry: &AtEntry, now: presence_model::time::Timestamp) -> String {
    let at = page.moment_after(entry.since.0, now);
    let earliest = entry
        .since_earliest
        .filter(|earliest| earliest.0 < entry.since.0);
    match earliest {
        Some(earliest) => format!("{} – {at}", page.moment_after(earliest.0, now)),
        None => at,
    }
}

/// The value that is shown for a person; `None` where it is unknown.
fn value<'a>(entry: &'a AtEntry, criterion: &Criterion) -> Option<&'a str> {
    let state = entry.state.as_ref()?;
    Some(match criterion {
        Criterion::Facet(facet) => state.0.get(*facet).unwrap_or_default(),
        Criterion::Policy(_) => {
            let class = entry.class.as_ref()?;
            class.class.as_deref().unwrap_or_default()
        }
    })
}

/// A sign for a value, so that it can be told apart without colour.
fn sign(value: &str) -> &'static str {
    match status::paint(value) {
        Paint::Good => "●",
        Paint::Busy => "◐",
        Paint::Bad => "⊘",
        Paint::Dim => "○",
        Paint::Plain | Paint::Strong if label(value) == value => "◇",
        Paint::Plain | Paint::Strong => "–",
    }
}

/// How old the last sweep is.
async fn fresh(page_request: &PageRequest) -> Result<String, Problem> {
    let end = page_request.context.log_end().await?;
    let now = page_request.now();
    let page = page_request.page();
    Ok(match end.observed_until {
        Some(at) => format!(
            "It is {} in {}. The last sweep was {}, at {}.",
            page.moment(now),
            page_request.zone,
            when(at, now),
            page.moment_after(at, now)
        ),
        None => "No sweep has been recorded yet.".to_owned(),
    })
}

fn downloads(page_request: &PageRequest) -> Vec<Link> {
    let fields = page_request.fields.only(&["zone", "policy"]);
    let link = |name: &str, ending: &str| {
        let path = format!("{}/api/v1/now{ending}", page_request.root);
        Link::new(name, fields.address(&path))
    };
    vec![
        link("everybody as JSON", ".json"),
        link("everybody as CSV", ".csv"),
        Link::new(
            "everybody as CSV for Excel",
            fields
                .with("excel", "semicolon")
                .address(&format!("{}/api/v1/now.csv", page_request.root)),
        ),
        Link::new(
            "today's picture",
            today(page_request, Unit::Day, page_request.now()),
        ),
    ]
}

fn command(page_request: &PageRequest) -> String {
    let policy = page_request.fields.get("policy").map(shell_word);
    let policy = policy.map_or_else(String::new, |policy| format!(" --policy {policy}"));
    format!(
        "presence now --zone {}{policy}",
        shell_word(page_request.zone.name())
    )
}
