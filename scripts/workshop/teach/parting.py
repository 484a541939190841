"""Where two trainings part: which pieces of the learner's have to be the reference's for both to agree."""

import ast
import multiprocessing
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from scripts.project import shown
from scripts.project.implementation import implementation_folder
from scripts.training.settings import Settings
from scripts.workshop.pieces import BY_ID, Piece
from scripts.workshop.pieces.board import Entry, read_board
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import mirrored, skeleton_file

from .paired_training import open_settings, trained


class Enough(Exception):
    """The training has gone as far as it was wanted."""


def culprits(result: dict, first: Sequence[str] = ()) -> list[Piece] | None:
    """The pieces with which the reference's in their place a training agrees, as few as possible; none where no piece
    is to blame, but code that is given; None where that could not be found out. first: ids to try before others."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=find_here, args=(result, first, theirs))
    process.start()
    theirs.close()
    try:
        return [BY_ID[id] for id in ours.recv()]
    except EOFError:
        return None
    finally:
        process.join()


def find_here(result: dict, first: Sequence[str], connection: Connection) -> None:
    os.environ["LEARN_DEBUG"] = "0"
    connection.send(to_blame(result, first))


def to_blame(result: dict, first: Sequence[str]) -> list[str]:
    """The ids of the pieces, found in this process."""
    called = called_pieces(result, read_board(implementation_folder(result["run"].impl)))
    return fewest(sorted(called, key=lambda id: id not in first), lambda ids: agrees(result, ids))


def fewest(ids: list[str], good) -> list[str]:
    """As few of the ids as are good together: one, where one does; none where not even all of them do."""
    if not good(ids):
        return []
    for id in ids:
        if good([id]):
            return [id]
    left = list(ids)
    for id in ids:
        if good(without := [each for each in left if each != id]):
            left = without
    return left


def agrees(result: dict, instead: Collection[str]) -> bool:
    """Whether the training agrees, up to the step in which it did not, with these pieces of the reference's."""
    right, allowed = result["reference"]["losses"], result["allowed"]
    try:
        losses = losses_with(result, instead, result["apart_at_step"])
    except Exception:
        # What of theirs and of the reference's does not go together is no answer.
        return False
    return len(losses) == result["apart_at_step"] and all(
        abs(a - b) <= bound for a, b, bound in zip(losses, right, allowed, strict=False)
    )


def losses_with(result: dict, instead: Collection[str], steps: int) -> list[float]:
    """The losses of the first steps of a training."""
    settings: Settings = replace(result["run"], eval_tokens=64)
    losses: list[float] = []

    def stop(run) -> None:
        losses[:] = run.losses
        if len(losses) == steps:
            raise Enough

    try:
        implementation = load(settings.impl, track=settings.track, instead=instead)
        trained(implementation, settings, open_settings(result["learn"]["settings"]), on_step=stop)
    except Enough:
        pass
    return losses


def called_pieces(result: dict, board: dict[str, Entry]) -> list[str]:
    """The pieces of the learner's that a training goes through."""
    places = {(str(entry.path), entry.piece.qualname): entry.piece.id for entry in board.values() if entry.begun}
    seen: set[str] = set()

    def note(frame, event, argument) -> None:
        if event == "call" and (frame.f_code.co_filename, frame.f_code.co_qualname) in places:
            seen.add(places[frame.f_code.co_filename, frame.f_code.co_qualname])

    sys.setprofile(note)
    try:
        losses_with(result, (), 1)
    finally:
        sys.setprofile(None)
    return [id for id in board if id in seen]


def other_defaults(piece: Piece, entry: Entry) -> Iterator[str]:
    """The defaults of a piece's parameters that are not those of the skeleton."""
    assert entry.source is not None, entry.path
    yield from changed_defaults(entry.source, Source(skeleton_file(piece.file), entry.path), piece.qualname)


def changed_defaults(theirs: Source, given: Source, qualname: str) -> Iterator[str]:
    mine, right = (defaults(source, qualname) for source in (theirs, given))
    for name in dict.fromkeys([*right, *mine]):
        if mine.get(name) != right.get(name):
            yield (
                f"the default of {name} in {qualname}: yours {mine.get(name, 'none')}, "
                f"the reference's {right.get(name, 'none')}"
            )


def defaults(source: Source, qualname: str) -> dict[str, str]:
    """The defaults of a function's parameters, as they are written."""
    arguments = source.function(qualname).args
    positional = [*arguments.posonlyargs, *arguments.args]
    by_place = zip(reversed(positional), reversed(arguments.defaults), strict=False)
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {each.arg: ast.unparse(value) for each, value in (*by_place, *by_name) if value is not None}


def given_code_changed(folder: Path) -> Iterator[str]:
    """What in a copy is no piece, and yet not as it was given: definitions, with their places, and their defaults."""
    pieces = {(piece.file, piece.qualname) for piece in BY_ID.values()}
    for file in mirrored():
        try:
            theirs = Source.read(folder / file)
        except (OSError, SyntaxError):
            continue  # the run has said so
        given = Source(skeleton_file(file), folder / file)
        mine = dict(definitions(theirs.tree.body))
        for qualname, node in definitions(given.tree.body):
            if (file, qualname) in pieces or ast.dump(mine.get(qualname, ast.Pass())) == ast.dump(node):
                continue
            if qualname not in mine:
                yield f"{qualname} is gone from {shown(theirs.path)}"
                continue
            changes = list(changed_defaults(theirs, given, qualname)) if theirs.find(qualname) else []
            place = f"{shown(theirs.path)}:{mine[qualname].lineno}"
            yield f"{qualname}, which is given, is another ({place}){': ' if changes else ''}{'; '.join(changes)}"


def definitions(body: list[ast.stmt], scope: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """The functions and assignments of a file by their names, those in classes as well."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from definitions(node.body, f"{scope}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield scope + node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield scope + ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target), node
