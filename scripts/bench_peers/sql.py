"""The questions in SQL: one text where the databases agree, and for each of them what it does best where they do not.

A run is a stretch of one value: successive intervals of the same value, whatever else changed. It holds certainly until
the change that ended it can have happened, and possibly from when the change that began it can have; where it reaches
back into an earlier run of the same value, the time counts once (docs/sql.md says more).
"""

from .history import DAY_MS, FACETS

RUNS = """
shown as (
    select
        extension_id, presence_status as value, from_ms, until_ms, possible_from_ms, end_not_before_ms,
        case when lag(until_ms) over w = from_ms and lag(presence_status) over w = presence_status
            then 0 else 1 end as begins
    from source
    window w as (partition by extension_id order by from_ms)
), numbered as (
    select *, sum(begins) over (partition by extension_id order by from_ms rows unbounded preceding) as run_no
    from shown
), run as (
    select
        extension_id, value, min(from_ms) as from_ms, max(until_ms) as until_ms,
        min(case when begins = 1 then possible_from_ms end) as first_possible_ms,
        max(end_not_before_ms) as certain_until_ms
    from numbered
    group by extension_id, value, run_no
)"""

BOUNDED = """
before_run as (
    select *, lag(until_ms) over (partition by extension_id, value order by from_ms) as until_before_ms
    from run
), bounded as (
    select
        extension_id, value, from_ms, until_ms, certain_until_ms,
        {greatest}(first_possible_ms, coalesce(until_before_ms, first_possible_ms)) as possible_from_ms
    from before_run
)"""

SUMS = """
cut as (
    select
        b.extension_id as extension_id, h.day as day, b.value as value,
        b.from_ms as from_ms, b.until_ms as until_ms,
        b.possible_from_ms as possible_from_ms, b.certain_until_ms as certain_until_ms,
        {greatest}(h.from_ms, :from_ms) as opens_ms, {least}(h.to_ms, :to_ms) as closes_ms
    from {pairs}
), measured as (
    select
        extension_id, day, value,
        {greatest}(0, {least}(until_ms, closes_ms) - {greatest}(from_ms, opens_ms)) as held_ms,
        {greatest}(0, {least}(certain_until_ms, closes_ms) - {greatest}(from_ms, opens_ms)) as certain_ms,
        {greatest}(0, {least}(until_ms, closes_ms) - {greatest}(possible_from_ms, opens_ms)) as possible_ms
    from cut
)
select extension_id, day, value, sum(held_ms) as ms, sum(certain_ms) as min_ms, sum(possible_ms) as max_ms
from measured
group by extension_id, day, value
having sum(possible_ms) > 0
order by extension_id, day, value"""

STEPS = """
edge as (
    select {greatest}(from_ms, :from_ms) as at_ms, 1 as step from run
    where value = 'Available' and from_ms < :to_ms and until_ms > :from_ms
    union all
    select until_ms, -1 from run
    where value = 'Available' and until_ms > :from_ms and until_ms < :to_ms
    union all
    select minute_ms, 0 from ({minutes}) minute
), moment as (
    select at_ms, sum(step) as step from edge group by at_ms
), level as (
    select
        at_ms, sum(step) over (order by at_ms rows unbounded preceding) as available,
        {after} as until_ms
    from moment
)
select
    at_ms - (at_ms - :from_ms) % 60000 as minute_ms,
    min(available) as least, max(available) as most, sum(available * (until_ms - at_ms)) as person_ms
from level
group by at_ms - (at_ms - :from_ms) % 60000
order by 1"""

# With a day to spare on either side: a stretch may reach into the window by what is not certain of it.
NEAR = f"from_ms < :to_ms + {DAY_MS} and until_ms > :from_ms - {DAY_MS}"
FACET_LIST = ", ".join(FACETS)
ALL_PEOPLE = "is_person"

# Runs and working hours that meet, by index: for each run the hours that begin less than a day before it.
BY_INDEX = f"""bounded b join hours h on h.extension_id = b.extension_id
        and h.from_ms > {{least}}(b.possible_from_ms, b.from_ms) - {DAY_MS} and h.from_ms < b.until_ms
        and h.to_ms > {{least}}(b.possible_from_ms, b.from_ms) and h.from_ms < :to_ms and h.to_ms > :from_ms"""
# The same by hash: each run once for every UTC day on which hours that meet it can begin.
BY_DAY = f"""{{spread}} b join hours h on h.extension_id = b.extension_id and h.day_no = b.day_no
        and h.from_ms < b.until_ms and h.to_ms > {{least}}(b.possible_from_ms, b.from_ms)
        and h.from_ms < :to_ms and h.to_ms > :from_ms"""


