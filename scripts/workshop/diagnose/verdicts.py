"""Verdicts: every piece checked in processes of its own, so that no crash and no endless loop gets any further, and
nothing that a piece does changes what is said of it: one runs it, another one, which knows what is right, judges."""

import contextlib
import functools
import json
import multiprocessing
import os
import secrets
import signal
import sys
import time
from collections.abc import Collection, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.connection import wait
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from scripts.project import printable, shown
from scripts.workshop.check.grouping import grouped, summed_up
from scripts.workshop.check.judging import PATIENCE, CheckerEnded, Judge, Processes, started
from scripts.workshop.diagnose.running import DIAGNOSIS_LIMIT, patience, run_here
from scripts.workshop.pieces.board import Entry, read_board, tracks_begun

LINE = 2**26  # bytes of a line that a process may send; the reference's longest has some two million


@dataclass(frozen=True)
class Fault:
    """What came of a case that is not right."""

    case: int  # its number
    status: str  # wrong | crash | timeout
    message: str
    line: int
    of_file: bool = False


@dataclass(frozen=True)
class Verdict:
    id: str
    status: str  # unwritten | pass | wrong | crash | timeout
    cause: str | None  # the name of the mistake, where it is known
    message: str
    file: str
    line: int
    seconds: float
    of_file: bool = (
        False  # whether it is the file that cannot be read or imported, whichever of its pieces is asked for
    )
    note: str = ""  # what is none of the verdict: about a stub's raise that is left, say
    summary: str = ""  # how many cases are right, and which are wrong, in a line
    right: int = 0  # cases
    wrong: list[dict] = field(default_factory=list)  # groups of cases: what they ask, and how each is described
    causes: list[dict] = field(default_factory=list)  # known mistakes, and in which cases each explains what is wrong

    @property
    def explanation(self) -> str:
        """What the message says about the cause, where one is known."""
        return self.message.partition("\n")[2] if self.cause else ""

    def as_dict(self) -> dict:
        return asdict(self)


