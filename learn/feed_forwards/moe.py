"""Mixture of experts: many gated MLPs, of which a router picks a few for every token."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from ..feed_forward import FEED_FORWARDS
from .gated import GatedMLP


def load_balance_loss(probability: Float[Tensor, "N experts"], chosen: Int[Tensor, "N active"]) -> Float[Tensor, ""]:
    r"""The load balancing loss of N tokens, E experts and k experts per token: k where all experts are equally loaded.

        E * sum over e of f_e * P_e

    f_e: how many tokens chose expert e, divided by N; P_e: the mean of probability[:, e]. Only P_e has a gradient.
    probability: (N, E), the router's softmax; chosen: (N, k), int64, the indices of each token's top-k experts.

    Fedus et al. 2021, Switch Transformers (arXiv:2101.03961), equation 4; with f_e for k > 1 as in transformers.
    """
    debug("load_balance_loss", probability=probability, chosen=chosen)
    # f: the fraction of tokens routed to each expert. A count, through which no gradient flows.
    # Weight it by the mean router probability, P: lowering the loss lowers the probability of overloaded experts.
    raise NotImplementedError("TODO: E times the sum of f_e * P_e over the experts")


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
        debug("MoE.__init__", config=config)
        # The router: one logit per expert. The experts are ordinary gated MLPs.
        # k, and the weight of the load balancing loss.
        raise NotImplementedError("TODO: create the router and the experts")

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
        debug("MoE.forward", x=x)
        # Router: logits, probabilities, and each token's top-k experts.
        # Renormalise the top-k router weights: the weights of each token's experts sum to one.
        # Run each expert once, on the tokens routed to it, and add its weighted output at their places.
        # Keep the load balancing loss: without it, a router collapses to a few experts.
        raise NotImplementedError("TODO: route every token to its top-k experts, and sum their outputs by the router weights")


FEED_FORWARDS["moe"] = MoE


def auxiliary_loss(model: nn.Module) -> Tensor | float:
    """What the trainer adds to the loss: the sum of what the last forward pass left as `auxiliary_loss`, over all parts
    that have one."""
    return sum(getattr(part, "auxiliary_loss", 0.0) for part in model.modules())


def inactive_params(model: nn.Module) -> int:
    """How many parameters of linear layers a token does not use: the sum of `inactive_params` over all parts that have
    it."""
    return sum(getattr(part, "inactive_params", 0) for part in model.modules())
