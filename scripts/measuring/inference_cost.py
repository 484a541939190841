"""What models cost when they are used: the bytes of their weights and of a cache of some length, and the operations of
a token. Counted on tensors that have shapes and no memory, so that any size can be counted."""

import itertools
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.decoding.cache import ContiguousCache, KVCache, LayerCache
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops, weights_passed
from reference.placements.looped import of_all_visits
from reference.placements.streams.smear import CacheWithTail, with_tail, without_tail
from scripts.project import UsageError, cut, json_line, shown, wrapped
from scripts.training.architecture import (
    architecture_name,
    build_on_meta,
    by_experts,
    few_experts,
    reads,
    reads_in_words,
    remembering,
)
from scripts.training.startup import in_bytes

SHORTEST = 128  # where the plot's curves begin, in tokens
WIDEST_NAME = 19


@dataclass(frozen=True)
class Cost:
    model: str
    architecture: str
    dtype: str
    batch_size: int
    length: int  # tokens in each sequence of the cache
    max_seq_len: int  # what the model was made for
    weight_bytes: int  # parameters, and buffers that are saved with them; a tied weight counts once
    cache_bytes: int  # of all sequences together
    flops_per_token: int  # of writing the last of `length` tokens, those before it cached
    training_flops_per_step: int  # of a step on batch_size sequences of this length, forward and backward
    cache_bytes_at: dict[int, int]  # the same at shorter lengths
    keys_read: list[dict[str, int]]  # what the last token reads in each layer: keys, or what stands for several


def cost(model: str, config: GPTConfig, length: int | None, batch_size: int, dtype: str) -> Cost:
    """All counts of a model, with a cache of so many tokens: None: of max_seq_len. Raises `UsageError` where there is
    no such model."""
    length = length or config.max_seq_len
    # How attention is computed is not what it is: the readable backend does nothing that depends on values.
    config = replace(config, attention_backend="manual", use_flash_mla=False)
    # What is cached depends on no expert.
    built = build_on_meta(replace(config, n_expert=few_experts(config))).to(getattr(torch, dtype)).eval()
    cache, attention_flops = after(built, length, batch_size)
    weight_bytes, others, training = by_experts(config, lambda config: weighed(config, length, dtype))
    return Cost(
        model,
        architecture_name(config),
        dtype,
        batch_size,
        length,
        config.max_seq_len,
        weight_bytes,
        in_total(cache),
        attention_flops // batch_size + 2 * others,
        training * batch_size * length,
        {shorter: in_total(resized(config, cache, shorter)) for shorter in doubling(length)},
        reads(built, length),
    )


def weighed(config: GPTConfig, length: int, dtype: str) -> tuple[int, int, int]:
    """The bytes of the weights, how many of them a token is multiplied by outside the mixers, and the FLOPs of training
    on a token of so many."""
    built = build_on_meta(config).to(getattr(torch, dtype))
    mixers = (part for layer in config.visits for part in remembering(built.blocks[layer]))
    others = weights_passed(built) - sum(map(linear_weights, mixers))
    # No window is so short that a module for multi-token prediction would have nothing to predict.
    long = max(length, config.n_mtp + 1)
    at_length = built if long == config.max_seq_len else build_on_meta(replace(config, max_seq_len=long))
    return sum(tensor.nbytes for tensor in saved(built)), others, training_flops(at_length)


def doubling(length: int) -> list[int]:
    """Lengths up to this one, each twice as long as the one before."""
    return [*itertools.takewhile(lambda shorter: shorter < length, (SHORTEST << power for power in range(64))), length]


def saved(model: nn.Module) -> list[Tensor]:
    """What a file of the weights holds, each tensor once."""
    return list({id(tensor): tensor for tensor in model.state_dict(keep_vars=True).values()}.values())


def parts(cache: KVCache) -> list[LayerCache]:
    """The caches of all layers, that of a smear by itself."""
    split = ((each.before, each.keys) if isinstance(each, CacheWithTail) else (each,) for each in cache.layers)
    return list(itertools.chain.from_iterable(split))


def held(layer: object) -> list[Tensor]:
    """The tensors of a layer's cache."""
    found = [each if isinstance(each, tuple) else (each,) for each in vars(layer).values()]
    return [tensor for each in found for tensor in each if isinstance(tensor, Tensor)]


def linear_weights(module: nn.Module) -> int:
    return sum(each.weight.numel() for each in module.modules() if isinstance(each, nn.Linear))


def like(tensor: Tensor) -> Tensor:
    """One of the same size on the CPU."""
    return torch.empty(tensor.shape, dtype=tensor.dtype)


def after(model: GPT, length: int, batch_size: int) -> tuple[KVCache, int]:
    """The cache when each of the sequences has its last token, and what attention has computed for these tokens."""
    cache = KVCache(replace(model.config, max_seq_len=length))
    for layer in parts(cache):
        if isinstance(layer, ContiguousCache):
            layer.used = length - 1
    dtype = next(model.parameters()).dtype
    with FakeTensorMode(), torch.no_grad(), FlopCounterMode(display=False) as counter:
        positions = model.positions._apply(like)
        position = torch.zeros(batch_size, 1, dtype=torch.int64)
        x = torch.zeros(batch_size, 1, model.config.n_embd, dtype=dtype)
        layers = [[part._apply(like) for part in remembering(block)] for block in model.blocks]
        counts: list[int] = []
        first: dict[tuple, int] = {}  # of the visits whose layers are alike
        for layer, context in zip(model.config.visits, of_all_visits(positions(position, cache)), strict=True):
            like_it = first.setdefault(kind_of(model.config, layer), len(counts))
            if like_it < len(counts):
                vars(cache.layers[len(counts)]).update(vars(cache.layers[like_it]))
                counts.append(counts[like_it])
                continue
            before = counter.get_total_flops()
            mixer, *smears = layers[layer]
            mixer(x, without_tail(context))
            for smear in smears:
                smear(x, with_tail(context))
            counts.append(counter.get_total_flops() - before)
    return cache, sum(counts)


