"""Mistakes in optimizers.py."""

MISTAKES = {
    "optimizers.setup_optimizers": {
        "head and embedding rates swapped": (
            '{"params": [head], "lr": head_lr * scale},\n'
            '            {"params": [] if embedding is head else [embedding], "lr": embedding_lr * scale},',
            '{"params": [head], "lr": embedding_lr * scale},\n'
            '            {"params": [] if embedding is head else [embedding], "lr": head_lr * scale},',
        ),
        "head's rate not scaled": ("head_lr * scale", "head_lr"),
        "embedding's rate not scaled": ("embedding_lr * scale", "embedding_lr"),
        "scale the wrong way round": ("(model.config.n_embd / 768) ** -0.5", "(model.config.n_embd / 768) ** 0.5"),
        "scale without the root": ("** -0.5", "** -1.0"),
        "scale relative to 1": ("model.config.n_embd / 768", "model.config.n_embd"),
        "scale relative to 512": ("(model.config.n_embd / 768)", "(model.config.n_embd / 512)"),
        "matrices' rate scaled too": ("lr=matrix_lr,", "lr=matrix_lr * scale,"),
        "matrices' rate left at its default": ("lr=matrix_lr, ", ""),
        "head's rate hard-coded": ("head_lr * scale", "0.004 * scale"),
        "betas left at their default": ("        betas=(0.8, 0.95),\n", ""),
        "betas of GPT-3": ("betas=(0.8, 0.95)", "betas=(0.9, 0.95)"),
        "betas swapped": ("betas=(0.8, 0.95)", "betas=(0.95, 0.8)"),
        "eps left at its default": ("        eps=1e-10,\n", ""),
        "eps 1e-8": ("eps=1e-10", "eps=1e-8"),
        "weight decay left at its default": ("        weight_decay=0.0,\n", ""),
        "weight decay of GPT-3": ("weight_decay=0.0", "weight_decay=0.1"),
        "Muon's momentum 0.9": ("momentum=0.95", "momentum=0.9"),
        "embedding forgotten": ("[] if embedding is head else [embedding]", "[]"),
        "head forgotten": ('{"params": [head],', '{"params": [],'),
        "tied weight in two groups": ("[] if embedding is head else [embedding]", "[embedding]"),
        "tied weight in no group": ("[head],", "[] if embedding is head else [head],"),
        "tied weight counted as the embedding": (
            '{"params": [head], "lr": head_lr * scale},\n'
            '            {"params": [] if embedding is head else [embedding],',
            '{"params": [] if embedding is head else [head], "lr": head_lr * scale},\n'
            '            {"params": [embedding],',
        ),
        "embedding among the rest": ("[head, embedding, *matrices]", "[head, *matrices]"),
        "head with Muon too": (
            "Muon(matrices",
            "Muon([*matrices, model.lm_head.weight]",
        ),
        "every matrix with Muon": ("Muon(matrices", "Muon([p for p in model.parameters() if p.ndim == 2]"),
        "last block forgotten": ("model.blocks.parameters()", "model.blocks[:-1].parameters()"),
        "only the MLPs with Muon": (
            "model.blocks.parameters()",
            "[p for block in model.blocks for p in block.mlp.parameters()]",
        ),
        "square matrices only": (
            "model.blocks.parameters()",
            "[p for p in model.blocks.parameters() if p.size(0) == p.size(-1)]",
        ),
        "copies of the matrices": (
            "model.blocks.parameters()",
            "[p.detach().clone() for p in model.blocks.parameters()]",
        ),
        "SGD for Muon": (
            "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
            "torch.optim.SGD(matrices, lr=matrix_lr, momentum=0.95)",
        ),
        "AdamW for Muon": (
            "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
            "torch.optim.AdamW(matrices, lr=matrix_lr)",
        ),
        "initial_lr forgotten": ('group["initial_lr"] = group["lr"]', "pass"),
        "initial_lr for AdamW only": ("for optimizer in optimizers:", "for optimizer in optimizers[:1]:"),
        "initial_lr before the scale": (
            'group["initial_lr"] = group["lr"]',
            'group["initial_lr"] = group["lr"] / scale',
        ),
        "initial_lr of the optimizer's default": ('= group["lr"]\n', '= optimizer.defaults["lr"]\n'),
        "Muon forgotten": ("optimizers = [adamw, muon]", "optimizers = [adamw]"),
        "Muon first": ("optimizers = [adamw, muon]", "optimizers = [muon, adamw]"),
        "a tuple": ("optimizers = [adamw, muon]", "optimizers = (adamw, muon)"),
        "nothing returned": ("    return optimizers\n", ""),
        "width hard-coded": ("model.config.n_embd / 768", "64 / 768"),
        "vectors with Muon": ("if weight.ndim == 2]", "]"),
        "the rest forgotten": ('            {"params": others, "lr": vector_lr * scale},\n', ""),
        "the rest of the blocks only": (
            "for weight in model.parameters() if id(weight)",
            "for weight in model.blocks.parameters() if id(weight)",
        ),
        "the rest outside the blocks only": (
            "for weight in model.parameters() if id(weight) not in taken]",
            "for name, weight in model.named_parameters() if id(weight) not in taken and name[:6] != 'blocks']",
        ),
        "positions left out": ("if id(weight) not in taken]", "if weight.ndim == 1]"),
        "biases left out": (
            "for weight in model.parameters() if id(weight) not in taken]",
            'for name, weight in model.named_parameters() if id(weight) not in taken and "proj.bias" not in name]',
        ),
        "norms left out": (
            "for weight in model.parameters() if id(weight) not in taken]",
            'for name, weight in model.named_parameters() if id(weight) not in taken and "norm" not in name]',
        ),
        "weights looked for with in": ("if id(weight) not in taken]", "if weight not in [head, embedding, *matrices]]"),
        "everything a second time among the rest": (" if id(weight) not in taken]", "]"),
        "positions with Muon": (
            "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
            "[w for n, w in model.named_parameters() if w.ndim == 2]\n"
            "    tables = {model.lm_head.weight, model.token_embedding.weight}\n"
            "    matrices = [w for w in matrices if w not in tables]",
        ),
        "projections only with Muon, and no router": (
            "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
            '[weight for name, weight in model.blocks.named_parameters() if name.endswith("proj.weight")]',
        ),
        "experts' matrices left to AdamW": (
            "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
            '[w for name, w in model.blocks.named_parameters() if w.ndim == 2 and "experts" not in name]',
        ),
        "no momentum": ("momentum=0.95, ", "momentum=0.0, "),
        "vectors at the rate of the embedding": ('"lr": vector_lr * scale', '"lr": embedding_lr * scale'),
        "vectors' rate not scaled": ('"lr": vector_lr * scale', '"lr": vector_lr'),
    },
}
