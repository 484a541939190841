"""Write a GPT, piece by piece. Without a command: run your code until it meets a piece that is not written yet.

examples:
  learn                        run; stop at the next piece and say what to write
  learn check                  is what you wrote right? (what changed since it last passed)
  learn watch                  the warm way: the same at every save, in a moment
  learn hint                   the idea of the piece you are at; again: the steps; again: almost the code
  learn words G                what the glossary says of a letter, a word, a symbol
  learn list                   all pieces and where they are
"""

import gc
import importlib
import os
import sys
from argparse import SUPPRESS, Action
from collections.abc import Iterable
from pathlib import Path

from scripts.project import ROOT, Parser, at_least, leave, number_of, path_from, run_command
from scripts.workshop.updating.unsettled import unsettled

from . import atlas
from .learning.costs import add_options

GRADING = (
    "check every piece of many copies, and say what to look at: it runs their code, in processes with limits on time "
    "and memory, which is no sandbox"
)

SECONDS = number_of(0.1, 86_400, "number of seconds from 0.1 to 86400")
TIME = "seconds of computing for one piece, however busy the machine is (default: {})"

CHECKOUT = "LEARN_CHECKOUT"  # the variable that says which copy of the project a command has been handed to

# In learning/, of the commands whose file has another name.
FILES = {"atlas": "own_site", "compare": "beside_reference", "memory": "costs"}


class ShowVersion(Action):
    """Prints the version that is installed, and ends."""

    def __call__(self, parser, *_):
        from importlib.metadata import version

        print(version("bare-bones-gpt"))
        parser.exit()


