//! A request: which question, with its fields.

use crate::access_log::request::AccessLogRequest;
use crate::changes::request::ChangesRequest;
use crate::coverage::request::CoverageRequest;
use crate::episodes::request::EpisodesRequest;
use crate::explain::request::ExplainRequest;
use crate::heatmap::request::HeatmapRequest;
use crate::meet::request::MeetRequest;
use crate::now::request::{AtRequest, NowRequest};
use crate::people::request::PeopleRequest;
use crate::policy::request::PoliciesRequest;
use crate::report::request::ReportRequest;
use crate::route::request::RouteRequest;
use crate::staffing::request::StaffingRequest;
use crate::timeline::request::TimelineRequest;
use presence_core::model::time::TimeRange;

use super::asker::Asker;
use super::expressions::{CalendarName, HoursExpression};
use super::refusal::Refusal;
use super::scope::{self, ScopeFields};
use super::settings::Settings;
use super::shared::{AS_KNOWN_AT, AsOfFields, FROM, TIME, TO, WrittenWindow};
use super::values::TimeExpression;

/// A question with its fields.
#[derive(Clone, Debug)]
pub enum Request {
    /// Everyone's state now.
    Now(NowRequest),
    /// Everyone's state at a moment.
    At(AtRequest),
    /// A person's states over time.
    Timeline(TimelineRequest),
    /// The changes, one by one.
    Changes(ChangesRequest),
    /// How long each state held.
    Report(Box<ReportRequest>),
    /// How many people were in a state at once.
    Staffing(StaffingRequest),
    /// A state over the hours of the week.
    Heatmap(HeatmapRequest),
    /// Each uninterrupted stay in a value.
    Episodes(EpisodesRequest),
    /// Why a state is known, or not.
    Explain(ExplainRequest),
    /// Who can take a call.
    Route(RouteRequest),
    /// When some people are free together.
    Meet(MeetRequest),
    /// When the collector was running.
    Coverage(CoverageRequest),
    /// Who there is.
    People(PeopleRequest),
    /// The policies.
    Policies(PoliciesRequest),
    /// Who looked at whom.
    AccessLog(AccessLogRequest),
}

