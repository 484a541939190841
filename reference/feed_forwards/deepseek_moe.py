"""DeepSeek's mixture of experts: sigmoid scores, a bias that balances without a loss, groups, an expert for all."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..feed_forward import FEED_FORWARDS
from ..positions import Float32Buffers
from .gated import GatedMLP


def within_groups(scores: Float[Tensor, "N experts"], n_group: int, topk_group: int) -> Float[Tensor, "N experts"]:
    r"""The scores, -inf outside each token's best groups: on several machines, a token then visits few of them.

    n_group groups of experts that follow each other, E / n_group in each, two or more. Score of a group: the sum of its
    two best experts'. The topk_group groups with the largest are left as they are.

    DeepSeek-V3 (arXiv:2412.19437), section 2.1.2, "node-limited routing".
    """
    # Divide the experts into groups: (N, E) -> (N, n_group, E / n_group).
    groups = scores.unflatten(-1, (n_group, -1))
    # Score every group by its two best experts, and choose the best groups.
    best = groups.topk(2, dim=-1).values.sum(dim=-1).topk(topk_group, dim=-1).indices
    # Hide all others. Scores may be negative with the bias, so that only -inf is surely never chosen.
    hidden = groups.new_ones(groups.shape[:-1], dtype=torch.bool).scatter(-1, best, False)
    return groups.masked_fill(hidden[..., None], float("-inf")).flatten(-2)


class DeepSeekMoE(Float32Buffers):
    r"""A mixture of experts whose load a bias evens out: it says who is chosen, and not with which weight.

        s = sigmoid(x W_router);   chosen: the k largest s_e + b_e, in the best groups
        out = shared(x) + sum over them of w_e expert_e(x),   w_e = scaling * s_e / (their sum)

    b learns by no gradient: after each step it rises for experts with less than the mean load and falls for the others.

    DeepSeek-V3 (arXiv:2412.19437), section 2.1.2; Wang et al. 2024 (arXiv:2408.15664), "auxiliary-loss-free".
    """

    load: Tensor | float = 0.0  # how many tokens chose each expert in training, since `update_biases` asked

    def __init__(self, config: GPTConfig):
        r"""Create the router, the experts, the shared expert and the correction bias.

        router:  `nn.Linear(C, E)`, no bias        E = config.n_expert
        experts: `nn.ModuleList` of E gated MLPs, F wide: `GatedMLP(replace(config, ffn_hidden=F))`
                 F = config.expert_hidden; where that is None, config.ffn_hidden
        shared_expert: one more, n F wide, n = config.n_shared_expert (F None: n of the width that `GatedMLP(config)`
                 has); None where n is 0
        correction_bias: a buffer (E), zeros, in float32 at least; saved with the model, and trained by no optimizer

        Also keep num_experts_per_tok, n_group, topk_group, norm_topk_prob, routed_scaling_factor and bias_update_speed
        from the config.
        """
        super().__init__()
        # The router: one logit per expert. The experts are gated MLPs, small ones where there are many.
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        expert = replace(config, ffn_hidden=config.expert_hidden or config.ffn_hidden)
        self.experts = nn.ModuleList(GatedMLP(expert) for _ in range(config.n_expert))
        # The shared expert, as wide as several: what every token needs is learned once.
        hidden = config.n_shared_expert * self.experts[0].down_proj.in_features
        self.shared_expert = GatedMLP(replace(config, ffn_hidden=hidden)) if hidden else None
        # The bias by which experts are chosen: part of the model's state, and none of its parameters. Its steps are too
        # small for bfloat16.
        dtype = torch.promote_types(torch.get_default_dtype(), torch.float32)
        self.register_buffer("correction_bias", torch.zeros(config.n_expert, dtype=dtype))
        # How many experts are chosen, from where, and what their weights are multiplied by.
        self.num_experts_per_tok = config.num_experts_per_tok
        self.n_group, self.topk_group = config.n_group, config.topk_group
        self.norm_topk_prob, self.routed_scaling_factor = config.norm_topk_prob, config.routed_scaling_factor
        self.bias_update_speed = config.bias_update_speed

    @property
    def inactive_params(self) -> int:
        """The weights in the linear layers of the experts that a token is not routed to."""
        expert = sum(weight.numel() for weight in self.experts[0].parameters() if weight.ndim == 2)
        return (len(self.experts) - self.num_experts_per_tok) * expert

    def route(self, tokens: Float[Tensor, "N C"]) -> tuple[Float[Tensor, "N active"], Int[Tensor, "N active"]]:
        r"""(weight, chosen): each token's top-k experts and their router weights.

            s = sigmoid(tokens W_router)                        in float32 at least, under autocast too
            chosen = topk(within_groups(s + b))                 b: correction_bias; in groups where n_group > 1
            weight = s[chosen], divided by their sum (+ 1e-20) where norm_topk_prob, times routed_scaling_factor

        weight: in the dtype of the scores, in the order of chosen, whichever that is. Only the weights have a gradient.
        """
        # Score every expert by itself, in float32 at least: a sigmoid near 1 has no digits left in bfloat16.
        dtype = torch.promote_types(tokens.dtype, torch.float32)
        with torch.autocast(tokens.device.type, enabled=False):
            scores = (tokens.to(dtype) @ self.router.weight.to(dtype).T).sigmoid()
        # Choose by the scores with the bias, which lifts experts that have too little to do.
        biased = scores + self.correction_bias
        if self.n_group > 1:
            biased = within_groups(biased, self.n_group, self.topk_group)
        chosen = biased.topk(self.num_experts_per_tok, dim=-1).indices
        # Weigh by the scores without the bias: what an expert says counts as much as the router trusts it.
        weight = scores.gather(-1, chosen)
        if self.norm_topk_prob:
            weight = weight / (weight.sum(dim=-1, keepdim=True) + 1e-20)
        return weight * self.routed_scaling_factor, chosen

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""shared_expert(x), where there is one, plus the weighted sum of what the chosen experts output.

        For every token by itself, in the dtype of x. In training, add to `load` how many tokens chose each expert: (E).
        """
        tokens = x.flatten(0, 1)
        # Router: each token's experts and their weights.
        weight, chosen = self.route(tokens)
        # Count the load, for the bias to even out.
        if self.training:
            self.load = self.load + chosen.flatten().bincount(minlength=len(self.experts))
        # Run each expert once, on the tokens routed to it, and add its weighted output at their places.
        out = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, rank = (chosen == number).nonzero(as_tuple=True)
            out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None].to(x.dtype))
        # Add what the shared expert says to every token.
        out = out.view_as(x)
        return out if self.shared_expert is None else out + self.shared_expert(x)

    @torch.no_grad()
    def update_bias(self, load: Float[Tensor, " experts"]) -> None:
        r"""b <- b + speed * sign(mean(load) - load), without a gradient.

        b: correction_bias; speed: bias_update_speed; load: how many tokens chose each expert, or any multiple of that.
        """
        # Compare every expert with the mean. Only the sign counts, so that the steps do not depend on the batch.
        error = load.mean() - load
        # Lift those with too little to do, and lower the others.
        self.correction_bias += self.bias_update_speed * error.sign()


