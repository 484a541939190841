"""The list of parts of a sharded model. What it is good for is tried in test_processes.py."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch.distributed import checkpoint

from scripts.project import UsageError
from scripts.public.model_folders import BadCheckpoint
from scripts.training.checkpoints import PARTS
from scripts.training.sharded import Reader, load_parts

pytestmark = pytest.mark.filterwarnings("ignore:torch.distributed is disabled")


class Harmful:
    def __reduce__(self):
        return (Path.touch, (Path("harm"),))


@pytest.fixture
def saved(tmp_path) -> Path:
    checkpoint.save({"weight": torch.arange(6.0)}, checkpoint_id=tmp_path, no_dist=True)
    return tmp_path


def test_tensors_are_read(saved):
    there = {"weight": torch.zeros(6)}
    checkpoint.load(there, storage_reader=Reader(saved), no_dist=True)
    assert torch.equal(there["weight"], torch.arange(6.0))


def test_a_list_of_parts_that_would_run_code_is_not_read(saved, monkeypatch):
    monkeypatch.chdir(saved)
    (saved / PARTS).write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(BadCheckpoint, match="which has no place in a list of tensors"):
        Reader(saved).read_metadata()
    assert not Path("harm").exists()


def test_optimizers_of_an_older_version_are_refused_in_one_line(tmp_path):
    checkpoint.save({"state.lm_head.weight.mean": torch.zeros(2)}, checkpoint_id=tmp_path, no_dist=True)
    weight = torch.nn.Parameter(torch.zeros(2))
    trainer = SimpleNamespace(weights=lambda: {"lm_head.weight": weight}, optimizers=[torch.optim.SGD([weight])])
    with pytest.raises(UsageError, match="is of an older version, whose optimizers keep 'mean'; finish the run with"):
        load_parts(trainer, tmp_path)


def test_what_is_no_tensor_is_not_read(tmp_path):
    checkpoint.save({"weight": torch.zeros(2), "letter": "to a friend"}, checkpoint_id=tmp_path, no_dist=True)
    with pytest.raises(BadCheckpoint, match="letter that it is no tensor"):
        Reader(tmp_path).read_metadata()
