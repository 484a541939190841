"""The READMEs' pictures: the way of working, and a verdict of every kind."""

import pytest

from scripts.project import ROOT
from scripts.workshop.pieces.stubs import README, write_skeleton
from scripts.workshop.screenshots import FOLDER, SCENES, WIDTH, take, take_loop

SAYS = {
    "unwritten": "not written yet",
    "pass": "passes",
    "known": "This is a known mistake: eps forgotten.",
    "unknown": "Where (# is wrong",
    "crash": "NameError: name 'mean_squared' is not defined",
    "timeout": "is there a loop that never ends?",
}


@pytest.mark.parametrize(
    "scene",
    [pytest.param(scene, id=scene.name, marks=[] if scene.name == "known" else [pytest.mark.slow]) for scene in SCENES],
)
def test_a_verdict_of_every_kind_fits_on_the_screen(scene, tmp_path, monkeypatch):
    write_skeleton(tmp_path / "learn")
    monkeypatch.chdir(tmp_path)
    console = take(scene, tmp_path)
    text = console.export_text()
    assert SAYS[scene.name] in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_way_of_working_fits_on_the_screen(tmp_path, monkeypatch):
    write_skeleton(tmp_path / "learn")
    monkeypatch.chdir(tmp_path)
    text = take_loop(tmp_path).export_text()
    stop, wrong, right = text.split("$ learn")[1:]
    assert "Next: norms.rms_norm" in stop
    assert SAYS["known"] in wrong
    assert SAYS["pass"] in right
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_readme_shows_each():
    learn = README.read_text(encoding="utf-8")
    for scene in SCENES:
        assert f"({(FOLDER / scene.name).relative_to(ROOT).as_posix()}.svg)" in learn.replace("../scripts", "scripts")
        assert SAYS[scene.name].split()[0] in (FOLDER / f"{scene.name}.svg").read_text(encoding="utf-8").replace(
            "&#160;", " "
        )
    first = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"({(FOLDER / 'loop.svg').relative_to(ROOT).as_posix()})" in first
