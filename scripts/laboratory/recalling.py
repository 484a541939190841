"""The models of the recall experiment, which differ in how they mix tokens, and their training."""

import math

import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.muon import Muon
from reference.optimization.schedules import learning_rate_factor
from scripts.implementation import on_meta
from scripts.training.text.recall import KEYS, draw, generator_of, share_right

from .grid import Advance, Result, Trial

WIDTH, LAYERS = 64, 2
BATCH, HELD_OUT = 32, 512  # sequences of a step, and of the measurement
MATRIX_LR, OTHER_LR = 0.02, 0.005  # of Muon, and of AdamW for all that is no linear layer's weight


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


def train(trial: Trial, advance: Advance) -> Result:
    """One training, of a kind, a number of pairs, a size of state and a seed; its accuracy on sequences that it has not
    seen. Every step has new ones."""
    torch.manual_seed(trial["seed"])
    generator = generator_of(trial["pairs"], trial["seed"])
    held_out, answers = draw(trial["pairs"], HELD_OUT, generator)
    model = GPT(configuration(trial["kind"], trial["pairs"], trial["state"]))
    initialise(model)
    matrices = [part.weight for part in model.blocks.modules() if isinstance(part, nn.Linear)]
    others = [weight for weight in model.parameters() if all(weight is not matrix for matrix in matrices)]
    optimizers = Muon(matrices, lr=MATRIX_LR), torch.optim.AdamW(others, lr=OTHER_LR, betas=(0.8, 0.95), weight_decay=0)
    losses = []
    for step in range(trial["max_iters"]):
        loss = model(*draw(trial["pairs"], BATCH, generator))
        loss.backward()
        for optimizer, rate in zip(optimizers, (MATRIX_LR, OTHER_LR), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * learning_rate_factor(step, trial["max_iters"], "trapezoidal", 0)
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
        advance(1)
    with torch.no_grad():
        accuracy = share_right(model.eval()(held_out), answers)
    return {
        "accuracy": accuracy,
        "loss": losses[-1] if math.isfinite(losses[-1]) else None,
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
