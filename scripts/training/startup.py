"""The report before a training: what the model is, what a token costs, and whether it fits in memory."""

import contextlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from reference.config import IN_TURN, GPTConfig
from reference.embedding import build_embedding
from reference.gpt import GPT
from reference.head import build_head
from reference.optimization.optimizers import setup_nanochat
from reference.placements import build_block
from reference.placements.streams.embedded_values import has_values
from scripts.project import UsageError, wrapped
from scripts.project.implementation import on_meta

from .architecture import as_used, branches, count, name_in_lines, softmax_layers, summary_of
from .memory import Ledger, memory_at_most, memory_free

STAND_IN_TOLERANCE = 0.15  # by how much of it a stand-in's need may be another


@dataclass(frozen=True)
class Memory:
    """What one training step needs, in bytes."""

    weights: int
    gradients: int
    optimizer: int  # AdamW keeps two elements for every weight, Muon one
    activations: int | None  # all else there is at the peak; None where it could not be counted
    logits: int  # part of the activations: the scores of all tokens that are scored at a time, once
    reason: str = ""  # why the activations could not be counted

    @property
    def peak(self) -> int:
        """At least so much is needed at once."""
        return self.weights + self.gradients + self.optimizer + (self.activations or 0)


def memory_needed(
    config: GPTConfig,
    batch_size: int,
    device: torch.device,
    accumulation: int = 1,
    loss_chunk: int | None = None,
    setup: Callable[[GPT], list[torch.optim.Optimizer]] = setup_nanochat,
    prepare: Callable[[GPT], object] = lambda model: None,
    autocast: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext,
) -> Memory:
    """The memory that a training step of the reference needs, counted by running one on tensors without data.

    batch_size: sequences per forward pass; loss_chunk: of how many positions there are logits at a time; setup: makes
    the optimizers; prepare: changes the model before it is trained (activation checkpointing, the loss in chunks);
    autocast: stands around every forward pass.
    """
    # What it imports takes longer than torch itself, and a run that is only tried does not need it.
    from torch._subclasses.fake_tensor import FakeTensorMode

    positions = batch_size * config.max_seq_len
    # In float32 at least, whatever the weights are.
    logits = 4 * config.vocab_size * min(loss_chunk or positions, positions)

    def update() -> tuple[int, int, int, int]:
        """Weights, gradients, what the optimizers keep, and the peak of an update with all of them."""
        with FakeTensorMode(), device, Ledger() as ledger:
            model = GPT(config)
            prepare(model)
            weights = ledger.held
            for weight in model.parameters():
                weight.grad = torch.empty_like(weight)
            gradients = ledger.held - weights
            optimizers = setup(model)
            for optimizer in optimizers:
                optimizer.step()
            return weights, gradients, ledger.held - weights - gradients, ledger.peak

    def passes() -> int:
        """The peak of the passes forward and backward, gradients and all, above the weights."""
        with FakeTensorMode(), device, Ledger() as ledger:
            model = GPT(stand_in(config))
            prepare(model)
            weights = ledger.held
            model.train()
            tokens = torch.zeros(batch_size, config.max_seq_len, dtype=torch.int64)
            # From the second pass on, every gradient is there from the beginning.
            for _ in range(min(accumulation, 2)):
                with autocast():
                    loss = model(tokens, tokens)
                loss.backward()
            return ledger.peak - weights

    weights, gradients, kept, peak = update()
    try:
        peak = max(peak, weights + kept + passes())
    except RuntimeError as error:
        # A module may do what cannot be done without data.
        return Memory(weights, gradients, kept, None, logits, str(error).partition("\n")[0])
    return Memory(weights, gradients, kept, peak - weights - gradients - kept, logits)


def stand_in(config: GPTConfig) -> GPTConfig:
    """A configuration with activations of the same size, whose model does nothing that depends on their values."""
    if config.attention_backend in ("tiled", "flex"):
        config = replace(config, attention_backend="sdpa", attention_softcap=None, attention_sinks=False)
    if any("moe" in kind for kind in config.in_turn(config.ffn_type)):
        # A token meets num_experts_per_tok experts, which are gated MLPs, and maybe those that are shared.
        with torch.device("meta"):
            mlp = next(module for module in GPT(config).modules() if hasattr(module, "experts"))
        met = [mlp.experts[0]] * config.num_experts_per_tok + [getattr(mlp, "shared_expert", None)]
        hidden = sum(expert.up_proj.out_features for expert in met if expert is not None)
        config = replace(config, ffn_type="gated", ffn_hidden=hidden)
    return config


def memory_lines(memory: Memory, free: int, device: str, tokens: str) -> list[str]:
    """The estimate beside what is free, and what helps where that is not enough. tokens: of a pass, in words."""
    unknown = memory.activations is None
    lines = [
        f"memory, estimated {in_bytes(memory.peak)} at the peak; {in_bytes(free)} are free on {device}",
        f"├─ weights        {in_bytes(memory.weights):>10}",
        f"├─ gradients      {in_bytes(memory.gradients):>10}",
        f"├─ optimizer      {in_bytes(memory.optimizer):>10}",
        f"└─ activations    {'unknown' if unknown else in_bytes(memory.activations):>10}  "
        f"for {tokens}; the logits alone {in_bytes(memory.logits)}",
    ]
    if unknown:
        lines.append(wrapped(f"The activations could not be counted: {memory.reason}"))
    if memory.peak > free:
        lines.append(wrapped(f"warning: this does not fit. {what_helps(memory, free)}"))
    return lines


