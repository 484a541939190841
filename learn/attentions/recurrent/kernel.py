"""Linear attention by the kernel trick: where softmax has exp(q . k), a product of features stands, phi(q) . phi(k)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...debug import debug
from ...decoding.cache import LAYER_CACHES
from ...positions import Context
from ..settings_read import SETTINGS
from .linear import linear_attention
from .states import StateCache, scan

NORMALISER_EPS = 1e-6  # of the sum of the weights, which is 0 where all features are


def elu_feature_map(x: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
    r"""phi(x) = elu(x) + 1, elementwise: x + 1 where x > 0, else e^x. Keeps the dtype of x; computed in float32 at
    least.

    Positive everywhere, as the weights of a mean must be. Katharopoulos et al. 2020 (arXiv:2006.16236), equation 7.
    """
    debug("elu_feature_map", x=x)
    # Widen before the sum: in bfloat16, (e^-7 - 1) + 1 is 0.
    # Keep what is positive and one more; below, elu comes near to -1, and never to it.
    raise NotImplementedError("TODO: elu(x) + 1, in float32 at least")


class LinearAttention(nn.Module):
    r"""Linear attention: a mean of the values with weights phi(q) . phi(k), so that the sums need no keys.

        out[t] = sum over s <= t of (phi(q[t]) . phi(k[s])) v[s]  /  sum over s <= t of phi(q[t]) . phi(k[s])
               = S^T phi(q[t]) / (z . phi(q[t]))        S = sum of phi(k) v^T,  z = sum of phi(k)

    The state of a head is S with z as one more column. Nothing decays; the order of the tokens is known
    as far as the embedding tells it.

    Katharopoulos et al. 2020, Transformers are RNNs (arXiv:2006.16236), sections 3.2 to 3.4.
    """

    macs_per_score = cached_dim = tail_dim = 0  # no scores, nothing of each token, and no convolution

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so.

        qkv_proj: C -> 3 H*D        o_proj: H*D -> C        dropout: `nn.Dropout(config.dropout)`

        Also keep n_head (H) and head_dim (D).
        """
        super().__init__()
        self.n_head, self.head_dim = config.n_head, config.head_dim
        width = config.n_head * config.head_dim
        # Project to queries, keys and values, and back into the residual stream.
        self.qkv_proj = nn.Linear(config.n_embd, 3 * width, bias=config.bias)
        self.o_proj = nn.Linear(width, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, map queries and keys to features, attend, project back.

        `self.attend(query, key, value, context)` takes and returns (B, H, T, D).
        """
        debug("LinearAttention.forward", x=x, context=context)
        # Project to queries, keys and values, split each into heads, and put the heads in front: (B, H, T, D).
        # Attend with features in the place of queries and keys.
        # Concatenate the heads, and project back into the residual stream.
        raise NotImplementedError("TODO: project, split into heads, features of queries and keys, attend, project back")

    def attend(
        self,
        query: Float[Tensor, "B H T D"],
        key: Float[Tensor, "B H T D"],
        value: Float[Tensor, "B H T D"],
        context: Context,
    ) -> Float[Tensor, "B H T D"]:
        r"""S^T query / (z . query + NORMALISER_EPS), for features of queries and keys, in the dtype of value.

        Both are in float32 at least until they are divided: sums over a text may be too large for float16.

        `scan(context, linear_attention, query, key, value, log_decay)` returns what is read of the state,
        (B, H, T, elements of a value), in the dtype of the query; log_decay: (B, H, T).
        """
        debug("LinearAttention.attend", query=query, key=key, value=value, context=context)
        # Give every value one more element, a one: what it adds up to under the keys is their sum.
        # Write and read, and forget nothing: with a wide query, what is read is wide, too.
        # Divide by the sum of the weights, so that they sum to one, and narrow the result again.
        raise NotImplementedError("TODO: values with a one beside them, scanned wide and without decay; divide by what the ones add up to")

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: writing a state, and reading it."""
        return 2 * self.state_dim

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32: the normaliser is a column."""
        return self.n_head * self.head_dim * (self.head_dim + 1)


ATTENTIONS["linear"] = LinearAttention
SETTINGS["linear"] = ()
LAYER_CACHES["linear"] = lambda config, rollback_window: StateCache(rollback_window)
