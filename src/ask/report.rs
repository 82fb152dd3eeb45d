//! How long each value held, in groups and buckets of time.

use std::sync::Arc;

use crate::model::HashMap;
use crate::model::coverage::CoverageSegment;
use crate::model::history::{Dictionary, ExtensionHistory};
use crate::model::ids::ExtensionId;
use crate::model::profile::Profile;
use crate::model::time::{Span, Timestamp};
use crate::query::calendar::{Bucket, schedule};
use crate::query::calendars::{Calendar, HoursChoice};
use crate::query::cells::Grid;
use crate::query::classes::{Classes, Criterion};
use crate::query::group::{GroupBy, GroupKey};
use crate::query::report::Report;
use crate::query::track::Frame;
use crate::query::zone::{Zone, zone_data_version};
use crate::shapes;
use crate::shapes::common::{Person, Text};
use crate::store::ExtensionSummary;

use super::context::{AskError, Classing, Context, messages_for};
use super::spread::{self, Count};

/// In whose local time days and hours are.
#[derive(Clone, Debug, PartialEq)]
pub enum ZoneChoice {
    /// Each extension's own; UTC where none is known.
    Own,
    /// This one, for everybody.
    Named(Zone),
}

/// Which extensions count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Types {
    /// People: [`Profile::is_person`].
    People,
    /// Every extension.
    All,
    /// Those of these types.
    Listed(Vec<String>),
}

impl Types {
    fn include(&self, profile: Option<&Profile>) -> bool {
        match self {
            Self::All => true,
            Self::People => profile.is_none_or(Profile::is_person),
            Self::Listed(types) => profile
                .and_then(|profile| profile.extension_type.as_ref())
                .is_some_and(|kind| types.contains(kind)),
        }
    }
}

/// What a report is about.
#[derive(Clone, Debug)]
pub struct ReportQuestion {
    /// When.
    pub window: Span,
    /// What the values are of.
    pub criterion: Criterion,
    /// The groups that rows are told apart by.
    pub group_by: GroupBy,
    /// The buckets of time that rows are told apart by.
    pub bucket: Bucket,
    /// The hours that count.
    pub hours: HoursChoice,
    /// In whose local time.
    pub zone: ZoneChoice,
    /// Which extensions count.
    pub types: Types,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
}

/// How long each value held, in groups and buckets of time.
pub async fn report(
    context: &Context,
    question: &ReportQuestion,
) -> Result<shapes::report::Report, AskError> {
    let extensions = context.extensions().await?;
    let counted: Vec<&ExtensionSummary> = extensions
        .iter()
        .filter(|extension| question.counts(extension))
        .collect();
    let dictionary = context
        .dictionary(messages_for(&question.criterion))
        .await?;
    let classes = Classes::of_criterion(&dictionary, &question.criterion);
    let schedules = Schedules::of(&counted, &question.hours, &question.zone);
    let plan = Arc::new(Plan {
        window: question.window,
        now: context.now(),
        complete: context.coverage(question.window).await?.complete,
        criterion: question.criterion.clone(),
        classes,
        dictionary,
        grid: schedules.grid(question),
        schedules,
        group_by: question.group_by,
    });
    let ids: Vec<ExtensionId> = counted.iter().map(|one| one.extension_id).collect();
    let count = || Counting {
        plan: Arc::clone(&plan),
        report: Report::new(),
    };
    let report = spread::count(context, &ids, question.window, count)
        .await?
        .report;
    let rows = rows(&report, &plan, question.bucket, &counted);
    let end = context.log_end().await?;
    Ok(shapes::report::Report {
        criterion: (&question.criterion).into(),
        from: Text(question.window.from()),
        to: Text(question.window.to()),
        zone: match &question.zone {
            ZoneChoice::Own => None,
            ZoneChoice::Named(zone) => Some(zone.name().to_owned()),
        },
        zone_data: zone_data_version(),
        hours: question.hours.text().map(str::to_owned),
        calendar: question.hours.calendar_name().map(str::to_owned),
        by: by_names(question),
        rows,
        as_of: shapes::as_of::AsOf::of(end, question.window.to(), context.now()),
    })
}

impl ReportQuestion {
    fn counts(&self, extension: &ExtensionSummary) -> bool {
        let is_wanted = |wanted: &Vec<ExtensionId>| wanted.contains(&extension.extension_id);
        extension.was_observed
            && self.types.include(extension.profile.as_deref())
            && self.extensions.as_ref().is_none_or(is_wanted)
    }
}

fn by_names(question: &ReportQuestion) -> Vec<&'static str> {
    let mut names = question.group_by.names();
    names.extend(shapes::report::bucket_name(question.bucket));
    names
}

/// What is the same for every extension of a report.
struct Plan {
    window: Span,
    now: Timestamp,
    complete: Vec<CoverageSegment>,
    criterion: Criterion,
    classes: Classes,
    dictionary: Dictionary,
    schedules: Schedules,
    grid: Grid,
    group_by: GroupBy,
}

/// A report of some of the extensions.
struct Counting {
    plan: Arc<Plan>,
    report: Report,
}

