//! Both databases, and for each the naive way in the same database: a table with one row per extension
//! and sweep, and the same questions as window-function queries over it.
//!
//! ```text
//! cargo bench --bench beside_naive                                                  # some minutes, 3 GB of disk
//! cargo bench --bench beside_naive -- --days 30 --people 10000 --sweeps 1440        # an hour, 30 GB of disk
//! ```
//!
//! Answers are compared before times are. Times are medians of interleaved runs, the store open already: the server's
//! work is in them, as a process of its own it is in no processor time of ours. Postgres is a throw-away server.

mod database;
mod history;
mod naive;
#[path = "../main_job/office.rs"]
#[expect(dead_code, reason = "the other bench writes records again too")]
mod office;
#[path = "../../tests/it/support/postgres.rs"]
#[expect(dead_code, reason = "the tests also need a pooler")]
mod postgres;
mod questions;
mod recording;
mod show;

use database::Database;
use history::Shape;
use questions::Compared;

/// What is aimed at.
const FASTER_MIN: f64 = 20.0;
const SMALLER_MIN: f64 = 30.0;

/// How much is made, unless the command line says otherwise.
const SWEEPS: u32 = 60;
const DAYS: u32 = 3;
const PEOPLE: u32 = 10_000;
const PEOPLE_MINUTES: u32 = 24 * 60;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(run());
}

/// The number that follows an option; cargo adds options of its own, so others are passed over.
fn number_after(option: &str) -> Option<u32> {
    let mut arguments = std::env::args().skip_while(|argument| argument != option);
    arguments.nth(1)?.parse().ok()
}

async fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let sweeps = number_after("--sweeps").unwrap_or(SWEEPS).max(2);
    let month = Shape {
        people: 1_000,
        minutes: number_after("--days").unwrap_or(DAYS).max(1) * 24 * 60,
    };
    let many = Shape {
        people: number_after("--people").unwrap_or(PEOPLE).max(1),
        minutes: number_after("--minutes").unwrap_or(PEOPLE_MINUTES).max(10),
    };
    for kind in database::KINDS {
        show::heading(&format!("{kind:?}"));
        let database = Database::new(kind, folder.path(), "recorded").await;
        recording::measure(&database, sweeps).await;

        let database = Database::new(kind, folder.path(), "month").await;
        let figures = questions::of_a_month(&database, month).await;
        tell(&figures);

        let database = Database::new(kind, folder.path(), "many").await;
        let figures = questions::of_many(&database, many).await;
        tell(&figures);
    }
}

fn tell(figures: &Compared) {
    show::size(&figures.size, SMALLER_MIN);
    for question in &figures.questions {
        show::question(question, FASTER_MIN);
    }
}
