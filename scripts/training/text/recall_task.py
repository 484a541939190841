"""Associative recall: pairs of a key and a value are read, then every key comes again and its value is asked for.

    k3 v8 k1 v2 k7 v5 ...   k7 ? k3 ? k1 ? ...

What a softmax attends to is all there at any time. A recurrent layer has a state of fixed size, and all pairs have to
fit into it. The multi-query task of Arora et al. 2023, Zoology (arXiv:2312.04927), in a small form.
"""

import zlib

import torch
from torch import Tensor

KEYS = 32  # as many different keys, and as many values
# How they are written: in small letters and digits, values in capital letters and other characters.
CHARACTERS = "abcdefghijklmnopqrstuvwxyz012345" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ!?+*=%"


def draw(pairs: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Sequences in which no key comes twice, but values may; asked for in another order than they were read in.

    Returns tokens (B, 4 pairs): keys are 0 ... KEYS - 1, values KEYS ... 2 KEYS - 1; and targets, the value behind a
    key that is asked for, -1 everywhere else.
    """
    keys = torch.rand(batch, KEYS, generator=generator).argsort(dim=1)[:, :pairs]
    values = KEYS + torch.randint(KEYS, (batch, pairs), generator=generator)
    order = torch.rand(batch, pairs, generator=generator).argsort(dim=1)
    read = torch.stack((keys, values), dim=-1).flatten(1)
    asked = torch.stack((keys.gather(1, order), values.gather(1, order)), dim=-1).flatten(1)
    targets = torch.full_like(asked, -1)
    targets[:, ::2] = asked[:, 1::2]
    return torch.cat((read, asked), dim=1), torch.cat((torch.full_like(read, -1), targets), dim=1)


def generator_of(*what: str | int) -> torch.Generator:
    """One that draws the same for the same words and numbers, and something else for others."""
    return torch.Generator().manual_seed(zlib.crc32(repr(("recall", *what)).encode()))


def share_right(logits: Tensor, targets: Tensor) -> float:
    """Of the positions whose target is not -1, the share at which the likeliest token is the target."""
    asked = targets >= 0
    return (logits.argmax(dim=-1) == targets)[asked].double().mean().item()
