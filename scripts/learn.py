"""Write a GPT, piece by piece. Without a command: run your code until it meets a piece that is not written yet.

examples:
  learn                        run; stop at the next piece and say what to write
  learn check                  is what you wrote right? (what changed since it last passed)
  learn watch                  the same at every save, in half a second
  learn hint                   the idea of the next piece; again: the steps; again: almost the code
  learn list                   all pieces and where they are
"""

import importlib
import sys
from argparse import SUPPRESS, Action

from scripts.project import Parser, at_least, leave, number_of, path_from, run_command

GRADING = (
    "check every piece of many copies, and say what to look at: it runs their code, in processes with limits on time "
    "and memory, which is no sandbox"
)

SECONDS = number_of(0.1, 86_400, "number of seconds from 0.1 to 86400")
TIME = "seconds of computing for one piece, however busy the machine is (default: {})"

FILES = {"compare": "beside_reference"}  # in learning/, of the commands whose file has another name


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
    add("watch", "check what you save, as soon as you save it, then run on to the next piece").add_argument(
        "--timeout", type=SECONDS, default=5.0, metavar="SECONDS", help=TIME.format(5)
    )
    add(
        "hint",
        "a piece's idea; then, asked again, its steps; then almost the code. Without a name: of the next piece",
        piece="?",
    ).add_argument("--rung", type=int, choices=(1, 2, 3), metavar="1|2|3", help="this rung, whatever was shown before")
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
    add("status", "how far you are; also writes it to STATUS.md", takes_json=True)
    add("list", "all pieces and their state", takes_json=True)
    about = "put the stub of a piece (or a whole file, gpt.py) back; yours is backed up first"
    named = "a piece's id, or its end; the name of a file in learn/; STATUS.md: the regions that `learn` writes"
    add("reset", about).add_argument("piece", metavar="PIECE|FILE", help=named)
    compare = add("compare", "train your code and the reference from the same weights", takes_json=True)
    compare.add_argument(
        "--max_iters", type=at_least(50), default=200, metavar="N", help="training steps (default: 200)"
    )
    compare.add_argument("--seed", type=at_least(0), default=42, metavar="N", help="default: 42")
    return parser


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    # Each command imports what it needs itself: nobody who asks for a list need wait for torch.
    file = FILES.get(options.command, options.command)
    return importlib.import_module(f".learning.{file}", __package__).command(options)


def console_script() -> int:
    return leave(run_command(main))


if __name__ == "__main__":
    sys.exit(console_script())
