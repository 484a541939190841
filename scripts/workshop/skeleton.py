"""Generate learn/ from reference/: the same files with the bodies of all pieces removed.

README.md and AGENTS.md come from templates, pieces/learn_*.md; CLAUDE.md points to the second.

python -m scripts.workshop.skeleton               write the files of learn/ that are not there yet
python -m scripts.workshop.skeleton --force       write those that differ, too, whatever is in them (after a backup)
python -m scripts.workshop.skeleton --check       exit 1 and show the difference where learn/ is anything else
python -m scripts.workshop.skeleton --out DIR     write a skeleton somewhere else
"""

import difflib
import sys
from pathlib import Path

from scripts.project import Parser, path_from, run_command, shown, some
from scripts.workshop.pieces.backup import back_up
from scripts.workshop.pieces.board import LEARN
from scripts.workshop.pieces.stubs import all_files, texts, write_skeleton


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
    """The files that a folder has, by name, as far as the skeleton has a say in them: Python files, and texts."""
    paths = sorted([*folder.rglob("*.py"), *(path for name in texts() if (path := folder / name).exists())])
    return {path.relative_to(folder).as_posix(): path for path in paths}


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.skeleton", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where learn/ is not the skeleton")
    parser.add_argument("--force", action="store_true", help="write over files that differ; they are backed up first")
    parser.add_argument("--out", type=path_from, default=LEARN, metavar="DIR", help="where to write (default: learn/)")
    options = parser.parse_args(argv)
    changes = difference(options.out)
    if options.check:
        print(changes or f"{shown(options.out)} is the skeleton, byte for byte.", end="" if changes else "\n")
        return 1 if changes else 0
    wanted = {name: text.encode() for name, text in all_files().items()}
    found = present(options.out)
    differing = [name for name, path in found.items() if path.read_bytes() != wanted.get(name)]
    mine = [] if options.force else [name for name in differing if name in wanted]
    for name in differing if options.force else []:
        print(f"backed up {shown(found[name])} to {shown(back_up(found[name]))}")
    count = write_skeleton(options.out, but=mine)
    print(f"Wrote the skeleton, {count} files, to {shown(options.out)}.")
    if mine:
        print(f"Left as they are, since somebody's work may be in them: {some(mine, 8)}; --force writes over them,")
        print("after a backup, and `learn update` lays a newer version under what is written.")
    return 1 if mine else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
