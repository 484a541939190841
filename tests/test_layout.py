"""What stands where: rooms that can be taken in at a glance, and names that mean one thing."""

from pathlib import Path

import pytest

from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.sizes import size_of

ROOT = Path(__file__).parents[1]
CONTENT = ROOT / "scripts" / "course"  # a folder for each piece: as many as there are
MOST, MOST_COMMANDS = 20, 28


def entries(folder: Path) -> list[Path]:
    """What stands in a folder, without what Python and git leave behind."""
    return [path for path in folder.iterdir() if not path.name.startswith(".") and holds_something(path)]


def holds_something(path: Path) -> bool:
    files = path.rglob("*") if path.is_dir() else [path]
    return any(file.is_file() and file.suffix != ".pyc" for file in files)


def folders(top: Path) -> list[Path]:
    inside = [path for path in entries(top) if path.is_dir()]
    return [top, *(folder for path in inside for folder in folders(path))]


FOLDERS = {path.relative_to(ROOT).as_posix(): path for top in ("reference", "scripts") for path in folders(ROOT / top)}
ROOMS = [name for name, path in FOLDERS.items() if not path.is_relative_to(CONTENT)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_no_more_than_one_can_take_in(room):
    assert len(entries(FOLDERS[room])) <= (MOST_COMMANDS if room == "scripts" else MOST)


def test_no_room_has_the_name_of_a_file_beside_it():
    for name, folder in FOLDERS.items():
        rooms = {path.name for path in entries(folder) if path.is_dir()}
        files = {path.stem for path in entries(folder) if path.is_file()}
        assert not rooms & files, name


# The most that somebody has to read and write before a first model speaks.
FIRST_TRACK = {"pieces": 21, "code_lines": 125, "docstring_words": 1700, "reading_lines": 450, "reading_files": 8}


def test_a_first_model_is_no_more_to_read_than_was_promised():
    size = size_of(TRACKS[0])
    assert {name: size[name] for name, most in FIRST_TRACK.items() if size[name] > most} == {}
