//! Questions as values: what each is asked, and its answer in every form.
//!
//! A question is one typed request ([`Request`]), whose fields parse themselves from text. The command line, HTTP, pages and
//! saved questions fill it; none goes through another. [`answer`] resolves it (absolute times, ids, policies, calendars),
//! asks the history and writes the answer in the format that is wanted. A request that has no answer is a [`Refusal`], which
//! each front end puts in its own words.
//!
//! Each question has a folder: `request` is what it is asked, `query` reads the history and asks it, and the rest is pure:
//! `shape` is its public JSON, `table` that as a table and CSV, `svg` as a picture. What several questions share:
//!
//! - [`ask`]: reading from the store what questions need.
//! - [`shapes`] and [`render`] (pure): parts of the public JSON, and of tables.
//! - [`picture`], [`page`] (pure): what pictures share, and a report as a self-contained page.
//! - [`views`]: the views of the store as tables.

pub mod absence;
pub mod access_log;
pub mod ask;
pub mod asker;
pub mod changes;
pub mod chart;
pub mod common;
pub mod coverage;
pub mod episodes;
pub mod explain;
pub mod expressions;
pub mod format;
pub mod heatmap;
pub mod live;
pub mod meet;
pub mod now;
pub mod page;
pub mod parameters;
pub mod people;
pub mod person;
pub mod picture;
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
pub use self::question::{About, Pages, QUESTIONS, Question};
pub use self::refusal::Refusal;
pub use self::reply::{Kept, Reply, Sink};
pub use self::request::Request;
pub use self::settings::Settings;

/// Answers a request: writes the answer to where the reply goes.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &Request,
) -> Result<(), Refusal> {
    match request {
        Request::Now(request) => now::answer_now(asker, reply, request).await,
        Request::At(request) => now::answer_at(asker, reply, request).await,
        Request::Timeline(request) => timeline::answer(asker, reply, request).await,
        Request::Changes(request) => changes::answer(asker, reply, request).await,
        Request::Report(request) => report::answer(asker, reply, request).await,
        Request::Staffing(request) => staffing::answer(asker, reply, request).await,
        Request::Heatmap(request) => heatmap::answer(asker, reply, request).await,
        Request::Episodes(request) => episodes::answer(asker, reply, request).await,
        Request::Explain(request) => explain::answer(asker, reply, request).await,
        Request::Route(request) => route::answer(asker, reply, request).await,
        Request::Meet(request) => meet::answer(asker, reply, request).await,
        Request::Coverage(request) => coverage::answer(asker, reply, request).await,
        Request::People(request) => people::answer(asker, reply, request).await,
        Request::Policies(_) => policy::list(asker, reply),
        Request::AccessLog(request) => access_log::answer(asker, reply, request).await,
    }
}
