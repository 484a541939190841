"""The list of parts of a model that was cut up. What it is good for is tried in test_processes.py."""

import pickle
from pathlib import Path

import pytest
import torch
from torch.distributed import checkpoint

from scripts.public.checkpoints import BadCheckpoint
from scripts.training.checkpoints import PARTS
from scripts.training.sharded import Reader

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


def test_what_is_no_tensor_is_not_read(tmp_path):
    checkpoint.save({"weight": torch.zeros(2), "letter": "to a friend"}, checkpoint_id=tmp_path, no_dist=True)
    with pytest.raises(BadCheckpoint, match="letter that it is no tensor"):
        Reader(tmp_path).read_metadata()
