"""One optimizer step, however it is computed: in which precision, by how many processes, with which optimizers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from scripts.project import UsageError
from scripts.project.implementation import Implementation

from .expert_load import balance, count_loads
from .optimizing import muon_momentum, rate_factor, set_up_optimizers
from .plan import Computation, Optimization
from .processes import SINGLE, Processes
from .text.data import Batch
from .text.recall_task import share_right


def prepare_model(computation: Computation, model: torch.nn.Module) -> None:
    """Change what has to be changed before a model is trained."""
    count_loads(model)
    if computation.activation_checkpointing:
        for block in model.blocks:
            block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    if computation.loss_chunk is not None:
        if model.config.n_mtp:
            raise UsageError(
                "--loss_chunk with --n_mtp: logits of further tokens are not made in chunks; leave out one"
            )
        from reference.embeddings.chunked_loss import chunk_loss

        chunk_loss(model.head, computation.loss_chunk)


def autocast(computation: Computation, device: torch.device) -> AbstractContextManager:
    """Stands around every forward pass."""
    dtype = getattr(torch, computation.dtype)
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def require_possible(computation: Computation, device: torch.device, parallel: str | None) -> None:
    """Raises `UsageError` where the device or the processes cannot compute in this precision."""
    if computation.dtype == "float16" and device.type != "cuda":
        raise UsageError(f"--dtype float16: it needs a GPU (cuda), this is {device.type}; bfloat16 works anywhere")
    if computation.dtype == "float16" and parallel == "fsdp":
        raise UsageError("--dtype float16: its gradients cannot be scaled with --parallel fsdp; take bfloat16")


class Trainer:
    """A model, its optimizers, and how they take steps.

    `model` is the one that was given; `forward` is to be called in its place, for a loss.
    """

    def __init__(
        self,
        implementation: Implementation,
        model: torch.nn.Module,
        optimization: Optimization,
        computation: Computation,
        processes: Processes,
        device: torch.device,
    ):
        self.implementation, self.model, self.device = implementation, model, device
        self.optimization, self.computation, self.processes = optimization, computation, processes
        prepare_model(computation, model)
        self.qk_clip = self.watch_logits()
        self.indexed = [part for part in model.modules() if hasattr(part, "indexer")]
        self.wrapped = processes.wrap_model(model, device)
        self.forward = torch.compile(self.wrapped, dynamic=False) if computation.compile else self.wrapped
        self.optimizers: list[torch.optim.Optimizer] = []
        self.expert_load: dict[str, float] = {}  # of the last step, where there are experts
        self.extra_loss: dict[str, float] = {}  # of the last step, where more than the cross-entropy is minimised
        self.clipped: dict[str, float] = {}  # the same, of attention logits, where they are watched
        # Small gradients are zero in float16, unless the loss is scaled up before and they are scaled down after.
        self.scaler = torch.amp.GradScaler(device.type, enabled=computation.dtype == "float16")

    def watch_logits(self) -> Any:
        """What clips attention logits after every step; None where nobody asks for it. Raises `UsageError`."""
        if self.optimization.qk_clip is None:
            return None
        if self.processes.parallel == "fsdp":
            raise UsageError(
                "--qk_clip: the rows of a head are not in one place with --parallel fsdp; take zero1 or ddp"
            )
        try:
            return self.implementation.optimization.qk_clip.QKClip(self.model, self.optimization.qk_clip)
        except ValueError as error:
            raise UsageError(str(error)) from error

    @property
    def watched_heads(self) -> int:
        """Of how many heads the attention logits are watched."""
        readers = self.qk_clip.readers.values() if self.qk_clip else ()
        return sum(watched.attention.n_head for layers in readers for watched in layers)

    def weights(self) -> dict[str, torch.nn.Parameter]:
        """The weights that are trained, by name; with fsdp, each process has its own part of each."""
        if self.processes.parallel == "fsdp":
            # Validation leaves the outermost weights gathered.
            self.wrapped.reshard()
        return dict(self.model.named_parameters())

    def set_up_optimizers(self) -> None:
        self.weights()
        self.optimizers = self.processes.shard_optimizer_state(
            set_up_optimizers(self.optimization, self.implementation, self.model)
        )

    def loss(self, batch: Batch) -> torch.Tensor:
        """The mean loss of a batch, in nats per token."""
        tokens, targets = (part.to(self.device, non_blocking=True) for part in batch)
        with autocast(self.computation, self.device):
            return self.forward(tokens, targets)

    def step(self, batches: list[Batch]) -> tuple[float, float]:
        """One optimizer step on the mean gradient of the batches of all processes. Returns their mean cross-entropy of
        the next token, and the norm of that gradient before it is clipped; what is minimised besides is in
        `extra_loss`."""
        from reference.feed_forwards.moe import auxiliary_loss

        total, extra = torch.zeros((), device=self.device), None
        for number, batch in enumerate(batches, start=1):
            with self.processes.synchronising(self.wrapped, wanted=number == len(batches)):
                loss = self.loss(batch)
                # Experts and indexers have losses of their own; that of further tokens is in the model's already.
                auxiliary, further = auxiliary_loss(self.model), further_loss(self.model)
                self.scaler.scale((loss + auxiliary) / len(batches)).backward()
            total += (loss.detach() - further) / len(batches)
            if isinstance(added := auxiliary + further, torch.Tensor):
                extra = (0.0 if extra is None else extra) + added.detach() / len(batches)
        self.extra_loss = {} if extra is None else {"extra_loss": self.processes.mean(extra).item()}
        for optimizer in self.optimizers:
            self.scaler.unscale_(optimizer)
        weights = [weight for weight in self.model.parameters() if weight.grad is not None]
        norm = whole(torch.nn.utils.get_total_norm([weight.grad for weight in weights]))
        if self.optimization.clip is not None:
            torch.nn.utils.clip_grads_with_norm_(weights, self.optimization.clip, norm)
        for optimizer in self.optimizers:
            self.scaler.step(optimizer)
        self.scaler.update()
        self.model.zero_grad(set_to_none=True)
        self.expert_load = balance(self.model, self.processes.mean)
        if self.model.config.unit_weights:
            self.implementation.optimization.unit_weights.normalise_weights(self.model)
        if self.qk_clip:
            self.clipped = self.qk_clip.step(self.processes.maximum)
        return self.processes.mean(total).item(), norm.item()

    def set_rates(self, factor: float, momentum: float | None = None) -> None:
        """Multiply the initial learning rates; give Muon its momentum."""
        for group in (group for optimizer in self.optimizers for group in optimizer.param_groups):
            group["lr"] = group["initial_lr"] * factor
            if momentum is not None and "momentum" in group:
                group["momentum"] = momentum

    def follow_schedule(self, step: int, max_iters: int) -> float:
        """Set what the schedule wants in this step, 0 ... max_iters - 1. Returns the first group's learning rate."""
        for layer in self.indexed:
            layer.dense = step < self.optimization.index_warmup_iters
        self.set_rates(rate_factor(self.optimization, self.implementation, step, max_iters), muon_momentum(step))
        return self.optimizers[0].param_groups[0]["lr"]

    def evaluate(self, windows: Batch) -> float:
        """The mean loss over all windows, in nats per token; each process takes a part of them. The model is left in
        evaluation mode."""
        self.model.eval()
        return evaluate(self.loss, windows, self.model.config.vocab_size, self.processes)

    def accuracy(self, windows: Batch) -> float:
        """The share of right answers to what the windows ask for; every process computes all of it."""
        self.model.eval()
        with autocast(self.computation, self.device):
            return accuracy(self.forward, windows, self.device)

    def state(self) -> dict[str, Any]:
        """What the optimizers and the scaler remember. With zero1 that of the main process is complete; with fsdp there
        are no tensors among it."""
        parallel = self.processes.parallel
        if parallel == "zero1":
            for optimizer in self.optimizers:
                optimizer.consolidate_state_dict(to=0)
        complete = parallel != "zero1" or self.processes.is_main
        states = [optimizer.state_dict() for optimizer in self.optimizers] if complete else []
        if parallel == "fsdp":
            for state in states:
                state["state"] = {number: without_tensors(of_weight) for number, of_weight in state["state"].items()}
        return {"optimizers": states, "scaler": self.scaler.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            if self.processes.parallel == "fsdp":
                # The tensors are there already, and everything else joins them.
                there = optimizer.state_dict()["state"]
                together = {number: there.get(number, {}) | of_weight for number, of_weight in saved["state"].items()}
                saved = saved | {"state": together}
            optimizer.load_state_dict(saved)
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])

    def whole_weights(self) -> dict[str, torch.Tensor]:
        """The weights by name, gathered from all processes: in the main one; elsewhere there may be none."""
        if self.processes.parallel != "fsdp":
            return self.model.state_dict()
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

        return get_model_state_dict(self.model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))


