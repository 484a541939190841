"""Verdicts: every piece checked in a process of its own, so that no crash and no endless loop gets any further."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scripts.project import shown
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.board import Entry, read_board, tracks_begun
from scripts.workshop.pieces.source import Source

DIAGNOSIS_LIMIT = 15.0  # seconds to wait for the name of a mistake; it is looked for no longer than a third of that
MEMORY = 8 * 2**30  # bytes, for one piece
START_LIMIT = 300.0  # seconds until the checker itself must stand; a cold disk can take its time over torch
Processes = Any  # a context of multiprocessing; what they have in common has no `Process`, if one asks for its type


@dataclass(frozen=True)
class Verdict:
    id: str
    status: str  # unwritten | pass | wrong | crash | timeout
    cause: str | None  # the name of the mistake, where it is known
    message: str
    file: str
    line: int
    seconds: float

    @property
    def explanation(self) -> str:
        """What the message says about the cause, where one is known."""
        return self.message.partition("\n")[2] if self.cause else ""

    def as_dict(self) -> dict:
        return asdict(self)


def context(preload: str = "scripts.workshop.check.checking") -> Processes:
    """How to start processes: from a server that has `preload` loaded already where forking is safe, else from scratch.

    There is one server for as long as the program runs, with what was to be loaded when its first process started."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([preload])
    return forks


def check_entries(entries: Iterable[Entry], limit: float, processes: Processes | None = None) -> Iterator[Verdict]:
    """A verdict for every entry, in order, as they come. `limit`: seconds that one piece may take. processes: where
    those that check come from; a `context()` of its own as a rule."""
    processes = processes or context()
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield from pool.map(lambda entry: check_entry(entry, limit, processes), entries)
    finally:
        pool.shutdown(cancel_futures=True)


def check_entry(entry: Entry, limit: float, processes: Processes) -> Verdict:
    file, line = shown(entry.path), entry.line
    if entry.state == "unwritten":
        return Verdict(entry.piece.id, "unwritten", None, entry.piece.todo, file, line, seconds=0.0)
    if entry.state == "missing":
        remedy = f"{entry.message}; `learn reset {entry.piece.id}` puts the stub back"
        return Verdict(entry.piece.id, "unwritten", None, remedy, file, line, seconds=0.0)
    if entry.state == "broken":
        return Verdict(entry.piece.id, "crash", None, entry.message, file, line, seconds=0.0)
    cause = None
    ours, theirs = processes.Pipe(duplex=False)
    arguments = (entry.piece.id, str(entry.path), limit, theirs)
    process = processes.Process(target=check_here, args=arguments, daemon=True)
    process.start()
    theirs.close()
    started = time.perf_counter()
    try:
        receive(ours, START_LIMIT)
        started = time.perf_counter()
        status, message, line = receive(ours, limit)
        if status in ("wrong", "crash"):
            cause, message = with_diagnosis(ours, message)
    except TimeoutError:
        status, message = "timeout", f"it was still running after {limit:g} s; is there a loop that never ends?"
    except EOFError:
        process.join()
        status, message = "crash", f"the process that ran it ended without a word (exit status {process.exitcode})"
    finally:
        seconds = round(time.perf_counter() - started, 3)
        process.kill()
        process.join()
    return Verdict(entry.piece.id, status, cause, message, file, line, seconds)


def with_diagnosis(connection: Connection, message: str) -> tuple[str | None, str]:
    """The mistake's name, where it is known, and the message with what is known about it. To look for the mistake runs
    the piece again and again: where that takes too long, or ends the process, the verdict stands without."""
    try:
        cause, more = receive(connection, DIAGNOSIS_LIMIT)
    except (TimeoutError, EOFError):
        return None, message
    return cause, f"{message}\n{more}" if more else message


def receive(connection: Connection, limit: float):
    """The next message. Raises `TimeoutError` where none comes within the limit, `EOFError` where none can come."""
    if not connection.poll(limit):
        raise TimeoutError
    return connection.recv()


def limit_resources(limit: float) -> None:
    """Let this process have MEMORY bytes more than now, and not much more than `limit` seconds of computing, where the
    system can see to that: code that eats memory gets an error before the machine runs out of it."""
    if sys.platform != "linux":
        return
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # Time on a clock is the parent's business; this ends what computes on although the parent is gone.
    seconds = int(time.process_time() + limit + DIAGNOSIS_LIMIT) + 60
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def check_here(piece_id: str, path: str, limit: float, connection: Connection) -> None:
    """What the process of one check does: say that it stands, check, say what came out."""
    # What the learner's code prints is not part of our answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ["LEARN_DEBUG"] = "0"
    limit_resources(limit)
    import torch

    from scripts.workshop.check.cases import cases_now
    from scripts.workshop.check.checking import check_piece

    torch.set_num_threads(1)
    connection.send("started")
    piece, source = BY_ID[piece_id], Source.read(Path(path))
    begun = tracks_begun(read_board(source.path.parents[piece.module.count(".")]))
    cases = cases_now(piece, begun)
    finding = check_piece(piece, source, cases)
    connection.send((finding.status, finding.message, finding.line))
    if finding.case:
        from scripts.workshop.diagnose.diagnosis import diagnose

        connection.send(diagnose(piece, source, finding.case, cases=cases))
