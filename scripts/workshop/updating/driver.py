"""git's merge driver for learn/ and STATUS.md; .gitattributes names it, and `make learn` tells git what it is.

python -m scripts.workshop.updating.driver --set-up                 tell git
python -m scripts.workshop.updating.driver BASE OURS THEIRS NAME    merge one file, as git asks for it, into OURS
"""

import subprocess
import sys
from pathlib import Path

from scripts.workshop.updating.kept import GIVEN, GONE, SIGNATURE
from scripts.workshop.updating.merging import Unmergeable, merge, module_of
from scripts.workshop.updating.prose import merge_status
from scripts.workshop.updating.unsettled import MARK

MODULE = "scripts.workshop.updating.driver"


def set_up(root: Path) -> None:
    """Tell git, in this clone, how to merge what .gitattributes leaves to `learn`."""
    python = Path(sys.executable)
    if Path(sys.prefix).resolve() == (root / ".venv").resolve() and python.is_relative_to(sys.prefix):
        # A checkout may be moved.
        python = Path(".venv", python.relative_to(sys.prefix))
    # Where it cannot decide, or cannot even start, git's own way remains.
    line = f'"{python.as_posix()}" -m {MODULE} %O %A %B %P || git merge-file -L yours -L before -L theirs %A %O %B'
    about = "written pieces stay, what stands around them is brought up to date"
    for key, value in (("name", about), ("driver", line)):
        subprocess.run(["git", "config", "--local", f"merge.learn.{key}", value], cwd=root, capture_output=True)


def main(arguments: list[str]) -> int:
    if arguments == ["--set-up"]:
        set_up(Path.cwd())
        return 0
    base, ours, theirs, name = (Path(word) for word in arguments)
    texts = [path.read_bytes() for path in (base, ours, theirs)]
    # A rebase plays the learner's commits over what came from elsewhere, and so does a stash with what is not
    # committed: theirs and ours are the other way round.
    if rebasing() or stashed(texts[2]):
        texts[1:] = texts[:0:-1]
    if name.suffix != ".py":
        ours.write_bytes(merge_status(*texts))
        return 0
    module = module_of(name.relative_to("learn").as_posix())
    try:
        before, mine, new = (text.decode() for text in texts)
        merged = merge(before if texts[0] else None, mine, new, module)
    except (UnicodeDecodeError, Unmergeable) as reason:
        print(f"{name}: {reason}; git merges it line by line")
        return 1
    ours.write_bytes(merged.text.encode())
    for each in merged.kept:
        if each.why != GONE:
            what = {SIGNATURE: "signature of {}", GIVEN: "{}, given code that you changed"}[each.why].format(each.id)
            print(f"{what}: yours is kept as a comment in {name}, check it")
    if any(each.why == GONE for each in merged.kept):
        # The next `learn` carries it to where it belongs: git has one file at a time merged.
        MARK.parent.mkdir(exist_ok=True)
        MARK.touch()
    return 0


def rebasing() -> bool:
    command = ["git", "rev-parse", "--git-path", "rebase-merge", "--git-path", "rebase-apply"]
    places = subprocess.run(command, capture_output=True, text=True).stdout
    return any(Path(place).exists() for place in places.splitlines())


def stashed(data: bytes) -> bool:
    """Whether a file is one that git has put aside: by `git stash`, or by --autostash."""
    asked = subprocess.run(["git", "hash-object", "--no-filters", "--stdin"], input=data, capture_output=True).stdout
    for name in ("MERGE_AUTOSTASH", "refs/stash"):
        if asked.strip() in subprocess.run(["git", "ls-tree", "-r", name], capture_output=True).stdout.split():
            return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
