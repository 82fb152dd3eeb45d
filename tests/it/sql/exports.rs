//! The views as exports read them, compared with the views as the databases return them.

use std::ops::ControlFlow;

use presence_answers::ask::{self, Context};
use presence_answers::views;
use presence_charts::export::{ColumnKind, Value};
use presence_model::time::TimeRange;
use presence_store::View;

use super::document;
use super::world::{Answer, World};
use crate::store::database::{ACCOUNT, PostgresDatabase, SqliteFile};

/// The values of a row as texts.
type Texts = Vec<Option<String>>;

async fn exported(context: &Context, view: View, window: Option<TimeRange>) -> Vec<Texts> {
    let mut read = Vec::new();
    let mut take = |rows: Vec<_>| {
        read.extend(rows.into_iter().map(|row| views::row(view, row)));
        ControlFlow::Continue(())
    };
    let done = ask::view_rows(context, view, window, &mut take).await;
    done.expect("it can be read");
    let text = |value: Value| match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Moment(moment) => Some(moment.to_string()),
        Value::Date(date) => Some(date.to_string()),
        other => panic!("{other:?} is in no view"),
    };
    let rows = read
        .into_iter()
        .map(|row| row.into_iter().map(text).collect());
    rows.collect()
}

async fn answered(world: &World, view: View) -> Vec<Texts> {
    let columns = views::columns(view);
    let names = columns.iter().map(|column| match column.kind {
        ColumnKind::Date => format!("cast({0} as text) as {0}", column.name),
        _ => column.name.clone(),
    });
    let names: Vec<String> = names.collect();
    let statement = format!(
        "select {} from {} where account_id = {ACCOUNT}",
        names.join(", "),
        view.name()
    );
    let text = |row: &Answer| {
        let cells = columns.iter().map(|column| match column.kind {
            ColumnKind::Integer => row.opt_int(&column.name).map(|number| number.to_string()),
            _ => row.text(&column.name),
        });
        cells.collect::<Texts>()
    };
    world.rows(&statement).await.iter().map(text).collect()
}

fn sorted(mut rows: Vec<Texts>) -> Vec<Texts> {
    rows.sort();
    rows
}

/// Compares both, and returns all rows of each view.
async fn check(world: &World) -> Vec<Vec<Texts>> {
    let now = world.context.now();
    // The daily table is newer than the world's own context.
    let context = Context::new(&*world.store, ACCOUNT, now).await;
    let context = context.expect("it can be asked");
    let mut all = Vec::new();
    for view in View::ALL {
        let rows = exported(&context, view, None).await;
        assert!(!rows.is_empty(), "{} has no rows", view.name());
        assert_eq!(
            sorted(rows.clone()),
            sorted(answered(world, view).await),
            "{}",
            view.name()
        );
        let inside = exported(&context, view, Some(world.window)).await;
        assert!(
            inside.iter().all(|row| rows.contains(row)),
            "{}",
            view.name()
        );
        let is_cut = inside.len() < rows.len();
        assert!(
            is_cut
                || matches!(
                    view,
                    View::Now | View::Coverage | View::QueueCoverage | View::ExtensionHistory
                )
        );
        all.push(rows);
    }
    all
}

#[tokio::test]
async fn both_databases_export_what_they_answer_and_the_same() {
    let seed = super::SEEDS[0];
    let of_file = World::new(SqliteFile::new(), seed)
        .await
        .of_weeks(seed)
        .await;
    let of_database = World::new(PostgresDatabase::new(), seed)
        .await
        .of_weeks(seed)
        .await;
    let (one, other) = (check(&of_file).await, check(&of_database).await);
    for ((view, one), other) in View::ALL.iter().zip(one).zip(other) {
        assert_eq!(sorted(one), sorted(other), "{}", view.name());
    }
}

#[test]
fn exports_have_the_columns_of_the_views() {
    let documented = document::views();
    let names: Vec<&str> = documented.iter().map(|view| view.name.as_str()).collect();
    for view in View::ALL {
        assert!(
            names.contains(&view.name()),
            "{} is not documented",
            view.name()
        );
    }
    for view in documented {
        let exported = View::ALL
            .into_iter()
            .find(|known| known.name() == view.name);
        let exported = exported.unwrap_or_else(|| panic!("{} cannot be exported", view.name));
        let columns: Vec<String> = views::columns(exported)
            .into_iter()
            .map(|column| column.name)
            .collect();
        assert_eq!(columns, view.columns, "{}", view.name);
    }
}
