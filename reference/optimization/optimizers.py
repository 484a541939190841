"""Optimizers: AdamW for the embedding and the head, Muon for the matrices between them."""

import torch
from torch import nn

from ..gpt import GPT
from .muon import Muon, matrices_of


def parameter_groups(model: GPT) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """The weight of the head, that of the token embedding, and the matrices of the blocks. Tied, it is the head's."""
    head, embedding = model.head.lm_head.weight, model.embedding.token_embedding.weight
    return [head], [] if embedding is head else [embedding], matrices_of(model.blocks)


def setup_optimizers(
    model: GPT, head_lr: float = 0.004, embedding_lr: float = 0.2, matrix_lr: float = 0.02
) -> list[torch.optim.Optimizer]:
    r"""AdamW for the head and the embedding, Muon for the matrices of the blocks: [AdamW, Muon].

        AdamW: learning rates head_lr * s and embedding_lr * s,   s = (C / 768)^(-1/2)
               betas (0.8, 0.95), eps 1e-10, no weight decay
        Muon:  learning rate matrix_lr, momentum 0.95

    Every group keeps its learning rate as "initial_lr", which the schedule multiplies.

    nanochat (github.com/karpathy/nanochat, November 2025), `GPT.setup_optimizers`; its training raises the momentum
    from 0.85 over the first 300 steps.
    """
    # Sort the parameters.
    head, embedding, matrices = parameter_groups(model)
    # Scale AdamW's learning rates with the width: they were tuned at C = 768, and wider models need smaller steps.
    scale = (model.config.n_embd / 768) ** -0.5
    # Give the head and the embedding to AdamW, with a step size for each weight: they have one row per token, most of
    # them without a gradient in a batch.
    adamw = torch.optim.AdamW(
        [{"params": head, "lr": head_lr * scale}, {"params": embedding, "lr": embedding_lr * scale}],
        betas=(0.8, 0.95),
        eps=1e-10,
        weight_decay=0.0,
        fused=True,
    )
    # Give the matrices of the blocks to Muon: they map vectors to vectors, and it orthogonalises the step of each.
    muon = Muon(matrices, lr=matrix_lr, momentum=0.95)
    # Remember the initial learning rate of every group for the schedule.
    optimizers = [adamw, muon]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    return optimizers


def setup_nanochat(
    model: GPT, head_lr: float = 0.004, embedding_lr: float = 0.2, matrix_lr: float = 0.02, vector_lr: float = 0.02
) -> list[torch.optim.Optimizer]:
    """`setup_optimizers`, and one more group of AdamW for all other parameters: of norms, biases, positions. Matrices
    of linear layers outside the blocks, as multi-token prediction has them, are one more group of Muon's."""
    optimizers = setup_optimizers(model, head_lr, embedding_lr, matrix_lr)
    taken = {id(weight) for group in parameter_groups(model) for weight in group}
    linear = [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]
    if matrices := [weight for weight in linear if id(weight) not in taken]:
        optimizers[1].add_param_group({"params": matrices, "lr": matrix_lr, "initial_lr": matrix_lr})
        taken |= set(map(id, matrices))
    vectors = [weight for weight in model.parameters() if id(weight) not in taken]
    lr = vector_lr * (model.config.n_embd / 768) ** -0.5
    optimizers[0].add_param_group({"params": vectors, "lr": lr, "initial_lr": lr})
    return optimizers
