"""Mixtures that differ from DeepSeek-V3's in the router, a norm or a gate: DeepSeek-V2's, ERNIE's, A.X K1's, Qwen's."""

from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..feed_forward import FEED_FORWARDS
from ..normalizations import build_norm
from .deepseek_moe import DeepSeekMoE, check_groups
from .gated import GatedMLP
from .moe import load_balance_loss


def probabilities(router: nn.Module, tokens: Float[Tensor, "N C"]) -> Float[Tensor, "N experts"]:
    """The router's softmax, in float32 at least, under autocast too."""
    dtype = torch.promote_types(tokens.dtype, torch.float32)
    with torch.autocast(tokens.device.type, enabled=False):
        return (tokens.to(dtype) @ router.weight.to(dtype).T).softmax(dim=-1)


def refuse_groups(config: GPTConfig, name: str) -> None:
    """Raises `ValueError` where a mixture that knows no groups is to have some."""
    if config.n_group > 1:
        raise ValueError(f"n_group = {config.n_group} with ffn_type = {name!r}: its experts stand in one group")


class ErnieMoE(DeepSeekMoE):
    r"""A softmax in the place of the sigmoid, with the same bias for the choice. Attributes: those of `DeepSeekMoE`.

        p = softmax(x W_router);   chosen: the k largest p_e + b_e
        out = shared(x) + sum over them of w_e expert_e(x),   w_e = scaling p_e / (their sum)

    ERNIE 4.5 (Baidu 2025, technical report).
    """

    def __init__(self, config: GPTConfig):
        refuse_groups(config, "ernie_moe")
        super().__init__(config)

    def route(self, tokens: Float[Tensor, "N C"]) -> tuple[Float[Tensor, "N active"], Int[Tensor, "N active"]]:
        r"""(weight, chosen): chosen = topk(p + b), weight = p[chosen], divided by their sum where norm_topk_prob, times
        routed_scaling_factor; p = softmax(tokens W_router), b: correction_bias."""
        probability = probabilities(self.router, tokens)
        chosen = (probability + self.correction_bias).topk(self.num_experts_per_tok, dim=-1).indices
        weight = probability.gather(-1, chosen)
        if self.norm_topk_prob:
            weight = weight / weight.sum(dim=-1, keepdim=True).clamp(min=1e-12)
        return weight * self.routed_scaling_factor, chosen


class DeepSeekV2MoE(DeepSeekMoE):
    r"""A softmax, no bias but a loss for the balance, and groups by their best expert. Attributes: those of
    `DeepSeekMoE` without correction_bias, and router_aux_loss_coef. norm_topk_prob plays no part.

        p = softmax(x W_router);   chosen: the k largest p_e, in the groups with the largest of all
        out = shared(x) + sum over them of w_e expert_e(x),   w_e = scaling p_e

    DeepSeek-V2 (arXiv:2405.04434), section 2.2, without its losses for devices and communication.
    """

    auxiliary_loss: Tensor | float = 0.0  # of the last forward pass; the trainer adds it to the loss

    def __init__(self, config: GPTConfig):
        check_groups(config, least=1)
        super().__init__(config)
        del self.correction_bias
        self.router_aux_loss_coef = config.router_aux_loss_coef

    def route(self, tokens: Float[Tensor, "N C"]) -> tuple[Float[Tensor, "N active"], Int[Tensor, "N active"]]:
        r"""(weight, chosen): the largest p = softmax(tokens W_router) in each token's best groups, times
        routed_scaling_factor, whatever they sum to. A group's score is its best expert's."""
        probability = probabilities(self.router, tokens)
        groups = probability.unflatten(-1, (self.n_group, -1))
        best = groups.amax(dim=-1).topk(self.topk_group, dim=-1).indices
        hidden = groups.new_ones(groups.shape[:-1], dtype=torch.bool).scatter(-1, best, False)
        allowed = groups.masked_fill(hidden[..., None], 0.0).flatten(-2)
        weight, chosen = allowed.topk(self.num_experts_per_tok, dim=-1)
        balance = load_balance_loss(probability, chosen) if self.training else 0.0
        self.auxiliary_loss = self.router_aux_loss_coef * balance
        return weight * self.routed_scaling_factor, chosen


class NormedDeepSeekMoE(DeepSeekMoE):
    r"""out = N(mixture(x)), with DeepSeek-V3's mixture: a norm behind mixtures alone, none behind dense layers.
    Attributes: those of `DeepSeekMoE`, and out_norm. A.X K1 (SK Telecom 2026)."""

    def __init__(self, config: GPTConfig):
        check_groups(config)
        super().__init__(config)
        self.out_norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """The mixture's output, normed."""
        return self.out_norm(super().forward(x))


class SelfGatedMLP(GatedMLP):
    """sigmoid(x w) * mlp(x): a token says how much it needs of this MLP. Attributes: those of `GatedMLP`, and gate."""

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.gate = nn.Linear(config.n_embd, 1, bias=False)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """The MLP's output, multiplied by one number for each token."""
        return self.gate(x).sigmoid() * super().forward(x)


class QwenMoE(DeepSeekMoE):
    r"""A softmax, no groups, a loss for the balance, and a gate on the shared expert. Attributes: those of
    `DeepSeekMoE` without correction_bias, and router_aux_loss_coef; shared_expert is a `SelfGatedMLP`.

        p = softmax(x W_router);   chosen: the k largest p_e
        out = sigmoid(x w) * shared(x) + sum over them of w_e expert_e(x),   w_e = scaling p_e / (their sum)

    Qwen team 2024, Qwen1.5-MoE; Qwen3-Next.
    """

    auxiliary_loss: Tensor | float = 0.0  # of the last forward pass; the trainer adds it to the loss

    def __init__(self, config: GPTConfig):
        refuse_groups(config, "qwen_moe")
        super().__init__(config)
        del self.correction_bias
        self.router_aux_loss_coef = config.router_aux_loss_coef
        if self.shared_expert is not None:
            self.shared_expert = SelfGatedMLP(replace(config, ffn_hidden=self.shared_expert.down_proj.in_features))

    def route(self, tokens: Float[Tensor, "N C"]) -> tuple[Float[Tensor, "N active"], Int[Tensor, "N active"]]:
        r"""(weight, chosen): the k largest p = softmax(tokens W_router), divided by their sum where norm_topk_prob,
        times routed_scaling_factor."""
        probability = probabilities(self.router, tokens)
        weight, chosen = probability.topk(self.num_experts_per_tok, dim=-1)
        if self.norm_topk_prob:
            weight = weight / weight.sum(dim=-1, keepdim=True)
        balance = load_balance_loss(probability, chosen) if self.training else 0.0
        self.auxiliary_loss = self.router_aux_loss_coef * balance
        return weight * self.routed_scaling_factor, chosen


FEED_FORWARDS["ernie_moe"] = ErnieMoE
FEED_FORWARDS["qwen_moe"] = QwenMoE
FEED_FORWARDS["deepseek_v2_moe"] = DeepSeekV2MoE
FEED_FORWARDS["deepseek_moe_normed"] = NormedDeepSeekMoE
