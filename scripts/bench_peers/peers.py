"""The databases: how each gets the history, and how it is asked. Every peer is asked by a process of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import sql
from .history import DAY_MS, FACETS, History

COLUMNS = ["extension_id", "from_ms", "until_ms", "possible_from_ms", "end_not_before_ms", "is_person", *FACETS]


def inline(text: str, parameters: dict, integer: str = "{}") -> str:
    """Writes numbers into the text, longest name first: every database then plans with what it is asked."""
    for name in sorted(parameters, key=len, reverse=True):
        text = text.replace(f":{name}", integer.format(parameters[name]))
    return text


class Peer:
    """A database with the history in the layout that suits it best."""

    name = ""
    package = ""
    layout = ""

    def __init__(self, history: History, folder: Path):
        self.history, self.folder = history, folder
        self.place = folder / self.__class__.__name__.lower()

    def prepare(self) -> None:
        """Loads the history, unless it is loaded."""

    def version(self) -> str:
        import importlib.metadata

        return importlib.metadata.version(self.package)

    def open(self) -> None:
        """What has to be in place before the clock starts: imports."""

    def answer(self, question):
        """Asks; the result is complete, but in the database's own form. Timed."""

    def rows(self, result) -> list[tuple]:
        """The result as rows. Not timed."""
        return [tuple(row) for row in result]

    def size(self) -> int:
        if self.place.is_dir():
            return sum(file.stat().st_size for file in self.place.rglob("*") if file.is_file())
        return self.place.stat().st_size if self.place.exists() else 0

    def text(self, question) -> str:
        """The question in the database's SQL."""
        parameters = {
            "from_ms": question.from_ms, "to_ms": question.to_ms, "person": question.person,
            "account": self.history.facts["account"],
        }
        return inline(self.dialect.text(question.kind), parameters, self.dialect.integer)

    def close(self) -> None:
        """Ends what runs."""


class DuckDb(Peer):
    name, package = "DuckDB", "duckdb"
    layout = "native file, sorted by extension and time, words as enumerations, all threads"
    dialect = sql.DuckDb()

    def prepare(self) -> None:
        if self.place.exists():
            return
        import duckdb

        making = self.place.with_suffix(".making")
        making.unlink(missing_ok=True)
        with duckdb.connect(str(making)) as connection:
            source = f"read_parquet('{self.history.parquet}')"
            columns = ["extension_id", "from_ms", "until_ms", "possible_from_ms", "end_not_before_ms", "is_person"]
            for facet in FACETS:
                connection.execute(
                    f"create type {facet}_word as enum (select distinct {facet}::varchar from {source}"
                    f" where {facet} is not null order by 1)")
                columns.append(f"{facet}::{facet}_word as {facet}")
            connection.execute(
                f"create table interval as select {', '.join(columns)} from {source} order by extension_id, from_ms")
            connection.execute(
                f"create table hours as select *, from_ms // {DAY_MS} as day_no"
                f" from read_parquet('{self.history.hours}') order by extension_id, from_ms")
            everything = {"from_ms": self.history.start_ms, "to_ms": self.history.end_ms}
            runs = sql.DuckDb().head("true") + ", " + sql.RUNS
            people = "extension_id in (select extension_id from hours)"
            connection.execute(inline(
                f"create table prepared as {runs} select *, {people} as is_person from run"
                " order by extension_id, from_ms", everything))
        making.rename(self.place)

    def open(self) -> None:
        import duckdb  # noqa: F401

    def answer(self, question):
        import duckdb

        connection = duckdb.connect(str(self.place), read_only=True)
        text = self.text(question)
        connection.execute("set enable_progress_bar = false")
        return connection.sql(text).to_arrow_table()

    def rows(self, result) -> list[tuple]:
        return list(zip(*(column.to_pylist() for column in result.columns)))


class DuckDbPrepared(DuckDb):
    name = "DuckDB, runs of this facet stored"
    layout = "the same file with the runs of `presence_status` worked out beforehand: for no other facet or policy"
    dialect = sql.DuckDbPrepared()

    def __init__(self, history: History, folder: Path):
        super().__init__(history, folder)
        self.place = folder / "duckdb"

    def asks(self, kind: str) -> bool:
        return kind != "at"


