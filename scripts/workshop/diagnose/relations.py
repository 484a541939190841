"""Relations: what a wrong tensor has to do with the right one, in a sentence; and a picture of where it is wrong."""

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

import torch
from torch import Tensor

from scripts.workshop.check.checking import distance

Close = Callable[[Tensor, Tensor], bool]


def relation(found: Tensor, truth: Tensor, inputs: list[Tensor], tolerance: float) -> str | None:
    """The first relation that holds between what came out and what should have, both float64; None where none does."""

    def close(a: Tensor, b: Tensor) -> bool:
        return a.shape == b.shape and bool((distance(a, b) <= tolerance).all())

    return next(sentences(found, truth, inputs, close), None)


def sentences(found: Tensor, truth: Tensor, inputs: list[Tensor], close: Close) -> Iterator[str]:
    """Everything that holds, the most telling first."""
    if not found.numel():
        return
    if not found.isfinite().all() and truth.isfinite().all():
        odd, many = int((~found.isfinite()).sum()), found.numel()
        which = f"{odd} of your {many} numbers" if odd < many else f"All {many} of your numbers" if many > 1 else "It"
        yield f"{which} {'is' if odd == 1 else 'are'} infinite or no number at all (NaN)."
        return
    if not found.any() and truth.any():
        yield "All of yours are zero."
    for number, given in enumerate(inputs, start=1):
        if close(found, given):
            yield f"Yours is input {number}, unchanged."
    yield from rearrangements(found, truth, close)
    if found.shape == truth.shape:
        yield from factors(found, truth, close)
    if found.shape == truth.shape and truth.numel() > 2:
        yield from digits(found, truth)
        yield from slices(found, truth, close)


def rearrangements(found: Tensor, truth: Tensor, close: Close) -> Iterator[str]:
    """The right numbers in other places."""
    for first, second in itertools.combinations(range(found.ndim), 2):
        if close(found.transpose(first, second), truth):
            yield f"Yours is right, but with axes {first} and {second} swapped."
    if found.shape != truth.shape:
        if found.numel() == truth.numel() and close(found.flatten(), truth.flatten()):
            yield f"The numbers are right, and in the right order, but the shape is {tuple(found.shape)}."
        return
    for axis, length in enumerate(truth.shape):
        if length < 2:
            continue
        if close(found.flip(axis), truth):
            yield f"Yours is right, but axis {axis} runs backwards."
        for step in (1, -1):
            if close(found.narrow(axis, max(step, 0), length - 1), truth.narrow(axis, max(-step, 0), length - 1)):
                where = "behind" if step > 0 else "before"
                yield f"Along axis {axis}, yours stands one place {where} where it belongs."
        order = permutation(found, truth, axis, close)
        if order:
            yield f"Along axis {axis} yours is right, but in another order: {order} (expected 0 to {length - 1})."


def permutation(found: Tensor, truth: Tensor, axis: int, close: Close) -> list[int] | None:
    """Which slice of the truth stands in each place along an axis; None unless each stands somewhere, out of order."""
    length = truth.size(axis)
    if length > 16:
        return None
    order: list[int] = []
    for place in range(length):
        fits = [i for i in range(length) if i not in order and close(found.select(axis, place), truth.select(axis, i))]
        if not fits:
            return None
        order.append(place if place in fits else fits[0])
    return order if order != sorted(order) else None


def factors(found: Tensor, truth: Tensor, close: Close) -> Iterator[str]:
    """The right numbers times a number, or plus one."""
    square = truth.square().sum()
    ratio = ((found * truth).sum() / square).item() if square else 0.0
    if truth.numel() < 3:
        # Any few numbers have some ratio: only a simple one says something.
        yield from simple_ratio(ratio) if close(found, ratio * truth) else ()
        return
    if f"{ratio:.6g}" not in ("0", "1") and close(found / ratio, truth) and close(found, ratio * truth):
        inverse = f" (1 / {1 / ratio:.6g})" if abs(ratio) < 1 else ""
        yield f"Yours is {ratio:.6g}{inverse} times the expected, everywhere."
    offset = (found - truth).mean().item()
    if offset and close(found - offset, truth):
        yield f"Yours is the expected {'plus' if offset > 0 else 'minus'} {abs(offset):.6g}, everywhere."


def simple_ratio(ratio: float, within: float = 1e-5, largest: int = 32) -> Iterator[str]:
    """A ratio that is a fraction of small numbers, up to `largest`, or the root of one."""
    for form, number in (("{}", ratio), ("the root of {}", ratio**2)):
        fraction = Fraction(number).limit_denominator(largest)
        if ratio > 0 and 0 < fraction <= largest and fraction != 1 and abs(number / fraction - 1) < within:
            yield f"Yours is {form.format(fraction)} times the expected."


def slices(found: Tensor, truth: Tensor, close: Close) -> Iterator[str]:
    """Right in some places along an axis, wrong in others."""
    for axis, length in enumerate(truth.shape):
        right = [close(found.select(axis, i), truth.select(axis, i)) for i in range(length)]
        count = sum(right)
        if not 0 < count < length:
            continue
        if all(right[:count]):
            until = "Only index 0 is right" if count == 1 else f"Indices 0 to {count - 1} are right"
            yield f"{until} along axis {axis}, the {length - count} behind are not."
        elif all(right[-count:]):
            since = "Only the last index is right" if count == 1 else f"The last {count} indices are right"
            yield f"{since} along axis {axis}, the {length - count} before are not."
        else:
            wrong = [str(i) for i in range(length) if not right[i]]
            shown = ", ".join(wrong[:8]) + (", ..." if len(wrong) > 8 else "")
            yield f"Along axis {axis}, {'index' if len(wrong) == 1 else 'indices'} {shown} of {length} went wrong."


def digits(found: Tensor, truth: Tensor) -> Iterator[str]:
    """Right but for the last digits. What they were lost to is known only where it shows in the numbers."""
    gap = ((found - truth).abs().max() / truth.abs().max()).item()
    if gap > 2 * torch.finfo(torch.bfloat16).eps:
        return
    for narrow in (torch.bfloat16, torch.float16):
        if torch.equal(found.to(narrow).double(), found) and not torch.equal(truth.to(narrow).double(), truth):
            yield f"Yours is nearly right: it has the digits of {str(narrow).removeprefix('torch.')} and no more."
    yield f"Yours is nearly right: off by {gap:.1e} of the largest. A small term differs, or digits are lost."


def picture(found: Tensor, truth: Tensor, tolerance: float, width: int = 64, height: int = 16) -> list[str]:
    """Where two tensors of a shape differ, as lines of text; nothing where a picture would say nothing.

    `#` is wrong, `.` right. Of four axes (sequences, positions, heads, numbers, or with heads in front) the middle two
    are drawn, of three the first two, of two both; a place is wrong where anything in it is.
    """
    if found.shape != truth.shape or truth.ndim < 2:
        return []
    wrong = distance(found, truth) > tolerance
    if truth.ndim > 2:
        wrong = wrong.any(dim=-1)
    while wrong.ndim > 2:
        wrong = wrong.any(dim=0)
    if wrong.all() or not wrong.any() or wrong.size(0) > height or wrong.size(1) > width:
        return []
    axes = (0, 1) if truth.ndim <= 3 else (truth.ndim - 3, truth.ndim - 2)
    lines = ["".join("#" if cell else "." for cell in row) for row in wrong.tolist()]
    return [f"Where (# is wrong; axis {axes[0]} down, axis {axes[1]} across):", *("  " + line for line in lines)]
