//! How long each value held, in groups and buckets of time.

use std::sync::Arc;

use crate::model::HashMap;
use crate::model::coverage::CoverageSegment;
use crate::model::facet::Facet;
use crate::model::history::{Dictionary, ExtensionHistory};
use crate::model::ids::ExtensionId;
use crate::model::profile::Profile;
use crate::model::time::{Span, Timestamp};
use crate::query::calendar::{Bucket, schedule};
use crate::query::cells::Grid;
use crate::query::classes::Classes;
use crate::query::group::{GroupBy, GroupKey};
use crate::query::hours::Hours;
use crate::query::report::Report;
use crate::query::track::Frame;
use crate::query::zone::{Zone, zone_data_version};
use crate::shapes;
use crate::shapes::common::{Person, Text};
use crate::store::ExtensionSummary;

use super::context::{AskError, Context, messages_for};
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
    /// The facet whose values are told apart.
    pub facet: Facet,
    /// The groups that rows are told apart by.
    pub group_by: GroupBy,
    /// The buckets of time that rows are told apart by.
    pub bucket: Bucket,
    /// The hours that count; `None`: all.
    pub hours: Option<Hours>,
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
    let dictionary = context.dictionary(messages_for(question.facet)).await?;
    let classes = Classes::of_facet(&dictionary, question.facet);
    let zones = Zones::of(&counted, &question.zone);
    let plan = Arc::new(Plan {
        window: question.window,
        now: context.now(),
        complete: context.coverage(question.window).await?.complete,
        classes,
        dictionary,
        grid: zones.grid(question),
        zones,
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
        facet: question.facet.name(),
        from: Text(question.window.from()),
        to: Text(question.window.to()),
        zone: match &question.zone {
            ZoneChoice::Own => None,
            ZoneChoice::Named(zone) => Some(zone.name().to_owned()),
        },
        zone_data: zone_data_version(),
        hours: question.hours.as_ref().map(|hours| hours.text().to_owned()),
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
    classes: Classes,
    dictionary: Dictionary,
    zones: Zones,
    grid: Grid,
    group_by: GroupBy,
}

/// A report of some of the extensions.
struct Counting {
    plan: Arc<Plan>,
    report: Report,
}

impl Count for Counting {
    fn add(&mut self, history: &ExtensionHistory) {
        let plan = &*self.plan;
        let frame = Frame {
            window: plan.window,
            now: plan.now,
            complete: &plan.complete,
            classes: &plan.classes,
        };
        let cells = plan.grid.zone(plan.zones.place(history.extension_id));
        self.report
            .add(history, &plan.dictionary, &frame, cells, plan.group_by);
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

/// The zones that extensions are in.
pub(super) struct Zones {
    zones: Vec<Zone>,
    /// By id; empty if all are in the same one.
    places: Vec<(ExtensionId, usize)>,
}

impl Zones {
    /// The zones of these extensions, which are sorted by id.
    pub(super) fn of(counted: &[&ExtensionSummary], choice: &ZoneChoice) -> Self {
        if let ZoneChoice::Named(zone) = choice {
            return Self {
                zones: vec![zone.clone()],
                places: Vec::new(),
            };
        }
        let mut zones: Vec<Zone> = Vec::new();
        let mut known: HashMap<Option<&str>, usize> = HashMap::default();
        let places = counted.iter().map(|summary| {
            let profile = summary.profile.as_deref();
            let name = profile.and_then(|profile| profile.time_zone.as_deref());
            let place = *known.entry(name).or_insert_with(|| {
                let zone = own_zone(profile);
                let same = zones.iter().position(|other| *other == zone);
                same.unwrap_or_else(|| {
                    zones.push(zone);
                    zones.len() - 1
                })
            });
            (summary.extension_id, place)
        });
        let places = places.collect();
        Self { zones, places }
    }

    /// The zone of an extension, as a place among the zones.
    pub(super) fn place(&self, id: ExtensionId) -> usize {
        let found = self.places.binary_search_by_key(&id, |(id, _)| *id);
        found.map_or(0, |index| self.places[index].1)
    }

    fn grid(&self, question: &ReportQuestion) -> Grid {
        let schedules = self.zones.iter().map(|zone| {
            let hours = question.hours.as_ref();
            schedule(question.window, zone, hours, question.bucket)
        });
        Grid::new(&schedules.collect::<Vec<_>>())
    }
}

/// An extension's own zone; UTC where none is known.
pub fn own_zone(profile: Option<&Profile>) -> Zone {
    profile
        .and_then(|profile| profile.time_zone.as_deref())
        .and_then(|name| Zone::named(name).ok())
        .unwrap_or_else(Zone::utc)
}
