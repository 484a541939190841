"""How much a track asks of whoever writes it, and of whoever reads it.

    python -m scripts.workshop.size --track nanochat [--json]

code_lines: the bodies of its pieces, without docstrings, comments and empty lines. docstring_words: the docstrings of
its pieces and of their classes, and the comments that are left as an outline. reading_lines, reading_files: every
definition of reference/ but the configuration that building, initialising (by `GPT.init_weights`, where the
configuration asks for no other way) and running its models for a loss goes through, comments and all.
"""

import sys

from scripts.project import ROOT, Parser, UsageError, json_line, run_command
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.sizes import executed, lines_of, size_of


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.size", description=__doc__)
    parser.add_argument("--track", default="nanochat", help="whose (default: nanochat, the first)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args(argv)
    track = next((track for track in TRACKS if track.name == options.track), None)
    if track is None:
        known = ", ".join(track.name for track in TRACKS)
        raise UsageError(f"--track {options.track}: there is no such track; there are {known}")
    size = size_of(track)
    if options.json:
        print(json_line(size))
        return 0
    for name, value in size.items():
        print(f"{name.replace('_', ' '):18} {value:7,}")
    for path, names in sorted(executed(track).items()):
        print(f"  {path.relative_to(ROOT).as_posix():36} {lines_of(path, names):5} lines")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
