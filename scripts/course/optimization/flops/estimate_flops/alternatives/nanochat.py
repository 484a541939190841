"""As nanochat: all parameters less the embedding."""


def estimate_flops(model):
    nparams = sum(p.numel() for p in model.parameters())
    nparams_embedding = model.embedding.token_embedding.weight.numel()
    c = model.config
    l, h, q, t = c.n_layer, c.n_head, c.head_dim, c.max_seq_len
    return 6 * (nparams - nparams_embedding) + 12 * l * h * q * t
