"""Write a GPT, piece by piece. Without a command: run your code until it meets a piece that is not written yet.

examples:
  learn                        run; stop at the next piece and say what to write
  learn check                  is what you wrote right? (what changed since it last passed)
  learn watch                  the same at every save, in half a second
  learn hint                   the idea of the next piece; again: the steps; again: almost the code
  learn list                   all pieces and where they are
"""

import json
import sys
import textwrap
from argparse import SUPPRESS, Namespace
from collections.abc import Iterable
from pathlib import Path

from scripts.project import ROOT, Parser, UsageError, run_command, shown

from .train import Settings, at_least, run_settings
from .workshop.board import Entry, find_piece, read_board
from .workshop.pieces import TRACKS, Piece, Track
from .workshop.progress import Progress

LEARN = ROOT / "learn"
GRADING = (
    "check every piece of many copies, and say what to look at: it runs their code, in processes with limits on time "
    "and memory, which is no sandbox"
)
LETTERS = """Letters: B sequences in the batch, T tokens in each, C width (n_embd),
L layers (n_layer), H heads (n_head), G key/value heads (n_kv_head), D numbers
per head (head_dim), V different tokens (vocab_size), F width inside the
feed-forward, E experts (n_expert), N a norm; Tq queries and Tk keys where they
are not of the same tokens, Dv numbers per value, R per rotary key."""


def parser() -> Parser:
    parser = Parser(prog="learn", description=__doc__)
    json_help = "end with one JSON object on standard output"
    parser.add_argument("--json", action="store_true", help=json_help)
    parser.add_argument(
        "--max_iters", type=at_least(0), default=None, metavar="N", help="training steps at the end of the run"
    )
    parser.set_defaults(command=run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, command, about: str, takes_json: bool = False, piece: str | None = None) -> Parser:
        sub = commands.add_parser(name, prog=f"learn {name}", help=about, description=about)
        sub.set_defaults(command=command)
        if takes_json:
            # Left alone where it is not given, so that `learn --json list` works as well.
            sub.add_argument("--json", action="store_true", default=SUPPRESS, help=json_help)
        if piece:
            sub.add_argument(
                "piece", nargs=piece, metavar="PIECE", help="a piece's id, or its end: GPT.forward, rms_norm"
            )
        return sub

    check = add("check", check_pieces, "compare pieces with the reference, each by itself", takes_json=True, piece="*")
    check.add_argument("--all", action="store_true", help="every piece")
    check.add_argument("--impl", default="learn", metavar="PATH", help="check another copy of learn/ (default: learn)")
    check.add_argument(
        "--timeout", type=float, default=20.0, metavar="SECONDS", help="time for one piece (default: 20)"
    )
    add("watch", watch, "check what you save, as soon as you save it, then run on to the next piece").add_argument(
        "--timeout", type=float, default=5.0, metavar="SECONDS", help="time for one piece (default: 5)"
    )
    add(
        "hint",
        hint,
        "a piece's idea; then, asked again, its steps; then almost the code. Without a name: of the next piece",
        piece="?",
    ).add_argument("--rung", type=int, choices=(1, 2, 3), metavar="1|2|3", help="this rung, whatever was shown before")
    add("answer", answer, "the questions; with a number, an answer to compare yours with").add_argument(
        "number", nargs="?", type=at_least(1), metavar="N", help="which question"
    )
    add("solution", solution, "the reference's code for a piece, and where yours differs", piece=None).add_argument(
        "piece", metavar="PIECE", help="a piece's id, or its end: GPT.forward, rms_norm"
    )
    grade = add("grade", grade_copies, GRADING, takes_json=True)
    grade.add_argument(
        "folder", nargs="+", type=Path, metavar="FOLDER", help="a copy of learn/, or a folder of folders with one each"
    )
    grade.add_argument("--csv", type=Path, metavar="FILE", help="also write a row for every copy")
    grade.add_argument("--junit", type=Path, metavar="FILE", help="also write JUnit XML, a test suite for every copy")
    grade.add_argument(
        "--timeout", type=float, default=20.0, metavar="SECONDS", help="time for one piece (default: 20)"
    )
    add("status", status, "how far you are; also writes it to STATUS.md", takes_json=True)
    add("list", list_pieces, "all pieces and their state", takes_json=True)
    add(
        "reset", reset, "put the stub of a piece (or a whole file, gpt.py) back; yours is backed up first"
    ).add_argument("piece", metavar="PIECE|FILE", help="a piece's id, or its end, or the name of a file in learn/")
    compare = add("compare", compare_runs, "train your code and the reference from the same weights", takes_json=True)
    compare.add_argument(
        "--max_iters", type=at_least(50), default=200, metavar="N", help="training steps (default: 200)"
    )
    compare.add_argument("--seed", type=at_least(0), default=42, metavar="N", help="default: 42")
    return parser


