-- One row per snapshot is one row per snapshot: a push is no sweep. The view has that name now; the old one answers for one
-- release more.

drop view presence_looks;

-- One row per snapshot: a sweep, an imported sweep or a batch of pushes, also those that failed or were skipped. That nobody
-- observed the account is not the same as that nothing changed.
create view presence_snapshots as
select
    s.account_id,
    s.snapshot_no,               -- order in the account's log, gapless
    case s.source when 0 then 'poll' when 1 then 'push' else 'import' end as source,
    case s.status when 0 then 'complete' when 1 then 'partial' when 2 then 'failed' else 'skipped' end as status,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.started_at) / 1000.0, 'unixepoch') as started_at, -- the first request was sent
    s.started_at as started_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.finished_at) / 1000.0, 'unixepoch') as finished_at, -- the last response had been received
    s.finished_at as finished_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.recorded_at) / 1000.0, 'unixepoch') as recorded_at, -- it was written down
    s.recorded_at as recorded_ms,
    s.valid_for_ms,              -- the next snapshot still brackets the time between if it starts no later than this after
    s.expected_count,            -- how many extensions the platform said there are
    s.observed_count,            -- how many were observed
    s.event_count,               -- how many change events it has
    s.position,                  -- of the last event of the log after it
    s.clock_skew_ms,             -- the platform's clock minus ours
    s.detail                     -- why it is not complete, for people
from snapshot s;

-- The old name of presence_snapshots.
create view presence_looks as
select
    account_id, snapshot_no, source, status, started_at, started_ms, finished_at, finished_ms, recorded_at, recorded_ms,
    valid_for_ms, expected_count, observed_count, event_count, position, clock_skew_ms, detail
from presence_snapshots;

pragma user_version = 12;
