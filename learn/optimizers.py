"""Optimizers: AdamW for the embedding and the head, Muon for the matrices between them."""

import torch

from reference.muon import Muon  # given here; a piece of its own in muon.py

from .debug import debug
from .gpt import GPT


def setup_optimizers(
    model: GPT, head_lr: float = 0.004, embedding_lr: float = 0.2, matrix_lr: float = 0.02, vector_lr: float = 0.02
) -> list[torch.optim.Optimizer]:
    r"""Two optimizers for four kinds of weight.

        AdamW: the head, lr head_lr * s;   s = (C / 768)^(-1/2)
               the token embedding, lr embedding_lr * s
               everything else (of norms, biases, positions), lr vector_lr * s
               betas (0.8, 0.95), eps 1e-10, no weight decay; a group that would be empty may be left out
        Muon:  every matrix of the blocks, lr matrix_lr, momentum 0.95

    Every parameter stands in exactly one group; an embedding that is also the head's weight counts as the head. Each
    group also remembers its "initial_lr", which the schedule scales. Returns [AdamW, Muon].

    nanochat (github.com/karpathy/nanochat, November 2025), `GPT.setup_optimizers`.
    """
    debug(
        "setup_optimizers",
        model=model,
        head_lr=head_lr,
        embedding_lr=embedding_lr,
        matrix_lr=matrix_lr,
        vector_lr=vector_lr,
    )
    # The matrices of the blocks are maps from vectors to vectors: Muon treats each as one object.
    # Embedding and head: rows that stand for single tokens, most of them without a gradient in a given batch. Adam
    # gives every number its own step size, which suits the vectors of the norms too.
    # The wider the model, the smaller the step that its embedding and head can take; 768 is where they were tuned.
    # The orthogonalisation runs in bfloat16 where the hardware has it, which a CPU seldom does.
    # The schedule multiplies the initial rate, so that groups keep their ratio.
    raise NotImplementedError("TODO: give the head and the embedding to AdamW and every matrix of the blocks to Muon")
