"""xIELU: an activation whose curvature is learned, on either side of zero."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..debug import debug
from .activations import ACTIVATIONS


class XIELU(nn.Module):
    r"""A parabola for positive inputs, an exponential linear unit for the others, both with a slope of beta at zero.

    Attributes: alpha_p, alpha_n: (1,), softplus of which is 0.8 and 0.3 at first; beta, eps: buffers, 0.5 and -1e-6.

    Huang and Schlag 2024 (arXiv:2411.13010); Apertus (arXiv:2509.14233).
    """

    def __init__(self):
        super().__init__()
        self.alpha_p = nn.Parameter(torch.tensor([math.log(math.expm1(0.8))]))
        self.alpha_n = nn.Parameter(torch.tensor([math.log(math.expm1(0.3))]))
        self.register_buffer("beta", torch.tensor(0.5))
        self.register_buffer("eps", torch.tensor(-1e-6))

    def forward(self, x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
        r"""Elementwise, in the dtype of x, and finite for every finite x whose square is finite.

            a_p x^2 + beta x                     where x > 0        a_p = softplus(alpha_p)
            a_n (exp(x) - 1 - x) + beta x        elsewhere          a_n = beta + softplus(alpha_n)

        exp(x) - 1 by `torch.expm1`, of the smaller of x and eps.
        """
        debug("XIELU.forward", x=x)
        # Keep both curvatures positive, that below zero greater than beta: far below, the curve rises again.
        # Bend the line beta x on either side. What is not taken stays finite too, or its gradient would not be.
        raise NotImplementedError("TODO: a parabola above zero, an exponential curve below it, with learned curvatures")


ACTIVATIONS["xielu"] = XIELU
