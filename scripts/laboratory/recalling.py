"""The models of the recall experiment, which differ in how they mix tokens, and their training."""

import math

import torch
from torch import nn

from reference.attentions import ATTENTIONS
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.muon import Muon
from reference.optimization.schedules import learning_rate_factor
from scripts.project.implementation import on_meta
from scripts.training.text.recall_task import KEYS, draw, generator_of, share_right

from .grid import Advance, Result, Trial

WIDTH, LAYERS = 64, 2
BATCH, HELD_OUT = 32, 512  # sequences of a step, and of the measurement
MATRIX_LR, OTHER_LR = 0.02, 0.005  # of Muon, and of AdamW for all that is no linear layer's weight


def configuration(kind: str, pairs: int, state: int) -> GPTConfig:
    """One head of `state` channels in each of two layers, so that a recurrent layer's state is (state, state). kind: an
    attention_type, or several that take turns. pairs: the most of a sequence."""
    heads = 2 if "differential" in kind.split(",") else 1  # one is subtracted from the other
    return GPTConfig(
        vocab_size=2 * KEYS,
        max_seq_len=4 * pairs,
        n_layer=LAYERS,
        n_embd=WIDTH,
        n_head=heads,
        head_dim=state // heads,
        attention_type=kind,
        logit_softcap=None,
    )


def every_kind() -> list[str]:
    """Every mixer there is, by itself; one that reads another layer's keys, behind that layer."""
    return ["standard,shared" if name == "shared" else name for name in sorted(ATTENTIONS)]


def has_state(kind: str) -> bool:
    """Whether a layer remembers in a state, whose size is that of its head. Raises `ValueError`."""
    with on_meta():
        return any(hasattr(block.attn, "state_dim") for block in GPT(configuration(kind, 1, 16)).blocks)


def remembered(kind: str, pairs: int, state: int) -> int:
    """The elements that all layers keep of the pairs, when the first question comes: states, or keys and values. Raises
    `ValueError` for a model that there is not."""
    with on_meta():
        attentions = [block.attn for block in GPT(configuration(kind, pairs, state)).blocks]
    return sum(getattr(attention, "state_dim", 0) + attention.cached_dim * 2 * pairs for attention in attentions)


def train(trial: Trial, advance: Advance) -> Result:
    """One training, of a kind, a size of state and a seed, whose steps have each number of pairs in turn; its accuracy
    with each of them, on sequences that it has not seen. Every step has new ones."""
    torch.manual_seed(trial["seed"])
    generator, pairs = generator_of(*trial["pairs"], trial["seed"]), trial["pairs"]
    held_out = [draw(count, HELD_OUT, generator) for count in pairs]
    model = GPT(configuration(trial["kind"], max(pairs), trial["state"]))
    initialise(model)
    matrices = [part.weight for part in model.blocks.modules() if isinstance(part, nn.Linear)]
    others = [weight for weight in model.parameters() if all(weight is not matrix for matrix in matrices)]
    optimizers = Muon(matrices, lr=MATRIX_LR), torch.optim.AdamW(others, lr=OTHER_LR, betas=(0.8, 0.95), weight_decay=0)
    losses = []
    for step in range(trial["max_iters"]):
        loss = model(*draw(pairs[step % len(pairs)], BATCH, generator))
        loss.backward()
        for optimizer, rate in zip(optimizers, (MATRIX_LR, OTHER_LR), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * learning_rate_factor(step, trial["max_iters"], "trapezoidal", 0)
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
        advance(1)
    with torch.no_grad():
        accuracies = [share_right(model.eval()(tokens), targets) for tokens, targets in held_out]
    return {
        "accuracies": accuracies,
        "loss": losses[-1] if math.isfinite(losses[-1]) else None,
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
