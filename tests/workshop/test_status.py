"""STATUS.md: written between the markers, never touched outside them."""

import pytest

from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, backup
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.teach import status_file
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import MILESTONES, REGIONS, markers, reset_status, update_status


@pytest.fixture
def facts(project, tmp_path, monkeypatch):
    monkeypatch.setattr(status_file, "STATUS", project.folder / "STATUS.md")
    # As a new learner has it, whatever the regions of the project's own file say now.
    update_status(read_board(project.learn), Progress(tmp_path / "none.json"))
    return project, Progress(tmp_path / "progress.json")


@pytest.fixture
def backups(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "BACKUPS", tmp_path / "backups")
    return lambda: [path.read_bytes() for path in sorted((tmp_path / "backups").rglob("*.*")) if path.is_file()]


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


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gbk", "utf-8-sig", "utf-16", "utf-16-be"])
def test_fault_4e_a_log_in_another_encoding_stays_byte_for_byte(facts, encoding):
    project, progress = facts
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    word = "汉字" if encoding == "gbk" else "Früher"
    text = mark + status_file.STATUS.read_text().replace("**What I did**:", f"**What I did**: {word}")
    status_file.STATUS.write_text(text, encoding=encoding)
    progress.reach({"Forward pass works": "loss 3.3"})
    assert update_status(read_board(project.learn), progress)
    after = status_file.STATUS.read_bytes().decode(encoding)
    assert outside(after) == outside(text)
    assert "- [x] **Forward pass works**" in after


@pytest.mark.parametrize("data", [b"", b"\n \n", bytes(300), b"\xff\xfe"], ids=["empty", "blank", "zeros", "mark"])
def test_fault_4e_an_empty_file_gets_its_regions(facts, data):
    project, progress = facts
    status_file.STATUS.write_bytes(data)
    assert update_status(read_board(project.learn), progress)
    text = status_file.STATUS.read_text()
    assert text.startswith("# My GPT: status\n")
    assert all(marker in text for region in REGIONS for marker in markers(region))


def test_fault_4e_line_ends_outside_the_regions_stay_where_they_are_mixed(facts):
    project, progress = facts
    log = b"a\r\nb\nc\r\x0cd\xff\n"
    status_file.STATUS.write_bytes(log + status_file.STATUS.read_bytes() + log)
    progress.reach({"Forward pass works": "loss 3.3"})
    assert update_status(read_board(project.learn), progress)
    after = status_file.STATUS.read_bytes()
    assert after.startswith(log) and after.endswith(log)


def test_fault_4e_a_half_written_file_is_left_and_a_reset_keeps_all_that_is_in_it(facts, backups, capsys):
    project, progress = facts
    text = status_file.STATUS.read_text()
    half = "Mine.\n" + text[: text.index("<!-- end milestones")] + "Mine too.\n"
    status_file.STATUS.write_text(half)
    board = read_board(project.learn)
    assert not update_status(board, progress)
    assert "learn reset STATUS.md" in capsys.readouterr().err
    assert status_file.STATUS.read_text() == half
    reset_status(board, progress)
    assert backups() == [half.encode()]
    after = status_file.STATUS.read_text()
    begin, _ = markers("milestones")
    assert all(line in after.splitlines() for line in half.splitlines() if line != begin)
    assert update_status(board, progress)
    assert status_file.STATUS.read_text() == after


@pytest.mark.parametrize("data", [b"\xff\xfea", None], ids=["half a character", "a folder"])
def test_fault_4e_what_is_no_text_is_said_in_a_line_and_left(facts, data, capsys):
    project, progress = facts
    status_file.STATUS.unlink()
    status_file.STATUS.write_bytes(data) if data else status_file.STATUS.mkdir()
    assert not update_status(read_board(project.learn), progress)
    assert capsys.readouterr().err.count("\n") == 1
    assert status_file.STATUS.is_dir() if data is None else status_file.STATUS.read_bytes() == data


def test_fault_4e_a_reset_that_cannot_be_is_a_line(facts, backups):
    project, progress = facts
    status_file.STATUS.unlink()
    status_file.STATUS.mkdir()
    with pytest.raises(UsageError, match=r"STATUS\.md is left as it is: Is a directory"):
        reset_status(read_board(project.learn), progress)


def test_fault_4d_a_link_to_the_log_stays_a_link(facts):
    project, progress = facts
    real = project.folder / "notes.md"
    status_file.STATUS.rename(real)
    status_file.STATUS.symlink_to(real)
    progress.reach({"Forward pass works": "loss 3.3"})
    assert update_status(read_board(project.learn), progress)
    assert status_file.STATUS.is_symlink()
    assert "- [x] **Forward pass works**" in real.read_text()
