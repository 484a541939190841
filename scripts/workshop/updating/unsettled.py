"""What a pull has left to do: pieces that are kept beside the stub, files that a newer version has no more."""

import json
from pathlib import Path
from typing import Any

MARK = Path(".learn") / "unsettled"  # is there while a merge has kept what another file has a place for
MOVED = Path("scripts/course/moved.json")


def unsettled(root: Path) -> bool:
    """Every `learn` asks: it starts no process."""
    return (root / MARK).exists() or bool(left_over(root))


def left_over(root: Path) -> list[str]:
    """Files of learn/ with pieces that have another place by now: git leaves them there, in a conflict, where somebody
    has written in them what a newer version has deleted."""
    found = {}
    for id in moves_in((root / MOVED).read_bytes() if (root / MOVED).exists() else b"{}"):
        parts = id.split(".")
        for length in range(1, len(parts)):
            path = f"{'/'.join(parts[:length])}.py"
            if (root / "learn" / path).is_file() and not (root / "reference" / path).exists():
                found[f"learn/{path}"] = None
    return list(found)


def moves_in(data: bytes) -> dict[str, Any]:
    """The new names of pieces by their old ones."""
    try:
        return json.loads(data)
    except ValueError:
        return {}
