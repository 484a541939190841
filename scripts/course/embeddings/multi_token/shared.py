"""Cases for embeddings/multi_token.py."""

from scripts.workshop.check.cases import fill, small

FIELDS = {"n_mtp": 2, "normalization": "rmsnorm", "norm_eps": 0.25, "n_embd": 8, "n_head": 2, "n_kv_head": 1}


def head_of(package, **changes):
    """The head of a small model with multi-token prediction, with weights of its own."""
    config = small(**FIELDS | changes)
    embedding = fill(package.embedding.build_embedding(config))
    return fill(package.head.build_head(config, embedding))
