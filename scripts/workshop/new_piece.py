"""Write the folder of a new piece, to fill in: scripts/course/<its file>/<its name>/.

    python -m scripts.workshop.new_piece norms.ScaleNorm.forward --track norms

The function must stand in reference/ already. What is written says what goes where; nothing that exists is touched.
"""

import sys
from pathlib import Path

from scripts.project import Parser, UsageError, run_command, shown

PIECE = """---
phase: {phase}
track: {track}
todo: one line, what to write
requires: []
runs:
  - overrides: {{}}
---
One sentence: why it matters.

# Idea

What it is in the field's words; then at most one picture, four columns in; then small numbers, worked out. No code.
"""

CASES = '''"""What {id} is asked: inputs that tell right from wrong, chosen and not hoped for."""

from scripts.workshop.check.cases import case, draw, outcome


@case("ordinary numbers")
def ordinary(package):
    return outcome(package.{id}, draw(2, 3, 8))
'''

MISTAKES = '''"""What people write for {id}, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {{
    "what is done wrong": Kind(
        "You do this instead of that. It matters for this reason.",
        {{"the mistake in a few words": ("what stands in the reference's text, once", "what somebody writes instead")}},
    ),
}}
'''

ALTERNATIVE = '''"""Another right way: as the paper, a library or a public model writes it."""


{text}'''


def write_folder(id: str, track: str, phase: str) -> list[Path]:
    """The files of a new piece. Raises `UsageError` where the reference has no such function, or the folder exists."""
    from scripts.workshop.pieces import COURSE
    from scripts.workshop.pieces.source import Source, write_text
    from scripts.workshop.pieces.stubs import REFERENCE

    names = id.split(".")
    # The longest beginning that is a file: the rest is the name inside it.
    depth = next(
        (n for n in range(len(names), 0, -1) if (REFERENCE.joinpath(*names[:n]).with_suffix(".py")).exists()), 0
    )
    module, qualname = names[:depth], ".".join(names[depth:])
    path = REFERENCE.joinpath(*module).with_suffix(".py")
    source = Source.read(path) if depth else None
    if not source or not source.find(qualname):
        raise UsageError(f"{id}: there is no such function in reference/; a piece is named norms.RMSNorm.forward, say")
    folder = COURSE.joinpath(*module, qualname)
    if folder.exists():
        raise UsageError(f"{shown(folder)} exists already; nothing was written")
    texts = {
        "piece.md": PIECE.format(phase=phase, track=track),
        "cases.py": CASES.format(id=id),
        "mistakes.py": MISTAKES.format(id=id),
        "alternatives/another.py": ALTERNATIVE.format(text=whole(source, qualname)),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def whole(source, qualname: str) -> str:
    """The function's text, with the line of its class above it where it has one."""
    return "".join(f"class {name}:\n" for name in qualname.split(".")[:-1]) + source.text_of(qualname)


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.new_piece", description=__doc__)
    parser.add_argument("id", metavar="ID", help="file, class and function: norms.ScaleNorm.forward")
    parser.add_argument("--track", default="mine", help="the track that it belongs to (default: mine, a new one)")
    parser.add_argument("--phase", help="what `learn` calls the part of the track (default: the track's name)")
    options = parser.parse_args(argv)
    for path in write_folder(options.id, options.track, options.phase or options.track):
        print(shown(path))
    print("Fill them in. Then: python -m scripts.workshop.skeleton --force")
    print(f"                    python -m scripts.workshop.mistakes --report {options.id}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
