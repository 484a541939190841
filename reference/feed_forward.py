"""Feed-forward: every token thinks about what attention brought it, by itself."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, choose


def gelu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * Phi(x), where Phi(x) = (1 + erf(x / sqrt(2))) / 2, the normal distribution. Same shape and dtype.

    Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2.
    """
    # Weigh every number by how likely a normal one is smaller. (One call to torch is faster than the steps.)
    return F.gelu(x)


def gelu_tanh(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""GELU, approximately: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). Same shape and dtype.

    GPT-2 and Gemma; off by up to 5e-4, which is enough to tell two models apart. Hendrycks and Gimpel 2016
    (arXiv:1606.08415), section 2.
    """
    # tanh was quicker to compute than erf, once.
    return F.gelu(x, approximate="tanh")


def silu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * sigmoid(x), "swish". Same shape and dtype. Llama's gate.

    Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2; Ramachandran et al. 2017 (arXiv:1710.05941).
    """
    # Like GELU, with the logistic curve in place of the normal one.
    return F.silu(x)


def relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0). Same shape and dtype. The first transformer. Nair and Hinton 2010."""
    # What is negative is silent, and learns nothing.
    return F.relu(x)


def leaky_relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x where x > 0, else 0.01 x. Same shape and dtype. Maas et al. 2013."""
    # A slope that is small, but not zero, so that a number that fell below zero can find its way back.
    return F.leaky_relu(x)


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
        super().__init__()
        # Four times wider inside: room for many small detectors, of which only a few fire at once.
        hidden = config.ffn_hidden or 4 * config.n_embd
        self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        # And back to the width of the residual stream.
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        # What happens between the two, and what is forgotten behind them in training.
        self.activation = choose(ACTIVATIONS, "activation", config.activation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""down_proj(a(up_proj(x))), for every token by itself, then dropout. x: (B, T, C). Returns (B, T, C)."""
        # Up, activation, down. Without something that is not linear between them, two layers are only one.
        return self.dropout(self.down_proj(self.activation(self.up_proj(x))))


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
        super().__init__()
        # Three matrices instead of two: a third less width keeps the number of weights at that of an ordinary MLP.
        hidden = config.ffn_hidden or math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of
        self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        # What makes a gate of a number, and what is forgotten in training.
        self.activation = choose(ACTIVATIONS, "activation", config.activation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""down_proj(a(gate_proj(x)) * up_proj(x)), then dropout. x: (..., C). Returns the same shape."""
        # The gate says how much of every hidden number gets through.
        return self.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)))


def load_balance_loss(probability: Float[Tensor, "N experts"], chosen: Int[Tensor, "N active"]) -> Float[Tensor, ""]:
    r"""How unevenly tokens are spread over experts: the number k of active experts where all are equally busy.

        E * sum over e of f_e * P_e

    f_e is how many choices fell on expert e, divided by N; P_e the mean of probability[:, e]. Only P_e has a gradient.
    probability: (N, E), the router's softmax; chosen: (N, k), int64, the experts that each token visits.

    Fedus et al. 2021, Switch Transformers (arXiv:2101.03961), equation 4.
    """
    N, E = probability.shape
    # How often each expert was chosen: a count, through which no gradient flows.
    share = torch.bincount(chosen.flatten(), minlength=E) / N
    # Weighed with how likely the router finds it: pushing down the likelihood of busy experts lowers the sum.
    return E * (share * probability.mean(dim=0)).sum()


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
        super().__init__()
        # The router scores every expert for every token; the experts are ordinary gated MLPs.
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        self.experts = nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))
        # How many experts a token visits, and how much it counts that all are visited equally often.
        self.n_active = config.n_expert_active
        self.balance_loss_weight = config.balance_loss_weight

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
        tokens = x.flatten(0, 1)
        # How fit is each expert for each token? The k best are chosen, and share the say among themselves.
        scores = self.router(tokens)
        probability = scores.softmax(dim=-1, dtype=torch.promote_types(x.dtype, torch.float32))
        weight, chosen = probability.topk(self.n_active, dim=-1)
        weight = (weight / weight.sum(dim=-1, keepdim=True)).to(x.dtype)
        # Each expert gets the tokens that chose it, all at once, and adds its weighted result where they stand.
        out = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, rank = (chosen == number).nonzero(as_tuple=True)
            out.index_add_(0, token, expert(tokens[token]) * weight[token, rank, None])
        # A router left to itself soon sends every token to the same few experts.
        self.auxiliary_loss = (
            self.balance_loss_weight * load_balance_loss(probability, chosen) if self.training else 0.0
        )
        return out.view_as(x)


FEED_FORWARDS = {"standard": MLP, "gated": GatedMLP, "moe": MoE}


def build_feed_forward(config: GPTConfig) -> FeedForward:
    """A feed-forward of the kind that config.ffn_type names. Raises `ValueError`."""
    return choose(FEED_FORWARDS, "ffn_type", config.ffn_type)(config)
