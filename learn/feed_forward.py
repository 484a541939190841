"""Feed-forward: every token thinks about what attention brought it, by itself."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, choose

from .debug import debug


def gelu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * Phi(x), where Phi(x) = (1 + erf(x / sqrt(2))) / 2, the normal distribution. Same shape and dtype.

    Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2.
    """
    debug("gelu", x=x)
    # Weigh every number by how likely a normal one is smaller. (One call to torch is faster than the steps.)
    raise NotImplementedError("TODO: x times the share of normal numbers that are smaller than x")


def gelu_tanh(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""GELU, approximately: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). Same shape and dtype.

    GPT-2 and Gemma; off by up to 5e-4, which is enough to tell two models apart. Hendrycks and Gimpel 2016
    (arXiv:1606.08415), section 2.
    """
    debug("gelu_tanh", x=x)
    # tanh was quicker to compute than erf, once.
    raise NotImplementedError("TODO: GELU by its approximation with tanh")


def silu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * sigmoid(x), "swish". Same shape and dtype. Llama's gate.

    Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2; Ramachandran et al. 2017 (arXiv:1710.05941).
    """
    debug("silu", x=x)
    # Like GELU, with the logistic curve in place of the normal one.
    raise NotImplementedError("TODO: x times sigmoid(x)")


def relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0). Same shape and dtype. The first transformer. Nair and Hinton 2010."""
    debug("relu", x=x)
    # What is negative is silent, and learns nothing.
    raise NotImplementedError("TODO: max(x, 0)")


def leaky_relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x where x > 0, else 0.01 x. Same shape and dtype. Maas et al. 2013."""
    debug("leaky_relu", x=x)
    # A slope that is small, but not zero, so that a number that fell below zero can find its way back.
    raise NotImplementedError("TODO: x where it is positive, a hundredth of it elsewhere")


def relu2(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0)^2. Same shape and dtype. nanochat. So et al. 2021, Primer (arXiv:2109.08668), section 3.1."""
    # Squaring makes the strong stronger and keeps the slope at zero smooth.
    return F.relu(x).square()


ACTIVATIONS = {
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": silu,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "relu2": relu2,
}


class FeedForward(nn.Module):
    """What the model and the FLOP count ask of every kind of feed-forward. These are the answers of an ordinary one."""

    auxiliary_loss: Tensor | float = 0.0  # added to the model's loss in training; set by forward
    idle_weights: int = 0  # how many weights of its linear layers a token does not meet


class MLP(FeedForward):
    r"""Two linear layers with an activation a between them: down_proj(a(up_proj(x))).

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.3, with ReLU; GPT-2 has GELU, nanochat the squared ReLU.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two layers, `nn.Linear` with a bias where config.bias says so.

        up_proj: C -> F        down_proj: F -> C        F = config.ffn_hidden, or 4C where that is None
        dropout: `nn.Dropout(config.dropout)`

        Also keep `activation`, the entry of ACTIVATIONS that config.activation names.
        """
        debug("MLP.__init__", config=config)
        # Four times wider inside: room for many small detectors, of which only a few fire at once.
        # And back to the width of the residual stream.
        # What happens between the two, and what is forgotten behind them in training.
        raise NotImplementedError("TODO: create up_proj, four times as wide as the residual stream, and down_proj, back again")

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""down_proj(a(up_proj(x))), for every token by itself, then dropout. x: (B, T, C). Returns (B, T, C)."""
        debug("MLP.forward", x=x)
        # Up, activation, down. Without something that is not linear between them, two layers are only one.
        raise NotImplementedError("TODO: up_proj, activation, down_proj, dropout")


