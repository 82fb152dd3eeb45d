//! What is SQLite's own: how a transaction begins, how a list of ids is passed, and how many rows go into one statement.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Sqlite, query};

use super::StoreError;

/// Takes the write lock at once: a transaction that reads first and writes later fails when another has written in
/// between, however long it would wait.
pub(super) const BEGIN_WRITE: &str = "begin immediate";

/// One read transaction: everything in it sees the same end of the log.
pub(super) const BEGIN_READ: &str = "begin deferred";

/// Where those of the extensions in the JSON array `$2` stand that are known.
pub(super) const LAST_SEEN_OF: &str = "\
select x.account_id, x.extension_id, x.existence, x.since, x.lagging_at, x.lagging_valid_for_ms
from json_each($2) as wanted
cross join extension x on x.account_id = $1 and x.extension_id = wanted.value
order by x.extension_id";

/// Their intervals from the last one that begins before `$3` to the second one that begins at or after `$4`, all of
/// one extension in one row, as a JSON array of arrays. Both ends are found in the key, so the length of the history
/// does not matter.
pub(super) const INTERVALS_OF: &str = r#"
select $1, wanted.value, (
    select json_group_array(json_array(
        i."from", i.ambiguous_ms, i.duration_ms, i.end_ambiguous_ms, i.state_id, i.message_id, i.position
    ))
    from presence_interval i
    where i.account_id = $1 and i.extension_id = wanted.value
        and i."from" >= coalesce((
            select max(c."from")
            from presence_interval c
            where c.account_id = $1 and c.extension_id = wanted.value and c."from" < $3
        ), $3)
        and i."from" <= coalesce((
            select c."from"
            from presence_interval c
            where c.account_id = $1 and c.extension_id = wanted.value and c."from" >= $4
            order by c."from"
            limit 1 offset 1
        ), 9223372036854775807)
)
from json_each($2) as wanted"#;

/// When they existed.
pub(super) const LIVES_OF: &str = r#"
select i.account_id, i.extension_id, i."from", i.not_before, i.certain_until, i.until
from json_each($2) as wanted
cross join existence_interval i on i.account_id = $1 and i.extension_id = wanted.value
order by i.extension_id, i."from""#;

/// Their profiles.
pub(super) const PROFILES_OF: &str = r#"
select i.account_id, i.extension_id, i."from", i.until, i.profile_id
from json_each($2) as wanted
cross join profile_interval i on i.account_id = $1 and i.extension_id = wanted.value
order by i.extension_id, i."from""#;

/// Change events after position `$2` up to `$3`, observed from `$4` on and before `$5`, at most `$6`.
pub(super) const CHANGES: &str = r#"
select
    e.account_id, e.position, e.snapshot_no, e.extension_id, e.version, e.kind, e.observed_at, e.ambiguous_ms,
    e.state_id, e.message_id, e.previous_state_id, e.previous_message_id, e.profile_id, e.previous_profile_id,
    m.text, p.text, s.source,
    coalesce(e.profile_id, (
        select i.profile_id
        from profile_interval i
        where i.account_id = e.account_id and i.extension_id = e.extension_id and i."from" <= e.observed_at
        order by i."from" desc
        limit 1
    ))
from event e
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
left join message m on m.message_id = e.message_id
left join message p on p.message_id = e.previous_message_id
where e.account_id = $1 and e.position > $2 and e.position <= $3 and e.observed_at >= $4 and e.observed_at < $5
order by e.position
limit $6"#;

/// The same for the extensions in the JSON array `$7`. The projections tell when something of them changed, and so
/// where in the log it is: an extension's own events are found without reading everybody's.
pub(super) const CHANGES_OF: &str = r#"
with
wanted as (
    select value as extension_id
    from json_each($7)
),
moment as (
    select i.extension_id, i.until as at
    from wanted
    cross join existence_interval i on i.account_id = $1 and i.extension_id = wanted.extension_id
    where i.until >= $4 and i.until < $5
    union
    select i.extension_id, i."from"
    from wanted
    cross join profile_interval i on i.account_id = $1 and i.extension_id = wanted.extension_id
    where i."from" >= $4 and i."from" < $5
),
place as (
    select i.position
    from wanted
    cross join presence_interval i on i.account_id = $1 and i.extension_id = wanted.extension_id
    where i."from" >= $4 and i."from" < $5
    union
    select e.position
    from moment
    cross join snapshot s on s.account_id = $1 and s.snapshot_no in (
        select c.snapshot_no
        from snapshot c
        where c.account_id = $1 and c.finished_at >= moment.at
        order by c.finished_at, c.snapshot_no
        limit 4
    )
    cross join event e on e.account_id = $1 and e.position > s.position - s.event_count and e.position <= s.position
        and e.extension_id = moment.extension_id
)
select
    e.account_id, e.position, e.snapshot_no, e.extension_id, e.version, e.kind, e.observed_at, e.ambiguous_ms,
    e.state_id, e.message_id, e.previous_state_id, e.previous_message_id, e.profile_id, e.previous_profile_id,
    m.text, p.text, s.source,
    coalesce(e.profile_id, (
        select i.profile_id
        from profile_interval i
        where i.account_id = e.account_id and i.extension_id = e.extension_id and i."from" <= e.observed_at
        order by i."from" desc
        limit 1
    ))
