"""The given groups; every learning rate and "initial_lr" in its group, betas in a list."""

import math

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02):
    width_factor = 1 / math.sqrt(model.config.n_embd / 768)
    head, embedding, matrices = parameter_groups(model)
    groups = []
    for weights, lr in ((head, head_lr), (embedding, embedding_lr)):
        groups.append({"params": weights, "lr": lr * width_factor, "initial_lr": lr * width_factor})
    adamw = torch.optim.AdamW(groups, lr=1e-3, betas=[0.8, 0.95], eps=1e-10, weight_decay=0)
    muon = Muon([{"params": matrices, "initial_lr": matrix_lr}], lr=matrix_lr, momentum=0.95)
    return [adamw, muon]
