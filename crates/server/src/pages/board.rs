//! The board: everyone now, by team, since when and how fresh that is.

mod links;
mod order;

use std::collections::BTreeSet;

use askama::Template;

use self::links::{command, downloads};
use self::order::Order;
use super::bar::Bar;
use super::directory::Entry;
use super::forms::Choice;
use super::layout::{Layout, Link};
use super::page_request::PageRequest;
use super::paging::{PAGE, Paging};
use super::palette::{ValueStyle, criterion_text, styles, value_text};
use super::period::when;
use super::span::SORT;
use crate::error::Problem;
use presence_answers::ask;
use presence_answers::now::shape::AtEntry;
use presence_answers::render::{Page, status};
use presence_answers::shapes::common::{CriterionShape, Status};
use presence_charts::duration::ago;
use presence_charts::table::Paint;
use presence_core::query::classes::Criterion;
use presence_core::query::suggestion::folded;
use presence_model::HashMap;
use presence_model::ids::ExtensionId;
use presence_texts::{Texts, say};

/// So many people are on a page.
const AT_ONCE: usize = 500;
/// So many people are named in an address at most.
const NAMED_MAX: usize = 200;
/// What a board is asked for.
const KEPT: [&str; 10] = [
    "zone",
    "facet",
    "policy",
    "department",
    "site",
    "queue",
    "person",
    STATUS,
    SORT,
    PAGE,
];

/// The field that narrows the rows to those who are in a value now.
const STATUS: &str = "status";
/// What stands in it for those of whom nothing is known.
const UNKNOWN: &str = "unknown";

#[derive(Template)]
#[template(path = "pages/board.html")]
struct BoardPage {
    layout: Layout,
    summary: Vec<Count>,
    fresh: String,
    blind: Option<Blind>,
    bar: Bar,
    paging: Option<String>,
    pages: Vec<Link>,
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
    /// For its texts alone.
    layout: Layout,
    summary: Vec<Count>,
    fresh: String,
    blind: Option<Blind>,
    teams: Vec<Team>,
}

/// Why nothing is known now, behind other words and as a sentence.
struct Blind(String, String);

/// How many are in a value.
struct Count {
    /// Where the rows of these alone are; of all, where these are shown alone.
    href: String,
    is_alone: bool,
    label: String,
    style: String,
    sign: &'static str,
    people: String,
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

/// A value with its style, its sign, its label, and how many are in it.
type ValueCount = ((String, String), &'static str, String, usize);

/// Everyone who is selected, now, by team.
struct Board<'a> {
    texts: Texts,
    /// All of them: what is counted.
    people: Vec<(&'a Entry, &'a AtEntry)>,
    /// Those with a row, in the order of rows.
    rows: Vec<(&'a Entry, &'a AtEntry)>,
    order: Order,
    paging: Paging,
    criterion: &'a Criterion,
    styles: Vec<ValueStyle>,
}

/// By what people are sorted: those without a team come last.
fn team(person: &Entry) -> (bool, Option<&str>) {
    let team = person.department.as_deref();
    (team.is_none(), team)
}

/// Whose rows are wanted.
enum WantedRows {
    /// All that are shown.
    All,
    /// Those of these people.
    Of(BTreeSet<ExtensionId>),
}

impl WantedRows {
    /// Reads `all`, or ids with commas between them; what is no id means nobody.
    fn read(text: &str) -> Self {
        if text == "all" {
            return Self::All;
        }
        let ids = text.split(',').filter_map(|id| id.parse().ok());
        Self::Of(ids.map(ExtensionId).collect())
    }

