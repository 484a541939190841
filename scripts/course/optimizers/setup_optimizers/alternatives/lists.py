"""Sets of parameters, betas in a list, every rate in its group; which dtype and which kernel is left to torch."""

import math

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02, vector_lr=0.02):
    width_factor = 1 / math.sqrt(model.config.n_embd / 768)
    matrices = [parameter for block in model.blocks for parameter in block.parameters() if parameter.dim() > 1]
    head, embedding = {model.lm_head.weight}, {model.token_embedding.weight}
    # Tensors are hashed by who they are, not by what is in them.
    rest = set(model.parameters()) - set(matrices) - head - embedding
    groups = []
    for weights, lr in ((rest, vector_lr), (head, head_lr), (embedding - head, embedding_lr)):
        groups.append({"params": list(weights), "lr": lr * width_factor, "initial_lr": lr * width_factor})
    adamw = torch.optim.AdamW(groups, lr=1e-3, betas=[0.8, 0.95], eps=1e-10, weight_decay=0)
    muon = Muon([{"params": matrices, "initial_lr": matrix_lr}], lr=matrix_lr, momentum=0.95)
    return [adamw, muon]
