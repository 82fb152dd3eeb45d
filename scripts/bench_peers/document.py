"""Writes what was measured as a document."""

import json
import os
from pathlib import Path

HEAD = """# Speed compared with databases

`scripts/bench-peers` creates a history, loads it into other databases in the layout that suits each best, asks all of them
the same questions, and first compares the answers: a figure is listed only if all answers are equal, to the millisecond.
Then all are asked in turn, each time in a new process with the files in the page cache; the median counts. The program's
time is that of its whole process, including reading its store and writing JSON. A peer's time begins when its library is
loaded and ends when the result is in memory; Postgres is already running. Figures from one machine say little about
another; the ratios say more.

The reports count business hours (Monday to Friday, 09:00 to 17:00) in each person's own time zone, and give the estimate,
minimum and maximum for each value. Peers get the hours as a table, because they do not compute local time here, and times
as integers. Processor time counts all threads; for Postgres it is not known.
"""


def machine() -> dict:
    """Of what kind this computer is."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"processor": model, "cores": os.cpu_count(), "memory": memory, "load": os.getloadavg()[0]}


def written(folder: Path) -> str:
    """All that was measured, by the size of the history."""
    files = folder.glob("office-*/measured.json")
    measured = sorted((json.loads(file.read_text()) for file in files), key=lambda one: one["facts"]["intervals"])
    return "\n".join([HEAD, *map(section, measured)])


def section(one: dict) -> str:
    facts, at = one["facts"], one["machine"]
    lines = [
        f"## {one['extensions']:,} extensions, {one['days']} days", "",
        f"{facts['events']:,} changes, {facts['intervals']:,} intervals, {facts['people']:,} people. Measured on\n"
        f"{one['date']} on {at['cores']} cores ({at['processor']}) with {at['memory'] / 2**30:.0f} GiB;\n"
        f"the load was {at['load']:.1f} when it ended, so {loaded(at)}.", "",
        "| | version | layout | on disk |", "| --- | --- | --- | --- |",
        f"| presence | {one['program']} | its store, with log, projections and indexes | {size(facts['store_bytes'])} |",
    ]
    lines += [
        f"| {peer['name']} | {peer['version']} | {peer['layout']} | {size(peer['bytes'])} |" for peer in one["peers"]
    ]
    for question in one["questions"]:
        lines += ["", *table(question)]
    lines += [f"\nLeft out: {line}." for line in one["skipped"]]
    return "\n".join(lines) + "\n"


def loaded(at: dict) -> str:
    if at["load"] > at["cores"] * 1.5:
        return "other work took a large part of the machine"
    return "it had little other work"


def table(question: dict) -> list[str]:
    """One question; each database that is faster than the program is named."""
    seconds, own = question["seconds"], question["seconds"]["presence"]
    lines = [
        f"**{question['title'][0].upper()}{question['title'][1:]}** ({question['rows']:,} rows, {question['runs']} runs)", "",
        "| | median | from | to | × the program's | processor time |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, median in sorted(seconds.items(), key=lambda item: item[1]):
        spent = question["processor"].get(name)
        lines.append(
            f"| {name} | {duration(median)} | {duration(question['least'][name])} | {duration(question['most'][name])} |"
            f" {median / own:.2f} | {duration(spent) if spent else ''} |")
    faster = [name for name, median in seconds.items() if median < own]
    if faster:
        lines += ["", f"The aim, to be faster than every peer, is not reached: {', '.join(faster)}."]
    return lines


def duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"
