"""What a model is made of: one frozen dataclass, checked when it is built, and the presets by name."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT. Immutable: `dataclasses.replace(config, n_layer=2)` makes a changed, newly checked one.

    `None` in `n_kv_head` means n_head, and becomes that number here: whoever replaces n_head later names both.
    Raises `ValueError` naming the field, its value and what is allowed.
    """

    vocab_size: int = 27  # V: how many different tokens there are
    max_seq_len: int = 32  # the longest sequence in tokens; the rotary tables hold this many rows
    n_layer: int = 3  # L: how many blocks
    n_head: int = 4  # H: query heads
    n_kv_head: int | None = None  # G: key/value heads; G < H is grouped-query attention, G = 1 multi-query
    n_embd: int = 64  # C: the width of the residual stream
    normalization: str = "rmsnorm_noparam"  # a name in norms.NORMS
    norm_eps: float = 1e-6  # added to the mean square or the variance, inside the root
    rope_theta: float = 10000.0  # the rotary base: pair i turns by rope_theta^(-2i/D) radians per position
    logit_softcap: float = 15.0  # logits are squeezed into (-logit_softcap, +logit_softcap)

    def __post_init__(self):
        if self.n_kv_head is None:
            object.__setattr__(self, "n_kv_head", self.n_head)
        for field in fields(self):
            if field.type is str:
                continue  # names are looked up where they are used: anybody may register more
            value = getattr(self, field.name)
            allowed, kind = ((int, float), "number") if field.type is float else (int, "whole number")
            if isinstance(value, bool) or not isinstance(value, allowed) or not 0 < value < float("inf"):
                raise ValueError(f"{field.name} = {value!r}: it must be a {kind} greater than 0")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd = {self.n_embd}: it must be a multiple of n_head = {self.n_head}")
        if self.n_head % self.n_kv_head:
            raise ValueError(
                f"n_kv_head = {self.n_kv_head}: it must divide n_head = {self.n_head}, "
                "so that every key/value head serves equally many query heads"
            )
        if self.head_dim % 2:
            raise ValueError(
                f"n_embd / n_head = {self.n_embd} / {self.n_head} = {self.head_dim}: the head dimension must be even, "
                "since rotary positions turn pairs of numbers"
            )

    @property
    def head_dim(self) -> int:
        """D: numbers per head, C / H."""
        return self.n_embd // self.n_head


def choose(registry: dict, field: str, name: str):
    """The entry called `name`. Raises `ValueError` naming the configuration's field, its value and what is allowed."""
    if name not in registry:
        raise ValueError(f"{field} = {name!r}: choose one of {', '.join(registry)}")
    return registry[name]


def nanochat(depth: int) -> dict:
    """The nanochat family (github.com/karpathy/nanochat, November 2025): one number, the depth, sets every size.

    The width grows by 64 a layer; there are as few heads as keep a head at 128 numbers or less, and at an even count.
    """
    n_embd = 64 * depth
    n_head = next(heads for heads in range(-(-n_embd // 128), n_embd) if n_embd % (2 * heads) == 0)
    return {"vocab_size": 65536, "max_seq_len": 2048, "n_layer": depth, "n_head": n_head, "n_embd": n_embd}


PRESETS = {
    "nanochat": nanochat(depth=20),  # the 561-million-parameter "d20"
    "nanochat_tiny": {},  # the same architecture at the size of the defaults above: for names, on a laptop
}


def preset(name: str, **overrides) -> GPTConfig:
    """The configuration called `name`, with any fields overridden. Raises `ValueError` naming the presets there are."""
    if name not in PRESETS:
        raise ValueError(f"unknown model {name!r}: choose one of {', '.join(PRESETS)}")
    return GPTConfig(**{**PRESETS[name], **overrides})
