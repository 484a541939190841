"""The gated short convolution: a layer that looks no further back than a few tokens, and a cache of just these."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...decoding.cache import LAYER_CACHES
from ...positions import Context
from ..settings_read import SETTINGS
from .states import StateCache, recall


class GatedShortConvolution(nn.Module):
    r"""A short causal convolution between two gates, all three linear maps of what the layer reads.

        b, c, v = x W_in
        y[t]    = sum over j of weight[j] * (b * v)[t - kernel + 1 + j]        j = 0 ... kernel - 1, channel by channel
        out     = (c * y) W_o

    LFM2 (Liquid AI 2025, arXiv:2511.23404).
    """

    macs_per_score = cached_dim = state_dim = 0  # no scores, nothing of each token, and no state but the last tokens

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and the filters.

        in_proj: C -> 3 C        o_proj: C -> C
        conv_weight: `nn.Parameter` (C, kernel), uniform in +-1/sqrt(kernel); kernel: config.linear_conv_kernel_dim
        """
        super().__init__()
        # Project to both gates and what is convolved, and back into the residual stream.
        self.in_proj = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.o_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        # Create a filter for every channel.
        kernel = config.linear_conv_kernel_dim
        self.conv_weight = nn.Parameter(torch.empty(config.n_embd, kernel).uniform_(-(kernel**-0.5), kernel**-0.5))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, gate, recall, convolve, gate, project back.

        `recall(context, kernel - 1, y)` returns a list with y of these T tokens, which come last, and of kernel - 1
        before them: zeros where the text begins.
        """
        # Gate what is remembered.
        before, after, value = self.in_proj(x).chunk(3, dim=-1)
        (y,) = recall(context, self.conv_weight.size(1) - 1, before * value)
        # Mix every token with its nearest predecessors: time last, one filter for every channel.
        y = F.conv1d(y.mT, self.conv_weight[:, None], groups=self.conv_weight.size(0)).mT
        # Gate what is read, and project back into the residual stream.
        return self.dropout(self.o_proj(after * y))

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: the convolution."""
        return self.conv_weight.numel()

    @property
    def tail_dim(self) -> int:
        """The elements of the last tokens, which are all that a cache keeps."""
        channels, kernel = self.conv_weight.shape
        return (kernel - 1) * channels


ATTENTIONS["short_conv"] = GatedShortConvolution
SETTINGS["short_conv"] = ("linear_conv_kernel_dim",)
LAYER_CACHES["short_conv"] = lambda config, rollback_window: StateCache(
    rollback_window, config.linear_conv_kernel_dim - 1
)
