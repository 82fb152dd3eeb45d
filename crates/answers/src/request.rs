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
use crate::values::PersonRef;
use clap::Subcommand;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::asks::{Asks, When};
use crate::question::Question;
use crate::reply::Reply;
use crate::{
    access_log, changes, coverage, episodes, explain, heatmap, meet, now, people, policy, report,
    route, staffing, timeline,
};
use presence_model::time::TimeRange;

use super::asker::Asker;
use super::refusal::Refusal;
use super::scope;
use super::settings::Settings;
use super::shared::{AS_KNOWN_AT, AsOfFields, FROM, TIME, TO};

macro_rules! requests {
    ($($(#[$about:meta])* $variant:ident($request:ty): $question:path, $answer:path;)*) => {
        /// A question with its fields; on the command line, the command that asks it.
        #[derive(Clone, Debug, Subcommand)]
        pub enum Request {
            $($(#[$about])* $variant($request),)*
        }

        /// The questions.
        pub static QUESTIONS: &[Question] = &[$($question),*];

        impl Request {
            /// The name of the question.
            pub fn question(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $question.name,)*
                }
            }

            fn asks(&self) -> &dyn Asks {
                match self {
                    $(Self::$variant(request) => request.asks(),)*
                }
            }

            /// Answers it: writes the answer to where the reply goes.
            ///
            /// The future is boxed, so that a question is compiled once, and not by everyone who asks.
            pub fn answer<'a>(
                &'a self,
                asker: &'a Asker,
                reply: &'a mut Reply<'_>,
            ) -> BoxFuture<'a, Result<(), Refusal>> {
                match self {
                    $(Self::$variant(request) => $answer(asker, reply, request).boxed(),)*
                }
            }
        }
    };
}

requests! {
    /// Show everyone's state now
    Now(NowRequest): now::request::NOW, now::answer_now;
    /// Show everyone's state at a given time
    At(AtRequest): now::request::AT, now::answer_at;
    /// Show a person's states over time
    Timeline(TimelineRequest): timeline::request::QUESTION, timeline::answer;
    /// List the changes, one by one
    Changes(ChangesRequest): changes::request::QUESTION, changes::answer;
    /// Explain why a person's state at a given time is known, or not
    Explain(ExplainRequest): explain::request::QUESTION, explain::answer;
    /// Sum up the time in each state, with bounds
    Report(Box<ReportRequest>): report::request::QUESTION, report::answer;
    /// Show how many people were in a state at the same time
    Staffing(StaffingRequest): staffing::request::QUESTION, staffing::answer;
    /// Show a state by hour of the week
    Heatmap(HeatmapRequest): heatmap::request::QUESTION, heatmap::answer;
    /// List each uninterrupted stay in a state, the longest first
    Episodes(EpisodesRequest): episodes::request::QUESTION, episodes::answer;
    /// Rank who can take a call right now
    Route(RouteRequest): route::request::QUESTION, route::answer;
    /// Find times when people are free together
    Meet(MeetRequest): meet::request::QUESTION, meet::answer;
    /// Show when the collector was running, and the gaps
    Coverage(CoverageRequest): coverage::request::QUESTION, coverage::answer;
    /// List the people of the account
    People(PeopleRequest): people::request::QUESTION, people::answer;
    /// The policies
    #[command(skip)]
    Policies(PoliciesRequest): policy::request::QUESTION, policy::answer;
    /// Show who asked about whom over HTTP
    AccessLog(AccessLogRequest): access_log::request::QUESTION, access_log::answer;
}

impl Request {
    /// The people that it names, as they were written.
    pub fn people(&self) -> &[PersonRef] {
        self.asks().people()
    }

    fn when(&self) -> When<'_> {
        self.asks().when()
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
        self.asks().as_of().cloned().unwrap_or_default()
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
        scope::hours(asker, self.asks().hours(), self.asks().calendar())?;
        if let Some(name) = self.asks().policy() {
            asker.config.policy(name)?;
        }
        Ok(())
    }
}
