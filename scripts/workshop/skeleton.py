"""Generate learn/ from reference/: the same files with the bodies of all pieces removed.

README.md comes from a template, pieces/learn_README.md.

python -m scripts.workshop.skeleton               write learn/ anew (whatever differs is backed up first)
python -m scripts.workshop.skeleton --check       exit 1 and show the difference where learn/ is anything else
python -m scripts.workshop.skeleton --out DIR     write a skeleton somewhere else
"""

import difflib
import sys
from pathlib import Path

from scripts.project import Parser, path_from, run_command, shown
from scripts.workshop.pieces.board import LEARN
from scripts.workshop.pieces.stubs import all_files, write_skeleton


def difference(folder: Path) -> str:
    """What would change if the skeleton were written to `folder`, as a diff; empty where it is there byte for byte."""
    wanted = all_files()
    found = present(folder)
    parts = []
    for name in sorted(wanted | found):
        have = found[name].read_bytes() if name in found else b""
        want = wanted.get(name, "").encode()
        if have != want:
            lines = difflib.unified_diff(
                have.decode("utf-8", "replace").splitlines(keepends=True),
                want.decode().splitlines(keepends=True),
                shown(folder / name),
                f"generated {name}",
            )
            parts.append("".join(lines) or f"{shown(folder / name)}: only the line ends differ\n")
    return "".join(parts)


def present(folder: Path) -> dict[str, Path]:
    """The files that a folder has, by name, as far as the skeleton has a say in them: Python files, and README.md."""
    paths = sorted([*folder.rglob("*.py"), *folder.glob("README.md")])
    return {path.relative_to(folder).as_posix(): path for path in paths}


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.skeleton", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where learn/ is not the skeleton")
    parser.add_argument("--out", type=path_from, default=LEARN, metavar="DIR", help="where to write (default: learn/)")
    options = parser.parse_args(argv)
    changes = difference(options.out)
    if options.check:
        print(changes or f"{shown(options.out)} is the skeleton, byte for byte.", end="" if changes else "\n")
        return 1 if changes else 0
    if changes:
        # Somebody's work may be in there.
        from scripts.workshop.pieces.backup import back_up

        wanted = all_files()
        for name, path in present(options.out).items():
            if path.read_bytes() != wanted.get(name, "").encode():
                print(f"backed up {shown(path)} to {shown(back_up(path))}")
    print(f"Wrote the skeleton, {write_skeleton(options.out)} files, to {shown(options.out)}.")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