def parser() -> Parser:
    parser = Parser(prog="learn", description=__doc__)
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="print the version")
    json_help = "end with one JSON object on standard output"
    parser.add_argument("--json", action="store_true", help=json_help)
    parser.add_argument(
        "--max_iters", type=at_least(0), default=None, metavar="N", help="training steps at the end of the run"
    )
    parser.set_defaults(command="run")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, about: str, takes_json: bool = False, piece: str | None = None) -> Parser:
        sub = commands.add_parser(name, prog=f"learn {name}", help=about, description=about)
        sub.set_defaults(command=name)
        if takes_json:
            # Left alone where it is not given, so that `learn --json list` works as well.
            sub.add_argument("--json", action="store_true", default=SUPPRESS, help=json_help)
        if piece:
            sub.add_argument(
                "piece", nargs=piece, metavar="PIECE", help="a piece's id, or its end: GPT.forward, rms_norm"
            )
        return sub

    check = add("check", "compare pieces with the reference, each by itself", takes_json=True, piece="*")
    check.add_argument("--all", action="store_true", help="every piece")
    check.add_argument("--impl", default="learn", metavar="PATH", help="check another copy of learn/ (default: learn)")
    check.add_argument("--timeout", type=SECONDS, default=20.0, metavar="SECONDS", help=TIME.format(20))
    about = (
        "the warm way: check what you save, as soon as you save it, then run on to the next piece. Keys: c checks the "
        "piece that you are at, h gives a hint for it, r runs, a checks all pieces, l lists them, q ends"
    )
    add("watch", about).add_argument("--timeout", type=SECONDS, default=5.0, metavar="SECONDS", help=TIME.format(5))
    add(
        "hint",
        "a piece's idea; then, asked again, its steps; then almost the code. Without a name: of the one you are at",
        takes_json=True,
        piece="?",
    ).add_argument("--rung", type=int, choices=(1, 2, 3), metavar="1|2|3", help="this rung, whatever was shown before")
    add("words", "the glossary; with a term, what it says of it").add_argument(
        "term", nargs="*", metavar="TERM", help="a letter, a word, a symbol of a paper, a field of the configuration"
    )
    add("answer", "the questions; with a number, an answer to compare yours with").add_argument(
        "number", nargs="?", type=at_least(1), metavar="N", help="which question"
    )
    add("solution", "the reference's code for a piece, and where yours differs", piece=None).add_argument(
        "piece", metavar="PIECE", help="a piece's id, or its end: GPT.forward, rms_norm"
    )
    grade = add("grade", GRADING, takes_json=True)
    grade.add_argument(
        "folder",
        nargs="+",
        type=path_from,
        metavar="FOLDER",
        help="a copy of learn/, or a folder of folders with one each",
    )
    for flag, about in (("--csv", "a row for every copy"), ("--junit", "JUnit XML, a test suite for every copy")):
        grade.add_argument(flag, type=path_from, metavar="FILE", help=f"also write {about}")
    grade.add_argument("--timeout", type=SECONDS, default=20.0, metavar="SECONDS", help=TIME.format(20))
    add("status", "how far you are; also writes it to STATUS.md", takes_json=True).add_argument(
        "--all", action="store_true", help="the pieces of every track, not only of the one that you are in"
    )
    add("list", "all pieces and their state", takes_json=True)
    update = add("update", "a newer version of the project under your own pieces: nothing that you wrote is lost")
    update.add_argument(
        "branch", nargs="?", metavar="REMOTE/BRANCH", help="update to this (default: the branch that yours follows)"
    )
    old = add("backups", "list what was there before a command changed it; put it back")
    old.add_argument("--restore", metavar="NAME", help="put this one back, or `last`; what is there now is backed up")
    old.add_argument("file", nargs="*", metavar="FILE", help="only these of its files: learn/gpt.py, STATUS.md")
    about = "put the stub of a piece (or a whole file, gpt.py) back; yours is backed up first"
    named = "a piece's id, or its end; the name of a file in learn/; STATUS.md: the regions that `learn` writes"
    add("reset", about).add_argument("piece", metavar="PIECE|FILE", help=named)
    hunt = add(
        "hunt",
        "find a mistake by its symptoms: one is hidden in a copy of the model, and trained beside the right one",
        takes_json=True,
    )
    hunt.description += (
        ".\n\nWithout a word: the hunt that is open, or the next of twelve, which go from easy to hard. list: all of "
        "them.\ncheck: is the copy right now? train: train the copy as it is. compare: both models, stage by\nstage. "
        "shapes: of weights and outputs. give up: what it was. Folders: runs/hunts/.\n\n"
        "python -m scripts.trace runs/hunts/N/right --impl runs/hunts/N/model shows every intermediate of\nthe copy, "
        "with the weights that the right one has learned; without --impl, the right ones."
    )
    about = "the number or name of a hunt, or list, check, train, compare, shapes, give up"
    hunt.add_argument("what", nargs="*", metavar="WHAT", help=about)
    hunt.add_argument("--seed", type=at_least(0), metavar="N", help="draw a hunt; the same number draws the same one")
    hunt.add_argument("--level", choices=("easy", "medium", "hard"), help="draw one of this difficulty (default: any)")
    hunt.add_argument("--track", metavar="NAME", help="draw one from this track (default: the first)")
    compare = add("compare", "train your code and the reference from the same weights", takes_json=True)
    compare.add_argument(
        "--max_iters", type=at_least(50), default=200, metavar="N", help="training steps (default: 200)"
    )
    compare.add_argument("--seed", type=at_least(0), default=42, metavar="N", help="default: 42")
    memory = add("memory", "bytes of weights and cache, and FLOPs, of several models side by side", takes_json=True)
    about = "a preset (default: gpt2 llama deepseek), a configuration's file, or a folder with a config.json"
    memory.add_argument("models", nargs="*", metavar="MODEL", help=about)
    memory.add_argument("--tiny", action="store_true", help="the small sister of each preset: NAME_tiny")
    add_options(memory)
    about = "a site of your own: your code, pictures of what it does, your runs and models, the pieces that pass"
    atlas.add_options(add("atlas", about), ROOT / "runs" / "my_atlas")
    return parser


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    if options.command != "update" and unsettled(ROOT):
        from scripts.workshop.updating.update import settle_once

        settle_once(ROOT)
    # Each command imports what it needs itself: nobody who asks for a list need wait for torch.
    file = FILES.get(options.command, options.command)
    return importlib.import_module(f".learning.{file}", __package__).command(options)


def console_script() -> int:
    # What is imported comes to stay: to look through it for garbage, again and again, takes a tenth of the time.
    gc.set_threshold(100_000, 50, 100)
    status = leave(run_command(here))
    # Nor at the end, where all is given back to the system: with torch, that takes a quarter of its import.
    gc.freeze()
    return status


def here(argv=None) -> int:
    """`main`, by the code of the copy of this project that one stands in, or whose environment this is. Nobody else's
    code grades."""
    checkout = nearest_checkout([*Path.cwd().joinpath("_").parents, *Path(sys.argv[0]).absolute().parents[2:3]])
    if checkout is None or checkout in (ROOT, Path(os.environ.get(CHECKOUT, ""))) or "grade" in sys.argv:
        return main(argv)
    return run_elsewhere(checkout)


def nearest_checkout(folders: Iterable[Path]) -> Path | None:
    """The copy of this project that one of these folders is."""
    return next((folder.resolve() for folder in folders if (folder / "scripts" / "learn.py").is_file()), None)


def run_elsewhere(checkout: Path) -> int:
    """The same command by the code of another copy: the environment was made for this one, the learner works there."""
    path = os.pathsep.join([str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path, CHECKOUT: str(checkout)}
    words = [sys.executable, "-m", "scripts.learn", *sys.argv[1:]]
    if os.name != "nt":
        os.execve(sys.executable, words, environment)
    import subprocess

    return subprocess.call(words, env=environment)


if __name__ == "__main__":
    sys.exit(console_script())