from place
cross join event e on e.account_id = $1 and e.position = place.position
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
left join message m on m.message_id = e.message_id
left join message p on p.message_id = e.previous_message_id
where e.position > $2 and e.position <= $3 and e.observed_at >= $4 and e.observed_at < $5
order by e.position
limit $6"#;

/// Rows of one statement. A remainder takes a few statements of the smaller sizes, so that there is only this many
/// statement texts of each kind and all of them stay prepared.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

pub(super) type Bound = Query<'static, Sqlite, SqliteArguments>;

/// The texts of a statement over many rows, one text a size.
pub(super) struct RowStatement {
    texts: [String; SIZES.len()],
}

impl RowStatement {
    /// `before`, a bracket of `columns` parameters for each row, `after`.
    ///
    /// The parameters have no numbers: SQLite looks a numbered one up in a list for each value, which is slow for
    /// thousands of them.
    pub(super) fn new(before: &str, columns: usize, after: &str) -> Self {
        let bracket = format!("({})", vec!["?"; columns].join(", "));
        let texts = SIZES.map(|size| {
            let brackets = vec![bracket.as_str(); size].join(", ");
            format!("{before} {brackets} {after}")
        });
        Self { texts }
    }

    /// Inserts rows of `columns` into `table`.
    pub(super) fn insert(table: &str, columns: &[&str]) -> Self {
        Self::new(&insert_into(table, columns), columns.len(), "")
    }

    /// The same, replacing rows of the same key: the first `key_length` columns.
    pub(super) fn upsert(table: &str, columns: &[&str], key_length: usize) -> Self {
        let (key, rest) = columns.split_at(key_length);
        let assignments: Vec<String> = rest
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let after = format!(
            "on conflict ({}) do update set {}",
            key.join(", "),
            assignments.join(", ")
        );
        Self::new(&insert_into(table, columns), columns.len(), &after)
    }

    /// The statements that cover `rows`, the largest first, each with its rows.
    pub(super) fn chunks<'r, R>(
        &'static self,
        rows: &'r [R],
    ) -> impl Iterator<Item = (Bound, &'r [R])> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let index = SIZES.iter().position(|size| *size <= rest.len())?;
            let (chunk, after) = rest.split_at(SIZES[index]);
            rest = after;
            Some((query(self.texts[index].as_str()), chunk))
        })
    }

    /// Executes the statement for all rows; `bind` binds the columns of one.
    pub(super) async fn execute<R>(
        &'static self,
        connection: &mut SqliteConnection,
        rows: &[R],
        bind: impl Fn(Bound, &R) -> Bound,
    ) -> Result<(), StoreError> {
        for (statement, chunk) in self.chunks(rows) {
            let bound = chunk.iter().fold(statement, &bind);
            bound.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn insert_into(table: &str, columns: &[&str]) -> String {
    format!("insert into {table} ({}) values", columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    static STATEMENT: LazyLock<RowStatement> =
        LazyLock::new(|| RowStatement::upsert("t", &["a", "b", "c"], 1));

    #[test]
    fn rows_are_covered_once_by_few_texts() {
        let rows: Vec<usize> = (0..341).collect();
        let sizes: Vec<usize> = STATEMENT
            .chunks(&rows)
            .map(|(_, chunk)| chunk.len())
            .collect();
        assert_eq!(sizes, [256, 64, 16, 4, 1]);
        let covered: Vec<usize> = STATEMENT
            .chunks(&rows)
            .flat_map(|(_, chunk)| chunk.to_vec())
            .collect();
        assert_eq!(covered, rows);
    }

    #[test]
    fn an_upsert_replaces_all_but_the_key() {
        assert_eq!(
            STATEMENT.texts[4],
            "insert into t (a, b, c) values (?, ?, ?) \
             on conflict (a) do update set b = excluded.b, c = excluded.c"
        );
    }
}