class ClickHouse(Peer):
    name, package = "ClickHouse (chdb)", "chdb"
    layout = "MergeTree, sorted by extension and time, words as LowCardinality, all threads"
    dialect = sql.ClickHouse()

    def prepare(self) -> None:
        if self.place.exists():
            return
        from chdb import session

        making = self.place.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        connection = session.Session(str(making))
        for text in [
            "create database office",
            "create table office.interval (extension_id Int64, from_ms Int64, until_ms Int64, possible_from_ms Int64,"
            " end_not_before_ms Int64, is_person Bool, presence_status LowCardinality(String), "
            + ", ".join(f"{facet} LowCardinality(Nullable(String))" for facet in FACETS[1:])
            + ") engine = MergeTree order by (extension_id, from_ms)",
            f"insert into office.interval select {', '.join(COLUMNS)} from file('{self.history.parquet}', Parquet)",
            "optimize table office.interval final",
            "create table office.hours (extension_id Int64, day LowCardinality(String), from_ms Int64, to_ms Int64,"
            " day_no Int64) engine = MergeTree order by (extension_id, from_ms)",
            f"insert into office.hours select extension_id, day, from_ms, to_ms, intDiv(from_ms, {DAY_MS})"
            f" from file('{self.history.hours}', Parquet)",
            "optimize table office.hours final",
        ]:
            connection.query(text)
        connection.close()
        making.rename(self.place)

    def open(self) -> None:
        import chdb  # noqa: F401
        from chdb import session  # noqa: F401

    def answer(self, question):
        from chdb import session

        connection = session.Session(str(self.place))
        connection.query("use office")
        text = self.text(question)
        return connection.query(text, "Arrow")

    def rows(self, result) -> list[tuple]:
        import pyarrow

        with pyarrow.ipc.open_file(pyarrow.BufferReader(result.bytes())) as reader:
            table = reader.read_all()
        columns = []
        for column in table.columns:
            if pyarrow.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            columns.append([value.decode() if isinstance(value, bytes) else value for value in column.to_pylist()])
        return list(zip(*columns))