class GatedMLP(FeedForward):
    r"""An MLP whose hidden numbers are each multiplied by a gate: down_proj(a(gate_proj(x)) * up_proj(x)).

    With silu it is called SwiGLU (Llama), with gelu GeGLU (Gemma). Shazeer 2020 (arXiv:2002.05202), equation 5.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the three layers, `nn.Linear` with a bias where config.bias says so.

        gate_proj, up_proj: C -> F        down_proj: F -> C
        F = config.ffn_hidden; where that is None, 8/3 C, rounded up to a multiple of config.ffn_multiple_of
        dropout: `nn.Dropout(config.dropout)`

        Also keep `activation`, the entry of ACTIVATIONS that config.activation names.
        """
        debug("GatedMLP.__init__", config=config)
        # Three matrices instead of two: a third less width keeps the number of weights at that of an ordinary MLP.
        # What makes a gate of a number, and what is forgotten in training.
        raise NotImplementedError("TODO: create gate_proj and up_proj, 8/3 as wide as the residual stream, and down_proj")

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""down_proj(a(gate_proj(x)) * up_proj(x)), then dropout. x: (..., C). Returns the same shape."""
        debug("GatedMLP.forward", x=x)
        # The gate says how much of every hidden number gets through.
        raise NotImplementedError("TODO: down_proj(activation(gate_proj(x)) * up_proj(x)), dropout")


def load_balance_loss(probability: Float[Tensor, "N experts"], chosen: Int[Tensor, "N active"]) -> Float[Tensor, ""]:
    r"""How unevenly tokens are spread over experts: the number k of active experts where all are equally busy.

        E * sum over e of f_e * P_e

    f_e is how many choices fell on expert e, divided by N; P_e the mean of probability[:, e]. Only P_e has a gradient.
    probability: (N, E), the router's softmax; chosen: (N, k), int64, the experts that each token visits.

    Fedus et al. 2021, Switch Transformers (arXiv:2101.03961), equation 4.
    """
    debug("load_balance_loss", probability=probability, chosen=chosen)
    # How often each expert was chosen: a count, through which no gradient flows.
    # Weighed with how likely the router finds it: pushing down the likelihood of busy experts lowers the sum.
    raise NotImplementedError("TODO: return how unevenly the tokens are spread over the experts")


class MoE(FeedForward):
    r"""A mixture of experts: every token visits only the k of E gated MLPs that a router finds fit for it.

        p = softmax(x W_router);   out = sum over the k largest p_e of (p_e / their sum) * expert_e(x)

    Shazeer et al. 2017 (arXiv:1701.06538), section 2.1; softmax and choice as in Mixtral (arXiv:2401.04088), section 2.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the router and the experts.

        router:  `nn.Linear(C, E)`, no bias        E = config.n_expert
        experts: `nn.ModuleList` of E `GatedMLP(config)`

        Also keep `n_active`, config.n_expert_active, and `balance_loss_weight` from the config.
        """
        debug("MoE.__init__", config=config)
        # The router scores every expert for every token; the experts are ordinary gated MLPs.
        # How many experts a token visits, and how much it counts that all are visited equally often.
        raise NotImplementedError("TODO: create the router and the experts")

    @property
    def idle_weights(self) -> int:
        """The weights in the linear layers of the experts that a token does not visit."""
        expert = sum(weight.numel() for weight in self.experts[0].parameters() if weight.ndim == 2)
        return (len(self.experts) - self.n_active) * expert

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""The weighted sum of the chosen experts' results, for every token by itself.

        x: (B, T, C). Returns (B, T, C), in the dtype of x. The softmax is taken in float32 at least.
        Sets `auxiliary_loss`: balance_loss_weight * load_balance_loss in training, 0.0 otherwise.
        """
        debug("MoE.forward", x=x)
        # How fit is each expert for each token? The k best are chosen, and share the say among themselves.
        # Each expert gets the tokens that chose it, all at once, and adds its weighted result where they stand.
        # A router left to itself soon sends every token to the same few experts.
        raise NotImplementedError("TODO: choose experts for every token, send it there, and add up what they say by their weights")


FEED_FORWARDS = {"standard": MLP, "gated": GatedMLP, "moe": MoE}


def build_feed_forward(config: GPTConfig) -> FeedForward:
    """A feed-forward of the kind that config.ffn_type names. Raises `ValueError`."""
    return choose(FEED_FORWARDS, "ffn_type", config.ffn_type)(config)
