"""Softmax attention whose values are made otherwise than its keys: of another size, of the keys, normed, scaled."""

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

from ..attention import ATTENTIONS
from ..normalizations import NORMS
from ..positions import Context
from .composed import Attention
from .settings_read import SETTINGS, SOFTMAX


class ValueAttention(Attention):
    r"""Softmax attention with values of their own kind. Dv: config.value_head_dim, or D where that is None.

        value = value_scale * v_norm(v_proj(x))        of size Dv
        value = value_scale * v_norm(k_proj(x))        where config.keys_are_values: keys before QK norm and rotation

    Attributes: those of `Attention`, with v_proj: C -> G*Dv, none where keys are values;
    o_proj: H*Dv -> C; gate_proj: C -> H*Dv; v_norm, over a head; value_scale.

    Raises `ValueError` where keys are to be values of another size.

    MiMo-V2-Flash (Xiaomi 2025): Dv < D, scaled; Gemma 4: keys as values, normed.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        size = config.value_head_dim or config.head_dim
        if config.keys_are_values and size != config.head_dim:
            raise ValueError(
                f"value_head_dim = {size} with keys_are_values = True: keys have head_dim = {config.head_dim}"
            )
        self.keys_are_values = config.keys_are_values
        if self.keys_are_values:
            del self.v_proj
        else:
            self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * size, bias=config.bias)
        self.o_proj = nn.Linear(config.n_head * size, config.n_embd, bias=config.bias)
        if config.attention_gate:
            self.gate_proj = nn.Linear(config.n_embd, config.n_head * size, bias=config.bias)
        self.value_head_dim, self.value_scale = size, config.value_scale
        self.v_norm: nn.Module = nn.Identity()
        if config.value_norm is not None:
            self.v_norm = lookup(NORMS, "value_norm", config.value_norm)(size, config.norm_eps)

    @property
    def macs_per_score(self) -> int:
        """Multiplications for each score, over all heads: with the key, and with the value."""
        return self.n_head * (self.head_dim + self.value_head_dim)

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps."""
        return self.n_kv_head * (self.head_dim + self.value_head_dim)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""As `Attention.forward`, with these values."""
        B, T, _ = x.shape
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        value = key if self.keys_are_values else self.v_proj(x).view(B, T, self.n_kv_head, self.value_head_dim)
        value = self.value_scale * self.v_norm(value)
        for step in self.steps:
            query, key = step(self, query, key, context)
        y = self.attend(query, key, value, context).flatten(2)
        return self.dropout(self.o_proj(self.gate(self, y, x)))


ATTENTIONS["values"] = ValueAttention
SETTINGS["values"] = (*SOFTMAX, "value_head_dim", "keys_are_values", "value_norm", "value_scale")
