//! Whether what keeps the log from being rewritten is there, and as the program makes it.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Row, query};

use super::open::MIGRATIONS;
use crate::StoreError;

/// A trigger that must be there: its table, name and function, when it fires (the bits of `pg_trigger.tgtype`), and of how
/// many columns.
struct Guard {
    table: &'static str,
    trigger: &'static str,
    function: &'static str,
    when: i16,
    column_count: i64,
}

/// Before each statement that updates, deletes or truncates.
const ANY_REWRITING: i16 = 2 | 8 | 16 | 32;

/// Before each row that is updated.
const EACH_UPDATE: i16 = 1 | 2 | 16;

const fn log(table: &'static str, trigger: &'static str) -> Guard {
    Guard {
        table,
        trigger,
        function: "refuse_rewriting",
        when: ANY_REWRITING,
        column_count: 0,
    }
}

const EVENT: Guard = log("event", "event_no_rewriting");

const GUARDS: [Guard; 12] = [
    log("snapshot", "snapshot_no_rewriting"),
    EVENT,
    log("state", "state_no_rewriting"),
    log("message", "message_no_rewriting"),
    log("profile", "profile_no_rewriting"),
    log("extension_key", "extension_key_no_rewriting"),
    log("site_zone", "site_zone_no_rewriting"),
    log("queue_change", "queue_change_no_rewriting"),
    log("queue_sweep", "queue_sweep_no_rewriting"),
    Guard {
        column_count: 2,
        ..log("account", "account_no_rewriting")
    },
    Guard {
        column_count: 8,
        ..log("access_log", "access_log_no_rewriting")
    },
    Guard {
        table: "access_log",
        trigger: "access_log_no_uncounting",
        function: "refuse_uncounting",
        when: EACH_UPDATE,
        column_count: 0,
    },
];

/// Functions whose text must be that of the migrations.
const FUNCTIONS: [&str; 5] = [
    "refuse_rewriting",
    "refuse_uncounting",
    "protect_event_part",
    "check_event_month",
    "make_event_month",
];

/// The keys and indexes that keep a row from being there twice.
const UNIQUE_INDEXES: [&str; 14] = [
    "account_pkey",
    "access_log_account_id_digest_key",
    "extension_key_pkey",
    "extension_key_account_id_extension_id_key",
    "head_pkey",
    "message_content_hash_key",
    "message_pkey",
    "profile_content_hash_key",
    "profile_pkey",
    "queue_change_pkey",
    "queue_sweep_pkey",
    "snapshot_key",
    "snapshot_pkey",
    "state_pkey",
];

/// See [`crate::dialect::Dialect::check_schema`]. The schema is the first one of the transaction's path.
pub(super) async fn check_schema(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let mut findings = functions(connection).await?;
    findings.extend(triggers(connection).await?);
    findings.extend(parts(connection).await?);
    let indexes = names(
        connection,
        "select c.relname::text \
         from pg_catalog.pg_index i \
         join pg_catalog.pg_class c on c.oid = i.indexrelid \
         where c.relnamespace = pg_catalog.current_schema()::pg_catalog.regnamespace and i.indisunique and i.indisvalid",
    )
    .await?;
    let missing = UNIQUE_INDEXES
        .iter()
        .filter(|name| !indexes.iter().any(|one| one == *name));
    findings.extend(missing.map(|name| format!("{name}: this key is missing")));
    let rules = names(
        connection,
        "select c.relname::text || ': the rule ' || r.rulename::text \
         from pg_catalog.pg_rewrite r \
         join pg_catalog.pg_class c on c.oid = r.ev_class \
         where c.relnamespace = pg_catalog.current_schema()::pg_catalog.regnamespace and c.relkind in ('r', 'p') \
         order by 1",
    )
    .await?;
    findings.extend(
        rules
            .iter()
            .map(|rule| format!("{rule} is not one of the program's")),
    );
    Ok(findings)
}

async fn names(
    connection: &mut PgConnection,
    statement: &'static str,
) -> Result<Vec<String>, StoreError> {
    let rows = query(statement)
        .persistent(false)
        .fetch_all(connection)
        .await?;
    let names = rows.iter().map(|row| row.try_get(0));
    Ok(names.collect::<Result<_, _>>()?)
}

/// The text of a function's body, as the last migration that makes it has it: of the functions in `schema`.
fn body(function: &str, schema: &str) -> Option<String> {
    // What only executes it does not make it.
    let made = ["create function", "create or replace function"];
    let made = made.map(|create| format!("{create} {function}("));
    let mut newest_first = MIGRATIONS.iter().rev();
    let after = newest_first.find_map(|(_, text)| {
        let mut split = made.iter().map(|start| text.split_once(start.as_str()));
        split.find_map(|found| found.map(|(_, after)| after))
    })?;
    let (_, after) = after.split_once("as $$")?;
    let (body, _) = after.split_once("$$;")?;
    Some(body.replace("@history@", schema))
}

