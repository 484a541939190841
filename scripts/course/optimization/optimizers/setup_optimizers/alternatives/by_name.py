"""Sorted by name; the embedding's group first, a group for every block, no fused kernel."""

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02):
    scale = (768 / model.config.n_embd) ** 0.5
    named = dict(model.named_parameters())
    groups = [
        dict(params=named.pop("embedding.token_embedding.weight"), lr=scale * embedding_lr),
        dict(params=named.pop("head.lm_head.weight"), lr=scale * head_lr),
    ]
    adamw = torch.optim.AdamW(groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0, foreach=False)
    layers = []
    for i in range(model.config.n_layer):
        inside = [name for name in named if name.startswith(f"blocks.{i}.") and named[name].ndim == 2]
        layers.append([named.pop(name) for name in inside])
    muon = Muon([{"params": layer} for layer in layers], lr=matrix_lr, dtype=torch.float32)
    optimizers = [adamw, muon]
    for group in adamw.param_groups + muon.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimizers
