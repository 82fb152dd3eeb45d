//! What is the same for every extension that a question counts.

use std::borrow::Cow;
use std::sync::Arc;

use presence_core::query::absence::{AbsenceMode, Absences};
use presence_core::query::calendar::{Schedule, schedule};
use presence_core::query::calendars::{Calendar, HoursChoice};
use presence_core::query::classed::Classing;
use presence_core::query::classes::{ClassId, Classes, Criterion};
use presence_core::query::group::{GroupBy, Groups};
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_core::query::schedule_slots::{Grid, ScheduleSlots};
use presence_core::query::track::Frame;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::HashMap;
use presence_model::coverage::CoverageSegment;
use presence_model::history::Dictionary;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::ExtensionSummary;

use crate::report::query::ReportQuestion;
use presence_reading::context::{Context, messages_for};
use presence_reading::error::AskError;
use presence_reading::zones::{ZoneChoice, own_zone};

/// What is the same for every extension that a question counts.
pub(crate) struct Plan {
    /// The window as far as it has passed; where none of it has, all of it, and no one is counted.
    pub(crate) window: TimeRange,
    now: Timestamp,
    complete: Vec<CoverageSegment>,
    criterion: Criterion,
    pub(crate) classes: Classes,
    pub(crate) dictionary: Dictionary,
    /// The distinct scheduled times, and the same as cells.
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) grid: Grid,
    places: Places,
    hours: HoursChoice,
    absence: Option<(Absences, AbsenceMode)>,
    group_filter: GroupFilter,
    group_by: GroupBy,
}

/// Which time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduling {
    /// The hours of the question, without planned absence.
    Hours,
    /// All of it, in the same buckets.
    Always,
}

impl Plan {
    /// The plan of a question, and the extensions that it counts, by id.
    pub(crate) async fn of(
        context: &Context,
        question: &ReportQuestion,
    ) -> Result<(Arc<Self>, Vec<ExtensionSummary>), AskError> {
        Self::scheduled_by(context, question, Scheduling::Hours).await
    }

    /// The same, where perhaps all of the time counts.
    pub(crate) async fn scheduled_by(
        context: &Context,
        question: &ReportQuestion,
        scheduling: Scheduling,
    ) -> Result<(Arc<Self>, Vec<ExtensionSummary>), AskError> {
        let passed = question.window.before(context.now());
        let extensions = context.extensions().await?.into_iter();
        let counted: Vec<ExtensionSummary> = extensions
            .filter(|extension| passed.is_some() && question.counts(extension))
            .collect();
        let criterion = question.criterion.clone();
        let dictionary = context.dictionary(messages_for(&criterion)).await?;
        let places = Places::of(&counted, &question.hours, &question.zone);
        let schedules = passed.map_or_else(Vec::new, |passed| {
            places.schedules(question, passed, scheduling)
        });
        let window = passed.unwrap_or(question.window);
        let plan = Self {
            window,
            now: context.now(),
            complete: context.coverage(window).await?.complete,
            classes: context.classes(&dictionary, &criterion, window).await?,
            criterion,
            dictionary,
            grid: Grid::new(&schedules),
            schedules,
            places,
            hours: question.hours.clone(),
            absence: (scheduling == Scheduling::Hours)
                .then(|| question.absence.clone())
                .flatten(),
            group_filter: question.group_filter.clone(),
            group_by: question.group_by,
        };
        Ok((Arc::new(plan), counted))
    }

    /// What tracks are made from.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame {
            window: self.window,
            now: self.now,
            complete: &self.complete,
            classes: &self.classes,
        }
    }

    /// The groups that time counts in.
    pub(crate) fn groups(&self) -> Groups<'_> {
        Groups {
            by: self.group_by,
            group_filter: Some(&self.group_filter)
                .filter(|group_filter| !group_filter.is_everybody()),
        }
    }

    /// The scheduled time of an extension, without its planned absence.
    pub(crate) fn scheduled(&self, id: ExtensionId) -> Scheduled<'_> {
        let place = self.places.place(id);
        let cells = self.grid.zone(place);
        let absence = self.absence.as_ref();
        let Some((absences, mode)) = absence.filter(|(_, mode)| *mode != AbsenceMode::Ignore)
        else {
            return Scheduled::whole(cells);
        };
        let (calendar, zone) = &self.places.distinct[place];
        let hours = hours_of(&self.hours, calendar.as_ref());
        let spans = absences.spans(id, zone, hours);
        if spans.is_empty() {
            return Scheduled::whole(cells);
        }
        let (kept, away) = cells.split(&spans);
        Scheduled {
            cells: Cow::Owned(kept),
            away: (*mode == AbsenceMode::Apart).then_some(away),
        }
    }

    /// Histories as classes are read from.
    pub(crate) fn classing(&self) -> Classing<'_> {
        Classing::new(&self.criterion, &self.dictionary, &self.classes)
    }

    /// The class that stands for a value; `None` for one that was never seen.
    pub(crate) fn class(&self, value: &Wanted) -> Option<ClassId> {
        self.classes.find(value.name())
    }
}

