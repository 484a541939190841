"""As nanochat: every parameter of the blocks to Muon, groups as dicts, the optimizers from factories."""

from functools import partial

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02):
    model_dim = model.config.n_embd
    matrix_params = list(model.blocks.parameters())
    embedding_params = list(model.embedding.token_embedding.parameters())
    lm_head_params = list(model.head.lm_head.parameters())
    assert len(list(model.parameters())) == len(matrix_params) + len(embedding_params) + len(lm_head_params)
    dmodel_lr_scale = (model_dim / 768) ** -0.5
    adam_groups = [
        dict(params=lm_head_params, lr=head_lr * dmodel_lr_scale),
        dict(params=embedding_params, lr=embedding_lr * dmodel_lr_scale),
    ]
    AdamWFactory = partial(torch.optim.AdamW, fused=True)
    adamw_optimizer = AdamWFactory(adam_groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0)
    muon_optimizer = Muon(matrix_params, lr=matrix_lr, momentum=0.95)
    optimizers = [adamw_optimizer, muon_optimizer]
    for opt in optimizers:
        for group in opt.param_groups:
            group["initial_lr"] = group["lr"]
    return optimizers
