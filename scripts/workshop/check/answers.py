"""Answers: what a case came to, as plain data.

The process that runs somebody else's code says what came out, and nothing else: in JSON, in which a tensor is its
bytes. What is read back is made of plain numbers, texts and tensors, whatever classes it had; to read it runs nothing.
"""

import base64
import dataclasses
import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from reference.config import GPTConfig
from scripts.workshop.check.cases import Estimate
from scripts.workshop.pieces.debug import summary

MOST = 2**24  # bytes of a tensor; of a larger one, which is nobody's answer, only shape and dtype are handed on


class Shown:
    """What an answer holds that is no plain data: it can be looked at, and is equal to nothing else."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text


def packed(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, Tensor):
        return {"tensor": packed_tensor(value.detach())}
    if isinstance(value, Estimate):
        return {"estimate": [float(value.value), float(value.standard_error)]}
    if isinstance(value, (tuple, list, set, frozenset)):
        kind = next(each for each in (tuple, list, set, frozenset) if isinstance(value, each))
        return {kind.__name__: [packed(member) for member in value]}
    if isinstance(value, Mapping):
        return {"dict": [[packed(key), packed(value[key])] for key in value]}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    if isinstance(value, GPTConfig):
        return {"config": packed({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})}
    return {"shown": summary(value)}


def packed_tensor(tensor: Tensor) -> dict[str, Any]:
    facts: dict[str, Any] = {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}
    if not tensor.is_meta and tensor.numel() * tensor.element_size() <= MOST:
        plain = tensor.cpu().resolve_conj().resolve_neg().contiguous()
        facts["bytes"] = base64.b64encode(plain.reshape(-1).view(torch.uint8).numpy().tobytes()).decode()
    return facts


def unpacked(value: Any) -> Any:
    """The value that was packed. Raises an exception of some kind where nothing of ours can have packed this."""
    if not isinstance(value, dict):
        return value
    ((kind, inside),) = value.items()
    return UNPACK[kind](inside)


def unpacked_tensor(facts: dict[str, Any]) -> Tensor:
    dtype, shape = getattr(torch, facts["dtype"]), facts["shape"]
    if "bytes" not in facts:
        return torch.empty(shape, dtype=dtype, device="meta")
    data = base64.b64decode(facts["bytes"])
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape) if data else torch.empty(shape, dtype=dtype)


def unpacked_list(members: list) -> list:
    return [unpacked(member) for member in members]


def unpacked_pairs(pairs: list) -> dict:
    return {unpacked(key): unpacked(value) for key, value in pairs}


UNPACK: dict[str, Callable[[Any], Any]] = {
    "tensor": unpacked_tensor,
    "estimate": lambda pair: Estimate(float(pair[0]), float(pair[1])),
    "tuple": lambda members: tuple(unpacked_list(members)),
    "list": unpacked_list,
    "set": lambda members: set(unpacked_list(members)),
    "frozenset": lambda members: frozenset(unpacked_list(members)),
    "dict": unpacked_pairs,
    "device": lambda name: torch.device(name),
    "config": lambda fields: GPTConfig(**unpacked(fields)),
    "shown": Shown,
}
