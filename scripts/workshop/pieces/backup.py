"""Nothing of the learner's is ever overwritten without a copy of it."""

import shutil
from datetime import datetime
from pathlib import Path

from scripts.project import ROOT

BACKUPS = ROOT / ".learn" / "backups"


def back_up(path: Path, folder: Path | None = None) -> Path:
    """Copy a file to a dated place of its own, and return that place. folder: where, by default BACKUPS."""
    while True:
        moment = datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")
        place = (folder or BACKUPS) / f"{moment}-{path.name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Two commands may come in one tick of a coarse clock.
            place.open("xb").close()
        except FileExistsError:
            continue
        shutil.copy2(path, place)
        return place
