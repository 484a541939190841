"""STATUS.md: written between the markers, never touched outside them."""

import pytest

from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.teach import status_file
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import MILESTONES, REGIONS, markers, update_status


@pytest.fixture
def facts(project, tmp_path, monkeypatch):
    monkeypatch.setattr(status_file, "STATUS", project.folder / "STATUS.md")
    # As a new learner has it, whatever the regions of the project's own file say now.
    update_status(read_board(project.learn), Progress(tmp_path / "none.json"))
    return project, Progress(tmp_path / "progress.json")


def outside(text: str) -> str:
    for region in REGIONS:
        begin, end = markers(region)
        text = text.split(begin)[0] + begin + end + text.split(end)[1]
    return text


def test_the_file_has_what_the_course_asks_for(facts):
    text = status_file.STATUS.read_text()
    for heading in (
        "Overview",
        "Progress by phase",
        "Milestones",
        "Performance",
        "Learning log",
        "Questions",
        "Success",
    ):
        assert f"## {heading}" in text
    for milestone in MILESTONES:
        assert f"- [ ] **{milestone}**" in text
    assert text.count("- [ ] `") == len(BY_ID)
    assert "12. " in text


def test_only_measured_facts_are_ticked_and_their_own_text_stays(facts):
    project, progress = facts
    path = status_file.STATUS
    path.write_text(path.read_text().replace("**What I did**:", "**What I did**: read, wrote, `- [ ] slept`"))
    before = path.read_text()
    put_in(BY_ID["norms.rms_norm"], project.learn)
    entry = read_board(project.learn)["norms.rms_norm"]
    progress.judge(entry, "pass")
    progress.reach({"Forward pass works": "loss 3.3"})
    progress.comparison = {"Speed": ["1", "2", "slow"]}
    assert update_status(read_board(project.learn), progress)
    after = path.read_text()
    assert outside(after) == outside(before)
    assert "- [x] `norms.rms_norm`: pass" in after
    assert after.count("[x]") == 2
    assert "- [x] **Forward pass works**" in after
    assert "| Speed | 1 | 2 | slow |" in after


@pytest.mark.parametrize("damage", ["no end", "no beginning", "twice", "crossed"])
def test_a_broken_marker_is_reported_and_nothing_is_written(facts, damage, capsys):
    project, progress = facts
    begin, end = markers("milestones")
    text = status_file.STATUS.read_text()
    text = {
        "no end": text.replace(end, ""),
        "no beginning": text.replace(begin, ""),
        "twice": text + begin,
        "crossed": text.replace(begin, "@").replace(end, begin).replace("@", end),
    }[damage]
    status_file.STATUS.write_text(text)
    progress.reach({"Forward pass works": "loss 3.3"})
    assert not update_status(read_board(project.learn), progress)
    assert status_file.STATUS.read_text() == text
    assert "milestones" in capsys.readouterr().err


def test_windows_line_ends_stay(facts):
    project, progress = facts
    status_file.STATUS.write_bytes(status_file.STATUS.read_bytes().replace(b"\n", b"\r\n"))
    progress.reach({"Forward pass works": "loss 3.3"})
    assert update_status(read_board(project.learn), progress)
    assert b"\r\n" in status_file.STATUS.read_bytes()
    assert b"\n" not in status_file.STATUS.read_bytes().replace(b"\r\n", b"")