def require_memory(
    config: GPTConfig, batch_size: int, device: torch.device, memory: Memory, processes: int = 1
) -> None:
    """Raises `UsageError` where a training needs for certain more than there is, however slow it may be.

    What is not certain counts as nothing: activations that a stand-in was counted for, by its tolerance; of several
    processes, what they may divide between them.
    """
    approximate = stand_in(config) is not config
    activations = (memory.activations or 0) * (1 - STAND_IN_TOLERANCE * approximate)
    needed = (memory.weights + memory.gradients + memory.optimizer) // processes + int(activations)
    room = memory_at_most(device)
    if needed > room:
        raise UsageError(
            f"--batch_size {batch_size}: this training needs at least {in_bytes(needed)} at once, and at most "
            f"{in_bytes(room)} can be had on {device.type}. {what_helps(memory, room)} --force trains all the same"
        )


def least_memory(config: GPTConfig, batch_size: int) -> Memory:
    """What any implementation needs at least, counted without making it: weights but for those of positions, gradients,
    one moment of each, and the stream before every block, of two bytes each as where blocks are computed again. Raises
    `ValueError` where there is no such embedding, block or head."""
    # Layers that are alike are counted on the first of them: there may be thousands. Streams begin and end in a layer.
    names = [config.in_turn(getattr(config, name)) for name in IN_TURN]
    alike: dict[tuple, list[int]] = {}
    for layer, kind in enumerate(zip(*names, config.layer_positions, config.layer_windows, strict=True)):
        ends = layer == 0, layer == config.n_layer - 1
        alike.setdefault((*ends, has_values(config, layer), *kind), []).append(layer)
    short = replace(config, max_seq_len=min(config.max_seq_len, config.n_mtp + 1))
    with on_meta():
        embedding = build_embedding(short)
        around = nn.ModuleList([embedding, build_head(short, embedding)])
        blocks = sum(len(layers) * count(build_block(short, layers[0])) for layers in alike.values())
    weights = 4 * (count(around) + blocks)
    stream = 2 * batch_size * config.max_seq_len * config.n_embd * config.n_layer
    return Memory(weights, weights, weights, stream, logits=0)


def what_helps(memory: Memory, free: int) -> str:
    if memory.weights + memory.gradients + memory.optimizer > free:
        return (
            "Weights, gradients and optimizer alone are too large, at any batch size: take a smaller model (--tiny, "
            "--depth, --n_layer, --n_embd)."
        )
    return (
        "A smaller --batch_size needs less for activations; with --total_batch_size, as many tokens as before make up "
        "a step. --activation_checkpointing computes activations twice instead of keeping them."
    )


def in_bytes(size: int) -> str:
    """Bytes in a readable unit: "1.5 GiB"."""
    power = min(4, int(math.log2(size) // 10)) if size else 0
    return f"{size / 2 ** (10 * power):,.{1 if power else 0}f} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def choices(config: GPTConfig) -> list[str]:
    """The architecture's axes, with the choice on each. Softmax attention's are left out where no layer has any."""
    config, softmax = as_used(config), bool(softmax_layers(config))
    hidden = "" if config.ffn_hidden is None else f", {config.ffn_hidden:,} wide"
    attention = [config.attention_backend, *([] if config.attention_window == "none" else [config.attention_window])]
    rows = {
        "normalization": f"{config.normalization}, {config.norm_position}{' and post' if config.post_norm else ''}",
        "position encoding": config.position_encoding,
        "attention": config.attention_type + (f", computed by {', window '.join(attention)}" if softmax else ""),
        **({"QK norm": config.qk_norm} if softmax else {}),
        "feed-forward": f"{config.ffn_type}, {config.activation}{hidden}",
        "bias": "yes" if config.bias else "no",
        "weight tying": "yes" if config.weight_tying else "no",
        "dropout": f"{config.dropout:g}",
    }
    lines = []
    for name, value in rows.items():
        # Many names that take turns are broken between two of them.
        value = re.sub(r"\S{56,}", lambda names: names[0].replace(",", ", ").rstrip(), value)
        branch, rail = ("└─", "") if name == "dropout" else ("├─", "│")
        lines.append(f"{branch} {name:20} " + wrapped(value, width=56).replace("\n", f"\n{rail:24}"))
    return lines


def startup_report(config: GPTConfig, batch_size: int, device: torch.device, memory: Memory) -> str:
    """All of it: the architecture's name and axes, the parts and their weights, FLOPs, memory."""
    summary = summary_of(config)
    tokens = f"{batch_size:,} x {config.max_seq_len:,} tokens"
    lines = memory_lines(memory, memory_free(device), device.type, tokens)
    return "\n".join([name_in_lines(summary), *choices(config), "", *branches(summary), *lines])
