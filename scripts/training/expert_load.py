"""How evenly the tokens of a training step are spread over the experts."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def count_loads(model: nn.Module) -> None:
    """Have every mixture of experts that does not count its load itself keep it as `load`, by its router's logits."""
    for part in model.modules():
        if hasattr(part, "router") and not hasattr(part, "load"):
            part.load = 0.0
            part.router.register_forward_hook(counter(part))


def counter(mlp: nn.Module) -> Callable[[nn.Module, tuple, Tensor], None]:
    def count(router: nn.Module, args: tuple, logits: Tensor) -> None:
        if mlp.training:
            with torch.no_grad():
                chosen = logits.topk(mlp.num_experts_per_tok, dim=-1).indices
                mlp.load = mlp.load + chosen.flatten().bincount(minlength=logits.shape[-1])

    return count


def balance(model: nn.Module, mean: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """After a step: correction biases follow the load, and what the log says of it; nothing where there are no experts.

    load_violation: by how much the busiest expert has more than the mean, (max - mean) / mean, averaged over the layers
    (Wang et al. 2024, arXiv:2408.15664, section 4.1); idle_experts: how many, of all layers, no token chose.
    """
    from reference.feed_forwards.deepseek_moe import update_biases

    loads = [load for load in update_biases(model, mean) if load.sum() > 0]
    if not loads:
        return {}
    violations = [(load.max() / load.mean() - 1).item() for load in loads]
    idle = sum((load == 0).sum().item() for load in loads)
    return {"load_violation": sum(violations) / len(violations), "idle_experts": idle}
