"""The questions, how the program is asked them, and what of its answer must be equal to the others'."""

import datetime
from dataclasses import dataclass

from .history import DAY_MS, FACETS, History

HOURS = "Mo-Fr 09:00-17:00"


def moment(ms: int) -> str:
    at = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def milliseconds(text: str) -> int:
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


@dataclass(frozen=True)
class Question:
    """One question about a window of the history."""

    name: str
    kind: str
    title: str
    from_ms: int
    to_ms: int
    person: int

    def command(self, history: History) -> list[str]:
        asked = {
            "report": ["report", "--by", "extension,day", "--hours", HOURS],
            "staffing": ["staffing", "--value", "Available", "--step", "1m"],
            "at": ["at", moment(self.from_ms)],
            "timeline": ["timeline", str(self.person)],
        }[self.kind]
        window = [] if self.kind == "at" else ["--from", moment(self.from_ms), "--to", moment(self.to_ms)]
        store = ["--store", f"sqlite:{history.store}", "--format", "json", "--now", moment(history.end_ms + DAY_MS)]
        return [history.binary, *asked, *window, *store]

    def rows(self, answer) -> list[tuple]:
        """The program's answer, as rows that the peers give too: sorted, times and durations in milliseconds."""
        if self.kind == "report":
            rows = [
                (int(row["extension_id"]), row["day"], value, held["ms"], held["min_ms"], held["max_ms"])
                for row in answer["rows"] for value, held in row["values"].items()
            ]
        elif self.kind == "staffing":
            rows = [
                (milliseconds(point["from"]), point["min"], point["max"], point["ms"])
                for point in answer["points"]
            ]
        elif self.kind == "at":
            rows = [
                (int(row["extension_id"]), milliseconds(row["since"]), *(row["state"].get(facet) for facet in FACETS))
                for row in answer if row["status"] == "known"
            ]
        else:
            rows = [
                (milliseconds(held["from"]), milliseconds(held["to"]), held["value"])
                for one in answer["extensions"] for held in one["intervals"] if held["status"] == "known"
            ]
        return sorted(rows, key=repr)


def questions(history: History) -> list[Question]:
    """Those that the history is long enough for."""
    start, person = history.start_ms, history.facts["busiest"]
    days = min(history.days, 30)
    # A Wednesday afternoon in Europe, morning in America, of the second week.
    noon = start + min(9, history.days - 1) * DAY_MS + 15 * 3_600_000
    week = start + (7 if history.days >= 14 else 0) * DAY_MS
    week_end = min(week + 7 * DAY_MS, history.end_ms)
    asked = [Question("month", "report", f"report of {days} days, a row each person and day in business hours",
                      start, start + days * DAY_MS, person)]
    if history.days >= 180:
        asked.append(Question("year", "report", f"the same of {history.days} days", start, history.end_ms, person))
    asked += [
        Question("staffing", "staffing", "how many are available, minute by minute, over a week", week, week_end, person),
        Question("at", "at", "everybody's state at a moment", noon, noon + 1, person),
        Question("week", "timeline", "one person's week", week, week_end, person),
    ]
    return asked