class Polars(Peer):
    name, package = "polars", "polars"
    layout = "Arrow file in memory-mapped form, sorted by extension and time, lazy, all threads"

    def prepare(self) -> None:
        if self.place.exists():
            return
        import polars

        making = self.place.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        frame = polars.read_parquet(self.history.parquet)
        frame.with_columns(polars.col(facet).cast(polars.Categorical) for facet in FACETS).write_ipc(
            making / "interval.arrow")
        hours = polars.read_parquet(self.history.hours)
        hours.with_columns((polars.col("from_ms") // DAY_MS).alias("day_no")).write_ipc(making / "hours.arrow")
        making.rename(self.place)

    def open(self) -> None:
        import polars  # noqa: F401

    def answer(self, question):
        return getattr(self, question.kind)(question).collect()

    def rows(self, result) -> list[tuple]:
        return result.rows()

    def near(self, question, who):
        import polars as pl

        return pl.scan_ipc(self.place / "interval.arrow").filter(
            who & (pl.col("from_ms") < question.to_ms + DAY_MS) & (pl.col("until_ms") > question.from_ms - DAY_MS))

    def runs(self, question, who):
        import polars as pl

        begins = ~(
            (pl.col("extension_id") == pl.col("extension_id").shift(1))
            & (pl.col("until_ms").shift(1) == pl.col("from_ms"))
            & (pl.col("presence_status") == pl.col("presence_status").shift(1))
        ).fill_null(False)
        return (
            self.near(question, who)
            .select("extension_id", pl.col("presence_status").alias("value"), "from_ms", "until_ms",
                    "possible_from_ms", "end_not_before_ms", begins.cum_sum().alias("run_no"))
            .group_by("run_no", maintain_order=True)
            .agg(pl.col("extension_id").first(), pl.col("value").first(), pl.col("from_ms").first(),
                 pl.col("until_ms").last(), pl.col("possible_from_ms").first(),
                 pl.col("end_not_before_ms").last().alias("certain_until_ms"))
        )

    def report(self, question):
        import polars as pl

        bounded = self.runs(question, pl.col("is_person")).with_columns(
            pl.max_horizontal("possible_from_ms", pl.col("until_ms").shift(1).over("extension_id", "value")))
        first = pl.min_horizontal("possible_from_ms", "from_ms") // DAY_MS - 1
        days = pl.int_ranges(first, (pl.col("until_ms") - 1) // DAY_MS + 1).alias("day_no")
        hours = pl.scan_ipc(self.place / "hours.arrow").filter(
            (pl.col("from_ms") < question.to_ms) & (pl.col("to_ms") > question.from_ms)
        ).select(
            "extension_id", "day", "day_no",
            pl.max_horizontal("from_ms", pl.lit(question.from_ms)).alias("opens_ms"),
            pl.min_horizontal("to_ms", pl.lit(question.to_ms)).alias("closes_ms"),
        )

        def inside(begin, end):
            length = pl.min_horizontal(end, "closes_ms") - pl.max_horizontal(begin, "opens_ms")
            return pl.max_horizontal(length, pl.lit(0)).sum()

        return (
            bounded.with_columns(days).explode("day_no").join(hours, on=["extension_id", "day_no"])
            .group_by("extension_id", "day", "value")
            .agg(inside("from_ms", "until_ms").alias("ms"), inside("from_ms", "certain_until_ms").alias("min_ms"),
                 inside("possible_from_ms", "until_ms").alias("max_ms"))
            .filter(pl.col("max_ms") > 0)
            .sort("extension_id", "day", "value")
        )

    def staffing(self, question):
        import polars as pl

        run = self.runs(question, pl.col("is_person")).filter(
            (pl.col("value") == "Available") & (pl.col("from_ms") < question.to_ms)
            & (pl.col("until_ms") > question.from_ms))
        begun = run.select(
            pl.max_horizontal("from_ms", pl.lit(question.from_ms)).alias("at_ms"), pl.lit(1, pl.Int64).alias("step"))
        ended = run.filter(pl.col("until_ms") < question.to_ms).select(
            pl.col("until_ms").alias("at_ms"), pl.lit(-1, pl.Int64).alias("step"))
        minutes = pl.LazyFrame({"at_ms": range(question.from_ms, question.to_ms, 60_000)}).with_columns(
            pl.lit(0, pl.Int64).alias("step"))
        level = (
            pl.concat([begun, ended, minutes]).group_by("at_ms").agg(pl.col("step").sum()).sort("at_ms")
            .with_columns(
                pl.col("step").cum_sum().alias("available"),
                pl.col("at_ms").shift(-1).fill_null(question.to_ms).alias("until_ms"))
        )
        minute = (pl.col("at_ms") - (pl.col("at_ms") - question.from_ms) % 60_000).alias("minute_ms")
        return level.group_by(minute, maintain_order=True).agg(
            pl.col("available").min().alias("least"), pl.col("available").max().alias("most"),
            (pl.col("available") * (pl.col("until_ms") - pl.col("at_ms"))).sum().alias("person_ms"))

    def at(self, question):
        import polars as pl

        return (
            pl.scan_ipc(self.place / "interval.arrow")
            .filter((pl.col("from_ms") <= question.from_ms) & (pl.col("until_ms") > question.from_ms))
            .group_by("extension_id", maintain_order=True).last().select("extension_id", "from_ms", *FACETS)
        )

    def timeline(self, question):
        import polars as pl

        run = self.runs(question, pl.col("extension_id") == question.person)
        return run.filter(
            (pl.col("from_ms") < question.to_ms) & (pl.col("until_ms") > question.from_ms)
        ).select(
            pl.max_horizontal("from_ms", pl.lit(question.from_ms)).alias("from_ms"),
            pl.min_horizontal("until_ms", pl.lit(question.to_ms)).alias("to_ms"), "value")


class Sqlite(Peer):
    name = "SQLite, window functions"
    layout = "a file of its own, one clustered table by extension and time, analysed, memory-mapped"
    dialect = sql.Sqlite()

    def prepare(self) -> None:
        if self.place.exists():
            return
        import sqlite3

        import pyarrow.parquet

        making = self.place.with_suffix(".making")
        making.unlink(missing_ok=True)
        connection = sqlite3.connect(making)
        words = ", ".join(f"{facet} text" for facet in FACETS)
        connection.executescript(
            "create table interval (extension_id integer, from_ms integer, until_ms integer, possible_from_ms integer,"
            f" end_not_before_ms integer, is_person integer, {words}, primary key (extension_id, from_ms))"
            " strict, without rowid;"
            "create table hours (extension_id integer, day text, from_ms integer, to_ms integer,"
            " primary key (extension_id, from_ms)) strict, without rowid;")
        for table, source in [("interval", self.history.parquet), ("hours", self.history.hours)]:
            for batch in pyarrow.parquet.ParquetFile(source).iter_batches(100_000):
                columns = [column.to_pylist() for column in _spell(batch).columns]
                marks = ", ".join("?" * len(columns))
                connection.executemany(f"insert into {table} values ({marks})", zip(*columns))
        connection.execute("create table extension as select distinct extension_id as id from interval")
        connection.commit()
        connection.execute("analyze")
        connection.commit()
        connection.close()
        making.rename(self.place)

    def version(self) -> str:
        import sqlite3

        return sqlite3.sqlite_version

    def answer(self, question):
        import sqlite3

        connection = sqlite3.connect(f"file:{self.place}?mode=ro", uri=True)
        connection.execute("pragma mmap_size = 17179869184")
        connection.execute("pragma temp_store = memory")
        return connection.execute(self.text(question)).fetchall()


class Postgres(Peer):
    name = "Postgres, window functions"
    layout = "a table of its own in a throw-away server, by extension and time, clustered and analysed"
    dialect = sql.Postgres()

    def __init__(self, history: History, folder: Path):
        super().__init__(history, folder)
        self.server = None
        self.socket = None

    @staticmethod
    def programs() -> Path | None:
        """Where the server's programs are: of the newest version."""
        found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()]
        if found:
            return max(found, key=lambda path: int(path.parent.name))
        initdb = shutil.which("initdb")
        return Path(initdb).parent if initdb else None

    def _run(self, program: str, *words: str, **more):
        """Runs one of the server's programs; it refuses to run as root."""
        command = [str(self.programs() / program), *words]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        return subprocess.Popen(command, **more)

    def prepare(self) -> None:
        self.socket = Path(tempfile.mkdtemp(prefix="bench-peers-"))
        if os.geteuid() == 0:
            shutil.chown(self.socket, "postgres", "postgres")
        made = self._run("initdb", "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D",
                         str(self.socket / "data"), stdout=subprocess.DEVNULL)
        if made.wait() != 0:
            raise RuntimeError("initdb failed")
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.socket, "fsync": "off", "jit": "off",
            "shared_buffers": f"{memory // 4}MB", "work_mem": f"{memory // 16}MB",
            "effective_cache_size": f"{memory // 2}MB", "maintenance_work_mem": "1GB", "max_wal_size": "16GB",
            "max_parallel_workers_per_gather": os.cpu_count(), "random_page_cost": "1.1",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.server = self._run("postgres", "-D", str(self.socket / "data"), *words, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if self._psql("select 1", check=False).returncode == 0:
                break
            time.sleep(0.1)
        self._load()

    def _psql(self, text: str, check: bool = True, **more):
        command = ["psql", "-h", str(self.socket), "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text]
        return subprocess.run(command, check=check, capture_output=True, text=True, **more)

    def _load(self) -> None:
        import pyarrow.csv
        import pyarrow.parquet

        words = ", ".join(f"{facet} text" for facet in FACETS)
        self._psql(
            "create table interval (extension_id bigint, from_ms bigint, until_ms bigint, possible_from_ms bigint,"
            f" end_not_before_ms bigint, is_person boolean, {words});"
            "create table hours (extension_id bigint, day text, from_ms bigint, to_ms bigint)")
        for table, source in [("interval", self.history.parquet), ("hours", self.history.hours)]:
            parquet = pyarrow.parquet.ParquetFile(source)
            copying = subprocess.Popen(
                ["psql", "-h", str(self.socket), "-U", "postgres", "-qX", "-c", f"copy {table} from stdin csv header"],
                stdin=subprocess.PIPE)
            options = pyarrow.csv.WriteOptions(include_header=True)
            with pyarrow.csv.CSVWriter(copying.stdin, _spelled(parquet.schema_arrow), write_options=options) as writer:
                for batch in parquet.iter_batches(100_000):
                    writer.write_table(_spell(batch))
            copying.stdin.close()
            if copying.wait() != 0:
                raise RuntimeError(f"{table} could not be loaded into Postgres")
        self._psql(
            f"alter table hours add day_no bigint generated always as (from_ms / {DAY_MS}) stored;"
            "create unique index on interval (extension_id, from_ms); create index on hours (extension_id, day_no);"
            "create table extension as select distinct extension_id as id from interval; analyze")

    def version(self) -> str:
        return self._psql("show server_version").stdout.split()[0]

    def size(self) -> int:
        return int(self._psql("select pg_total_relation_size('interval')").stdout)

    def answer(self, question):
        text = self.text(question)
        return self._psql(text).stdout

    def rows(self, result) -> list[tuple]:
        def read(cell: str):
            return int(cell) if cell.lstrip("-").isdigit() else cell or None

        return [tuple(map(read, line.split("|"))) for line in result.splitlines()]

    def close(self) -> None:
        if self.server:
            self._run("pg_ctl", "-D", str(self.socket / "data"), "-m", "fast", "stop",
                      stdout=subprocess.DEVNULL).wait()
            self.server.wait()
        if self.socket:
            shutil.rmtree(self.socket, ignore_errors=True)


def _spelled(schema):
    """The schema with words instead of numbers of a dictionary, which CSV cannot have."""
    import pyarrow

    fields = [
        pyarrow.field(field.name, field.type.value_type if pyarrow.types.is_dictionary(field.type) else field.type)
        for field in schema
    ]
    return pyarrow.schema(fields)


def _spell(batch):
    import pyarrow

    return pyarrow.Table.from_batches([batch]).cast(_spelled(batch.schema))


ALL = [DuckDb, DuckDbPrepared, ClickHouse, Polars, Sqlite, Postgres]
