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

use super::refusal::Refusal;
use super::settings::Settings;
use super::shared::{AsOfFields, TIME, WrittenWindow};
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
            Self::Report(request) => &request.people,
            Self::Staffing(request) => &request.count.people,
            Self::Heatmap(request) => &request.count.people,
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
            Self::Report(request) => When::Within((&request.window).into()),
            Self::Staffing(request) => When::Within((&request.count.window).into()),
            Self::Heatmap(request) => When::Within((&request.count.window).into()),
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
            Self::Report(request) => &request.as_of,
            Self::Staffing(request) => &request.count.as_of,
            Self::Heatmap(request) => &request.count.as_of,
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
}
