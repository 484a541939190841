"""Grouping: many cases in few words, by what they ask."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

MOST = 5  # groups that are listed; of the rest, how many cases they are
# What a group's name cannot end with.
OPEN = re.compile(r"|a|an|the|of|and|with|at|in|to|that|which|as|many|so|for|are|below|above")


class Asked(NamedTuple):
    """What a case asks: what is special about it, and the dtype that it is in."""

    about: str
    dtype: str = "float32"


class Group(NamedTuple):
    asks: str  # "with a cache", "in bfloat16"
    members: list[int]  # the numbers of its cases


def grouped(cases: Sequence[Asked], chosen: Collection[int]) -> list[Group]:
    """Some of the cases, in groups that hold none of the others: by how their descriptions begin, by their dtype, or
    each by itself."""
    groups: list[Group] = []
    left = sorted(chosen)
    while left:
        numbers = min(names_of(cases, left[0], chosen), key=lambda group: -len(set(group.members) & {*left}))
        members = [number for number in numbers.members if number in left]
        groups.append(Group(numbers.asks, members))
        left = [number for number in left if number not in members]
    return groups


def names_of(cases: Sequence[Asked], number: int, chosen: Collection[int]) -> Iterator[Group]:
    """The groups that a case may go into, the narrowest first: itself, those that begin alike, those of its dtype."""
    words, dtype = cases[number].about.split(), cases[number].dtype

    def group(name: str, belong: list[bool]) -> Iterator[Group]:
        members = [place for place, belongs in enumerate(belong) if belongs]
        if {*members} <= {*chosen}:
            yield Group(name, members)

    yield Group(f"with {cases[number].about}", [number])
    for count in range(len(words), 0, -1):
        if not OPEN.fullmatch(re.sub(r"\W+$", "", words[count - 1])):
            begin = " ".join(words[:count]).rstrip(",")
            alike = re.compile(rf"{re.escape(begin)}(?!\.?\w)").match
            yield from group(f"with {begin}", [bool(alike(case.about)) for case in cases])
    if dtype != "float32":
        yield from group(f"in {dtype}", [case.dtype == dtype for case in cases])


def listed(groups: Sequence[Group], most: int = MOST) -> str:
    """Groups in a line: "with a cache (3), in bfloat16 (1)"."""
    said = [f"{group.asks} ({len(group.members)})" for group in groups[:most]]
    further = sum(len(group.members) for group in groups[most:])
    return ", ".join(said) + (f", and in {further} more" if further else "")


def summed_up(cases: Sequence[Asked], wrong: Collection[int], tried: int) -> str:
    """How many cases are right, which are wrong, and how many of them nobody has got to."""
    if len(wrong) == len(cases):
        return f"wrong: all {len(cases)} cases" if len(cases) > 1 else ""
    right = tried - len(wrong)
    said = [f"right: {right} case{'s' * (right != 1)}", f"wrong: {listed(grouped(cases, wrong))}"]
    return "; ".join([*said, *([f"not tried: {len(cases) - tried}"] if tried < len(cases) else [])])