impl Count for Counting {
    fn add(&mut self, part: &[ExtensionHistory]) {
        let plan = &*self.plan;
        let frame = Frame {
            window: plan.window,
            now: plan.now,
            complete: &plan.complete,
            classes: &plan.classes,
        };
        let mut classing = Classing::new(&plan.criterion, &plan.dictionary, &plan.classes);
        for history in part {
            let cells = plan.grid.zone(plan.schedules.place(history.extension_id));
            let history = &*classing.of(history);
            self.report
                .add(history, &plan.dictionary, &frame, cells, plan.group_by);
        }
    }

    fn merge(&mut self, other: Self) {
        self.report.merge(other.report);
    }
}

fn rows(
    report: &Report,
    plan: &Plan,
    bucket: Bucket,
    counted: &[&ExtensionSummary],
) -> Vec<shapes::report::ReportRow> {
    let names = shapes::report::Names::of(&plan.classes);
    let mut keys = Keys {
        bucket: shapes::report::bucket_name(bucket),
        counted,
        latest: None,
    };
    let rows = report
        .rows(&plan.grid)
        .map(|(key, label, row)| shapes::report::ReportRow::of(keys.of(key, label), row, &names));
    rows.collect()
}

/// Makes the keys of rows; whoever has many rows is named once.
struct Keys<'a> {
    bucket: Option<&'static str>,
    /// By id.
    counted: &'a [&'a ExtensionSummary],
    latest: Option<Arc<Person>>,
}

impl Keys<'_> {
    fn of(&mut self, key: &GroupKey, label: &Arc<str>) -> shapes::report::RowKeys {
        let person = key.extension.as_ref().map(|order| {
            let id = order.extension_id;
            let named = self
                .latest
                .take()
                .filter(|person| person.extension_id.0 == id);
            let person = named.unwrap_or_else(|| Arc::new(self.person(id)));
            Arc::clone(self.latest.insert(person))
        });
        shapes::report::RowKeys {
            person,
            department: key.department.clone(),
            site: key.site.clone(),
            queue: key.queue.clone(),
            bucket: self.bucket.map(|name| (name, Arc::clone(label))),
        }
    }

    fn person(&self, id: ExtensionId) -> Person {
        let place = self
            .counted
            .binary_search_by_key(&id, |summary| summary.extension_id);
        let profile = place
            .ok()
            .and_then(|place| self.counted[place].profile.as_deref());
        Person::of(id, profile)
    }
}

/// Whose hours and local days are which: each distinct pair of a calendar and a zone once.
pub(super) struct Schedules {
    distinct: Vec<(Option<Arc<Calendar>>, Zone)>,
    /// By id; empty if there is only one.
    places: Vec<(ExtensionId, usize)>,
}

impl Schedules {
    /// The schedules of these extensions, which are sorted by id.
    pub(super) fn of(
        counted: &[&ExtensionSummary],
        hours: &HoursChoice,
        choice: &ZoneChoice,
    ) -> Self {
        let mut distinct: Vec<(Option<Arc<Calendar>>, Zone)> = Vec::new();
        let mut known: HashMap<(Option<&str>, Option<&str>), usize> = HashMap::default();
        let places = counted.iter().map(|summary| {
            let profile = summary.profile.as_deref();
            let (_, calendar) = hours.of(summary.extension_id, profile);
            let own_zone_name = profile.and_then(|profile| profile.time_zone.as_deref());
            let name = calendar.map(|calendar| calendar.name.as_str());
            let place = *known.entry((name, own_zone_name)).or_insert_with(|| {
                let pair = (calendar.cloned(), zone_of(calendar, choice, profile));
                let same = distinct.iter().position(|(other, zone)| {
                    *zone == pair.1 && other.as_ref().map(|other| other.name.as_str()) == name
                });
                same.unwrap_or_else(|| {
                    distinct.push(pair);
                    distinct.len() - 1
                })
            });
            (summary.extension_id, place)
        });
        let mut places: Vec<(ExtensionId, usize)> = places.collect();
        if distinct.len() <= 1 {
            places.clear();
        }
        Self { distinct, places }
    }

    /// The schedule of an extension, as a place among them.
    pub(super) fn place(&self, id: ExtensionId) -> usize {
        let found = self.places.binary_search_by_key(&id, |(id, _)| *id);
        found.map_or(0, |index| self.places[index].1)
    }

    fn grid(&self, question: &ReportQuestion) -> Grid {
        let schedules = self.distinct.iter().map(|(calendar, zone)| {
            let hours = match (&question.hours, calendar) {
                (HoursChoice::Given(hours), _) => hours.as_ref(),
                (_, calendar) => calendar.as_ref().map(|calendar| &calendar.hours),
            };
            schedule(question.window, zone, hours, question.bucket)
        });
        Grid::new(&schedules.collect::<Vec<_>>())
    }
}

fn zone_of(
    calendar: Option<&Arc<Calendar>>,
    choice: &ZoneChoice,
    profile: Option<&Profile>,
) -> Zone {
    let of_calendar = calendar.and_then(|calendar| calendar.zone.as_ref());
    match (of_calendar, choice) {
        (Some(zone), _) | (None, ZoneChoice::Named(zone)) => zone.clone(),
        (None, ZoneChoice::Own) => own_zone(profile),
    }
}

/// An extension's own zone; UTC where none is known.
pub fn own_zone(profile: Option<&Profile>) -> Zone {
    profile
        .and_then(|profile| profile.time_zone.as_deref())
        .and_then(|name| Zone::named(name).ok())
        .unwrap_or_else(Zone::utc)
}