def current_track(board: dict[str, Entry], progress: Progress) -> Track:
    """The first track that has a piece left to write or has never run to its end; the last one where there is none."""
    for track in TRACKS:
        if track.name not in progress.finished or any(board[piece.id].state != "written" for piece in track.pieces):
            return track
    return TRACKS[-1]


def next_piece(board: dict[str, Entry]) -> Piece | None:
    """The first piece that is not written."""
    return next((entry.piece for entry in board.values() if entry.state != "written"), None)


def run(options: Namespace) -> int:
    board, progress = read_board(LEARN), Progress()
    track = current_track(board, progress)
    asked = {"impl": "learn", "json": options.json}
    if options.max_iters is not None:
        asked["max_iters"] = options.max_iters
    return run_settings([Settings(**settings | asked) for settings in track.runs], track)


def check_pieces(options: Namespace) -> int:
    from .training.implementation import implementation_folder
    from .workshop.verdicts import check_entries

    board = read_board(implementation_folder(options.impl))
    progress = Progress()
    entries = chosen_entries(options, board, progress)
    console = sys.stderr if options.json else sys.stdout
    verdicts = show_verdicts(entries, check_entries(entries, options.timeout), progress, console)
    if options.impl == "learn":
        remember(board, progress)
    if options.json:
        print(json.dumps({"pieces": [verdict.as_dict() for verdict in verdicts]}))
    return 0 if all(verdict.status == "pass" for verdict in verdicts) else 1


def show_verdicts(entries: list[Entry], verdicts: Iterable, progress: Progress, console) -> list:
    """Print every verdict as it comes, and put it into `progress`."""
    shown = []
    for entry, verdict in zip(entries, verdicts, strict=True):
        shown.append(verdict)
        print(verdict_text(verdict), file=console, flush=True)
        if verdict.status != "unwritten":
            progress.judge(entry, verdict.status, verdict.cause, verdict.explanation)
    if len(shown) > 1:
        print(f"{sum(verdict.status == 'pass' for verdict in shown)} of {len(shown)} pass.", file=console)
    failed = [verdict.id for verdict in shown if verdict.status in ("wrong", "crash", "timeout")]
    if failed:
        print(f"stuck? learn hint {failed[0]}", file=console, flush=True)
    return shown


def remember(board: dict[str, Entry], progress: Progress) -> None:
    from .workshop.status import update_status

    progress.save()
    update_status(board, progress)


KEYS = "r run   c check all   h hint   l list   q quit"


def watch(options: Namespace) -> int:
    """Check what is saved, run on where it is right, and listen to keys, until q."""
    import threading

    from .workshop.verdicts import check_entries, context
    from .workshop.watch import PAUSE, Saves, keyboard

    processes = context("scripts.workshop.warm")
    saves, running, last = Saves(LEARN), None, None
    # The server loads torch while nobody waits for it.
    threading.Thread(target=processes.Process(target=int).start, daemon=True).start()
    print(f"Watching {shown(LEARN)}: save a file to have it checked.\n{KEYS}", flush=True)

    def start_run():
        nonlocal running
        running = processes.Process(target=run_command, args=(main, []))
        running.start()

    def stop_run():
        if running and running.is_alive():
            running.kill()
            running.join()

    def check(entries: list[Entry]) -> bool:
        progress = Progress()
        verdicts = show_verdicts(entries, check_entries(entries, options.timeout, processes), progress, sys.stdout)
        remember(read_board(LEARN), progress)
        return all(verdict.status == "pass" for verdict in verdicts)

    with keyboard() as key:
        try:
            while True:
                pressed, changed = key(PAUSE), saves.changed()
                if running and not running.is_alive():
                    running = None
                    print(KEYS, flush=True)
                if not pressed and not changed:
                    continue
                stop_run()
                if pressed == "q":
                    return 0
                if changed:
                    last = changed[0].piece.id
                    # What is wrong would only be met again by the run.
                    if check(changed):
                        start_run()
                elif pressed == "r":
                    start_run()
                elif pressed == "c":
                    check(list(read_board(LEARN).values()))
                elif pressed == "l":
                    list_pieces(Namespace(json=False))
                elif pressed == "h":
                    hint(Namespace(piece=last, rung=None))
        except KeyboardInterrupt:
            print()
            return 0
        finally:
            stop_run()