async fn functions(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let statement = "\
        select f.proname::text as name, f.prosrc as body,
            coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false) as is_settled,
            pg_catalog.current_schema()::text as schema
        from pg_catalog.pg_proc f
        where f.pronamespace = pg_catalog.current_schema()::pg_catalog.regnamespace";
    let rows = query(statement)
        .persistent(false)
        .fetch_all(connection)
        .await?;
    let mut kept: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut schema = String::new();
    for row in &rows {
        schema = row.try_get("schema")?;
        let function = (row.try_get("body")?, row.try_get("is_settled")?);
        kept.insert(row.try_get("name")?, function);
    }
    let mut findings = Vec::new();
    for function in FUNCTIONS {
        match kept.get(function) {
            None => findings.push(format!("event: the function {function} is missing")),
            Some((text, is_settled))
                if !is_settled || Some(text) != body(function, &schema).as_ref() =>
            {
                findings.push(format!(
                    "event: the function {function} is not as the program makes it"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(findings)
}

/// A trigger as it is kept.
struct Kept {
    table: String,
    trigger: String,
    function: String,
    when: i16,
    column_count: i64,
    /// It fires, and its condition, if it needs one, is about each of the columns.
    is_working: bool,
    is_part: bool,
}

async fn triggers(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let statement = "\
        select c.relname::text as table_name, t.tgname::text as trigger_name, f.proname::text as function_name,
            t.tgtype as fires_when,
            (select pg_catalog.count(*) from pg_catalog.unnest(t.tgattr::smallint[])) as column_count,
            t.tgenabled in ('O', 'A') and f.pronamespace = c.relnamespace
                and (t.tgqual is null) = (t.tgname <> 'access_log_no_uncounting')
                and (t.tgqual is null or pg_catalog.pg_get_triggerdef(t.oid)
                    like '%request_count%<=%last_at%<%window_from%>%window_to%<%window_from%<>%window_to%<>%') as is_working,
            c.relispartition as is_part
        from pg_catalog.pg_trigger t
        join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_proc f on f.oid = t.tgfoid
        where c.relnamespace = pg_catalog.current_schema()::pg_catalog.regnamespace and not t.tgisinternal
        order by 1, 2";
    let rows = query(statement)
        .persistent(false)
        .fetch_all(&mut *connection)
        .await?;
    let mut kept = Vec::new();
    for row in &rows {
        kept.push(Kept {
            table: row.try_get("table_name")?,
            trigger: row.try_get("trigger_name")?,
            function: row.try_get("function_name")?,
            when: row.try_get("fires_when")?,
            column_count: row.try_get("column_count")?,
            is_working: row.try_get("is_working")?,
            is_part: row.try_get("is_part")?,
        });
    }
    let mut findings = Vec::new();
    for guard in &GUARDS {
        let found = kept
            .iter()
            .find(|one| one.table == guard.table && one.trigger == guard.trigger);
        findings.extend(judged(guard, guard.table, found));
    }
    for part in event_parts(connection).await? {
        let found = kept
            .iter()
            .find(|one| one.table == part && one.trigger == EVENT.trigger);
        findings.extend(judged(&EVENT, &part, found));
    }
    let strange = kept.iter().filter(|one| {
        let is_guard = |guard: &Guard| {
            guard.trigger == one.trigger
                && (guard.table == one.table || one.is_part && guard.table == EVENT.table)
        };
        !GUARDS.iter().any(is_guard)
    });
    findings.extend(strange.map(|one| {
        format!(
            "{}: the trigger {} is not one of the program's",
            one.table, one.trigger
        )
    }));
    Ok(findings)
}

fn judged(guard: &Guard, table: &str, found: Option<&Kept>) -> Option<String> {
    let trigger = guard.trigger;
    let Some(kept) = found else {
        return Some(format!("{table}: the trigger {trigger} is missing"));
    };
    let is_as_made = kept.is_working
        && kept.function == guard.function
        && kept.when == guard.when
        && kept.column_count == guard.column_count;
    (!is_as_made).then(|| format!("{table}: the trigger {trigger} is not as the program makes it"))
}

/// The months of the log, and their parts.
async fn event_parts(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let statement = "\
        select c.relname::text \
        from pg_catalog.pg_partition_tree(\
            pg_catalog.format('%I.event', pg_catalog.current_schema())::pg_catalog.regclass) p \
        join pg_catalog.pg_class c on c.oid = p.relid \
        where p.level > 0 \
        order by 1";
    names(connection, statement).await
}

/// The months that show their rows to others.
async fn parts(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let statement = "\
        select c.relname::text || ': row-level security is off, so what is granted on it shows the log' \
        from pg_catalog.pg_partition_tree(\
            pg_catalog.format('%I.event', pg_catalog.current_schema())::pg_catalog.regclass) p \
        join pg_catalog.pg_class c on c.oid = p.relid \
        where p.level > 0 and not c.relrowsecurity \
        order by 1";
    names(connection, statement).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_body_in_the_migrations() {
        for function in FUNCTIONS {
            let body = body(function, "history").expect(function);
            assert!(body.contains("begin"), "{function}: {body}");
            assert!(!body.contains("create function"), "{function}: {body}");
        }
    }
}
