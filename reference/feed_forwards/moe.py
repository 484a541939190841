"""Mixture of experts: many gated MLPs, of which a router picks a few for every token."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ..feed_forward import FEED_FORWARDS
from .gated import GatedMLP


def load_balance_loss(probability: Float[Tensor, "N experts"], chosen: Int[Tensor, "N active"]) -> Float[Tensor, ""]:
    r"""The load balancing loss of N tokens, E experts and k experts per token: k where all experts are equally loaded.

        E * sum over e of f_e * P_e

    f_e: how many tokens chose expert e, divided by N; P_e: the mean of probability[:, e]. Only P_e has a gradient.
    probability: (N, E), the router's softmax; chosen: (N, k), int64, the indices of each token's top-k experts.

    Fedus et al. 2021, Switch Transformers (arXiv:2101.03961), equation 4; with f_e for k > 1 as in transformers.
    """
    N, E = probability.shape
    # f: the fraction of tokens routed to each expert. A count, through which no gradient flows.
    fraction = torch.bincount(chosen.flatten(), minlength=E) / N
    # Weight it by the mean router probability, P: lowering the loss lowers the probability of overloaded experts.
    return E * (fraction * probability.mean(dim=0)).sum()


class MoE(nn.Module):
    r"""A sparse mixture of experts: a router sends every token to its top-k of E gated MLPs.

        p = softmax(x W_router);   out = sum over the k largest p_e of (p_e / their sum) * expert_e(x)

    Shazeer et al. 2017 (arXiv:1701.06538), section 2.1; the router as in Mixtral (arXiv:2401.04088), section 2.
    """

    auxiliary_loss: Tensor | float = 0.0  # of the last forward pass; the trainer adds it to the loss

    def __init__(self, config: GPTConfig):
        r"""Create the router and the experts.

        router:  `nn.Linear(C, E)`, no bias        E = config.n_expert
        experts: `nn.ModuleList` of E `GatedMLP(config)`

        Also keep `num_experts_per_tok` and `router_aux_loss_coef` from the config.
        """
        super().__init__()
        # The router: one logit per expert. The experts are ordinary gated MLPs.
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        self.experts = nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))
        # k, and the weight of the load balancing loss.
        self.num_experts_per_tok = config.num_experts_per_tok
        self.router_aux_loss_coef = config.router_aux_loss_coef

    @property
    def inactive_params(self) -> int:
        """The weights in the linear layers of the experts that a token is not routed to."""
        expert = sum(weight.numel() for weight in self.experts[0].parameters() if weight.ndim == 2)
        return (len(self.experts) - self.num_experts_per_tok) * expert

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""The weighted sum of the top-k experts' outputs, for every token by itself, in the dtype of x.

        The softmax is taken in float32 at least.
        Sets `auxiliary_loss`: router_aux_loss_coef * load_balance_loss in training, 0.0 otherwise.
        """
        tokens = x.flatten(0, 1)
        # Router: logits, probabilities, and each token's top-k experts.
        logits = self.router(tokens)
        probability = logits.softmax(dim=-1, dtype=torch.promote_types(x.dtype, torch.float32))
        weight, chosen = probability.topk(self.num_experts_per_tok, dim=-1)
        # Renormalise the top-k router weights: the weights of each token's experts sum to one.
        weight = (weight / weight.sum(dim=-1, keepdim=True)).to(x.dtype)
        # Run each expert once, on the tokens routed to it, and add its weighted output at their places.
        out = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, rank = (chosen == number).nonzero(as_tuple=True)
            out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None])
        # Keep the load balancing loss: without it, a router collapses to a few experts.
        self.auxiliary_loss = (
            self.router_aux_loss_coef * load_balance_loss(probability, chosen) if self.training else 0.0
        )
        return out.view_as(x)


FEED_FORWARDS["moe"] = MoE


def auxiliary_loss(model: nn.Module) -> Tensor | float:
    """What the trainer adds to the loss: the sum of what the last forward pass left as `auxiliary_loss`, over all parts
    that have one."""
    return sum(getattr(part, "auxiliary_loss", 0.0) for part in model.modules())


def inactive_params(model: nn.Module) -> int:
    """How many parameters of linear layers a token does not use: the sum of `inactive_params` over all parts that have
    it."""
    return sum(getattr(part, "inactive_params", 0) for part in model.modules())
