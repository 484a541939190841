"""Running: the process that runs somebody else's code. It says what came out, line by line, and judges nothing."""

import json
import os
import signal
import sys
import time
from collections.abc import Collection
from multiprocessing.connection import Connection
from pathlib import Path

from scripts.workshop.check.judging import stand_apart
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.failing import without_keyboard
from scripts.workshop.pieces.source import Source

DIAGNOSIS_LIMIT = 20.0  # seconds of computing for the name of a mistake; it is looked for no longer than a third of it
MEMORY = 8 * 2**30  # bytes, for one piece
BLOCKED, SHORTEST = 6.0, 60.0  # times the seconds of computing, and at least: so long somebody may take on a clock
TEXT = 4000  # characters of a message


def patience(limit: float) -> float:
    """Seconds on a clock within which `limit` seconds of computing should be over, however busy the machine is."""
    return max(BLOCKED * limit, SHORTEST) if hasattr(signal, "setitimer") else limit


def allow(limit: float) -> None:
    """Let this process compute for `limit` seconds from now: the system ends it then, whatever it is doing."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, limit)
        # Who waits instead is ended by the parent; this is for those who have lost theirs.
        signal.setitimer(signal.ITIMER_REAL, patience(limit) + SHORTEST)


def limit_resources(limit: float) -> None:
    """Let this process have MEMORY bytes more than now, and not much more than `limit` seconds of computing, where the
    system can see to that: code that eats memory gets an error before the machine runs out of it."""
    if sys.platform != "linux":
        return
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    seconds = int(time.process_time() + limit + DIAGNOSIS_LIMIT) + 60
    for which, wanted in ((resource.RLIMIT_AS, now + MEMORY), (resource.RLIMIT_CPU, seconds)):
        # What the machine's owner has set may be less, and cannot be raised.
        finite = [bound for bound in (wanted, *resource.getrlimit(which)) if bound != resource.RLIM_INFINITY]
        # One less, and the signal that comes first says why.
        resource.setrlimit(which, (min(finite) - 1, min(finite)))


def close_others(connection: Connection) -> None:
    """Close what else was open where this process comes from: a word to the server there would end it for everybody."""
    if sys.platform == "linux":
        os.closerange(3, connection.fileno())
        os.closerange(connection.fileno() + 1, os.sysconf("SC_OPEN_MAX"))


def run_here(
    piece_id: str, path: str, begun: Collection[str], limit: float, nonce: str, connection: Connection
) -> None:
    """What the process of one check does: say that it stands, run every case twice and say what came out, once only
    where it is told that something is wrong; then look for the mistake.

    nonce: what every line begins with, so that nobody else's is taken for one."""
    stand_apart()
    close_others(connection)
    limit_resources(limit)
    from scripts.workshop.check.answers import packed
    from scripts.workshop.check.cases import Case, cases_now
    from scripts.workshop.check.checking import Difference, findings, run_case

    def say(**facts) -> None:
        line = f"{nonce} {json.dumps(facts)}\n".encode()
        if sys.platform == "win32":
            connection.send_bytes(line)
            return
        while line:
            line = line[os.write(connection.fileno(), line) :]

    told: set[Case] = set()

    def compare(case, package) -> None:
        for again in (False, True):
            outputs = {name: packed(value) for name, value in run_case(case, package, case.dtype).items()}
            say(case=cases.index(case), again=again, outputs=outputs)
            if wrong := connection.recv_bytes():
                told.add(case)
                raise Difference(wrong.decode())

    say(ready=True)
    without_keyboard()
    allow(limit)
    piece, source = BY_ID[piece_id], Source.read(Path(path))
    cases = cases_now(piece, begun)
    failed = []
    for finding in findings(piece, source, cases, compare):
        failed.append(finding)
        if finding.case not in told:
            say(status=finding.status, message=finding.message[:TEXT], line=finding.line, of_file=finding.of_file)
    if not failed or failed[0].of_file or not failed[0].case:
        return
    allow(DIAGNOSIS_LIMIT)
    from scripts.workshop.diagnose.diagnosis import diagnose

    causes, text = diagnose(piece, source, failed[0].case, cases=cases)
    say(causes=[cause.as_dict() for cause in causes], more=text[:TEXT])