def context(preload: str = "scripts.workshop.check.loaded") -> Processes:
    """How to start processes: from a server that has `preload` loaded already where forking is safe, else from scratch.

    There is one server for as long as the program runs, with what was to be loaded when its first process started."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([preload])
    return forks


def check_entries(
    entries: Iterable[Entry], limit: float, processes: Processes | None = None
) -> Generator[Verdict, None, None]:
    """A verdict for every entry, in order, as they come. `limit`: seconds of computing that one piece may take.
    processes: where those that check come from; a `context()` of its own as a rule."""
    with contextlib.closing(Checkers(processes)) as checkers:
        yield from checkers.check(entries, limit)


class Checkers:
    """The processes that check: judges, who stay, and one for every piece that is run."""

    def __init__(self, processes: Processes | None = None):
        self.processes = processes or context()
        self.idle: SimpleQueue[Judge] = SimpleQueue()
        self.lock, self.stopped, self.closed, self.alive = Lock(), False, False, set[Any]()

    def check(self, entries: Iterable[Entry], limit: float) -> Iterator[Verdict]:
        """A verdict for every entry, in order, as they come."""
        self.stopped = False
        begun = functools.cache(lambda folder: tracks_begun(read_board(folder)))
        pool = ThreadPoolExecutor(os.cpu_count())
        try:
            yield from pool.map(lambda entry: self.check_entry(entry, limit, begun), entries)
        except BaseException:
            # Whoever does not wait for the rest does not wait for what is running either.
            self.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def check_entry(self, entry: Entry, limit: float, begun) -> Verdict:
        file = shown(entry.path)
        if entry.state == "unwritten":
            todo = entry.piece.todo
            return Verdict(entry.piece.id, "unwritten", None, todo, file, entry.line, 0.0, note=entry.message)
        if entry.state == "missing":
            remedy = f"{entry.message}; `learn reset {entry.piece.id}` puts the stub back"
            return Verdict(entry.piece.id, "unwritten", None, remedy, file, entry.line, 0.0)
        if entry.state == "broken":
            reason = printable(entry.message)
            return Verdict(entry.piece.id, "crash", None, reason, file, entry.line, 0.0, of_file=True)
        tracks = begun(entry.path.parents[entry.piece.module.count(".")])
        with self.judge() as judge, self.runner(entry, tracks, limit) as runner:
            cases = judge.cases(entry.piece, tracks)
            runner.wait_for_start()
            begin = time.perf_counter()
            faults, tried = runner.faults(judge, len(cases))
            causes, more = runner.diagnosis() if faults and tried == len(cases) else ([], "")
        seconds, note = round(time.perf_counter() - begin, 3), entry.message
        if not faults:
            return Verdict(entry.piece.id, "pass", None, "", file, entry.line, seconds, note=note, right=len(cases))
        first, wrong = faults[0], [fault.case for fault in faults]
        message = printable(f"{first.message}\n{more}" if more else first.message)
        if first.of_file:
            return Verdict(entry.piece.id, first.status, None, message, file, first.line, seconds, of_file=True)
        cause = next((str(each["name"]) for each in causes if each["certain"]), None)
        groups = [{"asks": name, "cases": [cases[each].about for each in of]} for name, of in grouped(cases, wrong)]
        known = Verdict(entry.piece.id, first.status, cause, message, file, first.line, seconds)
        summary, right = summed_up(cases, wrong, tried), tried - len(wrong)
        return replace(known, note=note, summary=summary, right=right, wrong=groups, causes=causes)

    @contextlib.contextmanager
    def judge(self) -> Iterator[Judge]:
        """A judge, who is kept for the next piece if nothing happens to them."""
        try:
            judge = self.idle.get_nowait()
        except Empty:
            judge = Judge(self.processes)
            self.keep(judge)
        yield judge
        self.idle.put(judge)

    @contextlib.contextmanager
    def runner(self, entry: Entry, begun: Collection[str], limit: float) -> Iterator["Runner"]:
        runner = Runner(self.processes, entry, begun, limit)
        try:
            self.keep(runner)
            yield runner
        finally:
            runner.end()
            with self.lock:
                self.alive.discard(runner)

    def keep(self, process: Any) -> None:
        """Remember a process, to end it when all ends; at once where all has."""
        with self.lock:
            self.alive.add(process)
            late = self.closed or (self.stopped and isinstance(process, Runner))
        if late:
            process.end()

    def stop(self) -> None:
        """End what runs; the judges stay, and what they know, for another check."""
        with self.lock:
            self.stopped, running = True, [each for each in self.alive if isinstance(each, Runner)]
        for runner in running:
            runner.end()

    def close(self) -> None:
        """End every process."""
        with self.lock:
            self.closed, alive = True, list(self.alive)
        for process in alive:
            process.end()


class Runner:
    """A process that runs one piece, as seen from outside: nothing that comes from there is believed, or waited for
    longer than agreed."""

    def __init__(self, processes: Processes, entry: Entry, begun: Collection[str], limit: float):
        self.entry, self.limit = entry, limit
        self.nonce = secrets.token_hex(16)
        arguments = entry.piece.id, str(entry.path), sorted(begun), limit, self.nonce
        self.connection, self.process = started(processes, run_here, *arguments)
        self.buffer = bytearray()
        self.deadline = time.monotonic() + PATIENCE

    def wait_for_start(self) -> None:
        """Wait until it stands, which has nothing to do with anybody's code. Raises `CheckerEnded`."""
        try:
            self.receive()
        except (EOFError, OSError, ValueError) as error:
            raise CheckerEnded from error
        self.deadline = time.monotonic() + patience(self.limit)

    def faults(self, judge: Judge, total: int) -> tuple[list[Fault], int]:
        """What is wrong, case by case, and how many cases were tried until nothing more came. Every case is run twice,
        and held against the reference each time, until something is wrong with it."""
        found: list[Fault] = []
        case, again, line = 0, False, self.entry.line
        try:
            while case < total:
                said, answer = self.receive()
                if "status" in said:
                    status = "crash" if said["status"] == "crash" else "wrong"
                    found.append(Fault(case, status, str(said["message"]), int(said["line"]), bool(said["of_file"])))
                    if found[-1].of_file:
                        return found, 0
                    case, again = case + 1, False
                    continue
                if (said["case"], said["again"]) != (case, again):
                    raise ValueError("an answer to something else")
                difference = judge.difference(answer)
                self.connection.send_bytes((difference or "").encode(errors="replace"))
                if difference:
                    found.append(Fault(case, "wrong", difference, line))
                case, again = (case + 1, False) if again or difference else (case, True)
            return found, total
        except TimeoutError:
            waited = f"after {patience(self.limit):g} s it had neither ended nor computed for {self.limit:g} s"
            found.append(Fault(case, "timeout", f"{waited}; does it wait for something?", line))
        except (EOFError, OSError):
            found.append(Fault(case, *self.ending(), line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.end()  # with whom there is no talking
            said = f"what came out of the process that ran it is not what the check says there ({error})"
            return [Fault(case, "crash", said, line)], case + 1
        return found, case + 1

    def ending(self) -> tuple[str, str]:
        """What there is to say of a process that has ended too early."""
        self.process.join(self.limit)
        code = self.process.exitcode
        if code in {-getattr(signal, name, 0) for name in ("SIGPROF", "SIGXCPU")} - {0}:
            return "timeout", f"it was still running after {self.limit:g} s; is there a loop that never ends?"
        return "crash", f"the process that ran it ended without a word (exit status {code})"

    def diagnosis(self) -> tuple[list[dict], str]:
        """The mistakes that are known, and what is known about it all. To look for them runs the piece again and again:
        where that takes too long, or ends the process, the verdict stands without."""
        self.deadline = time.monotonic() + patience(DIAGNOSIS_LIMIT)
        try:
            said, _ = self.receive()
            causes = [
                {
                    "name": printable(str(each["name"]), 200),
                    "certain": each["certain"] is True,
                    "cases": [printable(str(about), 200) for about in each["cases"]],
                }
                for each in said["causes"]
            ]
            return causes, str(said["more"])
        except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError):
            return [], ""

    def receive(self) -> tuple[dict, bytes]:
        """The next line, and as it was written. Raises `TimeoutError` where none comes in time, `EOFError` where none
        can come, `ValueError` where it is none of ours."""
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > LINE:
                raise ValueError(f"more than {LINE >> 20} MB")
            self.buffer += self.chunk()
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        nonce, _, answer = line.partition(b" ")
        if not secrets.compare_digest(nonce, self.nonce.encode()):
            raise ValueError("something else was written there")
        said = json.loads(answer)
        if not isinstance(said, dict):
            raise ValueError("no facts")
        return said, answer

    def chunk(self) -> bytes:
        ready = wait([self.connection, self.process.sentinel], max(self.deadline - time.monotonic(), 0))
        if not ready:
            raise TimeoutError
        if self.connection not in ready:
            raise EOFError
        if sys.platform == "win32":
            return self.connection.recv_bytes(LINE)
        data = os.read(self.connection.fileno(), 2**20)
        if not data:
            raise EOFError
        return data

    def end(self) -> None:
        """End the process and all that it has started."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
