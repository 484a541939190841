"""Judging: the process that knows what should come out. It gets answers as data, and never runs anybody else's code."""

import json
import os
import sys
from collections.abc import Collection
from multiprocessing.connection import Connection
from typing import Any

from scripts.project import UsageError
from scripts.workshop.check.grouping import Asked
from scripts.workshop.pieces import BY_ID, Piece

PATIENCE = 300.0  # seconds until an answer has been judged, or a process stands; a cold disk takes its time over torch
Processes = Any  # a context of multiprocessing; what they have in common has no `Process`, if one asks for its type


class CheckerEnded(UsageError):
    """A process of our own has ended, before it has met anybody else's code: there is no verdict to give."""

    def __init__(self):
        super().__init__("the checker itself ended or does not answer; is there too little memory (`ulimit -v`)?")


class Judge:
    """A process that judges, as seen from outside. Once it has held a case against the reference, it remembers."""

    def __init__(self, processes: Processes):
        self.connection, self.process = started(processes, judge_here)

    def cases(self, piece: Piece, begun: Collection[str]) -> list[Asked]:
        """The cases that a learner is asked who has begun these tracks. The next answers are to them."""
        said = self.ask(json.dumps({"piece": piece.id, "begun": sorted(begun)}).encode())
        return [Asked(*case) for case in said["cases"]]

    def difference(self, answer: bytes) -> str | None:
        """What is wrong with an answer; None where nothing is."""
        return self.ask(answer)["difference"]

    def ask(self, question: bytes) -> dict:
        try:
            self.connection.send_bytes(question)
            if not self.connection.poll(PATIENCE):
                raise CheckerEnded
            return json.loads(self.connection.recv_bytes())
        except (OSError, EOFError) as error:
            raise CheckerEnded from error

    def end(self) -> None:
        self.process.kill()
        self.process.join()


def started(processes: Processes, target, *arguments) -> tuple[Connection, Any]:
    """A new process that does `target(*arguments, connection)`, and our end of the connection."""
    ours, theirs = processes.Pipe()
    process = processes.Process(target=target, args=(*arguments, theirs), daemon=True)
    try:
        process.start()
    except (OSError, EOFError) as error:
        raise CheckerEnded from error
    theirs.close()
    return ours, process


def stand_apart() -> None:
    """Be a process that Ctrl-C at the terminal does not reach, whose output is no part of ours, with one thread."""
    if hasattr(os, "setsid"):
        os.setsid()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ["LEARN_DEBUG"] = "0"
    import torch

    torch.set_num_threads(1)


def judge_here(connection: Connection) -> None:
    """What the process of a judge does: read what should be judged, say what is wrong with it, look at the next case
    while it is being run elsewhere; until nobody asks any more."""
    stand_apart()
    from scripts.workshop.check.cases import asked, cases_now
    from scripts.workshop.check.checking import expected

    cases = []
    while True:
        try:
            question = json.loads(connection.recv_bytes())
        except EOFError:
            return
        if "piece" in question:
            cases = cases_now(BY_ID[question["piece"]], question["begun"])
            reply, following = {"cases": [asked(case) for case in cases]}, 0
        else:
            number, again = question["case"], question["again"]
            reply, following = {"difference": judged(cases[number], question["outputs"], again)}, number + again
        connection.send_bytes(json.dumps(reply).encode())
        if following < len(cases):
            expected(cases[following])


def judged(case, outputs: Any, again: bool) -> str | None:
    """What is wrong with the outputs of a case, as they were packed; None where nothing is."""
    from scripts.workshop.check.answers import unpacked
    from scripts.workshop.check.checking import Difference, compare_outputs, expected

    expected(case)  # what goes wrong in there is not theirs
    try:
        compare_outputs(case, {name: unpacked(value) for name, value in outputs.items()}, again)
    except Difference as difference:
        return f"With {case.about}: {difference}"
    except Exception as error:
        return f"With {case.about}, what yours gives cannot be compared. {type(error).__name__}: {error}"
    return None