def grade_copies(options: Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    from .workshop.grade import copies_in, grades, row, write_csv, write_junit

    copies = copies_in(options.folder)
    found = []
    try:
        for number, one in enumerate(grades(copies, options.timeout), start=1):
            found.append(one)
            print(f"{number} of {len(copies)}: {one.copy}, {one.passed} of {len(one.verdicts)} pass", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"stopped after {len(found)} of {len(copies)} copies", file=sys.stderr)
    for path, write in ((options.csv, write_csv), (options.junit, write_junit)):
        if path:
            write(path, found)
            print(f"wrote {shown(path)}", file=sys.stderr)
    console = Console(stderr=options.json, highlight=False)
    table = Table("copy", "pass", "the others", "to look at", box=None)
    for one in found:
        table.add_row(*row(one))
    console.print(table)
    for one in found:
        for suspicion in one.suspicions:
            console.print(f"look at {one.copy}/{suspicion}", markup=False, soft_wrap=True)
    if options.json:
        print(json.dumps({"copies": [one.as_dict() for one in found]}))
    return 0 if len(found) == len(copies) else 130


def chosen_entries(options: Namespace, board: dict[str, Entry], progress: Progress) -> list[Entry]:
    """The pieces that were asked for; by default what is written and has not passed as it stands, else the next one."""
    if options.all:
        return list(board.values())
    if options.piece:
        return [board[find_piece(name).id] for name in options.piece]
    changed = [entry for entry in board.values() if progress.state(entry) not in ("unwritten", "missing", "pass")]
    following = next_piece(board)
    return changed or ([board[following.id]] if following else list(board.values()))


WORDS = {
    "pass": "passes",
    "wrong": "WRONG",
    "crash": "CRASHES",
    "timeout": "HANGS",
    "unwritten": "not written yet",
}


def verdict_text(verdict) -> str:
    line = f"{verdict.id:42} {WORDS[verdict.status]:16} {verdict.file}:{verdict.line}"
    if verdict.status == "pass":
        return line
    # A picture keeps its lines, a sentence is broken where it must be.
    return f"{line}\n{textwrap.indent(wrapped(verdict.message, width=72), '    ')}"


def wanted_piece(name: str | None, board: dict[str, Entry]) -> Piece:
    piece = find_piece(name) if name else next_piece(board)
    if piece is None:
        raise UsageError("every piece is written; say which one you mean (`learn list`)")
    return piece


def hint(options: Namespace) -> int:
    from .workshop import hints
    from .workshop.ideas import IDEAS
    from .workshop.splice import reference_source

    board, progress = read_board(LEARN), Progress()
    piece = wanted_piece(options.piece, board)
    entry, source = board[piece.id], reference_source(piece.module)
    rung = options.rung or progress.next_rung(entry, hints.RUNGS)
    print(f"{piece.id}   {entry.place}   hint {rung} of {hints.RUNGS}\n")
    if rung == 1:
        cause = progress.cause(entry)
        if cause:
            print(f"{wrapped(cause[1])}\n")
        print(f"Write: {piece.todo}.\n\n{wrapped(piece.why)}\n\n{wrapped(IDEAS[piece.id])}")
    elif rung == 2:
        print(f"{hints.steps(piece, source)}\n\n{LETTERS}")
        if piece.requires:
            print("\nIt rests on: " + ", ".join(piece.requires))
    else:
        print(hints.almost(piece, source))
    print(f"\n{'`learn solution` shows all of it' if rung == hints.RUNGS else '`learn hint` again says more'}.")
    progress.climb(entry, rung)
    progress.save()
    return 0


def answer(options: Namespace) -> int:
    from .workshop.questions import QUESTIONS

    if options.number is None:
        for number, question in enumerate(QUESTIONS, start=1):
            if number == 1 or question.track != QUESTIONS[number - 2].track:
                print(f"\n{question.track}")
            print(textwrap.fill(f"{number:4}. {question.text}", width=76, subsequent_indent=" " * 6))
        print("\nAnswer in your own words, in STATUS.md say; then compare: learn answer 1")
        return 0
    if options.number > len(QUESTIONS):
        raise UsageError(f"question {options.number}: there are {len(QUESTIONS)}; `learn answer` lists them")
    question = QUESTIONS[options.number - 1]
    print(f"{wrapped(f'{options.number}. {question.text}')}\n\n{wrapped(question.answer)}\n")
    print(f"See for yourself: {question.tryout}")
    return 0


def wrapped(text: str, width: int = 76) -> str:
    """A text in lines that fit; lines of a picture, which begin with two spaces, stay as they are."""
    return "\n".join(line if line.startswith("  ") else textwrap.fill(line, width) for line in text.splitlines())


def solution(options: Namespace) -> int:
    import difflib

    from .workshop.splice import reference_source

    piece = find_piece(options.piece)
    theirs = read_board(LEARN)[piece.id]
    reference = reference_source(piece.module)
    text = reference.text_of(piece.qualname)
    print(f"{piece.id}   reference/{piece.file}:{reference.find(piece.qualname).lineno}\n\n{text}")
    if theirs.state == "written":
        yours = theirs.source.text_of(piece.qualname).splitlines()
        difference = list(difflib.unified_diff(yours, text.splitlines(), "yours", "reference", lineterm="", n=1))
        print(
            "\n".join(["Yours, and what the reference has instead:\n", *difference])
            if difference
            else "Yours is the same."
        )
    return 0


def status(options: Namespace) -> int:
    from .workshop.status import REGIONS, update_status

    board, progress = read_board(LEARN), Progress()
    following = next_piece(board)
    written = update_status(board, progress)
    if options.json:
        states = {id: progress.state(entry) for id, entry in board.items()}
        facts = {"pieces": states, "milestones": progress.milestones, "performance": progress.comparison}
        print(json.dumps(facts | {"next": following and following.id}))
    else:
        for content in REGIONS.values():
            print(content(board, progress) + "\n")
        if following:
            print(f"Next: {following.id}   {board[following.id].place}")
    return 0 if written else 1


def list_pieces(options: Namespace) -> int:
    board, progress = read_board(LEARN), Progress()
    rows = [
        {
            "id": entry.piece.id,
            "file": shown(entry.path),
            "line": entry.line,
            "phase": entry.piece.phase,
            "track": entry.piece.track,
            "state": progress.state(entry),
        }
        for entry in board.values()
    ]
    if options.json:
        print(json.dumps({"pieces": rows}))
        return 0
    heading = None
    for row in rows:
        if heading != (row["track"], row["phase"]):
            heading = (row["track"], row["phase"])
            print(f"\n{row['track']}: {row['phase']}")
        print(f"  {row['id']:40} {row['state']:10} {row['file']}:{row['line']}")
    return 0


def reset(options: Namespace) -> int:
    from .workshop.reset import reset_file, reset_piece

    if options.piece.endswith(".py"):
        reset_file(LEARN / options.piece)
    else:
        reset_piece(find_piece(options.piece), LEARN)
    return 0


def compare_runs(options: Namespace) -> int:
    from .workshop.compare import as_json, compare, comparison_table
    from .workshop.status import update_status

    board, progress = read_board(LEARN), Progress()
    following = next((entry for entry in board.values() if entry.state != "written"), None)
    if following:
        raise UsageError(
            f"there is something left to write before a comparison: {following.piece.id} ({following.place})"
        )
    result = compare(options.max_iters, options.seed, say=lambda text: print(text, file=sys.stderr))
    if result is None:
        return 1
    progress.comparison = comparison_table(result)
    out = sys.stderr if options.json else sys.stdout
    for metric, (yours, reference, note) in progress.comparison.items():
        print(f"{metric:24} yours {yours:>16}   reference {reference:>16}   {note}", file=out)
    if result["agree"]:
        figure = (
            f"loss curves agree over {options.max_iters} steps, largest difference {result['largest_difference']:.1e}"
        )
        progress.reach({"Matches reference": figure})
        print(f"They agree to rounding: at most {result['largest_difference']:.1e} apart.", file=out)
        print("This is nanochat's model; for the pieces of other tracks, ask `learn check --all`.", file=out)
    else:
        progress.milestones.pop("Matches reference", None)
        print(
            f"They do not agree: more than rounding apart from step {result['apart_at_step']} on, at most "
            f"{result['largest_difference']:.1e}. `learn check --all` says which piece it is.",
            file=out,
        )
    progress.save()
    update_status(board, progress)
    if options.json:
        print(as_json(result))
    return 0 if result["agree"] else 1


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    return options.command(options)


def console_script() -> int:
    return run_command(main)


if __name__ == "__main__":
    sys.exit(console_script())
