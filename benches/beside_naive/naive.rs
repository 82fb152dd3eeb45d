//! The naive way: what every sweep saw of everybody, a row each, indexed for each of the questions.

use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};

use super::database::{Connection, Kind};
use super::history::STEP_MS;

/// So long after a sweep the next one still brackets the time between.
const VALID_MS: i64 = 3 * STEP_MS;

/// Makes the table and fills it with what the sweeps of the history saw.
pub(crate) async fn make(connection: &mut Connection, kind: Kind) {
    make_empty(connection, kind).await;
    let (seen, from, until, one) = match kind {
        Kind::Sqlite => ("finished_ms", "from_ms", "until_ms", "i.is_open"),
        Kind::Postgres => (
            "finished_at",
            "from_at",
            "until_at",
            "i.is_open * interval '1 millisecond'",
        ),
    };
    connection
        .execute(&format!(
            "insert into look_row
             select i.extension_id, l.{seen}, {FACETS}
             from presence_intervals i
             join presence_snapshots l
               on l.account_id = i.account_id and l.{seen} >= i.{from} and l.{seen} < i.{until} + {one}"
        ))
        .await;
    connection.execute("analyze").await;
}

/// Makes the table with only what the last sweep saw.
pub(crate) async fn make_of_last_sweep(connection: &mut Connection, kind: Kind) {
    make_empty(connection, kind).await;
    let until = match kind {
        Kind::Sqlite => "until_ms",
        Kind::Postgres => "until_at",
    };
    connection
        .execute(&format!(
            "insert into look_row
             select i.extension_id, i.{until}, {FACETS} from presence_intervals i where i.is_open = 1"
        ))
        .await;
}

const FACETS: &str =
    "i.presence_status, i.user_status, i.telephony_status, i.dnd_status, i.message";

async fn make_empty(connection: &mut Connection, kind: Kind) {
    let (integer, time, options) = match kind {
        Kind::Sqlite => ("integer", "integer", " strict, without rowid"),
        Kind::Postgres => ("bigint", "timestamptz", ""),
    };
    connection
        .execute(&format!(
            "create table look_row (
                 extension_id {integer} not null,
                 seen_at {time} not null,
                 presence_status text,
                 user_status text,
                 telephony_status text,
                 dnd_status text,
                 message text,
                 primary key (extension_id, seen_at)
             ){options};
             create index look_row_seen on look_row (seen_at)"
        ))
        .await;
}

/// One more sweep that sees what the last one saw: what appending a sweep is here, without a driver.
pub(crate) fn append(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => {
            "insert into look_row
             select extension_id, seen_at + 60000, presence_status, user_status, telephony_status, dnd_status, message
             from look_row where seen_at = (select max(seen_at) from look_row)"
        }
        Kind::Postgres => {
            "insert into look_row
             select extension_id, seen_at + interval '1 minute', presence_status, user_status, telephony_status,
                 dnd_status, message
             from look_row where seen_at = (select max(seen_at) from look_row)"
        }
    }
}

/// A moment in the table's terms.
fn moment(kind: Kind, ms: i64) -> String {
    match kind {
        Kind::Sqlite => ms.to_string(),
        Kind::Postgres => format!("(timestamptz 'epoch' + {ms} * interval '1 millisecond')"),
    }
}

/// How the last row before a moment is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Author {
    /// By taking the last one, whenever that was.
    Plain,
    /// By an index, knowing that a sweep is valid for some minutes, so that older rows do not count.
    Knowing,
}

/// Everybody's status at a moment: extension, status.
pub(crate) fn at(kind: Kind, author: Author, at: Timestamp) -> String {
    let after = match author {
        Author::Plain => String::new(),
        Author::Knowing => format!("seen_at > {} and ", moment(kind, at.as_ms() - VALID_MS)),
    };
    let at = moment(kind, at.as_ms());
    let zero = zero(kind);
    format!(
        "select extension_id, presence_status, {zero} from (
             select extension_id, presence_status,
                 row_number() over (partition by extension_id order by seen_at desc) as nth
             from look_row where {after}seen_at <= {at}
         ) as seen
         where nth = 1
         order by extension_id"
    )
}

/// The stretches of one extension's status: extension, status, start in milliseconds.
pub(crate) fn timeline(kind: Kind, extension: ExtensionId, window: TimeRange) -> String {
    let (from, to) = (
        moment(kind, window.from().as_ms()),
        moment(kind, window.to().as_ms()),
    );
    let start = milliseconds(kind, "seen_at");
    let distance = distance(kind, "seen_at", "before_at");
    format!(
        "select extension_id, presence_status, {start} from (
             select extension_id, seen_at, presence_status,
                 lag(presence_status) over (order by seen_at) as before,
                 lag(seen_at) over (order by seen_at) as before_at
             from look_row
             where extension_id = {extension} and seen_at >= {from} and seen_at < {to}
         ) as seen
         where before_at is null or before <> presence_status or {distance} > {VALID_MS}
         order by seen_at"
    )
}

/// How long each status of each extension held: extension, status, milliseconds.
pub(crate) fn report(kind: Kind, window: TimeRange) -> String {
    let (from, to) = (
        moment(kind, window.from().as_ms()),
        moment(kind, window.to().as_ms()),
    );
    let distance = distance(kind, "next_at", "seen_at");
    let sum = match kind {
        Kind::Sqlite => "sum(ms)",
        Kind::Postgres => "sum(ms)::bigint",
    };
    format!(
        "select extension_id, presence_status, {sum} from (
             select extension_id, presence_status, {distance} as ms from (
                 select extension_id, presence_status, seen_at,
                     lead(seen_at) over (partition by extension_id order by seen_at) as next_at
                 from look_row where seen_at >= {from} and seen_at <= {to}
             ) as seen
         ) as lasting
         where ms <= {VALID_MS}
         group by extension_id, presence_status
         order by extension_id, presence_status"
    )
}

fn zero(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "0",
        Kind::Postgres => "0::bigint",
    }
}

fn milliseconds(kind: Kind, column: &str) -> String {
    match kind {
        Kind::Sqlite => column.to_owned(),
        Kind::Postgres => format!("(extract(epoch from {column}) * 1000)::bigint"),
    }
}

fn distance(kind: Kind, later: &str, earlier: &str) -> String {
    match kind {
        Kind::Sqlite => format!("{later} - {earlier}"),
        Kind::Postgres => format!("(extract(epoch from {later} - {earlier}) * 1000)::bigint"),
    }
}
