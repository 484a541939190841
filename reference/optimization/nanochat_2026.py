"""The optimizers of nanochat in July 2026: more groups, each with settings of its own. Given, no piece."""

import torch
from torch import nn

from ..gpt import GPT
from .muon import matrices_of
from .normuon import NorMuon

# Parts of the names of parameters that are numbers, or belong to them, for the groups that they are in.
RESID, X0, SMEAR = (".resid_lambda",), (".x0_lambda",), (".smear.", ".leave.")


def setup_nanochat_2026(
    model: GPT,
    head_lr: float = 0.004,
    embedding_lr: float = 0.2,
    matrix_lr: float = 0.02,
    scalar_lr: float = 0.5,
    weight_decay: float = 0.0,
    vector_lr: float = 0.02,
) -> list[torch.optim.Optimizer]:
    r"""AdamW for embeddings, head and numbers, NorMuon for the matrices of the blocks: [AdamW, NorMuon].

        AdamW, eps 1e-10         learning rate           betas           weight decay
        head                     s head_lr               0.8, 0.96       0.01
        token embedding          s embedding_lr          0.8, 0.995      0.001
        value embeddings         s embedding_lr / 2      0.8, 0.995      0.01
        resid_lambda             scalar_lr / 100         0.8, 0.95       0.05
        x0_lambda                scalar_lr               0.96, 0.95      0
        smear and backout        0.2                     0.8, 0.95       0
        NorMuon                  matrix_lr; momentum 0.95, beta2 0.9, weight_decay; a group for each shape

    s = (C / 768)^(-1/2). For other models one more group of AdamW, with s vector_lr and betas 0.8, 0.95, has what is
    left: of norms, biases, positions, filters. Matrices of linear layers outside the blocks go to NorMuon.

    nanochat (github.com/karpathy/nanochat, July 2026), `GPT.setup_optimizer` with its defaults. Its training script has
    others (0.008, 0.3, 0.02, 0.5, and a decay of 0.28), which it scales by the size of the batch and the length of the
    training; its momentum rises to 0.97 in 400 steps and falls at the end; its decay of matrices falls with a cosine.
    """
    head, embedding = model.head.lm_head.weight, model.embedding.token_embedding.weight
    values = [weight for name, weight in model.named_parameters() if ".value_embeddings." in name]
    inside = dict(model.blocks.named_parameters())
    resid, x0, smear = (
        [weight for name, weight in inside.items() if any(part in f".{name}" for part in parts)]
        for parts in ((RESID, X0, SMEAR) if model.config.residual_stream == "lambdas" else ((), (), ()))
    )
    taken = {id(weight) for weight in (head, embedding, *values, *resid, *x0, *smear)}
    linear = [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]
    matrices = {id(weight): weight for weight in (*matrices_of(model.blocks), *linear)}
    matrices = {key: weight for key, weight in matrices.items() if key not in taken}
    others = [weight for weight in model.parameters() if id(weight) not in taken | matrices.keys()]
    # Wider models need smaller steps: the rates were tuned at C = 768.
    s = (model.config.n_embd / 768) ** -0.5
    rows = (
        ([head], head_lr * s, (0.8, 0.96), 0.01),
        ([] if embedding is head else [embedding], embedding_lr * s, (0.8, 0.995), 0.001),
        (values, embedding_lr * s / 2, (0.8, 0.995), 0.01),
        (resid, scalar_lr / 100, (0.8, 0.95), 0.05),
        (x0, scalar_lr, (0.96, 0.95), 0.0),
        (smear, 0.2, (0.8, 0.95), 0.0),
        (others, vector_lr * s, (0.8, 0.95), 0.0),
    )
    groups = [
        {"params": params, "lr": lr, "betas": betas, "weight_decay": decay}
        for params, lr, betas, decay in rows
        if params
    ]
    shapes = sorted({weight.shape for weight in matrices.values()})
    by_shape = [[weight for weight in matrices.values() if weight.shape == shape] for shape in shapes]
    muon_groups = [{"params": params} for params in by_shape]
    optimizers = [
        torch.optim.AdamW(groups, eps=1e-10, fused=model.get_device().type in ("cpu", "cuda")),
        NorMuon(muon_groups, lr=matrix_lr, weight_decay=weight_decay),
    ]
    # Remember the initial learning rate of every group for the schedule.
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["initial_lr"] = group["lr"]
    return optimizers
