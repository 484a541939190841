"""Screenshots: the way of working, and one of each kind of verdict, as SVG, for the READMEs.

    python -m scripts.workshop.screenshots [FOLDER]

Each shows what `learn check` answers to a piece that somebody wrote right, wrong, or not at all; `loop` shows what a
learner sees of one piece from the first run to the check that passes. None shows code that a learner has yet to write.
"""

import io
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from scripts.learning.check import show_verdicts
from scripts.project import Parser, path_from, run_command
from scripts.workshop.diagnose.verdicts import check_entries
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.board import find_piece, read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import read_text, write_text
from scripts.workshop.pieces.stubs import write_skeleton
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.stops import Stop, show_stop, watch_for_stops

FOLDER = Path(__file__).with_name("pictures")
WIDTH = 80  # columns
LIMIT = 5.0  # seconds, for one piece


@dataclass(frozen=True)
class Scene:
    """A piece, and what its author wrote in the place of something that belongs there."""

    name: str
    piece: str
    instead: tuple[str, str] | None = ("", "")  # what is right, and what they wrote; None: nothing at all is written


SCENES = (
    Scene("unwritten", "norms.rms_norm", None),
    Scene("pass", "norms.rms_norm"),
    Scene("known", "norms.rms_norm", ("mean_square + eps", "mean_square")),
    Scene(
        "unknown",
        "attention.manual_attention",
        ("    weights = scores", "    scores[:, 1] = 1.5 * scores[:, 1]\n    weights = scores"),
    ),
    Scene("crash", "norms.rms_norm", ("mean_square + eps", "mean_squared + eps")),
    Scene("timeout", "norms.rms_norm", ("    # Take the mean", "    while True:\n        pass\n    # Take the mean")),
)


LOOP = (
    Scene("known", "norms.rms_norm", ("mean_square + eps", "mean_square")),
    Scene("pass", "norms.rms_norm", ("mean_square", "mean_square")),
)


def terminal() -> Console:
    return Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")


def take(scene: Scene, folder: Path, console: Console | None = None) -> Console:
    """The terminal after `learn check`, in a folder that holds a copy of learn/."""
    console = console or terminal()
    piece = find_piece(scene.piece)
    if scene.instead:
        put_in(piece, folder / "learn")
        path = folder / "learn" / piece.file
        before = read_text(path)
        right, written = scene.instead
        if right not in before:
            raise LookupError(f"{scene.name}: {right!r} is no longer in {piece.id}")
        write_text(path, before.replace(right, written) if right else before)
    console.print(f"$ learn check {piece.id}", highlight=False)
    entries = [read_board(folder / "learn")[piece.id]]
    show_verdicts(entries, check_entries(entries, LIMIT), Progress(folder / "progress.json"), console)
    return console


def take_loop(folder: Path) -> Console:
    """The terminal of somebody who runs, writes the next piece with a mistake in it, and mends that."""
    console = terminal()
    pieces = TRACKS[0].pieces
    before = pieces[: pieces.index(find_piece(LOOP[0].piece))]
    for piece in before:
        put_in(piece, folder / "learn")
    console.print("$ learn")
    show_stop(console, first_stop(folder / "learn"), len(before), len(pieces))
    for scene in LOOP:
        console.print()
        take(scene, folder, console)
    return console


def first_stop(folder: Path) -> Stop:
    """Where the first track's run stops."""
    import torch

    from reference.presets import preset
    from scripts.training.loop import Run, train
    from scripts.training.settings import Settings, schedule_of
    from scripts.training.text.data import load_corpus
    from scripts.workshop.pieces.loading import load

    config = preset("nanochat_tiny")
    corpus = load_corpus("names", config.max_seq_len)
    schedule = schedule_of(Settings(max_iters=1))
    try:
        with watch_for_stops(folder):
            train(load(str(folder), check_shapes=False), config, corpus, schedule, torch.device("cpu"), Run())
    except Stop as stop:
        return stop
    raise LookupError("the run does not stop: nothing is left to write")


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.screenshots", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=path_from, default=FOLDER, help="where to write them (default: the READMEs')"
    )
    target = parser.parse_args(argv).folder.resolve()
    target.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    takes = {scene.name: partial(take, scene) for scene in SCENES} | {"loop": take_loop}
    for name, shoot in takes.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch).resolve()
            write_skeleton(folder / "learn")
            os.chdir(folder)  # so that files are shown as a learner sees them
            try:
                console = shoot(folder)
            finally:
                os.chdir(before)
        path = target / f"{name}.svg"
        console.save_svg(str(path), title="", unique_id=name)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
