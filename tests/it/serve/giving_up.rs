//! Readers who stop waiting for their answer.

use std::time::Duration;

use sqlx::Row;

use super::desk::{Desk, On, Wishes};
use crate::support::postgres::connect;

const QUESTIONS: [&str; 6] = [
    "/api/v1/now",
    "/api/v1/at?time=2026-11-02T08:00:00Z",
    "/api/v1/changes?from=2026-11-01&to=2026-11-03",
    "/api/v1/timeline?person=101&from=2026-11-01&to=2026-11-03",
    "/api/v1/report?from=2026-11-01&to=2026-11-03&by=extension,day",
    "/",
];

/// An open transaction would keep old rows from being removed; with a lock, it would also block everyone who appends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_who_give_up_leave_no_open_transaction() {
    let desk = Desk::start(Wishes {
        on: On::Postgres,
        ..Wishes::default()
    })
    .await;
    let mut readers = Vec::new();
    for number in 0..240_u64 {
        let path = QUESTIONS[usize::try_from(number).expect("few") % QUESTIONS.len()];
        let request = desk.client.get(desk.url(path));
        readers.push(tokio::spawn(async move {
            // From before the question is read until after it is answered.
            let wait = Duration::from_micros(number * 150);
            let _ = tokio::time::timeout(wait, request.send()).await;
        }));
        if number % 24 == 23 {
            for reader in readers.drain(..) {
                reader.await.expect("nobody panics");
            }
        }
    }
    let mut connection = connect(&desk.location).await;
    for attempt in 0.. {
        let left = sqlx::query(
            "select query::text from pg_stat_activity \
                where datname = current_database() and state like 'idle in transaction%'",
        );
        let left = left.fetch_all(&mut connection).await.expect("it answers");
        let Some(row) = left.first() else { break };
        let query: String = row.get(0);
        assert!(attempt < 3_000, "a transaction stays open after {query}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(desk.get("/api/v1/now").await.status, 200);
}
