"""The figures in the READMEs are those that are counted and measured."""

import json

import pytest

from scripts.project import ROOT
from scripts.workshop import figures
from scripts.workshop.figures import READMES, REGION, REGIONS, main, measured, stale, with_figures


@pytest.mark.parametrize("readme", READMES)
def test_no_figure_is_stale(readme):
    assert stale(ROOT / readme) == [], "python -m scripts.workshop.figures writes them anew"


def test_every_figure_stands_in_a_readme():
    shown = {name for readme in READMES for _, name, _, _ in REGION.findall((ROOT / readme).read_text("utf-8"))}
    assert shown == set(REGIONS)


def test_every_marker_belongs_to_a_region():
    for readme in READMES:
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert text.count("<!-- figures:") == text.count("<!-- end -->") == len(REGION.findall(text))


def test_a_figure_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="no figure called 'luck'"):
        with_figures("<!-- figures: luck -->\n<!-- end -->")


def test_check_changes_nothing_and_writing_repairs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    monkeypatch.setattr(figures, "READMES", ("README.md",))
    path = tmp_path / "README.md"
    path.write_text("before\n<!-- figures: tracks -->\nold\n<!-- end -->\nafter\n")
    assert main(["--check"]) == 1
    assert "stale: tracks" in capsys.readouterr().out
    assert "old" in path.read_text()
    assert main([]) == 0
    text = path.read_text()
    assert "| nanochat |" in text and "old" not in text
    assert text.startswith("before\n") and text.endswith("after\n")
    assert main(["--check"]) == 0


def test_what_was_measured_says_when_where_and_how():
    for name, facts in measured().items():
        assert facts["command"].startswith("python -m scripts."), name
        assert facts["date"] and facts["machine"] and facts["versions"] and facts["report"], name


def test_what_is_measured_anew_is_kept_with_date_and_versions(tmp_path, monkeypatch):
    path = tmp_path / "figures.json"
    path.write_text(
        json.dumps({"parity": {"command": "python -m scripts.describe --parity", "note": "", "report": {}}})
    )
    monkeypatch.setattr(figures, "MEASURED", path)
    monkeypatch.setattr(figures, "VERSIONS", ("torch",))
    figures.keep("parity", {"parity": [{"model": "gpt2", "max_diff": 6e-7}]})
    assert "| gpt2 | 6.0e-07 |" in figures.parity()
    assert "torch 2" in figures.parity()


def test_every_model_is_as_equal_as_it_has_to_be():
    for row in measured()["parity"]["report"]["parity"]:
        assert row["max_diff"] <= row["tolerance"] == 1e-5, row["model"]