@torch.no_grad()
def evaluate(
    loss_of: Callable[[Batch], torch.Tensor], windows: Batch, vocab_size: int, processes: Processes = SINGLE
) -> float:
    """The mean loss over all windows, in nats per token."""
    # As many rows at a time as have some 16 million logits, 64 MB; more than 256 gain nothing.
    rows = min(256, max(1, 2**24 // (windows.tokens.size(1) * vocab_size)))
    batches = list(zip(windows.tokens.split(rows), windows.targets.split(rows), strict=True))
    total = 0.0
    for first in range(0, len(batches), processes.world_size):
        # All processes compute equally often, since a sharded model is gathered only with all of them.
        number = first + processes.rank
        batch = Batch(*batches[min(number, len(batches) - 1)])
        loss = loss_of(batch).item() * batch.targets.numel()
        total += loss if number < len(batches) else 0.0
    return sum(processes.gathered(total)) / windows.targets.numel()


@torch.no_grad()
def accuracy(forward: Callable[[torch.Tensor], torch.Tensor], windows: Batch, device: torch.device) -> float:
    """The share of right answers to what the windows ask for. forward: the logits of tokens."""
    logits = torch.cat([forward(rows.to(device)) for rows in windows.tokens.split(256)])
    return share_right(logits, windows.targets.to(device))


def further_loss(model: torch.nn.Module) -> torch.Tensor | float:
    """How much of the loss of the last forward pass is that of further tokens (n_mtp)."""
    return sum(getattr(part, "further_loss", 0.0) for part in model.modules())


def without_tensors(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if not isinstance(value, torch.Tensor)}


def whole(value: torch.Tensor) -> torch.Tensor:
    """A tensor of which each process has a shard, gathered."""
    return value.full_tensor() if hasattr(value, "full_tensor") else value
