"""As nanoGPT configures its optimizer: all parameters by name, those that learn, the matrices by their dimension."""

import torch


def setup_optimizers(model, head_lr=0.004, embedding_lr=0.2, matrix_lr=0.02):
    param_dict = {pn: p for pn, p in model.named_parameters()}
    param_dict = {pn: p for pn, p in param_dict.items() if p.requires_grad}
    matrix_params = [p for n, p in param_dict.items() if p.dim() >= 2 and n.startswith("blocks.")]
    scale = (model.config.n_embd / 768) ** -0.5
    optim_groups = [
        {"params": [param_dict["head.lm_head.weight"]], "lr": head_lr * scale},
        {"params": [param_dict["embedding.token_embedding.weight"]], "lr": embedding_lr * scale},
    ]
    optimizer = torch.optim.AdamW(optim_groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0)
    optimizers = [optimizer, Muon(matrix_params, lr=matrix_lr, momentum=0.95)]
    for group in [group for each in optimizers for group in each.param_groups]:
        group["initial_lr"] = group["lr"]
    return optimizers
