//! The platform's schedules: `business-hours` and `comm-handling/states`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A weekly schedule as the platform writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeeklySchedule {
    /// Around the clock: `schedule: {}`.
    Always,
    /// From and to, several times a day, by the name of the day; a missing day is closed.
    Weekly(BTreeMap<String, Vec<(String, String)>>),
}

/// Why an answer has no schedule.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// It is no JSON, or not of the platform's shape.
    #[error("it is no answer of business-hours or comm-handling/states: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It has neither a schedule nor states.
    #[error(
        "it has neither \"schedule\", as business-hours has, nor \"records\" with the state work-hours, as comm-handling/states has"
    )]
    NoSchedule,
    /// It says more than a weekly schedule can.
    #[error(
        "the work hours have a trigger of type {0:?}; a weekly calendar can have Daily and Weekly ones"
    )]
    UnknownTrigger(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    weekly_ranges: Option<BTreeMap<String, Vec<FromTo>>>,
}

#[derive(Deserialize)]
struct FromTo {
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct State {
    id: Option<String>,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    schedule: Option<Triggers>,
}

#[derive(Deserialize)]
struct Triggers {
    #[serde(default)]
    triggers: Vec<Trigger>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    #[serde(rename = "triggerType")]
    kind: String,
    start_time: Option<String>,
    end_time: Option<String>,
    ranges: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartEnd {
    start_time: String,
    end_time: String,
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The schedule of an answer of `business-hours`, or of the state `work-hours` of `comm-handling/states`.
pub fn weekly_schedule(text: &str) -> Result<WeeklySchedule, ScheduleError> {
    let answer: Value = serde_json::from_str(text)?;
    if let Some(schedule) = answer.get("schedule") {
        let schedule = Schedule::deserialize(schedule)?;
        let Some(ranges) = schedule.weekly_ranges else {
            return Ok(WeeklySchedule::Always);
        };
        let days = ranges.into_iter().map(|(day, ranges)| {
            let ranges = ranges.into_iter().map(|range| (range.from, range.to));
            (day, ranges.collect())
        });
        return Ok(WeeklySchedule::Weekly(days.collect()));
    }
    let states = answer.get("records").ok_or(ScheduleError::NoSchedule)?;
    let states = Vec::<State>::deserialize(states)?;
    let work_hours = states
        .into_iter()
        .find(|state| state.id.as_deref() == Some("work-hours"));
    let conditions = work_hours.ok_or(ScheduleError::NoSchedule)?.conditions;
    let schedules = conditions
        .into_iter()
        .filter_map(|condition| condition.schedule);
    let mut week: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut triggers = schedules.flat_map(|schedule| schedule.triggers).peekable();
    triggers.peek().ok_or(ScheduleError::NoSchedule)?;
    for trigger in triggers {
        add(&mut week, trigger)?;
    }
    Ok(WeeklySchedule::Weekly(week))
}

fn add(
    week: &mut BTreeMap<String, Vec<(String, String)>>,
    trigger: Trigger,
) -> Result<(), ScheduleError> {
    match trigger.kind.as_str() {
        "Daily" => {
            let whole = ("00:00:00".to_owned(), "23:59:59".to_owned());
            let from = trigger.start_time.unwrap_or(whole.0);
            let to = trigger.end_time.unwrap_or(whole.1);
            for day in DAYS {
                let ranges = week.entry(day.to_owned()).or_default();
                ranges.push((from.clone(), to.clone()));
            }
        }
        "Weekly" => {
            let ranges = trigger.ranges.unwrap_or_default();
            for (day, ranges) in BTreeMap::<String, Vec<StartEnd>>::deserialize(ranges)? {
                let ranges = ranges
                    .into_iter()
                    .map(|range| (range.start_time, range.end_time));
                week.entry(day).or_default().extend(ranges);
            }
        }
        other => return Err(ScheduleError::UnknownTrigger(other.to_owned())),
    }
    Ok(())
}
