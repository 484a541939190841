"""Told apart by name. The embedding's group first, one group for every block, no group that is empty; a plain loop."""

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02, vector_lr=0.02):
    scale = (768 / model.config.n_embd) ** 0.5
    # A weight that is shared is found under both of its names.
    named = dict(model.named_parameters(remove_duplicate=False))
    head, embedding = named.pop("lm_head.weight"), named.pop("token_embedding.weight")
    groups = [dict(params=head, lr=scale * head_lr)]
    if not model.config.weight_tying:
        groups.insert(0, dict(params=embedding, lr=scale * embedding_lr))
    adamw = torch.optim.AdamW(groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0, foreach=False)
    layers = []
    for i in range(model.config.n_layer):
        inside = [name for name in named if name.startswith(f"blocks.{i}.") and named[name].dim() == 2]
        layers.append([named.pop(name) for name in inside])
    if named:
        adamw.add_param_group({"params": list(named.values()), "lr": scale * vector_lr})
    muon = Muon([{"params": layer} for layer in layers], lr=matrix_lr, dtype=torch.float32)
    optimizers = [adamw, muon]
    for group in adamw.param_groups + muon.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimizers
