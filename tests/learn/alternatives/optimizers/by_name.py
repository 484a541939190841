"""Told apart by name. The embedding's group first, one group for every block, and AdamW's plain loop."""

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02, vector_lr=0.02):
    scale = (768 / model.config.n_embd) ** 0.5
    named = dict(model.named_parameters())
    adamw = torch.optim.AdamW(
        [
            dict(params=named.pop("token_embedding.weight"), lr=scale * embedding_lr),
            dict(params=named.pop("lm_head.weight"), lr=scale * head_lr),
        ],
        betas=(0.8, 0.95),
        eps=1e-10,
        weight_decay=0.0,
        foreach=False,
    )
    vectors = [named.pop(name) for name in list(named) if named[name].dim() < 2]
    if vectors:
        adamw.add_param_group({"params": vectors, "lr": scale * vector_lr})
    layers = [[p for name, p in named.items() if f"blocks.{i}." in name] for i in range(model.config.n_layer)]
    muon = Muon([{"params": layer} for layer in layers], lr=matrix_lr, dtype=torch.float32)  # noqa: F821 - the file that this goes into has it
    optimizers = [adamw, muon]
    for group in adamw.param_groups + muon.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimizers
