"""Looped layers: some of the blocks run several times, with the same weights. Depth that costs time and no parameters.

    blocks 0 ... S-1 once,  then blocks S ... E-1, n_loop times,  then the others once

S = config.loop_start, E = config.loop_end. `GPT.forward` calls every block once. What is called last of the loop's goes
on from there, with the context of every further pass: each has caches of its own, since its keys are others.

Universal Transformers: Dehghani et al. 2018 (arXiv:1807.03819); recurrent depth: Geiping et al. 2025
(arXiv:2502.05171).
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from ..normalizations import build_norm
from ..positions import Context, Positions


def run_again(
    x: Float[Tensor, "B T C"],
    blocks: Sequence[Callable[[Tensor, Context], Tensor]],
    passes: Sequence[Sequence[Context]],
    begin: Callable[[Tensor], Tensor],
) -> Float[Tensor, "B T C"]:
    r"""What leaves a loop, where x has left its first pass.

        x = begin(x);  x = block(x, context) for each block        once for each further pass

    passes: of every further pass, a context for each block.

    Dehghani et al. 2018, Universal Transformers (arXiv:1807.03819), section 2.1, for a group of blocks.
    """
    debug("run_again", x=x, blocks=blocks, passes=passes, begin=begin)
    # Begin the pass with what the one before it has ended with.
    # Run the same blocks in order, each with the context that it has in this pass.
    raise NotImplementedError("TODO: x = begin(x), then x = block(x, context) for each block, once for each further pass")


class LoopInput(nn.Module):
    r"""What every pass begins with: where the last one has ended, and once more what the loop was given. Attribute:
    norm, by build_norm.

    Nemotron Labs' Dory, whose blocks norm the sum; in another form, Geiping et al. 2025 (arXiv:2502.05171).
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], given: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""norm(norm(x) + norm(given)). given: what the loop was given; in the first pass x is that, too."""
        return self.norm(self.norm(x) + self.norm(given))


class Loop:
    """A loop in one forward pass of a model. Attributes: passes, as for `run_again`; blocks, those of the loop that
    have run, as further passes call them; begin, with the loop's input filled in where it is added."""

    def __init__(self, passes: Sequence[Sequence[Context]]):
        self.passes = passes
        self.blocks: list[Callable[[Tensor, Context], Tensor]] = []
        self.begin: Callable[[Tensor], Tensor] = nn.Identity()


class LoopContext(Context):
    """The context of a looped layer in the first pass. Further attribute: loop."""

    loop: Loop


def begin_loop(block: nn.Module, arguments: tuple) -> tuple | None:
    """Before the first block of a loop, in the first pass: add the loop's input, now and in every further pass."""
    x, context = arguments
    if not isinstance(context, LoopContext):
        return None
    context.loop.begin = partial(block.loop_input, given=x)
    return context.loop.begin(x), context


def again(block: nn.Module, x: Tensor, context: Context) -> Tensor:
    """What a block returns in a further pass. The losses that its experts and its indexer have in every pass add up."""
    losses = {part: part.auxiliary_loss for part in block.modules() if hasattr(part, "auxiliary_loss")}
    x = block(x, context)
    for part, loss in losses.items():
        part.auxiliary_loss = loss + part.auxiliary_loss
    return x


def go_on(last: bool, block: nn.Module, arguments: tuple, x: Tensor) -> Tensor:
    """Behind every block of a loop, in the first pass: remember it; behind the last one, run the further passes."""
    context = arguments[1]
    if not isinstance(context, LoopContext):
        return x
    loop = context.loop
    loop.blocks.append(partial(again, block))
    return run_again(x, loop.blocks, loop.passes, loop.begin) if last else x


def loop_block(block: nn.Module, layer: int, config: GPTConfig) -> None:
    """Have a block take part in the loop, where its layer does. Raises `ValueError`."""
    require_loop(config)
    start, end = config.loop
    if layer == start and config.loop_input:
        block.loop_input = LoopInput(config)
        block.register_forward_pre_hook(begin_loop)
    if start <= layer < end:
        block.register_forward_hook(partial(go_on, layer == end - 1))


def require_loop(config: GPTConfig) -> None:
    """Raises `ValueError` where the configuration has no such loop."""
    start, end = config.loop
    if not start < end <= config.n_layer:
        raise ValueError(
            f"loop_start = {start} with loop_end = {end} and n_layer = {config.n_layer}: the loop is of the blocks "
            "from loop_start on to the one before loop_end, so that loop_start < loop_end <= n_layer"
        )
    for field, wanted, why in (
        ("residual_stream", "one", "the streams begin in the first layer and end in the last one"),
        ("n_mtp", 0, "no public model has both"),
    ):
        if (value := getattr(config, field)) != wanted:
            raise ValueError(f"n_loop = {config.n_loop} with {field} = {value!r}: it goes with {wanted!r} alone; {why}")
    if "shared" in config.in_turn(config.attention_type):
        raise ValueError(
            f"n_loop = {config.n_loop} with attention_type = {config.attention_type!r}: every pass has other keys, and "
            "no public model says which of them a 'shared' layer reads"
        )


def group(config: GPTConfig, positions: nn.Module, arguments: tuple, contexts: list[Context]) -> list[Context]:
    """One context for each layer, of those for each visit: a forward hook of `Positions`."""
    (start, end), once = config.loop, contexts[: config.n_layer]
    further, length = contexts[config.n_layer :], end - start
    loop = Loop([further[at : at + length] for at in range(0, len(further), length)])
    for layer in range(start, end):
        once[layer] = looped = LoopContext(*once[layer])
        looped.loop = loop
    return once


def of_all_visits(contexts: list[Context]) -> list[Context]:
    """The contexts of all layers, and behind them those of the further passes, as config.visits has them."""
    loops = [context.loop for context in contexts if isinstance(context, LoopContext)]
    return [*contexts, *(context for loop in loops[:1] for contexts in loop.passes for context in contexts)]


def loop_positions(positions: Positions, config: GPTConfig) -> None:
    """Have the contexts that `positions` returns know of the further passes."""
    positions.layers = [positions.layers[layer] for layer in config.visits]
    positions.register_forward_hook(partial(group, config))
