"""Merging what is no code: STATUS.md, whose regions are written by `learn`, and other texts."""

import re
import subprocess
import tempfile
from pathlib import Path

REGION = re.compile(r"(<!-- begin (\w+):[^\n]*\n)(.*?)(<!-- end \2 -->)", re.DOTALL)


def merge_text(base: bytes, mine: bytes, new: bytes, conflicts: str) -> bytes:
    """git's merge of three texts. conflicts: `union` keeps both sides there, `theirs` that of `new`."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("mine", "base", "new")]
        for path, data in zip(paths, (mine, base, new), strict=True):
            path.write_bytes(data)
        command = ["git", "merge-file", "--stdout", f"--{conflicts}", *map(str, paths)]
        done = subprocess.run(command, capture_output=True)
    return done.stdout if 0 <= done.returncode < 128 else mine


def merge_status(base: bytes, mine: bytes, new: bytes) -> bytes:
    """Both logs; in the regions what `mine` says, for `learn` writes them anew."""
    try:
        texts = [each.decode() for each in (base, mine, new)]
    except UnicodeDecodeError:
        return mine
    regions: dict[str, str] = {}
    for text in (texts[2], texts[1]):
        regions |= {name: content for _, name, content, _ in REGION.findall(text)}
    before, ours, theirs = (REGION.sub(r"\1\4", text).encode() for text in texts)
    merged = merge_text(before, ours, theirs, conflicts="union").decode()
    return REGION.sub(lambda region: region[1] + regions.get(region[2], "") + region[4], merged).encode()