def kind_of(config: GPTConfig, layer: int) -> tuple:
    """Alike for layers that cache and compute alike; where some read another's keys, the order matters, too."""
    alone = layer if (config.smear and not layer) or "shared" in config.attention_type else -1
    return config.of_layer(layer), config.layer_windows[layer], config.layer_positions[layer], alone


def resized(config: GPTConfig, cache: KVCache, length: int) -> KVCache:
    """A cache of the same entries for another length. A state, and a window that fits, are as large at any; a layer
    that reads another's entries has none."""
    other = KVCache(replace(config, max_seq_len=length))
    for new, old in zip(parts(other), parts(cache), strict=True):
        if type(new) is type(old) and new.capacity == old.capacity:
            vars(new).update(vars(old))
        elif old.slots:
            shapes = (((slots.size(0), 1, *slots.shape[2:]), slots.dtype) for slots in old.slots)
            new.allocate(tuple(torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in shapes))
    return other


def in_total(cache: KVCache) -> int:
    """The bytes of all tensors of a cache."""
    return sum(tensor.nbytes for layer in parts(cache) for tensor in held(layer))


HEAD = ("", "tokens", "weights", "cache", "a token", "FLOPs/token", "FLOPs/step")
WIDTHS = (6, 9, 9, 9, 11, 11)


def table(rows: list[Cost]) -> str:
    """A line for each model, no wider than 80 columns."""
    # The name gives way to the number of tokens.
    digits = max(WIDTHS[0], *(len(f"{row.length:,}") for row in rows))
    widths = (digits, *WIDTHS[1:])
    width = min(WIDEST_NAME - (digits - WIDTHS[0]), max(len(row.model) for row in rows) + 1)
    lines = [HEAD]
    for row in rows:
        beyond = "*" if row.length > row.max_seq_len else ""
        lines.append(
            (
                cut(row.model, width - 1) + beyond,
                f"{row.length:,}",
                short(row.weight_bytes),
                short(row.cache_bytes),
                short(row.cache_bytes // (row.length * row.batch_size)),
                f"{row.flops_per_token:.3g}",
                f"{row.training_flops_per_step:.3g}",
            )
        )
    shown_lines = [
        f"{name:{width}}" + "".join(f" {value:>{wide}}" for value, wide in zip(values, widths, strict=True))
        for name, *values in lines
    ]
    first = rows[0]
    sequences = "1 sequence" if first.batch_size == 1 else f"{first.batch_size:,} sequences"
    notes = [f"in {first.dtype}, {sequences}; FLOPs/token: to write the last one; FLOPs/step: of training"]
    if any(row.length > row.max_seq_len for row in rows):
        notes.append("* longer than the model's max_seq_len")
    for row in rows:
        if reading := reads_in_words(row.keys_read, row.length):
            notes.append(f"{row.model}: what the last token reads, of {row.length:,} keys: {'; '.join(reading)}")
    return "\n".join([*shown_lines, "", *map(wrapped, notes)])


def short(size: int) -> str:
    """Bytes in at most nine characters."""
    return in_bytes(size).replace("bytes", "B")


def plot(rows: list[Cost], path: Path) -> None:
    """Weights and cache beside each other, and the cache over its length."""
    from scripts.looking.pictures import MARKERS, drawn_into

    with drawn_into(path, figsize=(11, 4.5)) as figure:
        bars, curves = figure.subplots(1, 2)
        names = [row.model for row in rows]
        weights, caches = ([getattr(row, name) / 2**30 for row in rows] for name in ("weight_bytes", "cache_bytes"))
        bars.barh(names, weights, label="weights")
        bars.barh(names, caches, left=weights, hatch="///", label="cache")
        bars.invert_yaxis()
        bars.set(xlabel="GiB", title=f"weights, and a cache of {' or '.join(tokens(rows))} tokens")
        for row, marker in zip(rows, itertools.cycle(MARKERS)):
            sizes = [size / 2**20 for size in row.cache_bytes_at.values()]
            curves.plot(row.cache_bytes_at.keys(), sizes, marker=marker, markersize=4, label=row.model)
        curves.set(xscale="log", yscale="log", xlabel="tokens in each sequence", ylabel="MiB", title="cache")
        curves.xaxis.set_major_formatter("{x:,.0f}")
        curves.yaxis.set_major_formatter("{x:,g}")
        for axis in (bars, curves):
            axis.legend(fontsize=8)
        first = rows[0]
        figure.suptitle(f"batch {first.batch_size:,}, {first.dtype}")


def tokens(rows: list[Cost]) -> list[str]:
    return sorted({f"{row.length:,}" for row in rows}, key=len)


def report(models: Mapping[str, GPTConfig], options: Namespace) -> int:
    """Count, print and draw what the options ask for. Raises `UsageError`."""
    if options.plot and not options.plot.absolute().parent.is_dir():
        raise UsageError(f"--plot {options.plot}: there is no folder {shown(options.plot.parent)}")
    chosen = options.length, options.batch_size or 1, options.dtype or "bfloat16"
    rows = [cost(model, config, *chosen) for model, config in models.items()]
    if options.plot:
        plot(rows, options.plot)
    if getattr(options, "json", False):
        print(json_line({"memory": [asdict(row) for row in rows], "plot": options.plot and shown(options.plot)}))
    else:
        print(table(rows) + (f"\ndrawn in {shown(options.plot)}" if options.plot else ""))
    return 0
