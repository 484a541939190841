"""What an entry costs: weights, operations and the bytes of a cache, counted in a model of GPT-2's shape."""

from dataclasses import dataclass
from functools import cache

from reference.attentions.settings_read import as_read
from reference.config import GPTConfig
from reference.presets import SMALL
from scripts.project import UsageError
from scripts.training.architecture import summary_of

from .entries import Entry

# Every pattern of layers that there is goes through. What is tiny by default has the proportions of released models:
# DeepSeek's latents are as wide as four heads, its rotary keys half as wide as one; blocks are of 64 keys.
SHAPE = SMALL | {
    "n_layer": 6,
    "latent_rank": 256,
    "rope_head_dim": 32,
    "index_head_dim": 64,
    "index_topk": 256,
    "moba_block_size": 64,
    "nsa_compress_size": 32,
    "nsa_compress_stride": 16,
    "nsa_block_size": 64,
    "nsa_window": 256,
}
WIDE = "of GPT-2's width, 6 layers"
LENGTH = 1024  # tokens in the cache


@dataclass(frozen=True)
class Cost:
    parameters: int
    active_parameters: int  # those that one token meets
    flops_per_token: int  # of training
    cache_bytes: int  # of LENGTH tokens


@cache
def counted(config: GPTConfig) -> Cost:
    summary = summary_of(config)
    kept = summary.kv_bytes_per_token * LENGTH + summary.state_bytes
    return Cost(summary.parameters, summary.active_parameters, summary.flops_per_token, kept)


def shaped(entry: Entry) -> GPTConfig:
    """A model of that shape with it, without what is said of other kinds of attention than its own."""
    return as_read(entry.config(**SHAPE))


def cost_of(entry: Entry) -> tuple[Cost, Cost, str]:
    """Of the entry, of chapter one's, and in which shape of model."""
    try:
        return counted(shaped(entry)), counted(as_read(GPTConfig(**SHAPE))), WIDE
    except UsageError:  # its numbers are made for small heads
        return counted(entry.config()), counted(GPTConfig()), "a tiny one: 3 layers, 64 wide"
