"""Set-up: what it says where it cannot work, and when it is needed again."""

import builtins
import os
import subprocess
import sys

import pytest

from scripts import set_up


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, path in (("ROOT", tmp_path), ("VENV", tmp_path / ".venv"), ("READY", tmp_path / ".venv" / ".ready")):
        monkeypatch.setattr(set_up, name, str(path))
    monkeypatch.setattr(set_up, "LOG", str(tmp_path / ".setup.log"))
    monkeypatch.setattr(set_up, "PYTHON", sys.executable)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".venv").mkdir()
    return tmp_path


def failure(function) -> str:
    with pytest.raises(SystemExit) as exit:
        function()
    assert "\n" not in exit.value.code
    return exit.value.code


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 14, 0), (2, 7, 18)])
def test_an_unsupported_python_is_told_what_is_needed(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    said = failure(set_up.check_python)
    assert "3.11 to 3.13" in said
    assert f"is {version[0]}.{version[1]}" in said


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_a_supported_python_is_fine(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    set_up.check_python()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_told_how_to_get_it(module, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == module:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "apt install python" in failure(set_up.check_python)


def test_a_failed_installation_is_one_line_with_pips_reason_and_the_log(folder, monkeypatch):
    answers = iter([(False, ""), (False, "ERROR: No matching distribution found for torch")])
    monkeypatch.setattr(set_up, "pip", lambda *arguments: next(answers))
    monkeypatch.setattr(set_up, "works", lambda command: False)
    said = failure(set_up.install)
    assert "No matching distribution" in said
    assert ".setup.log" in said
    assert not set_up.is_ready()


def test_pip_really_fails_that_way(folder):
    worked, complaint = set_up.pip("--no-index", "a-package-that-is-nowhere")
    assert not worked
    assert "a-package-that-is-nowhere" in complaint
    assert complaint in (folder / ".setup.log").read_text()


@pytest.mark.slow
def test_it_is_needed_again_when_other_packages_are_asked_for(folder, monkeypatch):
    monkeypatch.setattr(set_up, "pip", lambda *arguments: (True, ""))
    set_up.install()
    assert set_up.is_ready()
    (folder / "constraints.txt").write_text("other")
    assert not set_up.is_ready()


@pytest.mark.parametrize("known", [".place", "pyvenv.cfg"])
@pytest.mark.parametrize("place", ["there", "th\xe9re too"])
def test_an_environment_that_came_with_its_folder_is_made_to_fit(tmp_path, monkeypatch, known, place, capsys):
    old, new = tmp_path / "here", tmp_path / place
    files = {
        "pyvenv.cfg": f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv --clear {old}/.venv\n",
        "bin/learn": f"#!{old}/.venv/bin/python\nimport sys\nprint(sys.argv[1:])\n",
        "bin/activate": f'VIRTUAL_ENV="{old}/.venv"\n',
        "lib/python3/site-packages/__editable___x_finder.py": f"MAPPING = {{'learn': '{old}/learn'}}\n",
        "lib/python3/site-packages/other.py": f"# {old}/\n",
    }
    if known == ".place":
        files |= {".place": str(old), "pyvenv.cfg": "home = /usr/bin\n"}
    for name, text in files.items():
        (new / ".venv" / name).parent.mkdir(parents=True, exist_ok=True)
        (new / ".venv" / name).write_text(text, encoding="utf-8")
    (new / ".venv/bin/python").symlink_to(sys.executable)
    (new / ".venv/bin/learn").chmod(0o755)
    for name, path in (("ROOT", ""), ("VENV", ".venv"), ("PLACE", ".venv/.place"), ("PYTHON", ".venv/bin/python")):
        monkeypatch.setattr(set_up, name, os.path.join(new, path).rstrip("/"))
    set_up.relocate()
    assert f"was made for {old};" in capsys.readouterr().out
    texts = {name: (new / ".venv" / name).read_text(encoding="utf-8") for name in files if name != ".place"}
    changed = {name: text for name, text in texts.items() if str(new) in text}
    assert not [name for name, text in changed.items() if str(old) + "/" in text]
    assert {"bin/learn", "bin/activate", "lib/python3/site-packages/__editable___x_finder.py"} <= set(changed)
    assert str(old) in texts["lib/python3/site-packages/other.py"]
    # The command starts again, whatever the path has in it.
    said = subprocess.run([new / ".venv/bin/learn", "a b"], capture_output=True, text=True)
    assert said.stdout == "['a b']\n", said.stderr
