"""Optimizers: AdamW for the embedding and the head, Muon for the matrices between them."""

import torch

from reference.muon import Muon  # given here; a piece of its own in muon.py

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
    # The matrices of the blocks are maps from vectors to vectors: Muon treats each as one object.
    matrices = [weight for weight in model.blocks.parameters() if weight.ndim == 2]
    # Embedding and head: rows that stand for single tokens, most of them without a gradient in a given batch. Adam
    # gives every number its own step size, which suits the vectors of the norms too.
    head, embedding = model.lm_head.weight, model.token_embedding.weight
    taken = {id(weight) for weight in [head, embedding, *matrices]}
    others = [weight for weight in model.parameters() if id(weight) not in taken]
    # The wider the model, the smaller the step that its embedding and head can take; 768 is where they were tuned.
    scale = (model.config.n_embd / 768) ** -0.5
    adamw = torch.optim.AdamW(
        [
            {"params": [head], "lr": head_lr * scale},
            {"params": [] if embedding is head else [embedding], "lr": embedding_lr * scale},
            {"params": others, "lr": vector_lr * scale},
        ],
        betas=(0.8, 0.95),
        eps=1e-10,
        weight_decay=0.0,
        fused=model.get_device().type in ("cpu", "cuda"),
    )
    # The orthogonalisation runs in bfloat16 where the hardware has it, which a CPU seldom does.
    dtype = torch.bfloat16 if model.get_device().type == "cuda" else torch.float32
    muon = Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)
    # The schedule multiplies the initial rate, so that groups keep their ratio.
    optimizers = [adamw, muon]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    return optimizers
