"""As nanochat: groups as dicts, the optimizers from factories. nanochat's norms have no weights; where ours have, they
are no matrices."""

from functools import partial

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02):
    model_dim = model.config.n_embd
    matrix_params = [p for p in model.blocks.parameters() if p.ndim == 2]
    embedding_params = list(model.embedding.token_embedding.parameters())
    lm_head_params = list(model.head.lm_head.parameters())
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
