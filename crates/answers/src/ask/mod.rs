//! Loads what a question needs from the store, and asks it: one function a question, for the command line and every
//! other way out.
//!
//! Each function is the wiring of three things: read from the store, ask the pure query, give the public shape.

mod as_of_view;
mod at;
mod changes;
mod chunked_report;
mod context;
mod coverage;
mod daily;
mod error;
mod explain;
mod explain_moment;
mod export;
mod free;
mod health;
mod heatmap;
mod lanes;
mod meet;
mod names;
mod parallel;
mod plan;
mod report;
mod report_options;
mod restatement;
mod route;
mod staffing;
mod team;
mod timeline;
mod veil;
mod zones;

pub use as_of_view::{AsOf, AsOfPosition};
pub use at::{at, at_by_policy};
pub use changes::{ChangesQuestion, changes, check_changes};
pub use chunked_report::ChunkedReport;
pub use context::{Context, Visible};
pub use coverage::coverage;
pub use daily::{DailyTable, check_daily, update_daily};
pub use error::AskError;
pub use explain::explain;
pub use explain_moment::explain_moment;
pub use export::view_rows;
pub use free::Free;
pub use health::{Health, first_sweep_at, health};
pub use heatmap::{HeatmapQuestion, heatmap};
pub use lanes::{ExtensionLanes, LaneValues, Lanes, lanes};
pub use meet::{MeetQuestion, meet};
pub use names::{Named, UnknownNames, ValuesOf, check_names, unknown_comparisons};
pub use report::{ReportQuestion, Types, ZoneChoice, own_zone, report, report_options_of};
pub use report_options::{Metric, ReportOptions};
pub use restatement::restatement;
pub use route::{RouteQuestion, route};
pub use staffing::{StaffingQuestion, staffing};
pub use team::team_members;
pub use timeline::timeline;
pub use veil::Veil;