/// What a request says of time.
enum When<'a> {
    /// It is about the present, or about no time.
    Now,
    /// A moment.
    At(&'a TimeExpression),
    /// A stretch.
    Within(WrittenWindow<'a>),
}

impl Request {
    /// The name of the question.
    pub fn question(&self) -> &'static str {
        match self {
            Self::Now(_) => "now",
            Self::At(_) => "at",
            Self::Timeline(_) => "timeline",
            Self::Changes(_) => "changes",
            Self::Report(_) => "report",
            Self::Staffing(_) => "staffing",
            Self::Heatmap(_) => "heatmap",
            Self::Episodes(_) => "episodes",
            Self::Explain(_) => "explain",
            Self::Route(_) => "route",
            Self::Meet(_) => "meet",
            Self::Coverage(_) => "coverage",
            Self::People(_) => "people",
            Self::Policies(_) => "policies",
            Self::AccessLog(_) => "access-log",
        }
    }

    /// The people whom it names, as they were written.
    pub fn people(&self) -> &[String] {
        match self {
            Self::Now(request) => &request.people,
            Self::At(request) => &request.people,
            Self::Timeline(request) => &request.people,
            Self::Changes(request) => &request.people,
            Self::Report(request) => &request.scope.people,
            Self::Staffing(request) => &request.count.scope.people,
            Self::Heatmap(request) => &request.count.scope.people,
            Self::Episodes(request) => &request.people,
            Self::Explain(request) => std::slice::from_ref(&request.person),
            Self::Route(request) => &request.people,
            Self::Meet(request) => &request.people,
            Self::People(request) => &request.people,
            Self::AccessLog(request) => &request.people,
            Self::Coverage(_) | Self::Policies(_) => &[],
        }
    }

    fn when(&self) -> When<'_> {
        match self {
            Self::At(request) => When::At(&request.time),
            Self::Explain(request) => When::At(&request.time),
            Self::Timeline(request) => When::Within((&request.window).into()),
            Self::Changes(request) => When::Within((&request.window).into()),
            Self::Report(request) => When::Within((&request.scope.window).into()),
            Self::Staffing(request) => When::Within((&request.count.scope.window).into()),
            Self::Heatmap(request) => When::Within((&request.count.scope.window).into()),
            Self::Episodes(request) => When::Within((&request.window).into()),
            Self::Meet(request) => When::Within((&request.window).into()),
            Self::Coverage(request) => When::Within((&request.window).into()),
            Self::Now(_)
            | Self::Route(_)
            | Self::People(_)
            | Self::Policies(_)
            | Self::AccessLog(_) => When::Now,
        }
    }

    /// The stretch of time that it is about; `None`: the present, or none.
    pub fn window(&self, settings: &Settings) -> Result<Option<TimeRange>, Refusal> {
        Ok(match self.when() {
            When::Now => None,
            When::At(time) => Some(TimeRange::of_moment(settings.moment(TIME, time)?)),
            When::Within(window) => Some(settings.window(window)?.span),
        })
    }

    /// The part of the log that it is asked of.
    pub fn part(&self) -> AsOfFields {
        let part = match self {
            Self::Now(request) => &request.as_of,
            Self::At(request) => &request.as_of,
            Self::Timeline(request) => &request.as_of,
            Self::Changes(request) => &request.as_of,
            Self::Report(request) => &request.scope.as_of,
            Self::Staffing(request) => &request.count.scope.as_of,
            Self::Heatmap(request) => &request.count.scope.as_of,
            Self::Episodes(request) => &request.as_of,
            Self::Explain(request) => &request.as_of,
            Self::Route(request) => &request.as_of,
            Self::Meet(request) => &request.as_of,
            Self::Coverage(request) => &request.as_of,
            Self::People(request) => &request.as_of,
            Self::Policies(_) | Self::AccessLog(_) => return AsOfFields::default(),
        };
        part.clone()
    }

    /// What it counts, if it counts.
    fn scope(&self) -> Option<&ScopeFields> {
        match self {
            Self::Report(request) => Some(&request.scope),
            Self::Staffing(request) => Some(&request.count.scope),
            Self::Heatmap(request) => Some(&request.count.scope),
            _ => None,
        }
    }

    fn hours(&self) -> Option<&HoursExpression> {
        match self {
            Self::Timeline(request) => request.hours.as_ref(),
            Self::Meet(request) => request.hours.as_ref(),
            _ => self.scope()?.hours.as_ref(),
        }
    }

    fn calendar(&self) -> Option<&CalendarName> {
        self.scope()?.calendar.as_ref()
    }

    fn policy(&self) -> Option<&str> {
        let policy = match self {
            Self::Now(request) => &request.policy.policy,
            Self::At(request) => &request.policy.policy,
            Self::Timeline(request) => &request.facet.policy,
            Self::Explain(request) => &request.facet.policy,
            Self::Episodes(request) => &request.facet.policy,
            Self::Changes(request) => &request.policy,
            Self::Route(request) => &request.free.policy,
            Self::Meet(request) => &request.free.policy,
            _ => &self.scope()?.facet.policy,
        };
        policy.as_deref()
    }

    /// Why it cannot be asked, as far as that shows without the history: times, hours, calendar and policy are tried.
    pub fn check(&self, asker: &Asker) -> Result<(), Refusal> {
        let part = self.part();
        let known_at = part.as_known_at.as_ref().map(|time| (AS_KNOWN_AT, time));
        let times = match self.when() {
            When::Now => [None, None],
            When::At(time) => [Some((TIME, time)), None],
            When::Within(window) => [
                window.from.map(|from| (FROM, from)),
                window.to.map(|to| (TO, to)),
            ],
        };
        for (field, time) in times.into_iter().flatten().chain(known_at) {
            asker.settings.moment(field, time)?;
        }
        scope::hours(asker, self.hours(), self.calendar())?;
        if let Some(name) = self.policy() {
            asker.config.policy(name)?;
        }
        Ok(())
    }
}
