//! Every direct alteration of a store, as SQL, by its name in docs/auditing.md.

use std::collections::BTreeMap;

use presence_model::facet::STATE_FACET_COUNT;
use presence_model::state::State;

use crate::store::database::{ACCOUNT, Spelling};

/// What the alterations are made for.
pub(super) struct World {
    pub(super) spelling: Spelling,
    /// An extension with several changes.
    pub(super) extension: i64,
}

impl World {
    pub(super) fn plus(&self, column: &str, ms: i64) -> String {
        match self.spelling {
            Spelling::Sqlite => format!("{column} + {ms}"),
            Spelling::Postgres => format!("{column} + {ms} * interval '1 millisecond'"),
        }
    }

    fn bytes(&self, digits: &str) -> String {
        self.spelling.bytes(digits)
    }

    fn is_sqlite(&self) -> bool {
        self.spelling == Spelling::Sqlite
    }

    /// Every alteration, by its name in the document.
    pub(super) fn alterations(&self) -> BTreeMap<&'static str, String> {
        let mut all = BTreeMap::new();
        all.extend(self.of_dictionaries());
        all.extend(self.of_snapshots());
        all.extend(self.of_events());
        all.extend(self.of_projections());
        all.extend(self.of_queues());
        all.extend(self.of_access());
        all.extend(self.of_schema());
        all
    }

    fn of_dictionaries(&self) -> Vec<(&'static str, String)> {
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some("Planted");
        let hash = State::new(&values);
        let hash = hex::encode(hash.content_hash());
        let nothing = self.bytes(&"00".repeat(32));
        let swapped = |table: &str, columns: &[&str]| {
            let set = |from: &str, to: &str, column: &str| {
                format!(
                    "update {table} set {column} = (select o.{column} from older o where o.{table}_id = {from}) where {table}_id = {to}; "
                )
            };
            let mut text = format!("create temporary table older as select * from {table}; ");
            let other = self.bytes("01");
            text.extend([
                "update ",
                table,
                " set content_hash = ",
                &other,
                " where ",
                table,
                "_id = 1; ",
            ]);
            for column in columns {
                text += &set("1", "2", column);
                text += &set("2", "1", column);
            }
            text + "drop table older"
        };
        vec![
            ("account-deleted", format!("delete from account where account_id = {ACCOUNT}")),
            ("account-renumbered", "update account set account_id = 999".to_owned()),
            ("account-name", "update account set name = 'Another'".to_owned()),
            ("account-first-seen", format!("update account set first_seen_at = {}", self.plus("first_seen_at", -1000))),
            ("state-value", "update state set presence_status = 'Altered' where state_id = 1".to_owned()),
            ("state-hash", format!("update state set content_hash = {nothing} where state_id = 1")),
            ("state-deleted", "delete from state where state_id = 1".to_owned()),
            ("state-added", format!("insert into state (state_id, presence_status, content_hash) \
                select max(state_id) + 1, 'Planted', {} from state", self.bytes(&hash))),
            ("message-text", "update message set text = 'Altered' where message_id = 1".to_owned()),
            ("message-hash", format!("update message set content_hash = {nothing} where message_id = 1")),
            ("message-deleted", "delete from message where message_id = 1".to_owned()),
            ("message-swapped", swapped("message", &["text", "content_hash"])),
            ("profile-name", "update profile set name = 'Altered' where profile_id = 1".to_owned()),
            ("profile-queues", "update profile set queues = '[\"Altered\"]' where profile_id = 1".to_owned()),
            ("profile-unreadable", "update profile set queues = 'no list' where profile_id = 1".to_owned()),
            ("profile-hash", format!("update profile set content_hash = {nothing} where profile_id = 1")),
            ("profile-deleted", "delete from profile where profile_id = 1".to_owned()),
            ("key-altered", "update extension_key set extension_id = extension_id + 1000000 where extension_key = 1".to_owned()),
            ("key-deleted", "delete from extension_key where extension_key = 1".to_owned()),
            ("key-swapped", "update extension_key set extension_key = -1 where extension_key = 1; \
                update extension_key set extension_key = 1 where extension_key = 2; \
                update extension_key set extension_key = 2 where extension_key = -1".to_owned()),
        ]
    }

    fn of_snapshots(&self) -> Vec<(&'static str, String)> {
        let set = |what: &str| format!("update snapshot set {what} where snapshot_no = 5");
        vec![
            (
                "snapshot-deleted",
                "delete from snapshot where snapshot_no = 5".to_owned(),
            ),
            ("snapshot-renumbered", set("snapshot_no = 5000")),
            ("snapshot-source", set("source = 2")),
            (
                "snapshot-status",
                "update snapshot set status = 1 where status = 0".to_owned(),
            ),
            ("snapshot-unreadable", set("status = 9")),
            (
                "snapshot-started",
                set(&format!(
                    "started_at = {}",
                    self.plus("started_at", -7_200_000)
                )),
            ),
            (
                "snapshot-finished",
                set(&format!(
                    "finished_at = {}",
                    self.plus("finished_at", 7_200_000)
                )),
            ),
            (
                "snapshot-recorded",
                set(&format!("recorded_at = {}", self.plus("recorded_at", 1))),
            ),
            (
                "snapshot-valid-for",
                "update snapshot set valid_for_ms = 1".to_owned(),
            ),
            ("snapshot-expected", set("expected_count = 4711")),
            ("snapshot-observed", set("observed_count = 4711")),
            ("snapshot-event-count", set("event_count = event_count + 1")),
            ("snapshot-position", set("position = position + 1")),
            ("snapshot-skew", set("clock_skew_ms = 4711")),
            ("snapshot-key", set("idempotency_key = 'altered'")),
            (
                "snapshot-digest",
                set(&format!(
                    "content_digest = {}",
                    self.bytes(&"00".repeat(32))
                )),
            ),
            ("snapshot-detail", set("detail = 'altered'")),
            (
                "snapshot-unseen",
                set(&format!("unseen = {}", self.bytes("ff"))),
            ),
        ]
    }

    fn of_events(&self) -> Vec<(&'static str, String)> {
        // The last change of a state that is followed by another one of the same extension.
        let chosen = format!(
            "(select max(position) from event where extension_id = {0} and kind = 1 and position < \
             (select max(position) from event where extension_id = {0} and kind = 1))",
            self.extension
        );
        let set = |what: &str| format!("update event set {what} where position = {chosen}");
        let first = |what: &str| format!("update event set {what} where position = 1");
        let last = "(select max(snapshot_no) from snapshot)";
        vec![
            (
                "event-deleted",
                format!("delete from event where position = {chosen}"),
            ),
            (
                "event-added",
                "create temporary table older as select * from event where position = 1; \
                update older set position = (select max(position) + 1 from event); \
                insert into event select * from older; drop table older"
                    .to_owned(),
            ),
            ("event-position", set("position = 1000000")),
            ("event-snapshot", set("snapshot_no = 1")),
            ("event-extension", set("extension_id = 4711")),
            ("event-version", set("version = version + 1")),
            ("event-kind", set("kind = 0")),
            (
                "event-observed",
                set(&format!(
                    "observed_at = {}",
                    self.plus("observed_at", -3_600_000)
                )),
            ),
            ("event-ambiguous", set("ambiguous_ms = ambiguous_ms + 1")),
            ("event-state", set("state_id = previous_state_id")),
            ("event-previous-state", set("previous_state_id = state_id")),
            ("event-state-unknown", set("state_id = 1000000")),
            ("event-message-unknown", set("message_id = 1000000")),
            (
                "event-profile",
                first("profile_id = (select max(profile_id) from profile)"),
            ),
            (
                "event-previous-profile",
                "update event set previous_profile_id = profile_id where kind = 3".to_owned(),
            ),
            (
                "tail-cut",
                format!(
                    "delete from queue_change where position in (select position from event where snapshot_no = {last}); \
                    delete from event where snapshot_no = {last}; delete from queue_sweep where snapshot_no = {last}; \
                    delete from snapshot where snapshot_no = {last}"
                ),
            ),
            (
                "history-rewritten",
                format!(
                    "update event set extension_id = 4711 where extension_id = {0}; \
                update extension_key set extension_id = 4711 where extension_id = {0}; \
                update snapshot set unseen = null",
                    self.extension
                ),
            ),
        ]
    }

    fn of_projections(&self) -> Vec<(&'static str, String)> {
        let last_interval = "extension_key = 1 and \"from\" = (select max(\"from\") from presence_interval where extension_key = 1)";
        let of_one = format!("extension_id = {}", self.extension);
        vec![
            (
                "site-zone",
                format!(
                    "insert into site_zone values ({ACCOUNT}, 'x', (select first_seen_at from account), 'UTC')"
                ),
            ),
            (
                "extension-altered",
                format!("update extension set version = version + 1 where {of_one}"),
            ),
            (
                "extension-deleted",
                format!("delete from extension where {of_one}"),
            ),
            (
                "interval-state",
                format!(
                    "update presence_interval set state_id = state_id % 3 + 1 where {last_interval}"
                ),
            ),
            (
                "interval-deleted",
                format!("delete from presence_interval where {last_interval}"),
            ),
            (
                "existence-altered",
                format!("update existence_interval set not_before = \"from\" where {of_one}"),
            ),
            (
                "profile-interval",
                "update profile_interval set profile_id = profile_id % 3 + 1".to_owned(),
            ),
            (
                "coverage-altered",
                format!("update coverage set until = {}", self.plus("until", 1)),
            ),
            (
                "head-altered",
                "update head set position = position + 1".to_owned(),
            ),
            ("head-deleted", "delete from head".to_owned()),
            (
                "block-altered",
                format!("update history_block set content = {}", self.bytes("0102")),
            ),
            ("block-deleted", "delete from history_block".to_owned()),
            (
                "packed-until",
                format!(
                    "update history_sealed set until = {}",
                    self.plus("until", 864_000_000)
                ),
            ),
            ("packed-forgotten", "delete from history_sealed".to_owned()),
            (
                "daily-altered",
                "update daily_amount set ms = ms + 1".to_owned(),
            ),
            ("daily-forgotten", "delete from daily_series".to_owned()),
            (
                "local-day",
                format!(
                    "update local_day set \"from\" = {}",
                    self.plus("\"from\"", 1)
                ),
            ),
            ("local-day-deleted", "delete from local_day".to_owned()),
            (
                "lease-altered",
                "insert into lease values (4711, 'nobody', 1, (select first_seen_at from account))"
                    .to_owned(),
            ),
        ]
    }

    fn of_access(&self) -> Vec<(&'static str, String)> {
        let set = |what: &str| format!("update access_log set {what}");
        vec![
            ("access-who", set("who = 'another'")),
            ("access-question", set("question = 'another'")),
            ("access-token", set("token_id = 4711")),
            (
                "access-extensions",
                set(&format!("extensions = {}", self.bytes("01"))),
            ),
            (
                "access-hour",
                set(&format!("first_at = {}", self.plus("first_at", -7_200_000))),
            ),
            ("access-count", set("request_count = request_count + 1")),
            ("access-deleted", "delete from access_log".to_owned()),
            (
                "token-scopes",
                "update access_token set scopes = '[\"ingest\"]'".to_owned(),
            ),
        ]
    }

    pub(super) fn of_schema(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("index-dropped", "drop index snapshot_key".to_owned())];
        if self.is_sqlite() {
            all.extend([
                ("trigger-dropped", "drop trigger event_no_update".to_owned()),
                (
                    "trigger-altered",
                    "drop trigger event_no_update; \
                    create trigger event_no_update before update on event begin select 1; end"
                        .to_owned(),
                ),
                (
                    "trigger-added",
                    "create trigger more after insert on event \
                    begin delete from extension where extension_id = 1; end"
                        .to_owned(),
                ),
                (
                    "view-altered",
                    "drop view presence_coverage; \
                    create view presence_coverage as select 1 as account_id"
                        .to_owned(),
                ),
            ]);
        } else {
            all.extend([
                ("trigger-dropped", "drop trigger event_no_rewriting on event".to_owned()),
                ("trigger-altered", "drop trigger event_no_rewriting on event; create trigger event_no_rewriting \
                    before update on event for each statement execute function refuse_rewriting()".to_owned()),
                ("trigger-added", "create trigger more before insert on event \
                    for each row execute function suppress_redundant_updates_trigger()".to_owned()),
                ("view-altered", "create or replace view extension_history as \
                    select account_id, extension_id, from_at, from_ms, until_at, until_ms, extension_number, \
                    'Another'::text as name, type, status, department, site, time_zone, queues \
                    from (select * from extension_history) as older".replace("from (select * from extension_history) as older",
                    "from (select i.account_id, i.extension_id, i.\"from\" as from_at, 0::bigint as from_ms, i.until as until_at, \
                    0::bigint as until_ms, p.extension_number, p.type, p.status, p.department, p.site, p.time_zone, p.queues \
                    from profile_interval i join profile p on p.profile_id = i.profile_id) as older")),
                ("trigger-disabled", "alter table event_2026_11 disable trigger all".to_owned()),
                ("function-replaced", "create or replace function refuse_rewriting() returns trigger language plpgsql \
                    as 'begin return null; end'".to_owned()),
                ("rule-added", "create rule more as on delete to state do instead nothing".to_owned()),
                ("month-detached", "alter table event detach partition event_2026_11".to_owned()),
                ("month-open", "alter table event_2026_11 disable row level security".to_owned()),
            ]);
        }
        all
    }
}