def check_groups(config: GPTConfig, least: int = 2) -> None:
    """Raises `ValueError` where the experts cannot stand in config.n_group groups of `least` or more, or where those
    that a token may choose from have too few."""
    E, k, n_group, topk_group = config.n_expert, config.num_experts_per_tok, config.n_group, config.topk_group
    if E % n_group:
        raise ValueError(f"n_group = {n_group}: it must divide n_expert = {E}, so that all are of one size")
    if n_group > 1 and E // n_group < least:
        raise ValueError(
            f"n_group = {n_group}: groups of {E // n_group} expert; the {least} best of each are its score"
        )
    if topk_group > n_group:
        raise ValueError(f"topk_group = {topk_group}: there are only n_group = {n_group}")
    if k > E // n_group * topk_group:
        raise ValueError(
            f"num_experts_per_tok = {k}: the topk_group = {topk_group} groups that a token may choose from have only "
            f"{E // n_group * topk_group} experts"
        )


def build_deepseek_moe(config: GPTConfig) -> nn.Module:
    """DeepSeek-V3's mixture. Raises `ValueError` where the groups make no sense."""
    check_groups(config)
    return DeepSeekMoE(config)


FEED_FORWARDS["deepseek_moe"] = build_deepseek_moe


def update_biases(model: nn.Module, mean: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """After an optimizer step: every correction bias follows the load, which is counted from zero again. mean: over all
    processes that train together, which keeps their biases alike. Returns the loads, layer by layer."""
    loads = []
    parts: Iterable[Any] = model.modules()
    for part in parts:
        if isinstance(getattr(part, "load", None), Tensor):
            loads.append(mean(part.load.float()))
            part.load = 0.0
            if hasattr(part, "correction_bias"):
                part.update_bias(loads[-1])
    return loads
