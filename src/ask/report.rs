//! How long each value held, in groups and buckets of time.

use std::sync::Arc;

use crate::model::HashMap;
use crate::model::ids::ExtensionId;
use crate::model::profile::Profile;
use crate::model::time::Span;
use crate::query::absence::{AbsenceMode, Absences};
use crate::query::calendar::{Bucket, Schedule, schedule};
use crate::query::calendars::HoursChoice;
use crate::query::classes::{Classes, Criterion};
use crate::query::group::{GroupBy, RowKey};
use crate::query::report::Report;
use crate::query::track::Frame;
use crate::query::zone::{Zone, zone_data_version};
use crate::shapes;
use crate::shapes::common::{Person, Text};
use crate::store::ExtensionSummary;

use super::context::{
    AskError, Classing, Context, EXTENSIONS_AT_ONCE, latest_profile, messages_for,
};

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
    /// Planned absence, and what becomes of it.
    pub absence: Option<(Absences, AbsenceMode)>,
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
        .filter(|extension| extension.was_observed)
        .filter(|extension| question.types.include(extension.profile.as_deref()))
        .filter(|extension| {
            let wanted = question.extensions.as_ref();
            wanted.is_none_or(|wanted| wanted.contains(&extension.extension_id))
        })
        .collect();
    let dictionary = context
        .dictionary(messages_for(&question.criterion))
        .await?;
    let classes = Classes::of_criterion(&dictionary, &question.criterion);
    let mut classing = Classing::new(&question.criterion, &dictionary, &classes);
    let coverage = context.coverage(question.window).await?;
    let frame = Frame {
        window: question.window,
        now: context.now(),
        complete: &coverage.complete,
        classes: &classes,
    };
    let mut report = Report::new();
    let mut schedules = Schedules::new(question);
    for chunk in counted.chunks(EXTENSIONS_AT_ONCE) {
        let ids: Vec<ExtensionId> = chunk.iter().map(|one| one.extension_id).collect();
        let histories = context.histories(&ids, question.window).await?;
        for history in &histories {
            let latest = latest_profile(history, &dictionary);
            let (schedule, zone) = schedules.of(history.extension_id, latest.as_deref());
            let (kept, away) = without_absence(question, history.extension_id, &schedule, &zone);
            let schedule = kept.as_ref().unwrap_or(&schedule);
            let history = &*classing.of(history);
            report.add(history, &dictionary, &frame, schedule, question.group_by);
            if let Some(away) = away {
                report.add_planned_absence(history, &dictionary, &away, question.group_by);
            }
        }
    }
    let profiles: HashMap<ExtensionId, Option<Arc<Profile>>> = extensions
        .iter()
        .map(|extension| (extension.extension_id, extension.profile.clone()))
        .collect();
    let end = context.log_end().await?;
    let absence_mode = question.absence.as_ref().map(|(_, mode)| *mode);
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
        planned_absence: absence_mode.map(AbsenceMode::name),
        by: by_names(question),
        rows: report
            .rows()
            .map(|(key, row)| {
                let keys = row_keys(key, question.bucket, &profiles);
                shapes::report::ReportRow::of(keys, row, &classes, absence_mode)
            })
            .collect(),
        as_of: shapes::as_of::AsOf::of(end, question.window.to(), context.now()),
    })
}

/// What of a schedule is left without planned absence, and what that takes away if it is shown apart; nothing where
/// nothing changes.
fn without_absence(
    question: &ReportQuestion,
    extension_id: ExtensionId,
    schedule: &Schedule,
    zone: &Zone,
) -> (Option<Schedule>, Option<Schedule>) {
    let Some((absences, mode)) = &question.absence else {
        return (None, None);
    };
    let spans = absences.spans(extension_id, zone);
    if spans.is_empty() || *mode == AbsenceMode::Ignore {
        return (None, None);
    }
    let (kept, away) = schedule.split(&spans);
    (Some(kept), (*mode == AbsenceMode::Apart).then_some(away))
}

fn by_names(question: &ReportQuestion) -> Vec<&'static str> {
    let mut names = question.group_by.names();
    names.extend(shapes::report::bucket_name(question.bucket));
    names
}

fn row_keys(
    key: &RowKey,
    bucket: Bucket,
    profiles: &HashMap<ExtensionId, Option<Arc<Profile>>>,
) -> shapes::report::RowKeys {
    let text = |group: &Option<Option<Arc<str>>>| {
        let group = group.as_ref();
        group.map(|value| value.as_ref().map(ToString::to_string))
    };
    shapes::report::RowKeys {
        person: key.extension.as_ref().map(|order| {
            let profile = profiles.get(&order.extension_id).and_then(Option::as_deref);
            Person::of(order.extension_id, profile)
        }),
        department: text(&key.department),
        site: text(&key.site),
        queue: text(&key.queue),
        bucket: shapes::report::bucket_name(bucket).map(|name| (name, key.bucket.to_string())),
    }
}

/// Schedules, computed once a calendar and zone.
struct Schedules<'a> {
    question: &'a ReportQuestion,
    /// By the name of the calendar, if there is one, and that of the zone.
    known: HashMap<(Option<String>, String), Arc<Schedule>>,
}

impl<'a> Schedules<'a> {
    fn new(question: &'a ReportQuestion) -> Self {
        Self {
            question,
            known: HashMap::default(),
        }
    }

    fn of(
        &mut self,
        extension_id: ExtensionId,
        profile: Option<&Profile>,
    ) -> (Arc<Schedule>, Zone) {
        let question = self.question;
        let (hours, calendar) = question.hours.of(extension_id, profile);
        let zone = match (
            calendar.and_then(|calendar| calendar.zone.as_ref()),
            &question.zone,
        ) {
            (Some(zone), _) | (None, ZoneChoice::Named(zone)) => zone.clone(),
            (None, ZoneChoice::Own) => own_zone(profile),
        };
        let calendar_name = calendar.map(|calendar| calendar.name.clone());
        let kept = self
            .known
            .entry((calendar_name, zone.name().to_owned()))
            .or_insert_with(|| Arc::new(schedule(question.window, &zone, hours, question.bucket)));
        (Arc::clone(kept), zone)
    }
}

/// An extension's own zone; UTC where none is known.
pub fn own_zone(profile: Option<&Profile>) -> Zone {
    profile
        .and_then(|profile| profile.time_zone.as_deref())
        .and_then(|name| Zone::named(name).ok())
        .unwrap_or_else(Zone::utc)
}
