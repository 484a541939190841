"""Associative recall: pairs of a key and a value are read, then every key comes again and its value is asked for.

    k3 v8 k1 v2 k7 v5 ...   k7 ? k3 ? k1 ? ...

What a softmax attends to is all there at any time. A recurrent layer has a state of fixed size, and all pairs have to
fit into it. The multi-query task of Arora et al. 2023, Zoology (arXiv:2312.04927), in a small form.
"""

import math
import zlib
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.muon import Muon
from reference.optimization.schedules import learning_rate_factor
from scripts.implementation import on_meta

from .grid import Advance, Result, Trial

KEYS = 32  # as many different keys, and as many values
WIDTH, LAYERS = 64, 2
BATCH, HELD_OUT = 32, 512  # sequences of a step, and of the measurement
MATRIX_LR, OTHER_LR = 0.02, 0.005  # of Muon, and of AdamW for all that is no linear layer's weight


class Batch(NamedTuple):
    tokens: Tensor  # (B, 4 pairs): keys are 0 ... KEYS - 1, values KEYS ... 2 KEYS - 1
    targets: Tensor  # the value behind a key that is asked for; -1 everywhere else


def draw(pairs: int, batch: int, generator: torch.Generator) -> Batch:
    """Sequences in which no key comes twice, but values may; asked for in another order than they were read in."""
    keys = torch.rand(batch, KEYS, generator=generator).argsort(dim=1)[:, :pairs]
    values = KEYS + torch.randint(KEYS, (batch, pairs), generator=generator)
    order = torch.rand(batch, pairs, generator=generator).argsort(dim=1)
    read = torch.stack((keys, values), dim=-1).flatten(1)
    asked = torch.stack((keys.gather(1, order), values.gather(1, order)), dim=-1).flatten(1)
    targets = torch.full_like(asked, -1)
    targets[:, ::2] = asked[:, 1::2]
    return Batch(torch.cat((read, asked), dim=1), torch.cat((torch.full_like(read, -1), targets), dim=1))


def configuration(kind: str, pairs: int, state: int) -> GPTConfig:
    """One head of `state` channels in each of two layers, so that a recurrent layer's state is (state, state). kind: an
    attention_type, or several that take turns."""
    return GPTConfig(
        vocab_size=2 * KEYS,
        max_seq_len=4 * pairs,
        n_layer=LAYERS,
        n_embd=WIDTH,
        n_head=1,
        head_dim=state,
        attention_type=kind,
        logit_softcap=None,
    )


def remembered(kind: str, pairs: int, state: int) -> int:
    """The elements that all layers keep of the pairs, when the first question comes: states, or keys and values. Raises
    `ValueError` for a model that there is not."""
    with on_meta():
        attentions = [block.attn for block in GPT(configuration(kind, pairs, state)).blocks]
    return sum(getattr(attention, "state_dim", 0) + attention.cached_dim * 2 * pairs for attention in attentions)


def accuracy(model: GPT, batch: Batch) -> float:
    """The share of questions whose likeliest answer is right. By guessing: 1 / KEYS."""
    asked = batch.targets >= 0
    with torch.no_grad():
        return (model(batch.tokens).argmax(dim=-1) == batch.targets)[asked].double().mean().item()


def train(trial: Trial, advance: Advance) -> Result:
    """One training, of a kind, a number of pairs, a size of state and a seed; its accuracy on sequences that it has not
    seen. Every step has new ones."""
    torch.manual_seed(trial["seed"])
    generator = torch.Generator().manual_seed(zlib.crc32(repr(("recall", trial["pairs"], trial["seed"])).encode()))
    held_out = draw(trial["pairs"], HELD_OUT, generator)
    model = GPT(configuration(trial["kind"], trial["pairs"], trial["state"]))
    initialise(model)
    matrices = [part.weight for part in model.blocks.modules() if isinstance(part, nn.Linear)]
    others = [weight for weight in model.parameters() if all(weight is not matrix for matrix in matrices)]
    optimizers = Muon(matrices, lr=MATRIX_LR), torch.optim.AdamW(others, lr=OTHER_LR, betas=(0.8, 0.95), weight_decay=0)
    losses = []
    for step in range(trial["max_iters"]):
        batch = draw(trial["pairs"], BATCH, generator)
        loss = model(*batch)
        loss.backward()
        for optimizer, rate in zip(optimizers, (MATRIX_LR, OTHER_LR), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * learning_rate_factor(step, trial["max_iters"], "trapezoidal", 0)
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
        advance(1)
    return {
        "accuracy": accuracy(model.eval(), held_out),
        "loss": losses[-1] if math.isfinite(losses[-1]) else None,
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
