//! Questions as values: what each is asked, and its answer in every form.
//!
//! A question is one typed request ([`Request`]), whose fields parse themselves from text. The command line, HTTP, pages and
//! saved questions fill it; none goes through another. [`Request::answer`] resolves it (absolute times, ids, policies, calendars),
//! asks the history and writes the answer in the format that is wanted. A request that has no answer is a [`Refusal`], which
//! each front end puts in its own words.
//!
//! Each question has a folder: `request` is what it is asked, `query` reads the history and asks it, and the rest is pure:
//! `shape` is its public JSON, `table` that as a table and CSV, `svg` as a picture. What several questions share:
//!
//! - [`ask`]: the questions as functions; [`presence_reading`] reads from the store what they need.
//! - [`shapes`] and [`render`] (pure): parts of the public JSON, and of tables.
//! - [`picture`], [`page`] (pure): what pictures share, and a report as a self-contained page.
//! - [`views`]: the views of the store as tables.

pub mod absence;
pub mod access_log;
pub mod ask;
pub mod asker;
pub mod asks;
pub mod changes;
pub mod chart;
pub mod common;
pub mod coverage;
pub mod episodes;
pub mod explain;
pub mod expressions;
pub mod format;
pub mod heatmap;
mod lanes;
pub mod live;
pub mod meet;
pub mod now;
pub mod page;
pub mod parameters;
pub mod people;
pub use presence_reading::person;
pub mod picture;
mod plan;
pub mod policy;
pub mod question;
pub mod question_text;
pub mod refusal;
pub mod render;
pub mod reply;
pub mod report;
pub mod request;
pub mod route;
pub mod saved;
pub mod scope;
pub mod settings;
pub mod shapes;
pub mod shared;
pub mod staffing;
pub mod timeline;
pub mod values;
pub mod version;
pub mod views;
mod window;

pub use self::asker::{Asker, History};
pub use self::question::{About, Pages, Question};
pub use self::refusal::Refusal;
pub use self::reply::{Kept, Reply, Sink};
pub use self::request::{QUESTIONS, Request};
pub use self::settings::Settings;
