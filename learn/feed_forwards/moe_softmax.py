"""A mixture of experts whose weights are the router's probabilities as they are."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..feed_forward import FEED_FORWARDS
from .moe import MoE, load_balance_loss


class SoftmaxMoE(MoE):
    r"""A mixture of experts without renormalisation: a token of which the router is unsure gets less of every expert.

        p = softmax(x W_router);   out = sum over the k largest p_e of p_e * expert_e(x)

    Attributes: those of `MoE`. OLMoE (arXiv:2409.02060), section 2; Qwen2-MoE.
    """

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""The weighted sum of the top-k experts' outputs, for every token by itself, in the dtype of x."""
        tokens = x.flatten(0, 1)
        # Router: probabilities of all experts, and each token's top k, whose weights sum to less than one.
        probability = self.router(tokens).softmax(dim=-1, dtype=torch.promote_types(x.dtype, torch.float32))
        weight, chosen = probability.topk(self.num_experts_per_tok, dim=-1)
        weight = weight.to(x.dtype)
        # Run each expert once, on the tokens routed to it, and add its weighted output at their places.
        out = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, rank = (chosen == number).nonzero(as_tuple=True)
            out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None])
        # Keep the load balancing loss.
        balance = load_balance_loss(probability, chosen) if self.training else 0.0
        self.auxiliary_loss = self.router_aux_loss_coef * balance
        return out.view_as(x)


FEED_FORWARDS["moe_softmax"] = SoftmaxMoE
