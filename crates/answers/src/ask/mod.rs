//! Loads what a question needs from the store, and asks it: one function a question, for the command line and every
//! other way out.
//!
//! Each function is the wiring of three things: read from the store, ask the pure query, give the public shape.

pub(crate) mod as_of_view;
pub(crate) mod context;
pub(crate) mod daily;
pub(crate) mod error;
pub(crate) mod export;
pub(crate) mod free;
pub(crate) mod health;
pub(crate) mod lanes;
pub(crate) mod names;
pub(crate) mod parallel;
pub(crate) mod plan;
pub(crate) mod team;
pub(crate) mod veil;
pub(crate) mod zones;

pub use crate::changes::query::{ChangesQuestion, changes, check_changes};
pub use crate::coverage::query::coverage;
pub use crate::explain::moment::explain_moment;
pub use crate::explain::query::explain;
pub use crate::heatmap::query::{HeatmapQuestion, heatmap};
pub use crate::meet::query::{MeetQuestion, meet};
pub use crate::now::query::{at, at_by_policy};
pub use crate::report::chunked::ChunkedReport;
pub use crate::report::metrics::{Metric, ReportOptions};
pub use crate::report::query::{
    ReportQuestion, Types, ZoneChoice, own_zone, report, report_options_of,
};
pub use crate::report::restatement::restatement;
pub use crate::route::query::{RouteQuestion, route};
pub use crate::staffing::query::{StaffingQuestion, staffing};
pub use crate::timeline::query::timeline;
pub use as_of_view::{AsOf, AsOfPosition};
pub use context::{Context, Visible};
pub use daily::{DailyTable, check_daily, update_daily};
pub use error::AskError;
pub use export::view_rows;
pub use free::Free;
pub use health::{Health, first_sweep_at, health};
pub use lanes::{ExtensionLanes, LaneValues, Lanes, lanes};
pub use names::{Named, UnknownNames, ValuesOf, check_names, unknown_comparisons};
pub use team::team_members;
pub use veil::Veil;
