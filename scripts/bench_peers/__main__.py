"""Compares `presence` with databases on the same history.

    scripts/bench-peers                                    200 extensions, 14 days: a few minutes
    scripts/bench-peers --extensions 10000 --days 30       by hand
    scripts/bench-peers --write docs/performance.md        all sizes measured so far, as a document

What it does:
 1. `presence simulate --into` makes a history, once; it is kept in target/bench-peers.
 2. Each peer gets it in the layout that suits it best (history.py, peers.py): DuckDB, ClickHouse (chdb) and polars, all
    threads; SQLite; Postgres in a throw-away server, where its programs are installed.
 3. Everybody answers each question (questions.py, sql.py). The answers must be equal to the last millisecond, or the
    figure is not taken and the script fails.
 4. Everybody answers again and again, in turns, each time in a new process with the file in the page cache. The median
    counts. The program's time is that of its whole process, JSON included; a peer's begins when its library is loaded
    and ends when the result is in memory, so the peers are let off their start.
 5. Questions for which the program has no command yet are left out, and said so.

It needs python3 with venv, and access to PyPI for the first run. Exit code 1: an answer differs or cannot be had.
"""

import argparse
import datetime
import json
import os
import signal
import statistics
import sys
from pathlib import Path

from . import document
from .ask import Program, ask_peer, difference
from .history import History
from .peers import ALL, Postgres
from .questions import questions


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench-peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extensions", type=int, default=200, help="how many extensions the office has [200]")
    parser.add_argument("--days", type=int, default=14, help="how many days are recorded, from a Monday on [14]")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another office [7]")
    parser.add_argument("--runs", type=int, default=7, help="how often everybody is asked [7]")
    parser.add_argument("--peers", help="only these, such as DuckDb,Postgres")
    parser.add_argument("--questions", help="only these, such as month,at")
    parser.add_argument("--write", type=Path, help="write a document of all sizes measured so far")
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    wanted = arguments()
    # When it is stopped, it takes its server with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = wanted.folder.resolve()
    binary = str(Path(os.environ["PRESENCE_BINARY"]).resolve())
    history = History(folder, binary, wanted.extensions, wanted.days, wanted.seed)
    say(f"== a history of {wanted.extensions} extensions and {wanted.days} days")
    history.make()
    program = Program(history)
    names = wanted.peers.split(",") if wanted.peers else None
    peers, faults, skipped = [], [], []
    try:
        for kind in ALL:
            if names and kind.__name__ not in names:
                continue
            if kind is Postgres and not kind.programs():
                skipped.append("Postgres: its programs are not installed (Debian: postgresql)")
                continue
            say(f"== loading it into {kind.name}")
            peer = kind(history, history.folder)
            peers.append(peer)
            peer.prepare()
        asked = [one for one in questions(history) if not wanted.questions or one.name in wanted.questions.split(",")]
        results = []
        for one in asked:
            if measured := measure(program, peers, one, wanted.runs, faults, skipped):
                results.append(measured)
                save(history, program, peers, results, skipped)
    finally:
        for peer in peers:
            peer.close()
    if wanted.write:
        wanted.write.write_text(document.written(folder))
        say(f"\n{wanted.write} is written")
    for line in skipped:
        say(f"left out: {line}")
    for line in faults:
        say(f"WRONG: {line}")
    return 1 if faults else 0


def measure(program, peers, question, runs: int, faults: list, skipped: list) -> dict | None:
    """Compares the answers, then takes the times of those that are equal."""
    say(f"== {question.title}")
    if not program.can_ask(question):
        skipped.append(f"{question.title}: the program has no `presence {question.kind}` yet")
        return None
    expected = program.ask(question, with_rows=True).rows
    contestants = [(program.name, lambda: program.ask(question, with_rows=False))]
    for peer in peers:
        if hasattr(peer, "asks") and not peer.asks(question.kind):
            continue
        try:
            fault = difference(expected, ask_peer(peer, question, with_rows=True).rows)
        except RuntimeError as error:
            fault = str(error)[:500]
        if fault:
            faults.append(f"{peer.name}, {question.title}: {fault}")
            say(f"   {peer.name}: another answer: {fault}")
        else:
            contestants.append((peer.name, lambda peer=peer: ask_peer(peer, question, with_rows=False)))
    times: dict[str, list] = {name: [] for name, _ in contestants}
    processor: dict[str, list] = {name: [] for name, _ in contestants}
    for _ in range(runs):
        for name, ask in contestants:
            answer = ask()
            times[name].append(answer.seconds)
            if answer.processor is not None:
                processor[name].append(answer.processor)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    for name, median in medians.items():
        say(f"   {name:34} {median * 1000:9.1f} ms  {median / medians[program.name]:7.2f} x")
    return {
        "name": question.name, "title": question.title, "rows": len(expected), "runs": runs, "seconds": medians,
        "least": {name: min(seconds) for name, seconds in times.items()},
        "processor": {name: statistics.median(spent) for name, spent in processor.items() if spent},
        "most": {name: max(seconds) for name, seconds in times.items()},
    }


def save(history: History, program, peers, results: list, skipped: list) -> None:
    """Keeps what was measured, for the document."""
    measured = {
        "date": datetime.date.today().isoformat(), "machine": document.machine(),
        "extensions": history.extensions, "days": history.days, "facts": history.facts,
        "program": program.version(), "questions": results, "skipped": skipped,
        "peers": [
            {"name": peer.name, "version": peer.version(), "layout": peer.layout, "bytes": peer.size()}
            for peer in peers
        ],
    }
    (history.folder / "measured.json").write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
