"""Sharded weights and optimizer state (FSDP) on disk: each process writes its shards, any number of them reads these.

torch.distributed.checkpoint keeps the list of parts in a pickle, `.metadata`. Here it may name tensors only.
"""

import contextlib
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.distributed import checkpoint
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.metadata import Metadata, TensorStorageMetadata

from scripts.project import UsageError, shown
from scripts.public.model_folders import PARTS, BadCheckpoint, name_today

from .optimizing import OLD_STATE
from .trainer import Trainer

HARMLESS = {
    ("pathlib", "Path"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("pathlib._local", "PosixPath"),
    ("torch", "Size"),
    ("torch.serialization", "_get_layout"),
    ("torch._utils", "_rebuild_tensor_v2"),
    *(("torch", name) for name in ("float32", "float64", "bfloat16", "float16", "int64", "preserve_format")),
}


class TensorsOnly(pickle.Unpickler):
    """Reads a list of parts, and refuses whatever could run code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in HARMLESS or module in (
            "torch.distributed.checkpoint.metadata",
            "torch.distributed.checkpoint.filesystem",
        ):
            return super().find_class(module, name)
        raise BadCheckpoint(f"{PARTS} names {module}.{name}, which has no place in a list of tensors")


class Reader(checkpoint.FileSystemReader):
    def read_metadata(self, *arguments: Any, **options: Any) -> Metadata:
        with (Path(self.path) / PARTS).open("rb") as file:
            metadata = TensorsOnly(file).load()
        if others := [n for n, what in metadata.state_dict_metadata.items() if type(what) is not TensorStorageMetadata]:
            raise BadCheckpoint(f"{PARTS} says of {others[0]} that it is no tensor")
        return metadata


def tensors_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Weights and the optimizers' state by name; every process has its own part of each."""
    names = {weight: name for name, weight in trainer.weights().items()}
    return {f"weights.{name}": weight.detach() for weight, name in names.items()} | {
        f"state.{names[weight]}.{key}": value
        for optimizer in trainer.optimizers
        for weight, state in optimizer.state.items()
        for key, value in state.items()
        if isinstance(value, torch.Tensor)
    }


@contextlib.contextmanager
def failing_together() -> Iterator[None]:
    """Raises `RuntimeError` in all processes where one cannot read or write: what torch raises is no `Exception`."""
    try:
        yield
    except CheckpointException as error:
        raise RuntimeError("; ".join(sorted({str(failure[0]) for failure in error.failures.values()}))) from error


def save_parts(trainer: Trainer, folder: Path) -> None:
    """Called by every process. Raises `RuntimeError` in all of them where one cannot write."""
    with failing_together():
        checkpoint.save(tensors_of(trainer), checkpoint_id=folder)


def load_parts(trainer: Trainer, folder: Path) -> None:
    """Called by every process: load weights and state, which were sharded for any number of processes."""
    reader = Reader(folder)
    saved = reader.read_metadata().state_dict_metadata
    saved_as = {f"{kind}.{name_today(name)}": f"{kind}.{name}" for kind, name in (path.split(".", 1) for path in saved)}
    weights = trainer.weights()
    optimizer_of = {
        weight: optimizer
        for optimizer in trainer.optimizers
        for group in optimizer.param_groups
        for weight in group["params"]
    }
    # Make room for the optimizer state of every weight: sharded like it, or a single element.
    for path in (path for path in saved if path.startswith("state.")):
        name, _, key = path.removeprefix("state.").rpartition(".")
        if key in OLD_STATE:
            raise UsageError(
                f"{shown(folder)} is of an older version, whose optimizers keep {key!r}; finish the run with that "
                "version, or give another --out_dir"
            )
        weight, size = weights[name_today(name)], saved[path].size
        room = torch.zeros_like(weight) if size == weight.shape else torch.zeros(size)
        optimizer_of[weight].state[weight][key] = room
    with failing_together():
        checkpoint.load(
            {saved_as.get(name, name): tensor for name, tensor in tensors_of(trainer).items()}, storage_reader=reader
        )
