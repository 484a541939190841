"""Cases for the files of recurrent/."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from scripts.workshop.check.cases import case, draw, gradient, outcome, rotary_tables


def entries(T: int, B: int = 2, H: int = 3, K: int = 4, Vd: int = 5, decay: float = 0.5) -> dict[str, Tensor]:
    """Entries of T tokens for linear attention, with a decay of their own each, and a state that is not zero."""
    return {
        "query": draw(B, H, T, K, seed=1),
        "key": draw(B, H, T, K, seed=2) / 2,
        "value": draw(B, H, T, Vd, seed=3),
        "log_decay": -decay * draw(B, H, T, seed=4).abs(),
        "state": draw(B, H, K, Vd, seed=5),
    }


def delta_entries(T: int, **options: Any) -> dict[str, Tensor]:
    """The same for the delta rule: with beta before the state."""
    given = entries(T, **options)
    state = given.pop("state")
    return given | {"beta": draw(*given["log_decay"].shape, seed=6).sigmoid(), "state": state}


def context_of(package: Any, position: Tensor, cache: Any = None) -> Any:
    """What a layer is told; rotations for heads of the small model's size."""
    cos, sin = (table[position] for table in rotary_tables(12))
    return package.positions.Context(position, cos, sin, cache=cache)


def read_at_once(package: Any, module: nn.Module, T: int) -> dict[str, Any]:
    """What a layer makes of T tokens without a cache, and its gradients."""
    context = context_of(package, torch.arange(T))
    return outcome(lambda x: module(x, context), draw(2, T, 24), module=module)


def read_in_parts(package: Any, module: nn.Module, tail: int = 0) -> dict[str, Any]:
    """What a layer makes of a text in parts, the last token of the second taken back and read anew."""
    cache, report = package.attentions.recurrent.states.StateCache(rollback_window=1, tail=tail), {}
    for start, length in ((0, 4), (4, 2), (5, 1)):
        cache.crop(start)
        position = torch.arange(start, start + length).expand(2, -1)
        context = context_of(package, position, cache)
        report[f"{length} tokens from {start} on"] = module(draw(2, length, 24, seed=start + length), context).detach()
    return report


def read_with_dropout(package: Any, module: nn.Module) -> dict[str, Any]:
    """Whether a layer with a large dropout leaves out some elements of its output."""
    torch.manual_seed(0)
    with torch.no_grad():
        out = module(draw(2, 6, 24), context_of(package, torch.arange(6)))
    return {"whether some elements are zero, and not all": bool((out == 0).any() and (out != 0).any())}


def ask(function: Callable[..., Any], given: dict[str, Tensor], *further: Any) -> dict[str, Any]:
    """Call a function of tensors; report its results, the gradient to each tensor, and what they look like after it."""
    # Once on copies and without gradients: what was handed in must come out as it was.
    copies = {name: tensor.clone() for name, tensor in given.items()}
    with torch.no_grad():
        function(*copies.values(), *further)
    for tensor in given.values():
        tensor.requires_grad_()
    found = function(*given.values(), *further)
    results = found if isinstance(found, tuple) else (found,)
    sum((each * draw(*each.shape, seed=90 + i).to(each.dtype)).sum() for i, each in enumerate(results)).backward()
    report: dict[str, Any] = {f"result {i}": each.detach() for i, each in enumerate(results, start=1)}
    for name, tensor in given.items():
        report[f"the gradient to {name}"] = gradient(tensor)
        report[f"{name} after the call"] = copies[name]
    return report


def chunk_cases(function_of: Callable[[Any], Callable[..., Any]], entries_of: Callable[..., dict[str, Tensor]]) -> None:
    """What every chunked rule is asked: chunks that come out even and that do not, and those of the usual size."""

    def chunked(T: int, *chunk: int) -> Callable[[Any], dict[str, Any]]:
        return lambda package: ask(function_of(package), entries_of(T), *chunk)

    case("chunks of 3, the last of them shorter")(chunked(7, 3))
    case("fewer tokens than a chunk")(chunked(2, 5))
    case("chunks of a single token")(chunked(3, 1))

    @case("70 tokens, and chunks of the usual size")
    def usual(package: Any) -> dict[str, Any]:
        with torch.no_grad():
            out, state = function_of(package)(*entries_of(70, B=1, H=1).values())
        return {"the result": out, "the state": state}
