//! A history with a state that does not exist: the store contradicts itself, and no answer treats the state as an
//! absent facet.

use presence_answers::ask::{
    AskError, Context, ReportQuestion, Types, ZoneChoice, at, report, timeline,
};
use presence_core::query::calendar::Bucket;
use presence_core::query::calendars::HoursChoice;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_recording::recorder::FlushAt;
use presence_store::Store;

use super::database::{ACCOUNT, Database, Spelling, record_all, stories};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(an_unknown_state_is_an_error_and_no_absent_facet);

const FACET: Facet = Facet::PresenceStatus;

fn question(window: TimeRange) -> ReportQuestion {
    ReportQuestion {
        window,
        criterion: FACET.into(),
        group_by: GroupBy::default(),
        bucket: Bucket::Range,
        hours: HoursChoice::Given(None),
        absence: None,
        zone: ZoneChoice::Named(Zone::utc()),
        types: Types::All,
        extensions: None,
        group_filter: GroupFilter::default(),
    }
}

/// The errors of three questions, or `None` if they were answered.
async fn asked(store: &dyn Store, window: TimeRange, id: ExtensionId) -> Vec<Option<String>> {
    let told = |error: AskError| error.to_string();
    let context = Context::new(store, ACCOUNT, window.to()).await;
    let context = context.expect("it can be read");
    let last = window.to().plus_ms(-1);
    vec![
        report(&context, &question(window)).await.err().map(told),
        timeline(&context, &[id], FACET, window)
            .await
            .err()
            .map(told),
        at(&context, last).await.err().map(told),
    ]
}

async fn an_unknown_state_is_an_error_and_no_absent_facet(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(71, ACCOUNT).sweeps(12);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let first = sweeps[0].started_at;
    let window = TimeRange::new(first, sweeps[11].finished_at).expect("time runs forward");
    let everybody = store.reading().await.extensions(ACCOUNT).await;
    let everybody = everybody.expect("it reads");
    let seen = everybody.iter().find(|one| one.was_observed);
    let id = seen.expect("someone was seen").extension_id;
    assert_eq!(asked(&*store, window, id).await, [None, None, None]);

    let unbound = match database.spelling() {
        Spelling::Sqlite => "pragma foreign_keys = off",
        Spelling::Postgres => "set session_replication_role to replica",
    };
    let damage =
        "update presence_interval set state_id = 1000000; update extension set state_id = 1000000";
    let done = database.execute(&format!("{unbound}; {damage}")).await;
    done.expect("it is changed past the program");
    for error in asked(&*store, window, id).await {
        let error = error.expect("it cannot be answered");
        assert!(
            error.contains("state_id of 1000000, which the history mentions"),
            "{error}"
        );
    }
    store.close().await;
}
