"""What every piece is asked, and what its cases.py is written with.

A case is a function that puts a piece to work and returns what came out, by name. It is run three times: on the
reference in float64, which is the truth; on the reference in the tested dtype, whose error says how exact an answer can
be; and on the learner's piece, spliced into the reference. Inputs are chosen to tell right from wrong.
"""

import functools
import math
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from reference.config import GPTConfig
from scripts.project.implementation import Implementation
from scripts.workshop.check.grouping import Asked
from scripts.workshop.pieces import BY_ID, Piece
from scripts.workshop.pieces.content import import_shared, run_file

NO_GRADIENT = "none: the result does not depend on it"  # stands for one in a report


@dataclass(frozen=True)
class Case:
    piece: str  # the id of the piece
    about: str  # what is special about the input, in words that fit behind "with"
    run: Callable[[Implementation], dict[str, Any]]
    dtype: torch.dtype
    track: str | None = None  # a learner is asked this only once they have begun that track

    @property
    def module(self) -> str:
        return BY_ID[self.piece].module


def asked(case: Case) -> Asked:
    """What a case asks, in words."""
    return Asked(case.about, str(case.dtype).removeprefix("torch."))


class Estimate(NamedTuple):
    """A number found by drawing at random: right if it is within a few standard errors."""

    value: float
    standard_error: float


registry: dict[str, list[Case]] = {}
loading: list[str] = []  # the id of the piece whose cases.py is being run, last


def case(about: str, dtype: torch.dtype = torch.float32, track: str | None = None):
    """Register a function as a case of the piece in whose cases.py this stands.

    track: the one that needs this of the piece, where that is not the piece's own; a learner is asked it once a piece
    of that track is written. The gate runs it always."""
    return case_of(loading[-1], about, dtype, track)


def case_of(piece: str, about: str, dtype: torch.dtype = torch.float32, track: str | None = None):
    """Register a function as a case of any piece: for what pieces are asked together."""

    def register(run):
        registry.setdefault(piece, []).append(Case(piece, about, run, dtype, track))
        return run

    return register


@functools.cache
def cases_of(piece: Piece) -> list[Case]:
    """The cases of a piece. Raises `LookupError` where there are none: a check that asks nothing passes anything."""
    import_shared(piece)
    loading.append(piece.id)
    try:
        if (piece.folder / "cases.py").exists():
            run_file(piece, "cases.py")
    finally:
        loading.pop()
    if piece.id not in registry:
        raise LookupError(f"there are no cases for {piece.id}; a check that asks nothing must not pass anything")
    return registry[piece.id]


def cases_now(piece: Piece, begun: Collection[str]) -> list[Case]:
    """Those that a learner is asked who has begun these tracks."""
    return [case for case in cases_of(piece) if case.track is None or case.track in begun]


# A small model in which nothing is by chance equal: grouped heads, an odd number of pairs, an eps and a soft cap that
# show, and a sequence shorter than the tables.
SMALL_FIELDS = {
    "vocab_size": 11,
    "max_seq_len": 12,
    "n_layer": 2,
    "n_head": 4,
    "n_kv_head": 2,
    "n_embd": 24,
    "norm_eps": 1e-2,
    "rope_theta": 100.0,
    "logit_softcap": 2.0,
}


def small(**changes) -> GPTConfig:
    """The small model with some fields changed; what follows from them follows."""
    return GPTConfig(**SMALL_FIELDS | changes)


SMALL = small()


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers in the default dtype, all of which bfloat16 can hold: the same in every dtype."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).bfloat16().to(torch.get_default_dtype())


def draw_tokens(*shape: int, vocab_size: int = SMALL.vocab_size, seed: int = 0) -> Tensor:
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def fill(module: nn.Module, std: float = 0.5) -> nn.Module:
    """Give every parameter values of its own that follow from its name, whatever order they were created in."""
    for name, parameter in module.named_parameters():
        parameter.copy_(std * draw(*parameter.shape, seed=zlib.crc32(name.encode())))
    return module


def parameters(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}


def attributes(thing: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name, "not set") for name in names}


def rotary_tables(
    length: int, head_dim: int = SMALL.head_dim, start: int = 0, ratio: float = 0.75
) -> tuple[Tensor, Tensor]:
    """Cosines and sines for positions from `start` on, in float32 at least, as a model keeps them."""
    angle = torch.outer(torch.arange(start, start + length).double(), ratio ** torch.arange(head_dim // 2).double())
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    return angle.cos().to(wide)[:, None, :], angle.sin().to(wide)[:, None, :]


def outcome(function: Callable[..., Tensor], *inputs: Any, module: nn.Module | None = None) -> dict[str, Any]:
    """Call a function; report its result, the gradients to a floating first input and to the module's parameters, and
    what the inputs look like afterwards."""
    # Once on copies and without gradients: what was handed in must come out as it was.
    copies = [value.clone() if isinstance(value, Tensor) else value for value in inputs]
    with torch.no_grad():
        function(*copies)
    # Once for the result and its gradients.
    differentiable = isinstance(inputs[0], Tensor) and inputs[0].is_floating_point()
    if differentiable:
        inputs[0].requires_grad_()
    result = function(*inputs)
    report: dict[str, Any] = {"the result": result.detach() if isinstance(result, Tensor) else result}
    if isinstance(result, Tensor) and result.requires_grad:
        # As a sum: given a direction, `backward` loads a computer algebra system, which takes most of a second.
        (result * draw(*result.shape, seed=99).to(result.dtype)).sum().backward()
    if differentiable:
        report["the gradient to the input"] = gradient(inputs[0])
    for name, parameter in module.named_parameters() if module is not None else ():
        report[f"the gradient to {name}"] = gradient(parameter)
    for position, copied in enumerate(copies, start=1):
        if isinstance(copied, Tensor):
            report[f"input {position} after the call"] = copied
    return report


def distribution(weight: Tensor, sigma: float) -> dict[str, Estimate]:
    """What tells a normal distribution from others: mean, standard deviation, share within one sigma."""
    weight, n = weight.detach().double().flatten(), weight.numel()
    return {
        "mean": Estimate(weight.mean().item(), sigma / math.sqrt(n)),
        "standard deviation": Estimate(weight.std(correction=0).item(), sigma / math.sqrt(2 * n)),
        "share within one sigma": Estimate((weight.abs() < sigma).double().mean().item(), math.sqrt(0.683 * 0.317 / n)),
    }


def share_of_zeros(tensor: Tensor, expected: float) -> Estimate:
    """How many numbers were dropped, where a share of `expected` should be."""
    return Estimate((tensor == 0).double().mean().item(), math.sqrt(expected * (1 - expected) / tensor.numel()))


def growth(trained: Tensor, evaluated: Tensor) -> float:
    """How much larger than in evaluation the numbers are in training that were not dropped."""
    left = trained != 0
    return (trained[left].abs().sum() / evaluated[left].abs().sum()).item()


def gradient(tensor: Tensor) -> Tensor | str:
    return NO_GRADIENT if tensor.grad is None else tensor.grad
