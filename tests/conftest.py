"""What several folders of tests share."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from scripts.project import ROOT
from scripts.training import startup
from scripts.workshop.grade.tampering import compile_given
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.scratch import copy_project, put_in
from scripts.workshop.pieces.source import Source

SHARED = ("reference", "scripts")

# The same examples in every run, and as much time for them as a busy machine needs.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# A shell that starts something in the background makes it ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Of what tests start, as much at a time as there are cores: more threads than cores wait for each other, computing.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config):
    """The given code is compiled before the workers begin: what one of them compiles while another one grades would be
    taken for tampering."""
    if not hasattr(config, "workerinput"):
        compile_given()


@pytest.fixture(autouse=True)
def one_thread():
    """The order of additions depends on the number of threads, and the results of tests should not."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def quiet_pieces(monkeypatch):
    monkeypatch.setenv("LEARN_DEBUG", "0")


@pytest.fixture(scope="session")
def estimates() -> dict:
    return {}


@pytest.fixture(autouse=True)
def estimated_once(monkeypatch, estimates):
    """What a training step needs is counted once for each kind of training, which takes longer than a few steps do."""
    count = startup.memory_needed

    def memory_needed(config, batch_size, device, accumulation, setup, prepare, **options):
        key = repr((config, batch_size, device, accumulation, setup.args[0], prepare.args, options["loss_chunk"]))
        if key not in estimates:
            estimates[key] = count(config, batch_size, device, accumulation, setup=setup, prepare=prepare, **options)
        return estimates[key]

    monkeypatch.setattr(startup, "memory_needed", memory_needed)


class Project:
    """A copy of the project with an untouched skeleton, in which commands can be run without harm."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.learn = folder / "learn"

    def start(self, *command: str, **options) -> subprocess.Popen:
        environment = {key: value for key, value in os.environ.items() if key != "LEARN_DEBUG"} | {"COLUMNS": "80"}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess:
        with self.start(*command) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def run_learn(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run("-m", "scripts.learn", *arguments)

    def train(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run("-m", "scripts.train", *arguments)

    def own(self, file: str) -> Path:
        """A file or a folder of the project's own, which was the template's, so that it can be changed."""
        path = self.folder / file
        if path.is_symlink():
            source = path.readlink()
            path.unlink()
            shutil.copytree(source, path)
        elif path.is_file() and path.stat().st_nlink > 1:
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        return path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        path = self.own(file)
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8", newline="")

    def edit_in(self, file: str, function: str, old: str, new: str) -> None:
        """Replace a text that stands in a function exactly once, whatever the rest of the file holds."""
        text = Source.read(self.folder / file).text_of(function)
        assert text.count(old) == 1, (file, function, old, text.count(old))
        self.edit(file, text, text.replace(old, new))


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.py")}


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Iterator[Path]:
    """What every `project` is a copy of, compiled as this one is."""
    folder = tmp_path_factory.mktemp("template") / "project"
    copy_project(folder)
    for path in (path for name in SHARED for path in (ROOT / name).rglob("__pycache__")):
        shutil.copytree(path, folder / path.relative_to(ROOT), copy_function=shutil.copyfile)
    before = times(folder)
    yield folder
    assert before == times(folder), "a test has changed what all copies share: `Project.own` gives it one of its own"


@pytest.fixture(scope="session")
def finished_learn(template, tmp_path_factory) -> Path:
    """A learn/ in which every piece is written, and right."""
    folder = shutil.copytree(template / "learn", tmp_path_factory.mktemp("template") / "learn")
    for piece in PIECES:
        put_in(piece, folder)
    return folder


@pytest.fixture
def project(template, tmp_path) -> Project:
    """Its learn/ is its own; all else, which is much and which hardly any test changes, is the template's."""
    folder = tmp_path / "project"
    course = Path("scripts", "course")
    for name in SHARED:
        shutil.copytree(
            template / name, folder / name, copy_function=os.link, ignore=shutil.ignore_patterns(course.name)
        )
    (folder / course).symlink_to(template / course, target_is_directory=True)
    shutil.copytree(template / "learn", folder / "learn", copy_function=shutil.copyfile)
    for name in ("STATUS.md", "pyproject.toml"):
        shutil.copyfile(template / name, folder / name)
    return Project(folder)


@pytest.fixture
def finished(project, finished_learn) -> Project:
    """A copy in which every piece is written, and right."""
    shutil.copytree(finished_learn, project.learn, copy_function=shutil.copyfile, dirs_exist_ok=True)
    return project
