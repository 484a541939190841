"""What several folders of tests share."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scripts.training import startup
from scripts.workshop.grade.tampering import compile_given
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.scratch import copy_project, put_in
from scripts.workshop.pieces.source import Source

# A shell that starts something in the background makes it ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8", newline="")

    def edit_in(self, file: str, function: str, old: str, new: str) -> None:
        """Replace a text that stands in a function exactly once, whatever the rest of the file holds."""
        text = Source.read(self.folder / file).text_of(function)
        assert text.count(old) == 1, (file, function, old, text.count(old))
        self.edit(file, text, text.replace(old, new))


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """What every `project` is a copy of."""
    folder = tmp_path_factory.mktemp("template") / "project"
    copy_project(folder)
    return folder


@pytest.fixture(scope="session")
def finished_learn(template, tmp_path_factory) -> Path:
    """A learn/ in which every piece is written, and right."""
    folder = shutil.copytree(template / "learn", tmp_path_factory.mktemp("template") / "learn")
    for piece in PIECES:
        put_in(piece, folder)
    return folder


def copied(source: str, target: str) -> None:
    """A file of its own; but those of the course, which are many and which no test changes, are the template's."""
    (os.link if "course" in Path(source).parts else shutil.copy2)(source, target)


@pytest.fixture
def project(template, tmp_path) -> Project:
    return Project(shutil.copytree(template, tmp_path / "project", copy_function=copied))


@pytest.fixture
def finished(project, finished_learn) -> Project:
    """A copy in which every piece is written, and right."""
    shutil.copytree(finished_learn, project.learn, dirs_exist_ok=True)
    return project
