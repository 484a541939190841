"""Find what a piece makes on the CPU wherever its inputs are. That fails on a GPU only, and here there need be none."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

MAKERS = {
    torch.arange,
    torch.empty,
    torch.eye,
    torch.full,
    torch.linspace,
    torch.ones,
    torch.rand,
    torch.randint,
    torch.randn,
    torch.tensor,
    torch.zeros,
}
# What takes tensors from two devices: moving, copying, and indices.
MOVERS = {Tensor.to, Tensor.type_as}
MIXERS = {Tensor.__getitem__, Tensor.__setitem__, Tensor.copy_}


class OnTheCPU(Tensor):
    """A tensor that nobody asked for on the inputs' device. Joined with one that is there, it raises, as on a GPU."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        with torch._C.DisableTorchFunctionSubclass():
            # A single number may come from anywhere.
            strays = [isinstance(tensor, cls) for tensor in tensors_in((args, kwargs)) if tensor.dim() > 0]
            if any(strays) and not all(strays) and func not in MOVERS | MIXERS:
                raise RuntimeError(
                    f"{func.__name__} joins a tensor that came in with one that was made on the CPU, which fails on a "
                    "GPU; say device= where you make it"
                )
            result = func(*args, **kwargs)
            if func in MIXERS:
                stray = isinstance(args[0], cls)
            elif func in MOVERS:
                stray = all(isinstance(value, torch.dtype) for value in [*args[1:], *kwargs.values()])
            else:
                stray = any(strays)
            # What is moved to where it is already comes back as it was.
            return result.as_subclass(cls if stray else Tensor) if isinstance(result, Tensor) else result


class Watch(TorchFunctionMode):
    """Marks every tensor that is made without a word about its device, or with the word "cpu"."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func in MAKERS and not isinstance((kwargs or {}).get("device"), torch.device):
            return result.as_subclass(OnTheCPU)
        return result


def tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for member in members for tensor in tensors_in(member)]


def follows_its_inputs(function: Callable[..., Tensor], *inputs: Any) -> dict[str, Any]:
    """Call a function; report whether everything that it makes goes to the device that its inputs are on."""
    with torch.no_grad(), Watch():
        result = function(*inputs)
    return {"the result is on the inputs' device": not isinstance(result, OnTheCPU)}
