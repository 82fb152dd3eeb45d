//! One function a question, for whatever asks from Rust, with what it needs of [`presence_reading`].
//!
//! Each function is the wiring of three things: read from the store, ask the pure query, give the public shape.
//!
//! Their futures are boxed: one that is not is compiled again in every crate that awaits it, with all that it awaits itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use presence_core::query::classes::Criterion;
use presence_core::query::group_filter::Team;
use presence_core::query::policy::Policy;
use presence_model::ids::{ExtensionId, Position};
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{TakeRows, View};

use crate::changes::shape::Change;
use crate::coverage::shape::Coverage;
use crate::explain::shape::MomentExplanation;
use crate::heatmap::shape::Heatmap;
use crate::meet::shape::Meet;
use crate::now::shape::AtEntry;
use crate::policy::shape::Explanation;
use crate::report::restatement_shape::Restatement;
use crate::report::shape::Report;
use crate::route::shape::Route;
use crate::staffing::shape::Staffing;
use crate::timeline::shape::Timeline;
use crate::{
    changes, coverage, explain, heatmap, lanes, meet, now, report, route, staffing, timeline,
};
use presence_reading::{export, health, names, team};

pub use crate::changes::query::ChangesQuestion;
pub use crate::heatmap::query::HeatmapQuestion;
pub use crate::lanes::{ExtensionLanes, LaneValues, Lanes};
pub use crate::meet::query::MeetQuestion;
pub use crate::report::chunked::ChunkedReport;
pub use crate::report::metrics::{Metric, ReportOptions};
pub use crate::report::query::ReportQuestion;
pub use crate::route::query::RouteQuestion;
pub use crate::staffing::query::StaffingQuestion;
pub use presence_reading::as_of_view::{AsOf, AsOfPosition};
pub use presence_reading::context::{Context, Visible};
pub use presence_reading::error::AskError;
pub use presence_reading::free::Free;
pub use presence_reading::health::Health;
pub use presence_reading::names::{Named, UnknownNames, ValuesOf};
pub use presence_reading::types::Types;
pub use presence_reading::veil::Veil;
pub use presence_reading::zones::{ZoneChoice, own_zone};

macro_rules! boxed {
    ($($(#[$about:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $does:path;)*) => {
        $($(#[$about])*
        pub fn $name<'a>($($argument: $type),*) -> BoxFuture<'a, Result<$answer, AskError>> {
            $does($($argument),*).boxed()
        })*
    };
}

boxed! {
    /// Everyone's state at a moment.
    fn at(context: &'a Context, moment: Timestamp) -> Vec<AtEntry> = now::query::at;
    /// The same, with the class that a policy gives each.
    fn at_by_policy(context: &'a Context, moment: Timestamp, policy: &'a Arc<Policy>) -> Vec<AtEntry> = now::query::at_by_policy;
    /// Refuses a question about changes that names what means nothing.
    fn check_changes(context: &'a Context, question: &'a ChangesQuestion) -> () = changes::query::check_changes;
    /// Changes after a position, and the position to go on from; `None`: there are no more.
    fn changes(context: &'a Context, question: &'a ChangesQuestion, after: Position) -> (Vec<Change>, Option<Position>) = changes::query::changes;
    /// When the account was swept, and when not.
    fn coverage(context: &'a Context, window: TimeRange) -> Coverage = coverage::query::coverage;
    /// Why a policy gives the class that it gives.
    fn explain(context: &'a Context, extension_id: ExtensionId, policy: &'a Arc<Policy>, moment: Timestamp) -> Option<Explanation> = explain::query::explain;
    /// Why a state is known, or not.
    fn explain_moment(context: &'a Context, extension_id: ExtensionId, criterion: &'a Criterion, moment: Timestamp) -> Option<MomentExplanation> = explain::moment::explain_moment;
    /// A value by hour of the week.
    fn heatmap(context: &'a Context, question: &'a HeatmapQuestion) -> Heatmap = heatmap::query::heatmap;
    /// What several criteria give for some people, side by side.
    fn lanes(context: &'a Context, extensions: &'a [ExtensionId], criteria: &'a [Criterion], window: TimeRange) -> Lanes = lanes::lanes;
    /// When some people are free together.
    fn meet(context: &'a Context, question: &'a MeetQuestion) -> Meet = meet::query::meet;
    /// How long each value held, in groups and buckets of time.
    fn report(context: &'a Context, question: &'a ReportQuestion) -> Report = report::query::report;
    /// The same, with further figures.
    fn report_options_of(context: &'a Context, question: &'a ReportQuestion, report_options: &'a ReportOptions) -> Report = report::query::report_options_of;
    /// What a report says now that it did not say then.
    fn restatement(before: &'a Context, after: &'a Context, question: &'a ReportQuestion, report_options: &'a ReportOptions) -> Restatement = report::restatement::restatement;
    /// Who can take a call now.
    fn route(context: &'a Context, question: &'a RouteQuestion) -> Route = route::query::route;
    /// How many were in a value at the same time.
    fn staffing(context: &'a Context, question: &'a StaffingQuestion) -> Staffing = staffing::query::staffing;
    /// How well the history is being kept.
    fn health(context: &'a Context) -> Health = health::health;
    /// The first sweep of all; see [`presence_reading::health::first_sweep_at`].
    fn first_sweep_at(context: &'a Context, window: TimeRange) -> Option<Timestamp> = health::first_sweep_at;
    /// The rows of a view.
    fn view_rows(context: &'a Context, view: View, window: Option<TimeRange>, take: &'a mut TakeRows<'a>) -> () = export::view_rows;
    /// Who was in a team during a window; `None`: no team is named.
    fn team_members(context: &'a Context, team: &'a Team, window: TimeRange) -> Option<BTreeSet<ExtensionId>> = team::team_members;
    /// Refuses names that mean nothing.
    fn check_names(context: &'a Context, named: &'a Named<'a>) -> () = names::check_names;
    /// What a policy compares with that means nothing, a sentence each.
    fn unknown_comparisons(context: &'a Context, policy: &'a Policy) -> Vec<String> = names::unknown_comparisons;
}

/// The states of some people over time.
pub fn timeline<'a>(
    context: &'a Context,
    extensions: &'a [ExtensionId],
    criterion: impl Into<Criterion>,
    window: TimeRange,
) -> BoxFuture<'a, Result<Timeline, AskError>> {
    timeline::query::timeline(context, extensions, criterion.into(), window).boxed()
}
