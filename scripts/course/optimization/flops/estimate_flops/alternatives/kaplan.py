"""As Kaplan et al. 2020 and nanoGPT's get_num_params: without all that is looked up, learned positions too."""


def estimate_flops(model):
    config = model.config
    N = sum(p.numel() for name, p in model.named_parameters() if not name.startswith("embedding."))
    return 6 * N + 12 * config.n_layer * config.n_head * config.head_dim * config.max_seq_len
