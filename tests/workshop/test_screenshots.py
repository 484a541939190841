"""The README's pictures of verdicts."""

import pytest

from scripts.project import ROOT
from scripts.workshop.pieces.stubs import write_skeleton
from scripts.workshop.screenshots import FOLDER, SCENES, WIDTH, take

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


def test_the_readme_shows_each():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for scene in SCENES:
        assert f"({(FOLDER / scene.name).relative_to(ROOT).as_posix()}.svg)" in readme
        assert SAYS[scene.name].split()[0] in (FOLDER / f"{scene.name}.svg").read_text(encoding="utf-8").replace(
            "&#160;", " "
        )
