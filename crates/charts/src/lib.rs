//! What answers are written and drawn with: tables for people, JSON and CSV for programs, SVG, and tables for analysis.
//! Nothing here knows a question.
//!
//! - [`table`], [`bar`], [`marks`], [`status`], [`percent`], [`duration`]: text for a terminal.
//! - [`json`], [`csv`], [`text`]: text for programs.
//! - [`svg`] for pictures.
//! - [`export`]: Parquet, CSV and NDJSON, written as their rows come.

pub mod bar;
pub mod csv;
pub mod duration;
pub mod export;
pub mod json;
pub mod marks;
pub mod percent;
pub mod status;
pub mod svg;
pub mod table;
pub mod text;
