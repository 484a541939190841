"""Tables that stay exact in a model of any dtype."""

import contextlib
from collections.abc import Callable

import torch
from torch import Tensor, nn


@contextlib.contextmanager
def float32_at_least():
    """Within it, or in a function decorated with it, torch's default dtype is float32 or wider."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.promote_types(before, torch.float32))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Float32Buffers(nn.Module):
    """A module whose buffers stay in float32 at least, in a bfloat16 model too: `model.to(dtype)` moves them, but never
    narrows them. Bfloat16 has 8 significant bits, too few to tell position 4000 from 4001."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Float32Buffers":
        before = dict(self._buffers)
        super()._apply(fn, recurse)
        for name, buffer in self._buffers.items():
            if buffer.is_floating_point() and buffer.dtype != torch.promote_types(buffer.dtype, torch.float32):
                self._buffers[name] = before[name].to(buffer.device)
        return self
