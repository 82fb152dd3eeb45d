"""Asks everybody the same, each in a process of its own, and compares the answers."""

import json
import multiprocessing
import os
import subprocess
import time
from dataclasses import dataclass

from .history import History
from .peers import Peer, Postgres
from .questions import Question


@dataclass
class Answer:
    """What came of asking once: the seconds it took, those of processors (all threads and the kernel's for them), and
    the rows if wanted."""

    seconds: float
    processor: float | None = None
    rows: list | None = None


class Program:
    """The program itself. Its time is that of the whole process, and it writes JSON."""

    name = "presence"

    def __init__(self, history: History):
        self.history = history

    def can_ask(self, question: Question) -> bool:
        """Whether the program has the command by now."""
        asked = subprocess.run([self.history.binary, question.command(self.history)[1], "--help"], capture_output=True)
        return asked.returncode == 0

    def ask(self, question: Question, with_rows: bool) -> Answer:
        command = question.command(self.history)
        begun = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE if with_rows else subprocess.DEVNULL) as process:
            written = process.stdout.read() if with_rows else b""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
        rows = question.rows(json.loads(written)) if with_rows else None
        return Answer(seconds, usage.ru_utime + usage.ru_stime, rows)

    def version(self) -> str:
        shown = subprocess.run([self.history.binary, "--version"], capture_output=True, text=True, check=True)
        # The sources as they are when it is asked: the script has just built the program from them.
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        return f"{shown.stdout.split()[1]} {commit.stdout.strip()}".strip()


def ask_peer(peer: Peer, question: Question, with_rows: bool) -> Answer:
    """Asks a peer in a new process; the clock runs from opening the database to the whole result in memory."""
    if isinstance(peer, Postgres):
        # A process of its own all the same: psql. What the server spends is not known.
        answer = _ask(peer, question, with_rows)
        answer.processor = None
        return answer
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(there, peer, question, with_rows))
    process.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"the process ended with {process.exitcode} without an answer") from None
    process.join()
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def _child(pipe, peer: Peer, question: Question, with_rows: bool) -> None:
    try:
        pipe.send(_ask(peer, question, with_rows))
    except Exception as error:  # noqa: BLE001: whatever it is, the other process shows it
        pipe.send(f"{type(error).__name__}: {error}")
    pipe.close()
    # Some databases take their time to end, which is not part of an answer.
    os._exit(0)


def _ask(peer: Peer, question: Question, with_rows: bool) -> Answer:
    peer.open()
    begun, spent = time.perf_counter(), time.process_time()
    result = peer.answer(question)
    answer = Answer(time.perf_counter() - begun, time.process_time() - spent)
    if with_rows:
        answer.rows = sorted(map(tuple, peer.rows(result)), key=repr)
    return answer


def difference(expected: list, found: list) -> str | None:
    """What distinguishes two answers; nothing if they are equal."""
    if expected == found:
        return None
    missing, extra = set(expected) - set(found), set(found) - set(expected)
    first = [f"{len(expected)} rows against {len(found)}"]
    if missing:
        first.append(f"{len(missing)} lacking, such as {min(missing, key=repr)}")
    if extra:
        first.append(f"{len(extra)} others, such as {min(extra, key=repr)}")
    return "; ".join(first)
