"""Mistakes in flops.py."""

MISTAKES = {
    "flops.estimate_flops": {
        "embedding counted": ("nn.Linear)", "(nn.Linear, nn.Embedding))"),
        "every parameter counted": (
            "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
            "sum(parameter.numel() for parameter in model.parameters())",
        ),
        "every parameter but the embedding counted": (
            "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
            "sum(p.numel() for p in model.parameters()) - model.token_embedding.weight.numel()",
        ),
        "every matrix but the embedding counted, positions among them": (
            "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
            "sum(p.numel() for name, p in model.named_parameters() if p.ndim == 2 and name != 'token_embedding.weight')"
            " + (model.lm_head.weight.numel() if config.weight_tying else 0)",
        ),
        "biases counted": ("module.weight.numel() for", "sum(p.numel() for p in module.parameters()) for"),
        "norms counted": (
            "if isinstance(module, nn.Linear)",
            'if getattr(module, "weight", None) is not None and not isinstance(module, nn.Embedding)',
        ),
        "blocks only": ("model.modules()", "model.blocks.modules()"),
        "first block only": ("model.modules()", "model.blocks[0].modules()"),
        "tied head not counted": (
            "isinstance(module, nn.Linear))",
            "isinstance(module, nn.Linear) and module.weight is not model.token_embedding.weight)",
        ),
        "number of layers, not of weights": ("module.weight.numel() for", "1 for"),
        "inputs instead of weights": ("module.weight.numel() for", "module.in_features for"),
        "idle experts counted": ("N -= sum(block.mlp.idle_weights for block in model.blocks)", "pass"),
        "idle weights added": ("N -= sum", "N += sum"),
        "idle weights of one block only": (
            "sum(block.mlp.idle_weights for block in model.blocks)",
            "model.blocks[0].mlp.idle_weights",
        ),
        "idle weights alone": ("N -= sum", "N = sum"),
        "experts not counted at all": (
            "N -= sum(block.mlp.idle_weights for block in model.blocks)",
            "N -= sum(w.numel() for name, w in model.named_parameters() if 'experts' in name)",
        ),
        "forward only": ("return 6 * N + 6 * M // T", "return 2 * N + 2 * M // T"),
        "forward only for the weights": ("return 6 * N +", "return 2 * N +"),
        "multiplication and addition as one": ("return 6 * N + 6 * M // T", "return 3 * N + 3 * M // T"),
        "backward only": ("return 6 * N + 6 * M // T", "return 4 * N + 4 * M // T"),
        "attention forgotten": (" + 6 * M // T", ""),
        "attention doubled": ("+ 6 * M // T", "+ 12 * M // T"),
        "attention halved": ("+ 6 * M // T", "+ 3 * M // T"),
        "attention forward only": ("+ 6 * M // T", "+ 2 * M // T"),
        "attention of one layer": (
            "sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))",
            "model.blocks[0].attn.numbers_per_pair * pairs[0]",
        ),
        "attention of the first layer, times the layers": (
            "sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))",
            "config.n_layer * model.blocks[0].attn.numbers_per_pair * pairs[0]",
        ),
        "attention of the last layer, times the layers": (
            "sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))",
            "config.n_layer * model.blocks[-1].attn.numbers_per_pair * pairs[-1]",
        ),
        "every layer with all windows": (
            "for block, seen in zip(model.blocks, pairs, strict=True))",
            "for block in model.blocks for seen in pairs)",
        ),
        "attention of the key/value heads": (
            "block.attn.numbers_per_pair * seen",
            "2 * config.n_kv_head * config.head_dim * seen",
        ),
        "head_dim forgotten": ("block.attn.numbers_per_pair * seen", "2 * config.n_head * seen"),
        "width for head_dim": ("block.attn.numbers_per_pair * seen", "2 * config.n_head * config.n_embd * seen"),
        "width for all heads": ("block.attn.numbers_per_pair * seen", "2 * config.n_embd * seen"),
        "values as large as keys, always": (
            "block.attn.numbers_per_pair * seen",
            "2 * config.n_head * config.head_dim * seen",
        ),
        "numbers in a cache, not in a score": ("attn.numbers_per_pair", "attn.numbers_cached"),
        "scores only, not the weighted values": (
            "block.attn.numbers_per_pair * seen",
            "block.attn.numbers_per_pair // 2 * seen",
        ),
        "length forgotten": ("6 * M // T", "6 * M // T**2"),
        "length squared": ("6 * M // T", "6 * M"),
        "length hard-coded": ("T = config.max_seq_len\n    pairs", "T = 32\n    pairs"),
        "causality ignored": ("visible_pairs(T, window) if causal else T * T", "T * T"),
        "causal always": ("visible_pairs(T, window) if causal else T * T", "visible_pairs(T, window)"),
        "causal the wrong way round": ("if causal else", "if not causal else"),
        "causal only where there is a window": ("if causal else T * T", "if causal and window else T * T"),
        "exactly half of the keys": ("visible_pairs(T, window) if", "T * min(T, window or T) // 2 if"),
        "a token hidden from itself": ("visible_pairs(T, window) if", "visible_pairs(T, window) - T if"),
        "mean number of keys rounded": ("visible_pairs(T, window) if", "visible_pairs(T, window) // T * T if"),
        "mean number of keys rounded up": ("visible_pairs(T, window) if", "-(-visible_pairs(T, window) // T) * T if"),
        "all scores of the sequence for each token": ("6 * M // T", "6 * M"),
        "windows forgotten": ("visible_pairs(T, window) if", "visible_pairs(T) if"),
        "window of the first layer for all": (
            "visible_pairs(T, window) if",
            "visible_pairs(T, config.layer_windows[0]) if",
        ),
        "windows counted without causality too": ("if causal else T * T", "if causal else T * min(T, window or T)"),
        "window as many keys for every token, the first too": (
            "visible_pairs(T, window) if",
            "T * min(window or T, (T + 1) // 2) if",
        ),
        "window one too wide": ("visible_pairs(T, window) if", "visible_pairs(T, window and window + 1) if"),
        "window longer than the text not thought of": (
            "visible_pairs(T, window) if",
            "(visible_pairs(T) if window is None else window * (window + 1) // 2 + (T - window) * window) if",
        ),
        "weights halved too": ("return 6 * N", "return (3 if causal else 6) * N"),
        "rounded up": ("6 * M // T", "-(-6 * M // T)"),
        "every layer rounded by itself": (
            "for block, seen in zip(model.blocks, pairs, strict=True))",
            "// T * T for block, seen in zip(model.blocks, pairs, strict=True))",
        ),
        "divided before it is multiplied": ("6 * M // T", "6 * (M // T)"),
        "per sequence, not per token": ("return 6 * N + 6 * M // T", "return 6 * N * T + 6 * M"),
        "in billions": ("return 6 * N + 6 * M // T", "return (6 * N + 6 * M // T) / 1e9"),
        "a number with a point": ("return 6 * N + 6 * M // T", "return 6 * N + 6 * M / T"),
        "a tensor": ("return 6 * N + 6 * M // T", "return model.lm_head.weight.new_tensor(6 * N + 6 * M // T)"),
        "nothing returned": ("return 6 * N", "6 * N"),
    },
}
