"""The history that everybody is asked about, made once, and what the peers get of it.

The peers do not read the program's rows but a table of their own, `interval`: one row for each stretch in which
a person's state was constant, as in the view `presence_intervals`, with two columns worked out beforehand that do not
depend on the question:

  possible_from_ms    the state cannot have begun before
  end_not_before_ms   the change that ended it cannot have happened before

and `hours`: one row for each person and working day, from 09:00 to 17:00 of the person's zone. The time zones are
those of Python's `tzdata`; that they agree with the program's is part of the comparison of the answers.
"""

import collections
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import zoneinfo
from pathlib import Path

DAY_MS = 86_400_000
FACETS = ["presence_status", "user_status", "telephony_status", "dnd_status", "meeting_status", "message"]
OPENS, CLOSES = 9, 17

# The intervals, from the views of a store; only when people were last seen before they disappeared is in none of them.
INTERVALS = """
with neighbours as (
    select
        i.*, n.is_person,
        lag(i.from_ms) over w as before_from_ms, lag(i.not_before_ms) over w as before_not_before_ms,
        lead(i.not_before_ms) over w as next_not_before_ms
    from presence_intervals i
    join presence_now n on n.account_id = i.account_id and n.extension_id = i.extension_id
    where i.account_id = :account
    window w as (partition by i.extension_id order by i.from_ms)
)
select
    b.extension_id, b.from_ms, b.until_ms,
    case
        when before_not_before_ms is null and not_before_ms < before_from_ms then before_from_ms
        else coalesce(not_before_ms, from_ms)
    end as possible_from_ms,
    case ended_by
        when 'change' then next_not_before_ms
        when 'disappeared' then (
            select e.certain_until from existence_interval e
            where e.account_id = :account and e.extension_id = b.extension_id and e.until = b.until_ms
        )
        else until_ms
    end as end_not_before_ms,
    b.is_person, {facets}
from neighbours b
order by b.extension_id, b.from_ms
"""


def made_with() -> str:
    """What shows whether a kept history is still what the program would make: its migrations and its office."""
    root = Path(__file__).resolve().parents[2]
    folders = ["migrations/sqlite", "crates/generate/src", "crates/simulator/src"]
    files = sorted(file for folder in folders for file in (root / folder).rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


class History:
    """A generated history in a store, and the tables made of it."""

    def __init__(self, folder: Path, binary: str, extensions: int, days: int, seed: int):
        self.binary, self.extensions, self.days, self.seed = binary, extensions, days, seed
        # From a Monday: 2026-01-05.
        self.start = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
        self.folder = folder / f"office-{extensions}-{days}-{seed}"
        self.store = self.folder / "presence.db"
        self.parquet = self.folder / "interval.parquet"
        self.hours = self.folder / "hours.parquet"

    @property
    def start_ms(self) -> int:
        return int(self.start.timestamp()) * 1000

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.days * DAY_MS

    def make(self) -> None:
        """Makes what is not there yet. The generator goes on where it was interrupted."""
        finished, made_by = self.folder / "generated", made_with()
        if finished.exists() and finished.read_text() != made_by:
            shutil.rmtree(self.folder)  # the store's form or the office has changed since
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [self.binary, "simulate", "--into", f"sqlite:{self.store}", "--extensions", str(self.extensions)]
        command += ["--days", str(self.days), "--seed", str(self.seed), "--from", self.start.strftime("%Y-%m-%d")]
        if not finished.exists():
            subprocess.run(command, check=True)
            # As a collector would have done meanwhile.
            subprocess.run([self.binary, "pack", "--store", f"sqlite:{self.store}"], check=True)
            finished.write_text(made_by)
        facts = self.folder / "facts.json"
        if not facts.exists():
            facts.write_text(json.dumps(self._export(), indent=2) + "\n")
        self.facts = json.loads(facts.read_text())

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        connection.execute("pragma mmap_size = 8589934592")
        connection.execute("pragma cache_size = -400000")
        return connection

    def _export(self) -> dict:
        import pyarrow
        import pyarrow.parquet

        connection = self.connect()
        (account,) = connection.execute("select account_id from account").fetchone()
        people = connection.execute(
            "select extension_id, coalesce(time_zone, 'UTC') from presence_now"
            " where account_id = ? and is_person = 1 and status <> 'listed'", (account,)
        ).fetchall()
        names = ["extension_id", "from_ms", "until_ms", "possible_from_ms", "end_not_before_ms", "is_person", *FACETS]
        text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
        types = [pyarrow.int64()] * 5 + [pyarrow.bool_()] + [text] * len(FACETS)
        schema = pyarrow.schema(list(zip(names, types)))
        text_of_rows = INTERVALS.format(facets=", ".join(FACETS))
        rows = connection.execute(text_of_rows, {"account": account})
        counts: collections.Counter = collections.Counter()
        with pyarrow.parquet.ParquetWriter(self.parquet, schema, compression="zstd") as writer:
            while batch := rows.fetchmany(500_000):
                columns = list(zip(*batch))
                columns[5] = [bool(is_person) for is_person in columns[5]]
                arrays = [pyarrow.array(values, kind) for values, kind in zip(columns, types)]
                writer.write_table(pyarrow.table(arrays, schema=schema), row_group_size=125_000)
                counts.update(columns[0])
        busiest = max(people, key=lambda person: counts[person[0]])[0]
        windows = self._windows(people)
        pyarrow.parquet.write_table(
            pyarrow.table({
                "extension_id": pyarrow.array([row[0] for row in windows], pyarrow.int64()),
                "day": pyarrow.array([row[1] for row in windows], text),
                "from_ms": pyarrow.array([row[2] for row in windows], pyarrow.int64()),
                "to_ms": pyarrow.array([row[3] for row in windows], pyarrow.int64()),
            }), self.hours)
        (events,) = connection.execute("select position from head where account_id = ?", (account,)).fetchone()
        connection.close()
        return {
            "account": account, "people": len(people), "intervals": counts.total(), "busiest": busiest, "events": events,
            "hours": len(windows), "store_bytes": os.path.getsize(self.store),
            "parquet_bytes": os.path.getsize(self.parquet),
        }

    def _windows(self, people: list) -> list:
        """The working hours of everybody, from two days before the history to two days after."""
        by_zone: dict[str, list] = {}
        for _, name in people:
            if name in by_zone:
                continue
            zone = zoneinfo.ZoneInfo(name)
            day = self.start.date() - datetime.timedelta(days=2)
            found = by_zone[name] = []
            for _ in range(self.days + 4):
                if day.weekday() < 5:
                    moments = (datetime.datetime(day.year, day.month, day.day, hour, tzinfo=zone)
                               for hour in (OPENS, CLOSES))
                    begins, ends = (int(moment.timestamp()) * 1000 for moment in moments)
                    if begins < self.end_ms and ends > self.start_ms:
                        found.append((day.isoformat(), begins, ends))
                day += datetime.timedelta(days=1)
        return sorted((extension, *window) for extension, zone in people for window in by_zone[zone])
