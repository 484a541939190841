"""Mistakes in initialization.py."""

MISTAKES = {
    "initialization.init_gpt2": {
        "0.02 for all": ("std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02", "std=0.02"),
        "sqrt(L)": ("(2 * model.config.n_layer)", "model.config.n_layer"),
        "sqrt(L / 2)": ("(2 * model.config.n_layer)", "(model.config.n_layer / 2)"),
        "root forgotten": (" ** 0.5", ""),
        "multiplied, not divided": ("0.02 / (2", "0.02 * (2"),
        "GPT-2's own depth": ("model.config.n_layer", "12"),
        "by the number of heads": ("config.n_layer", "config.n_head"),
        "embeddings left out": ("(nn.Linear, nn.Embedding)", "nn.Linear"),
        "linear layers left out": ("(nn.Linear, nn.Embedding)", "nn.Embedding"),
        "embeddings of unit size": (
            "(nn.Linear, nn.Embedding)):",
            "nn.Embedding):\n            nn.init.normal_(module.weight)\n        if isinstance(module, nn.Linear):",
        ),
        "biases not zeroed": ("nn.init.zeros_(module.bias)", "pass"),
        "biases drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias, std=0.02)"),
        "biases of one": ("nn.init.zeros_(module.bias)", "nn.init.ones_(module.bias)"),
        "biases of norms zeroed too": (
            "if isinstance(module, nn.Linear) and module.bias is not None:",
            'if getattr(module, "bias", None) is not None:',
        ),
        "norms drawn too": (
            "isinstance(module, (nn.Linear, nn.Embedding))",
            'getattr(module, "weight", None) is not None',
        ),
        "norms set to one": (
            "    for name, module in model.named_modules():",
            "    for name, module in model.named_modules():\n"
            '        if name.endswith("norm") and hasattr(module, "weight"):\n'
            "            nn.init.ones_(module.weight)",
        ),
        "uniform": (
            "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
            "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
            "            nn.init.uniform_(module.weight, -std, std)",
        ),
        "uniform of the right spread": (
            "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
            "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
            "            nn.init.uniform_(module.weight, -std * 3**0.5, std * 3**0.5)",
        ),
        "cut off at one sigma": (
            "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
            "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
            "            nn.init.trunc_normal_(module.weight, std=std, a=-std, b=std)",
        ),
        "the spread given as the mean": ("std=residual_std", "residual_std"),
        "the spread given as a variance": ("std=residual_std if", "std=residual_std**0.5 if"),
        "only o_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("o_proj")'),
        "only down_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("down_proj")'),
        "every projection smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("proj")'),
        "whole names compared": ("name.endswith(OUTPUT_PROJECTIONS)", "name in OUTPUT_PROJECTIONS"),
        "small and smaller swapped": (
            "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
            "0.02 if name.endswith(OUTPUT_PROJECTIONS) else residual_std",
        ),
        "output projections of zero": (
            "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
            "0.0 if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
        ),
        "only the first layers reached": ("model.named_modules()", "model.named_children()"),
        "weights replaced": (
            "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
            "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
            "            module.weight = nn.Parameter(std * torch.randn_like(module.weight))",
        ),
    },
    "initialization.init_deepnorm": {
        "2L": ("(8 * model.config.n_layer)", "(2 * model.config.n_layer)"),
        "only L": ("(8 * model.config.n_layer)", "model.config.n_layer"),
        "the square root": ("** -0.25", "** -0.5"),
        "a gain that enlarges": ("** -0.25", "** 0.25"),
        "by the number of heads": ("config.n_layer", "config.n_head"),
        "gain on all": ("gain=gain if name.endswith(scaled) else 1.0", "gain=gain"),
        "gain on none": ("gain=gain if name.endswith(scaled) else 1.0", "gain=1.0"),
        "gain on q and k": ('("v_proj", "v_from_latent",', '("q_proj", "k_proj", "v_proj", "v_from_latent",'),
        "gain on q and k only": (
            '("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj")',
            '("q_proj", "k_proj")',
        ),
        "gain the wrong way round": ("if name.endswith(scaled)", "if not name.endswith(scaled)"),
        "v_proj left out": ('("v_proj", "v_from_latent"', '("v_from_latent"'),
        "v_from_latent left out": ('"v_proj", "v_from_latent", ', '"v_proj", '),
        "o_proj left out": ('"o_proj", "up_proj"', '"up_proj"'),
        "up_proj left out": ('"up_proj", ', ""),
        "gate_proj left out": ('"gate_proj", ', ""),
        "keys from the latent too": ('"v_from_latent", ', '"v_from_latent", "k_from_latent", '),
        "everything from the latent, and into it": ('"v_from_latent", ', '"from_latent", "latent_proj", '),
        "down_proj left out": (', "down_proj")', ")"),
        "gain on output projections only": (
            '("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj")',
            "OUTPUT_PROJECTIONS",
        ),
        "whole names compared": ("name.endswith(scaled)", "name in scaled"),
        "uniform": ("nn.init.xavier_normal_", "nn.init.xavier_uniform_"),
        "fan_in only": (
            "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
            "std = (gain if name.endswith(scaled) else 1.0) * module.in_features**-0.5\n"
            "            nn.init.normal_(module.weight, std=std)",
        ),
        "fan_in and fan_out without the two": (
            "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
            "std = (gain if name.endswith(scaled) else 1.0) * sum(module.weight.shape) ** -0.5\n"
            "            nn.init.normal_(module.weight, std=std)",
        ),
        "drawn first, scaled twice": ("gain=gain if", "gain=gain * gain if"),
        "biases not zeroed": ("nn.init.zeros_(module.bias)", "pass"),
        "biases drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias)"),
        "vectors that are no biases zeroed too": (
            "    # Embeddings last,",
            "    for name, parameter in model.named_parameters():\n"
            '        if parameter.ndim == 1 and "norm" not in name:\n'
            "            nn.init.zeros_(parameter)\n"
            "    # Embeddings last,",
        ),
        "embeddings left out": ("nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)", "pass"),
        "embeddings of unit size": (", std=module.embedding_dim**-0.5", ""),
        "embeddings of 0.02": ("std=module.embedding_dim**-0.5", "std=0.02"),
        "embeddings by their number": ("module.embedding_dim**-0.5", "module.num_embeddings**-0.5"),
        "embeddings by Xavier": (
            "nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)",
            "nn.init.xavier_normal_(module.weight)",
        ),
        "gain on embeddings": ("std=module.embedding_dim**-0.5", "std=gain * module.embedding_dim**-0.5"),
        "a tied head drawn last": (
            "    # Embeddings last, for the sake of a head that shares their weights.\n"
            "    for module in model.modules():\n"
            "        if isinstance(module, nn.Embedding):\n"
            "            nn.init",
            "        elif isinstance(module, nn.Embedding):\n            nn.init",
        ),
        "norms set to one": (
            "        if isinstance(module, nn.Linear):\n",
            '        if name.endswith("norm") and hasattr(module, "weight"):\n'
            "            nn.init.ones_(module.weight)\n"
            "        if isinstance(module, nn.Linear):\n",
        ),
        "head of zeros": (
            "    # Embeddings last,",
            "    nn.init.zeros_(model.lm_head.weight)\n    # Embeddings last,",
        ),
        "weights replaced": (
            "nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)",
            "module.weight = nn.Parameter(torch.randn_like(module.weight) * module.embedding_dim**-0.5)",
        ),
    },
}
