"""Forgetting attention: softmax attention with a forget gate, as recurrent networks have one."""

from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attention import ATTENTIONS
from ..debug import debug
from ..positions import Context
from .backends.scored import ScoreMods, with_bias
from .composed import Attention
from .settings_read import SETTINGS, SOFTMAX


def forget_bias(
    log_f: Float[Tensor, "B Tk H"], query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"]
) -> Float[Tensor, "B H Tq Tk"]:
    r"""bias[h, t, s] = sum of log_f[i, h] over all tokens i from behind key s up to query t

    So a weight is multiplied by every forget gate f[s+1] ... f[t]: none of them for the token itself, where the bias
    is 0. What stands where a key lies ahead of the query does not matter: it is hidden.

    log_f: the logarithm of the forget gates of all keys, in float32 at least; query_position: (Tq,) or (B, Tq), each
    that of a key; key_position: (Tk,) or (B, Tk), in any order, as a rolling cache returns them. Returns (B, H, Tq,
    Tk), in the dtype of log_f.

    Lin et al. 2025, Forgetting Transformer (arXiv:2503.02130), section 3.
    """
    debug("forget_bias", log_f=log_f, query_position=query_position, key_position=key_position)
    # Bring the tokens into the order of their positions, and add up the log gates from the first token on.
    # Look up these sums at every query and at every key: (B, T, H).
    # Their difference is the sum over what lies between the two; put the heads in front.
    raise NotImplementedError("TODO: return the sum of the log forget gates from behind each key up to each query")


class ForgettingAttention(Attention):
    r"""Softmax attention in which every head forgets, at every token, a part of all that came before.

        f    = sigmoid(f_proj(x))                                       a forget gate for each token and head, (B, T, H)
        s_ts = scale * q_t . k_s + sum over i = s+1 ... t of log f_i    then as ever

    It tells near from far by what was read in between, and does without positions (position_encoding = "none"), or with
    them. Attributes: those of `Attention`, and f_proj: C -> H, with a bias.

    Lin et al. 2025 (arXiv:2503.02130), section 3.
    """

    biased = True  # it adds a bias to the scores

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.f_proj = nn.Linear(config.n_embd, config.n_head)

    @property
    def cached_dim(self) -> int:
        """The same, and a log forget gate for every head."""
        return super().cached_dim + self.cached_wide_dim

    @property
    def cached_wide_dim(self) -> int:
        """Of these, the elements in float32 at least: the log forget gates."""
        return self.n_head

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, apply the steps, attend with `forget_bias`, gate, project back.

        x: (B, T, C). self.steps and self.gate are called as in `Attention.forward`. The log forget gates are computed
        in float32 at least, and cached beside keys and values: `context.update_cache(key, value, log_f)` returns
        (key_position, key, value, log_f) of all tokens. `with_bias(context, bias)` is a context with one more bias, a
        function of query and key positions; of it, `ScoreMods.of(self, context, key_position)` makes what
        `self.backend(query, key, value, mods)` wants, with the heads in front. Returns (B, T, C), in the dtype of x.
        """
        debug("ForgettingAttention.forward", x=x, context=context)
        # Project, then split into heads: (B, T, heads, D).
        # Compute the log forget gates in float32 at least: of many of them, small differences add up.
        # Rotate and normalise queries and keys, in the order of this layer.
        # Cache keys, values and log gates; the bias is made of the gates of all of them.
        # Attend with the heads in front, then concatenate them: (B, T, H * D).
        # Gate the heads' outputs, and project back into the residual stream.
        raise NotImplementedError("TODO: project, make log forget gates, cache them too, attend with their bias, gate, project back")


ATTENTIONS["forgetting"] = ForgettingAttention
SETTINGS["forgetting"] = SOFTMAX
