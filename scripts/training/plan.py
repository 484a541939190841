"""What a run is asked to do, and what it leaves behind: data classes, which need neither torch nor a room of ours."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PARALLEL = ("ddp", "zero1", "fsdp")  # how several processes can train one model: see processes.py


@dataclass(frozen=True)
class Optimization:
    """Which optimizer, at which rates. A field that is None is as the optimizer or the schedule has it."""

    optimizer: str = "nanochat"  # a name in optimizing.OPTIMIZERS
    rates: dict[str, float] = field(default_factory=dict)  # those of RATES that differ from the optimizer's defaults
    schedule: str | None = None  # a name in schedules.SCHEDULES; None: the reference's wsd, also with --impl learn
    warmup_iters: int = 0
    min_lr_ratio: float = 0.0  # the learning rate at the end, as a fraction of the peak
    clip: float | None = None  # clip the gradient norm to this; None: never
    qk_clip: float | None = None  # after a step, bring attention logits back to this; None: never
    index_warmup_iters: int = 0  # steps in which layers with an indexer attend to all keys


@dataclass(frozen=True)
class Computation:
    """In which precision a model is computed, and how memory is saved."""

    dtype: str = "float32"  # of matrix products, by autocast: float32, bfloat16 or float16; weights stay in float32
    compile: bool = False  # by torch.compile: slow at first, then faster
    activation_checkpointing: bool = False  # compute every block a second time instead of keeping its activations
    loss_chunk: int | None = None  # make the logits of so many positions at a time; None: all at once


@dataclass(frozen=True)
class Schedule:
    """How long a run is, how large a step, with which seed, and how it learns, computes and samples."""

    max_iters: int = 200
    batch_size: int = 16  # sequences per forward pass, of each process
    accumulation: int = 1  # forward passes per optimizer step
    seed: int = 42
    eval_tokens: int | None = None  # how many held-out tokens to validate on; None for all
    eval_every: int | None = None  # steps; None: only before the first and after the last
    optimization: Optimization = field(default_factory=Optimization)
    computation: Computation = field(default_factory=Computation)
    writer: str = "generate"  # how documents are written: generate, stream (with a cache) or speculate (with a draft)
    max_new_tokens: int | None = None  # how long they get at most; None: as many as there are positions
    sampling: dict = field(default_factory=dict)  # temperature, top_k, top_p, min_p


@dataclass
class Run:
    """What a run leaves behind. Filled in as it goes, so that an interrupted run has what there is."""

    model: "torch.nn.Module | None" = None
    init_loss: float = math.nan  # on the held-out text, before the first step
    losses: list[float] = field(default_factory=list)  # per step, in nats per token
    gradient_norms: list[float] = field(default_factory=list)  # per step, over all weights, before it is clipped
    clipped: list[dict[str, float]] = field(default_factory=list)  # per step, by QK-clip: what `QKClip.step` returns
    watched_heads: int = 0  # those whose logits it watches
    tokens_per_second: float = math.nan  # over all steps but the first, by all processes together
    flops_per_token: int = 0
    device: str = "cpu"  # as its maker calls it
    val_loss: float = math.nan  # on the held-out text, at the end
    val_bits_per_byte: float = math.nan  # the same, independent of the tokenizer
    val_accuracy: float | None = None  # the share of right answers, where the data ask for something
    samples: list[str] = field(default_factory=list)
    weights: "dict[str, torch.Tensor]" = field(default_factory=dict)  # at the end, by name
    interrupted: bool = False
    milestones: dict[str, str] = field(default_factory=dict)  # what happened, with the figure that shows it

    @property
    def diverged(self) -> int | None:
        """The step from which on no loss is finite any more; None where the last one is."""
        last = max((step for step, loss in enumerate(self.losses, start=1) if math.isfinite(loss)), default=0)
        return last + 1 if last < len(self.losses) else None