/// One extension's scheduled time.
pub(crate) struct Scheduled<'a> {
    /// What counts.
    pub(crate) cells: Cow<'a, ScheduleSlots>,
    /// What planned absence takes away, if it is counted by itself.
    pub(crate) away: Option<ScheduleSlots>,
}

impl<'a> Scheduled<'a> {
    fn whole(cells: &'a ScheduleSlots) -> Self {
        Self {
            cells: Cow::Borrowed(cells),
            away: None,
        }
    }
}

/// The ids of extensions, in their order.
pub(crate) fn ids(extensions: &[ExtensionSummary]) -> Vec<ExtensionId> {
    extensions.iter().map(|one| one.extension_id).collect()
}

/// Whose hours and local days are which: each distinct pair of a calendar and a zone once.
struct Places {
    distinct: Vec<(Option<Arc<Calendar>>, Zone)>,
    /// By id; empty if there is only one.
    places: Vec<(ExtensionId, usize)>,
}

impl Places {
    /// Those of these extensions, which are sorted by id.
    fn of(counted: &[ExtensionSummary], hours: &HoursChoice, choice: &ZoneChoice) -> Self {
        let mut distinct: Vec<(Option<Arc<Calendar>>, Zone)> = Vec::new();
        let mut known: HashMap<(Option<&str>, Option<&str>), usize> = HashMap::default();
        let places = counted.iter().map(|summary| {
            let profile = summary.profile.as_deref();
            let (_, calendar) = hours.of(summary.extension_id, profile);
            let name = calendar.map(|calendar| calendar.name.as_str());
            let own_zone_name = summary.time_zone();
            let place = *known.entry((name, own_zone_name)).or_insert_with(|| {
                let zone = zone_of(calendar, choice, Some(summary));
                let same = distinct.iter().position(|(other, other_zone)| {
                    *other_zone == zone && other.as_ref().map(|other| other.name.as_str()) == name
                });
                same.unwrap_or_else(|| {
                    distinct.push((calendar.cloned(), zone));
                    distinct.len() - 1
                })
            });
            (summary.extension_id, place)
        });
        let mut places: Vec<(ExtensionId, usize)> = places.collect();
        if distinct.is_empty() {
            distinct.push((None, zone_of(None, choice, None)));
        }
        if distinct.len() == 1 {
            places.clear();
        }
        Self { distinct, places }
    }

    /// The place of an extension.
    fn place(&self, id: ExtensionId) -> usize {
        let found = self.places.binary_search_by_key(&id, |(id, _)| *id);
        found.map_or(0, |index| self.places[index].1)
    }

    /// The scheduled time of each place in `passed`: what is still to come is not scheduled yet.
    fn schedules(
        &self,
        question: &ReportQuestion,
        passed: TimeRange,
        scheduling: Scheduling,
    ) -> Vec<Schedule> {
        let schedules = self.distinct.iter().map(|(calendar, zone)| {
            let of_question = hours_of(&question.hours, calendar.as_ref());
            let hours = of_question.filter(|_| scheduling == Scheduling::Hours);
            schedule(passed, zone, hours, question.bucket)
        });
        schedules.collect()
    }
}

/// The hours that count for those of a calendar.
fn hours_of<'a>(choice: &'a HoursChoice, calendar: Option<&'a Arc<Calendar>>) -> Option<&'a Hours> {
    match choice {
        HoursChoice::Given(hours) => hours.as_ref(),
        _ => calendar.map(|calendar| &calendar.hours),
    }
}

fn zone_of(
    calendar: Option<&Arc<Calendar>>,
    choice: &ZoneChoice,
    extension: Option<&ExtensionSummary>,
) -> Zone {
    let of_calendar = calendar.and_then(|calendar| calendar.zone.as_ref());
    match (of_calendar, choice) {
        (Some(zone), _) | (None, ZoneChoice::Named(zone)) => zone.clone(),
        (None, ZoneChoice::Own) => own_zone(extension),
    }
}
