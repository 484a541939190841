"""Lists of parameters, betas in a list, every rate in its group; which dtype and which kernel is left to torch."""

import math

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02, vector_lr=0.02):
    width_factor = 1 / math.sqrt(model.config.n_embd / 768)
    vectors = [parameter for parameter in model.parameters() if parameter.dim() == 1]
    groups = [{"params": vectors, "lr": vector_lr * width_factor, "initial_lr": vector_lr * width_factor}]
    for weight, lr in ((model.lm_head.weight, head_lr), (model.token_embedding.weight, embedding_lr)):
        groups.append({"params": [weight], "lr": lr * width_factor, "initial_lr": lr * width_factor})
    adamw = torch.optim.AdamW(groups, lr=1e-3, betas=[0.8, 0.95], eps=1e-10, weight_decay=0)
    matrices = [parameter for block in model.blocks for parameter in block.parameters() if parameter.dim() > 1]
    muon = Muon([{"params": matrices, "initial_lr": matrix_lr}], lr=matrix_lr, momentum=0.95)  # noqa: F821 - the file that this goes into has it
    return [adamw, muon]
