"""What one forward pass shows of the residual stream and of attention: for pictures."""

import inspect
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from scripts.public.model_folders import load_into

from .recording import Row, tracing


def is_attention(tensor: Tensor, heads: int, length: int) -> bool:
    """Whether these can be attention weights, (1, H, T, T): none is negative, none is of a later token, and those
    of each token sum to one, or to less, where there are sinks."""
    if tensor.shape != (1, heads, length, length) or not tensor.is_floating_point():
        return False
    sums = tensor.sum(dim=-1)
    return bool((tensor >= 0).all() and not tensor.triu(1).any() and (sums > 0).all() and (sums < 1.01).all())


@dataclass
class Inside:
    """One pass over one sequence of T tokens, as far as it got."""

    tokens: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    logits: Tensor | None = None  # (T, V)
    weights: dict[int, Tensor] = field(default_factory=dict)  # of each layer, (H, T, T)
    stream: list[tuple[int | None, Tensor]] = field(default_factory=list)  # the layer it left, and the norms (T,) there
    given: dict[tuple[int, str], Tensor] = field(default_factory=dict)  # by layer and "attn" or "mlp": norms (T,)
    measured: str = ""  # what "the norm of the stream" is where there are several

    def go_through(self, model: nn.Module, tokens: list[int]) -> None:
        """Fill this with what `model` does to the tokens."""
        self.tokens = tokens
        block = model.blocks[0]
        # In a block, the residual stream is called what its argument is called.
        stream = next(iter(inspect.signature(block.forward).parameters))
        latest = None

        def enter(block: nn.Module, arguments: tuple) -> None:
            self.stream.append((None, norms(stream_in(arguments[0]))))

        def leave(layer: int, streams: Any) -> None:
            if not isinstance(streams, Tensor):
                self.stream.append((layer, norms(stream_in(streams))))
            elif model.config.residual_stream == "attention_residuals":
                self.measured = " (its sums added up)"
                self.stream.append((layer, norms(streams.sum(dim=-2))))
            else:
                self.measured = f" (mean over the {streams.size(-2)} streams)"
                self.stream.append((layer, norms(streams).mean(dim=-1)))

        def look(row: Row, tensor: Tensor) -> None:
            nonlocal latest
            path = f"blocks.{row.layer}"
            if is_attention(tensor, model.config.n_head, len(tokens)):
                self.weights[row.layer] = tensor[0].clone()
            elif not row.function.endswith(".forward"):
                return
            elif row.module == path and row.name in (stream, "return") and not several and tensor is not latest:
                latest = tensor
                self.stream.append((row.layer, norms(tensor)))
            elif row.name == "return":
                for sublayer in ("attn", "mlp"):
                    if row.module == f"{path}.{sublayer}":
                        self.given[row.layer, sublayer] = norms(tensor)

        hooks = [block.register_forward_pre_hook(enter)]
        # What several streams come together in gets them as the block leaves them.
        several = [block.leave for block in model.blocks if model.config.residual_stream != "one"]
        for layer, module in enumerate(several):
            hooks.append(module.register_forward_pre_hook(lambda module, given, layer=layer: leave(layer, given[0])))
        try:
            with torch.no_grad(), tracing(model, look) as self.rows:
                self.logits = model(torch.tensor([tokens]))[0]
        finally:
            for hook in hooks:
                hook.remove()


def stream_in(carried: Any) -> Tensor:
    """The residual stream, of all that goes from block to block."""
    return carried if isinstance(carried, Tensor) else carried.x


def norms(x: Tensor) -> Tensor:
    """The length of every token's vector: (1, T, C) to (T,), or (1, T, n, C) to (T, n)."""
    return x[0].float().norm(dim=-1)


def by_hand(model: nn.Module) -> nn.Module:
    """A model of the same class with the same weights, whose attention has every weight in memory."""
    # use_flash_mla would bring the fused kernel back; the attention_type that it stands for is in the configuration.
    twin = type(model)(replace(model.config, attention_backend="manual", use_flash_mla=False))
    load_into(twin, model.state_dict())
    return twin.eval()