class Dialect:
    """What a database writes in its own way."""

    greatest, least = "greatest", "least"
    integer = "{}"
    source = f"select * from interval where {{who}} and {NEAR}"
    pairs = BY_INDEX
    minutes = ""
    after = "coalesce(lead(at_ms) over (order by at_ms), :to_ms)"

    def report(self) -> str:
        words = {"greatest": self.greatest, "least": self.least}
        words["pairs"] = self.pairs.format(**words)
        return f"{self.head(ALL_PEOPLE)}, {RUNS}, {BOUNDED.format(**words)}, {SUMS.format(**words)}"

    def staffing(self) -> str:
        steps = STEPS.format(greatest=self.greatest, minutes=self.minutes, after=self.after)
        return f"{self.head(ALL_PEOPLE)}, {RUNS}, {steps}"

    def timeline(self) -> str:
        return f"""{self.head("extension_id = :person")}, {RUNS}
select {self.greatest}(from_ms, :from_ms) as from_ms, {self.least}(until_ms, :to_ms) as to_ms, value
from run where from_ms < :to_ms and until_ms > :from_ms order by 1"""

    def at(self) -> str:
        return f"""select extension_id, from_ms, {FACET_LIST} from (
    select *, row_number() over (partition by extension_id order by from_ms desc) as nth
    from interval where from_ms <= :from_ms and until_ms > :from_ms
) latest where nth = 1"""

    def head(self, who: str) -> str:
        return f"with source as ({self.source.format(who=who)})"

    def text(self, kind: str) -> str:
        return getattr(self, kind)()


class DuckDb(Dialect):
    pairs = BY_DAY.replace("{spread}", f"""(
        select *, unnest(generate_series(least(possible_from_ms, from_ms) // {DAY_MS} - 1, (until_ms - 1) // {DAY_MS}))
            as day_no
        from bounded)""")
    minutes = "select unnest(generate_series(:from_ms, :to_ms - 1, 60000)) as minute_ms"


class DuckDbPrepared(DuckDb):
    """With the runs of this one facet worked out beforehand, which answers questions about no other."""

    def head(self, who: str) -> str:
        return f"with run as (select * from prepared where ({who}) and {NEAR})"

    def text(self, kind: str) -> str:
        return super().text(kind).replace(f"{RUNS}, ", "").replace(f", {RUNS}", "")


class ClickHouse(Dialect):
    integer = "toInt64({})"
    # Where there is no next row, it gives 0 unless told otherwise.
    after = "lead(at_ms, 1, toInt64(:to_ms)) over (order by at_ms)"
    pairs = BY_DAY.replace("{spread}", f"""(
        select *, arrayJoin(range(
            intDiv(least(possible_from_ms, from_ms), {DAY_MS}) - 1, intDiv(until_ms - 1, {DAY_MS}) + 1)) as day_no
        from bounded)""")
    minutes = "select :from_ms + number * 60000 as minute_ms from numbers(intDiv(:to_ms - :from_ms, 60000))"

    def at(self) -> str:
        return f"""select extension_id, from_ms, {FACET_LIST} from interval
where from_ms <= :from_ms and until_ms > :from_ms order by extension_id, from_ms desc limit 1 by extension_id"""


class Postgres(Dialect):
    minutes = ("select minute_ms from generate_series(cast(:from_ms as bigint), cast(:to_ms as bigint) - 1, 60000)"
               " as minute_ms")
    pairs = BY_DAY.replace("{spread}", f"""(
        select bounded.*, day_no from bounded, lateral generate_series(
            least(possible_from_ms, from_ms) / {DAY_MS} - 1, (until_ms - 1) / {DAY_MS}) as day_no)""")

    def at(self) -> str:
        return f"""select extension_id, from_ms, {FACET_LIST} from extension x, lateral (
    select * from interval i where i.extension_id = x.id and from_ms <= :from_ms order by from_ms desc limit 1
) latest where until_ms > :from_ms"""


class Sqlite(Dialect):
    greatest, least = "max", "min"
    minutes = ("with recursive minute(minute_ms) as (select :from_ms union all select minute_ms + 60000 from minute"
               " where minute_ms + 60000 < :to_ms) select minute_ms from minute")

    def at(self) -> str:
        return f"""select i.extension_id, from_ms, {FACET_LIST}
from extension x join interval i on i.extension_id = x.id and i.from_ms = (
    select max(n.from_ms) from interval n where n.extension_id = x.id and n.from_ms <= :from_ms)
where until_ms > :from_ms"""
