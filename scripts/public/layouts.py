"""The same numbers laid out otherwise: there, and back."""

from collections.abc import Sequence

import torch
from torch import Tensor

from reference.config import GPTConfig

Tensors = Sequence[Tensor]


def transpose(tensors: Tensors, config: GPTConfig) -> Tensors:
    """GPT-2's Conv1D keeps its matrices transposed; both directions are the same."""
    return [tensor.T if tensor.ndim == 2 else tensor for tensor in tensors]


def concatenate_transposed(tensors: Tensors, config: GPTConfig) -> Tensors:
    return transpose([torch.cat(list(tensors))], config)


def split_transposed(tensors: Tensors, config: GPTConfig) -> Tensors:
    return transpose(tensors, config)[0].chunk(3)


def interleave_heads(tensors: Tensors, config: GPTConfig) -> Tensors:
    """The query heads that read one key/value head, its key and its value beside each other, then those of the next."""
    groups = [tensor.unflatten(0, (config.n_kv_head, -1)) for tensor in tensors]
    return [torch.cat(groups, dim=1).flatten(0, 1)]


def separate_heads(tensors: Tensors, config: GPTConfig) -> Tensors:
    groups = tensors[0].unflatten(0, (config.n_kv_head, -1))
    sizes = (config.n_head // config.n_kv_head * config.head_dim, config.head_dim, config.head_dim)
    return [part.flatten(0, 1) for part in groups.split(sizes, dim=1)]


def concatenate(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [torch.cat(list(tensors))]


def split_query_key_value(tensors: Tensors, config: GPTConfig) -> Tensors:
    heads = (config.n_head, config.n_kv_head, config.n_kv_head)
    return tensors[0].split([count * config.head_dim for count in heads])


def halves(tensors: Tensors, config: GPTConfig) -> Tensors:
    return tensors[0].chunk(2)


def split_latent(tensors: Tensors, config: GPTConfig) -> Tensors:
    return tensors[0].split((config.latent_rank, config.rope_head_dim))


def by_head(tensors: Tensors, config: GPTConfig) -> Tensors:
    """The rows of one head of all tensors, which may differ in size, then those of the next head."""
    return [torch.cat([tensor.unflatten(0, (config.n_head, -1)) for tensor in tensors], dim=1).flatten(0, 1)]


def separate_by_head(tensors: Tensors, config: GPTConfig) -> Tensors:
    """Back: the first `head_dim` rows of every head, and the others."""
    heads = tensors[0].unflatten(0, (config.n_head, -1))
    return [part.flatten(0, 1) for part in (heads[:, : config.head_dim], heads[:, config.head_dim :])]


def swap_halves(tensors: Tensors, config: GPTConfig) -> Tensors:
    """nanochat rotates by the negative angle, which is the same once the halves of every head are swapped."""
    return [tensor.unflatten(0, (-1, 2, config.head_dim // 2)).flip(1).flatten(0, 2) for tensor in tensors]


def with_two_rows(tensors: Tensors, config: GPTConfig) -> Tensors:
    """OPT counts its positions from 2."""
    return [torch.cat((tensor.new_zeros(2, tensor.size(1)), tensor)) for tensor in tensors]


def without_two_rows(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor[2:] for tensor in tensors]


def stack_experts(tensors: Tensors, config: GPTConfig) -> Tensors:
    """The matrices of each expert on top of each other, with an axis for the experts in front."""
    each = len(tensors) // config.n_expert
    return [torch.stack([torch.cat(list(tensors[i : i + each])) for i in range(0, len(tensors), each)])]


def unstack_experts(tensors: Tensors, config: GPTConfig) -> Tensors:
    return list(tensors[0])


def unstack_halves(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [half for expert in tensors[0] for half in expert.chunk(2)]


def split_experts(tensors: Tensors, config: GPTConfig) -> Tensors:
    return tensors[0].chunk(config.n_expert)


def concatenate_transposed_each(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [torch.cat([tensor.T for tensor in tensors])]


def split_experts_transposed(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor.T for tensor in tensors[0].chunk(config.n_expert)]


def in_four_shards(tensors: Tensors, config: GPTConfig) -> Tensors:
    """A quarter of the queries, of the values and of the keys, then the next quarters: CodeGen's four shards."""
    query, key, value = (tensor.unflatten(0, (4, -1)) for tensor in tensors)
    return [torch.cat((query, value, key), dim=1).flatten(0, 1)]


def from_four_shards(tensors: Tensors, config: GPTConfig) -> Tensors:
    query, value, key = (part.flatten(0, 1) for part in tensors[0].unflatten(0, (4, -1)).chunk(3, dim=1))
    return [query, key, value]


def as_row(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor[None] for tensor in tensors]


def from_row(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor.squeeze(0) for tensor in tensors]