    fn contains(&self, id: ExtensionId) -> bool {
        match self {
            Self::All => true,
            Self::Of(ids) => ids.contains(&id),
        }
    }
}

/// The page.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let criterion = page_request.criterion()?;
    let entries = entries(page_request, &criterion).await?;
    let board = Board::of(page_request, &entries, &criterion)?;
    let end = page_request.context.log_end().await?.position;
    let texts = page_request.texts;
    let page = BoardPage {
        layout: page_request.layout(
            &texts.say("menu-now"),
            "/",
            None,
            &page_request.rests_on().await?,
        ),
        summary: board.summary(page_request),
        fresh: fresh(page_request).await?,
        blind: board.blind(page_request).await?,
        bar: Bar::new(page_request, "/")
            .who(page_request)
            .by(page_request)
            .sorted(page_request, &board)
            .finish(page_request, &[]),
        paging: board.paging.told(texts),
        pages: board.paging.links(page_request, "/"),
        criterion: criterion_text(texts, &(&criterion).into()),
        rows_address: page_request.address("/board/rows", &KEPT),
        // What is stored while the page is on its way is told, too.
        stream_address: format!("{}/api/v1/changes/stream?after={end}", page_request.root),
        teams: board.teams(page_request, |_| true),
        downloads: downloads(page_request, &board),
        command: command(page_request, &board),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// The rows of the people whose ids are asked for, and the figures above the board and above each team.
pub(super) async fn rows(page_request: &PageRequest) -> Result<String, Problem> {
    let criterion = page_request.criterion()?;
    let entries = entries(page_request, &criterion).await?;
    let board = Board::of(page_request, &entries, &criterion)?;
    let ids = WantedRows::read(page_request.fields.get("ids").unwrap_or_default());
    let part = RowsPart {
        layout: Layout {
            texts: page_request.texts,
            ..Layout::default()
        },
        summary: board.summary(page_request),
        fresh: fresh(page_request).await?,
        blind: board.blind(page_request).await?,
        teams: board.teams(page_request, |id| ids.contains(id)),
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
    fn of(
        page_request: &'a PageRequest,
        entries: &'a [AtEntry],
        criterion: &'a Criterion,
    ) -> Result<Self, Problem> {
        let order = Order::of(&page_request.fields)?;
        let by_id: HashMap<ExtensionId, &AtEntry> = entries
            .iter()
            .map(|entry| (entry.person.extension_id.0, entry))
            .collect();
        let chosen = page_request.directory.chosen(&page_request.fields);
        let mut people: Vec<(&Entry, &AtEntry)> = chosen
            .filter_map(|person| Some((person, *by_id.get(&person.extension_id)?)))
            // People who have left are not shown.
            .filter(|(_, entry)| entry.status != Status::Absent)
            .collect();
        let values = people
            .iter()
            .filter_map(|(_, entry)| value(entry, criterion));
        let shape = CriterionShape::from(criterion);
        let styles = styles(page_request.texts, &status::order(values, &shape.order()));
        people.sort_by_key(|(person, _)| team(person));
        let wanted = page_request.fields.get(STATUS);
        let is_wanted = |entry: &AtEntry| match (wanted, value(entry, criterion)) {
            (None, _) => true,
            (Some(wanted), Some(value)) => wanted == value,
            (Some(wanted), None) => wanted == UNKNOWN,
        };
        let rows = people.iter().filter(|(_, entry)| is_wanted(entry));
        let mut rows: Vec<(&Entry, &AtEntry)> = rows.copied().collect();
        let place = |entry: &AtEntry| {
            let value = value(entry, criterion);
            let place = styles
                .iter()
                .position(|style| Some(style.value.as_str()) == value);
            place.unwrap_or(styles.len())
        };
        match order {
            Order::Team => {}
            Order::Name => {
                let texts = page_request.texts;
                rows.sort_by_cached_key(|(person, _)| folded(&person.called(texts)));
            }
            Order::Status => rows.sort_by_key(|(_, entry)| place(entry)),
            Order::Longest => rows.sort_by_key(|(_, entry)| entry.since.0),
        }
        Ok(Self {
            texts: page_request.texts,
            paging: Paging::of(rows.len(), AT_ONCE, &page_request.fields),
            people,
            rows,
            order,
            criterion,
            styles,
        })
    }

    /// Whether those with a row are more than an address or a command can name.
    fn names_too_many(&self) -> bool {
        self.rows.len() > NAMED_MAX
    }

    /// Why nothing of this is fresh; `None` while anyone's state is known. It stands beside the figures, so that nobody takes a
    /// board for live that is not.
    async fn blind(&self, page_request: &PageRequest) -> Result<Option<Blind>, Problem> {
        let mut people = self.people.iter();
        if self.people.is_empty() || people.any(|(_, entry)| entry.status != Status::Unknown) {
            return Ok(None);
        }
        let end = page_request.context.log_end().await?;
        let now = page_request.now();
        Ok(end.observed_until.map(|at| {
            let why = say!(
                self.texts,
                "board-blind-why",
                when = when(self.texts, at, now),
                moment = page_request.page().moment_after(at, now)
            );
            let told = say!(self.texts, "board-blind", why = &why);
            Blind(why, told)
        }))
    }

    /// The teams of which anyone is on this page, each with its figures and with the rows of those who are wanted.
    fn teams(
        &self,
        page_request: &PageRequest,
        is_wanted: impl Fn(ExtensionId) -> bool,
    ) -> Vec<Team> {
        let shown = self.paging.range();
        let has_teams = self
            .people
            .iter()
            .any(|(person, _)| person.department.is_some());
        let mut from = 0;
        let by_team = self.order == Order::Team;
        let teams = self
            .rows
            .chunk_by(|(one, _), (other, _)| !by_team || team(one) == team(other));
        let teams = teams.enumerate().filter_map(|(number, people)| {
            let begins = from;
            from += people.len();
            let on_page = shown.start.max(begins)..shown.end.min(from);
            if on_page.is_empty() {
                return None;
            }
            let rows = &self.rows[on_page];
            let own = team(people[0].0);
            let all = self
                .people
                .iter()
                .filter(|(one, _)| !by_team || team(one) == own);
            let all: Vec<(&Entry, &AtEntry)> = all.copied().collect();
            let name = own.1.filter(|_| by_team);
            let told = match rows.len() {
                shown if shown < all.len() => say!(
                    self.texts,
                    "board-told-part",
                    told = self.told(&all),
                    count = shown
                ),
                _ => self.told(&all),
            };
            Some(Team {
                number,
                name: match name {
                    Some(name) => name.to_owned(),
                    None if has_teams && by_team => self.texts.say("not-set"),
                    None => self.texts.say("board-everybody"),
                },
                told,
                rows: rows
                    .iter()
                    .filter(|(person, _)| is_wanted(person.extension_id))
                    .map(|(person, entry)| self.row(page_request, person, entry))
                    .collect(),
            })
        });
        teams.collect()
    }

    fn style(&self, entry: &AtEntry) -> Option<&ValueStyle> {
        let value = value(entry, self.criterion)?;
        self.styles.iter().find(|style| style.value == value)
    }

    /// How many are in each value.
    fn counts(&self, people: &[(&Entry, &AtEntry)]) -> Vec<ValueCount> {
        let count = |wanted: Option<&ValueStyle>| {
            let people = people.iter();
            people
                .filter(|(_, entry)| self.style(entry) == wanted)
                .count()
        };
        let known = self.styles.iter().map(|style| {
            (
                (style.value.clone(), style.style.clone()),
                sign(&style.value),
                value_text(self.texts, &style.value),
                count(Some(style)),
            )
        });
        let unknown = || UNKNOWN.to_owned();
        let label = self.texts.say("page-unknown");
        let unknown = ((unknown(), unknown()), "?", label, count(None));
        known
            .chain([unknown])
            .filter(|(.., count)| *count > 0)
            .collect()
    }

    fn summary(&self, page_request: &PageRequest) -> Vec<Count> {
        let counts = self.counts(&self.people).into_iter();
        let fields = page_request.fields.only(&KEPT).without(&[PAGE]);
        let (alone, texts) = (fields.get(STATUS), self.texts);
        let href = |value: &str| {
            let fields = match alone {
                Some(alone) if alone == value => fields.without(&[STATUS]),
                _ => fields.with(STATUS, value),
            };
            fields.address(&format!("{}/", page_request.root))
        };
        counts
            .map(|((value, style), sign, label, count)| Count {
                href: href(&value),
                is_alone: alone == Some(value.as_str()),
                label,
                style,
                sign,
                people: texts.number(i64::try_from(count).unwrap_or(i64::MAX)),
            })
            .collect()
    }

    /// `5 extensions: 3 Available, 2 Busy`.
    fn told(&self, people: &[(&Entry, &AtEntry)]) -> String {
        let counts = self.counts(people).into_iter();
        let counts: Vec<String> = counts
            .map(|(.., label, count)| say!(self.texts, "board-count", count = count, value = label))
            .collect();
        say!(
            self.texts,
            "board-told",
            count = people.len(),
            values = counts.join(", ")
        )
    }

    fn row(&self, page_request: &PageRequest, person: &Entry, entry: &AtEntry) -> BoardRow {
        let page = page_request.page();
        let now = page_request.now();
        let texts = self.texts;
        let style = self.style(entry);
        let path = format!("{}/people/{}", page_request.root, person.extension_id);
        BoardRow {
            id: person.extension_id.to_string(),
            href: page_request
                .fields
                .only(&["zone", "facet", "policy"])
                .address(&path),
            name: person.called(texts),
            number: person.number.clone().filter(|_| person.name.is_some()),
            value: style.map_or_else(
                || texts.say("page-unknown"),
                |style| value_text(texts, &style.value),
            ),
            style: style.map_or_else(|| UNKNOWN.to_owned(), |style| style.style.clone()),
            sign: style.map_or("?", |style| sign(&style.value)),
            is_presumed: entry.presumed,
            since: since(&page, entry, now),
            for_time: match now.since_ms(entry.since.0).max(0) {
                0..60_000 => texts.say("board-for-less"),
                ms => say!(texts, "board-for", time = ago(ms)),
            },
            seen: match entry.last_observed_at {
                Some(at) => when(texts, at.0, now),
                None => texts.say("page-never"),
            },
            details: presence_answers::now::table::details(entry, texts),
        }
    }
}

impl Bar {
    /// The same with the order of rows and the values to which they are narrowed.
    fn sorted(mut self, page_request: &PageRequest, board: &Board<'_>) -> Self {
        let fields = &page_request.fields;
        let texts = page_request.texts;
        let values = board.styles.iter().map(|style| style.value.as_str());
        let values = values.filter(|value| !value.is_empty());
        let values = values.map(|value| (value, value_text(texts, value)));
        let values = std::iter::once(("", texts.say("page-all")))
            .chain(values)
            .chain([(UNKNOWN, texts.say("page-unknown"))]);
        let orders = Order::ALL.map(|(name, label, order)| {
            let is_usual = order == Order::Team;
            (if is_usual { "" } else { name }, texts.say(label))
        });
        let (only, order) = (texts.say("board-only"), texts.say("board-order"));
        self.choices.extend([
            Choice::new(STATUS, only, values, fields.get(STATUS)),
            Choice::new(SORT, order, orders, fields.get(SORT)),
        ]);
        self
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
            let class = entry.class.as_ref().filter(|class| !class.class_unknown)?;
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
        Paint::Plain | Paint::Strong if value.is_empty() => "–",
        Paint::Plain | Paint::Strong => "◇",
    }
}

/// How old the last sweep is.
async fn fresh(page_request: &PageRequest) -> Result<String, Problem> {
    let end = page_request.context.log_end().await?;
    let now = page_request.now();
    let (texts, page) = (page_request.texts, page_request.page());
    Ok(match end.observed_until {
        Some(at) => say!(
            texts,
            "board-fresh",
            now = page.moment(now),
            zone = page_request.zone.name(),
            when = when(texts, at, now),
            moment = page.moment_after(at, now)
        ),
        None => texts.say("board-no-sweep"),
    })
}
