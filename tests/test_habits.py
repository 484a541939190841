"""What surrounds the code: the version stands in one place, and what a forge and git are told to run exists."""

import ast
import json
import re
import tomllib

import pytest
import yaml

from scripts import set_up
from scripts.learn import main
from scripts.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]


def test_there_is_one_version(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == VERSION + "\n"
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    released = re.findall(r"^## \[([\d.]+)\] - (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert (citation["version"], str(citation["date-released"])) == released[0]
    assert citation["version"] == VERSION
    assert citation["license"] == PROJECT["project"]["license"]["text"]


def test_one_range_of_pythons():
    low, high = set_up.OLDEST, set_up.NEWEST
    assert PROJECT["project"]["requires-python"] == f">={low[0]}.{low[1]},<{high[0]}.{high[1] + 1}"
    for job in WORKFLOW["jobs"].values():
        pythons = [tuple(map(int, python.split("."))) for python in job["strategy"]["matrix"]["python"]]
        assert (min(pythons), max(pythons)) == (low, high)


def test_the_workflow_runs_in_bounds_what_it_pins():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets" not in str(WORKFLOW)
    for job in WORKFLOW["jobs"].values():
        assert job["timeout-minutes"] <= 90
        actions = [step["uses"] for step in job["steps"] if "uses" in step]
        assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action) for action in actions)


def test_what_the_workflow_runs_exists():
    lines = [
        line
        for job in WORKFLOW["jobs"].values()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
        if not line.startswith("$")
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    checked = 0
    for line in lines:
        match line.split():
            case ["bash" | "py", *_, file]:
                assert (ROOT / file).is_file()
            case ["make", target]:
                assert re.search(rf"^{target}:", makefile, re.M)
            case [r".venv\Scripts\learn"]:
                assert "learn" in PROJECT["project"]["scripts"]
            case [r".venv\Scripts\python", *command]:
                # As on every other machine.
                assert " ".join(command) in makefile
            case _:
                continue
        checked += 1
    # All but the download of torch.
    assert checked == len(lines) - 1 == 6


def test_hooks_run_the_projects_own_tools():
    hooks = [hook for repo in HOOKS for hook in repo["hooks"]]
    assert [repo["repo"] for repo in HOOKS] == ["local"]
    wanted = {re.split(r"[<>=]", name)[0] for name in PROJECT["project"]["optional-dependencies"]["dev"]}
    for hook in hooks:
        python, dash_m, module, *_ = hook["entry"].split()
        assert (python, dash_m) == ("python", "-m")
        file = ROOT / (module.replace(".", "/") + ".py")
        assert module in wanted or ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        re.compile(hook.get("files", ""))


def test_a_container_for_developing_is_set_up_as_every_machine_is():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    python, file = container["postCreateCommand"].split()
    assert (python, (ROOT / file).is_file()) == ("python3", True)
    low, high = set_up.OLDEST, set_up.NEWEST
    assert low <= tuple(map(int, container["image"].rpartition(":")[2].split("."))) <= high


def test_what_is_printed_as_json_holds_no_number_that_json_has_not():
    files = [path for path in (ROOT / "scripts").rglob("*.py") if path != ROOT / "scripts" / "project" / "__init__.py"]
    assert [path.name for path in files if "print(json.dumps(" in path.read_text(encoding="utf-8")] == []
