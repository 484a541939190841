"""Screenshots: one of each kind of verdict, as SVG, for the README.

    python -m scripts.workshop.screenshots [FOLDER]

Each shows what `learn check` answers to a piece that somebody wrote right, wrong, or not at all.
"""

import io
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from scripts.learning.check import show_verdicts
from scripts.project import Parser, run_command
from scripts.workshop.diagnose.verdicts import check_entries
from scripts.workshop.pieces.board import find_piece, read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import read_text, write_text
from scripts.workshop.pieces.stubs import write_skeleton
from scripts.workshop.teach.progress import Progress

FOLDER = Path(__file__).with_name("screens")
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


def take(scene: Scene, folder: Path) -> Console:
    """The terminal after `learn check`, in a folder that holds a copy of learn/."""
    piece = find_piece(scene.piece)
    if scene.instead:
        put_in(piece, folder / "learn")
        path = folder / "learn" / piece.file
        before = read_text(path)
        after = before.replace(*scene.instead)
        if (after == before) != (scene.instead == ("", "")):
            raise LookupError(f"{scene.name}: {scene.instead[0]!r} is no longer in {piece.id}")
        write_text(path, after)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"$ learn check {piece.id}", highlight=False)
    entries = [read_board(folder / "learn")[piece.id]]
    show_verdicts(entries, check_entries(entries, LIMIT), Progress(folder / "progress.json"), console)
    return console


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.screenshots", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=FOLDER, help="where to write them (default: the README's)"
    )
    target = parser.parse_args(argv).folder.resolve()
    target.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            write_skeleton(folder / "learn")
            os.chdir(folder)  # so that files are shown as a learner sees them
            try:
                console = take(scene, folder)
            finally:
                os.chdir(before)
        path = target / f"{scene.name}.svg"
        console.save_svg(str(path), title="", unique_id=scene.name)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
