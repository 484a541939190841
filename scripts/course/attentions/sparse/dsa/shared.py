"""Cases for dsa.py."""

import torch

from scripts.workshop.check.cases import draw, fill, rotary_tables, small

# Many heads of the indexer, so that no two keys have the same score of zero.
SIZES = {
    "attention_type": "dsa",
    "n_kv_head": 4,
    "head_dim": 8,
    "latent_rank": 7,
    "query_latent_rank": 9,
    "rope_head_dim": 6,
    "value_head_dim": 3,
    "qk_norm": "off",
    "index_n_heads": 9,
    "index_head_dim": 10,
    "index_topk": 3,
}


def layer(package, **changes):
    """A layer in evaluation."""
    config = small(**SIZES | changes)
    return fill(package.attentions.sparse.dsa.DeepSeekSparseAttention(config, 0)).eval()


def context_of(package, start: int, length: int, **options):
    tables = rotary_tables(length, SIZES["rope_head_dim"], start=start)
    return package.positions.Context(torch.arange(start, start + length).expand(2, -1), *tables, **options)


def tokens(length: int, seed: int = 0) -> torch.Tensor:
    return draw(2, length, 24, seed=seed)
