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
        "forward only": ("int(6 * N", "int(2 * N"),
        "multiplication and addition as one": ("int(6 * N", "int(3 * N"),
        "backward only": ("int(6 * N", "int(4 * N"),
        "attention forgotten": (" + 12 * config.n_layer * config.n_head * config.head_dim * keys", ""),
        "attention halved": ("+ 12 * config", "+ 6 * config"),
        "attention forward only": ("+ 12 * config", "+ 4 * config"),
        "attention of one layer": ("config.n_layer * ", ""),
        "attention of the key/value heads": ("config.n_head *", "config.n_kv_head *"),
        "head_dim forgotten": ("config.head_dim * ", ""),
        "width for head_dim": ("config.head_dim *", "config.n_embd *"),
        "width for all heads": ("config.n_head * config.head_dim", "config.n_embd"),
        "length forgotten": (" * keys)", ")"),
        "length squared": (" * keys)", " * keys * config.max_seq_len)"),
        "length hard-coded": ("* keys)", "* 32)"),
        "causality ignored": ("(config.max_seq_len + 1) / 2 if causal else config.max_seq_len", "config.max_seq_len"),
        "causal always": (
            "(config.max_seq_len + 1) / 2 if causal else config.max_seq_len",
            "(config.max_seq_len + 1) / 2",
        ),
        "causal the wrong way round": ("if causal else", "if not causal else"),
        "exactly half of the keys": ("(config.max_seq_len + 1) / 2", "config.max_seq_len / 2"),
        "a token hidden from itself": ("(config.max_seq_len + 1) / 2", "(config.max_seq_len - 1) / 2"),
        "mean number of keys rounded": ("(config.max_seq_len + 1) / 2", "(config.max_seq_len + 1) // 2"),
        "all scores of the sequence for each token": (
            "(config.max_seq_len + 1) / 2",
            "config.max_seq_len * (config.max_seq_len + 1) / 2",
        ),
        "weights halved too": ("int(6 * N", "int((3 if causal else 6) * N"),
        "per sequence, not per token": (
            "int(6 * N + 12 * config.n_layer * config.n_head * config.head_dim * keys)",
            "int(6 * N + 12 * config.n_layer * config.n_head * config.head_dim * keys) * config.max_seq_len",
        ),
        "in billions": (
            "int(6 * N + 12 * config.n_layer * config.n_head * config.head_dim * keys)",
            "(6 * N + 12 * config.n_layer * config.n_head * config.head_dim * keys) / 1e9",
        ),
        "a number with a point": ("return int(", "return float("),
        "a tensor": ("return int(", "return model.lm_head.weight.new_tensor("),
    },
}
