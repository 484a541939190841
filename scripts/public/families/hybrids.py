"""Hybrids: Kimi Linear, KDA and latent attention in turns; OLMo Hybrid, Gated DeltaNet and OLMo's attention."""

from typing import Any

from reference.attentions.recurrent.gated_delta_net import delta_sizes
from reference.config import GPTConfig

from ..family import BLOCK, Family, Part, Rule, block, together
from ..layouts import Tensors, concatenate
from ..parts import GATED, GLOBAL
from ..settings_of_theirs import Settings
from ..shared_settings import read_rope, shortest_pattern, write_rope
from .deepseeks_router import CHOICE, EACH, GROUPS, MIXTURE, NEAR_GROUPS, SCALED, UNREAD, by_type, routed
from .llamas import BASE, LLAMA_FIELDS, QK_NORM, SAME_HEADS, UNTIED, llama_like
from .other_attention import DEEPSEEK
from .with_states import LINEAR, add_axis, drop_axis, ours

THEIR_KDA, THEIR_DELTA = (f"model.layers.{{layer}}.{name}." for name in ("self_attn", "linear_attn"))


def split_qkv(tensors: Tensors, config: GPTConfig) -> Tensors:
    """Queries, keys and values by themselves. A filter of a convolution has an axis more there."""
    sizes = delta_sizes(config)
    parts = tensors[0].split((sizes.key_dim, sizes.key_dim, sizes.value_dim))
    return [*parts, *tensors[1:]]


def split_filters(tensors: Tensors, config: GPTConfig) -> Tensors:
    return split_qkv(add_axis(tensors, config), config)


def join_filters(tensors: Tensors, config: GPTConfig) -> Tensors:
    return drop_axis(concatenate(tensors, config), config)


def separate(theirs: str) -> tuple[Rule, ...]:
    """Projections and filters of queries, keys and values, which stand there one by one."""
    projections, filters = (tuple(f"{theirs}{name}{end}" for name in "qkv") for end in ("_proj", "_conv1d.weight"))
    return (
        Rule(ours("qkv_proj"), projections, split_qkv, concatenate),
        Rule(ours("conv_weight"), filters, split_filters, join_filters),
    )


def read_types(settings: Settings, kinds: dict[str, str], types: list[str]) -> dict[str, Any]:
    """The attention of every layer: by layer_types, else by these types."""
    if settings.get("layer_types") is not None:
        types = settings.layers("layer_types", tuple(kinds))
    return {"attention_type": shortest_pattern([kinds[kind] for kind in types])}


def write_types(config: GPTConfig, kinds: dict[str, str]) -> dict[str, Any]:
    names, theirs = config.in_turn(config.attention_type), {ours: kind for kind, ours in kinds.items()}
    if unknown := [name for name in names if name not in theirs]:
        raise ValueError(f"attention_type = {unknown[0]!r}: this family knows {' and '.join(theirs)}")
    return {"layer_types": [theirs[name] for name in names]}


KIMI = {LINEAR: "kda", GLOBAL: "latent"}
# What linear_attn_config calls the sizes of KDA.
SIZES_OF_KDA = {
    "linear_num_key_heads": "num_heads",
    "linear_key_head_dim": "head_dim",
    "linear_conv_kernel_dim": "short_conv_kernel_size",
}


def read_kimi(settings: Settings) -> dict[str, Any]:
    """Published files have a block with the sizes of KDA and the numbers of its layers, counted from 1; where nothing
    is said, every fourth layer has latent attention, the first one of them the fifth."""
    heads, layers = settings.get("num_key_value_heads"), settings.of_kind("num_hidden_layers", int)
    if heads not in (None, settings["num_attention_heads"]):
        raise ValueError(
            f"num_key_value_heads = {heads!r}: with latent attention it must be num_attention_heads = "
            f"{settings['num_attention_heads']!r}"
        )
    inside = settings.block("linear_attn_config")
    types = [LINEAR if layer % 4 or not layer else GLOBAL for layer in range(layers)]
    latent, kda = inside.get("full_attn_layers"), inside.get("kda_layers")
    if latent is not None and kda is not None:
        if sorted([*latent, *kda]) != list(range(1, layers + 1)):
            raise ValueError(
                f"linear_attn_config: full_attn_layers = {latent!r} and kda_layers = {kda!r}: together they must be "
                f"the numbers from 1 to num_hidden_layers = {layers}"
            )
        types = [GLOBAL if layer in latent else LINEAR for layer in range(1, layers + 1)]
    sizes = {ours: inside.of_kind(theirs, int) for ours, theirs in SIZES_OF_KDA.items() if theirs in inside}
    return {**read_types(settings, KIMI, types), **sizes}


KIMI_TURNS = Part(
    read_kimi,
    lambda config: {**write_types(config, KIMI), "num_key_value_heads": config.n_head},
    ("attention_type",),
    ("layer_types", "linear_attn_config"),
)


def as_they_multiply(tensors: Tensors, config: GPTConfig) -> Tensors:
    """A number for every head, with the axes of what it is multiplied with: batch, time, heads, channels."""
    return [tensor.view(1, 1, -1, 1) for tensor in tensors]


def flattened(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor.flatten() for tensor in tensors]


# Published files have dense layers in `mlp`; what transformers writes has them beside the mixtures.
KIMI_MOE = "block_sparse_moe"
KIMI_RULES = (
    # Before those of latent attention, whose queries have a projection of the same name.
    *separate(THEIR_KDA),
    Rule(ours("A_log"), (f"{THEIR_KDA}A_log",), as_they_multiply, flattened),
    *block(
        "model.layers",
        attn__norm_weight="self_attn.o_norm.weight",
        **{
            f"attn__{name}": f"self_attn.{name}"
            for name in ("dt_bias", "b_proj", "f_a_proj", "f_b_proj", "g_a_proj", "g_b_proj")
        },
        mlp__experts__EXPERT__gate_proj=f"{KIMI_MOE}.experts.EXPERT.w1",
        mlp__experts__EXPERT__up_proj=f"{KIMI_MOE}.experts.EXPERT.w3",
        mlp__experts__EXPERT__down_proj=f"{KIMI_MOE}.experts.EXPERT.w2",
    ),
    *DEEPSEEK["rules"],
    *block("model.layers", **{f"mlp__{name}": f"{KIMI_MOE}.{name}" for name in GATED.split(",")}),
    *routed(f"{KIMI_MOE}.gate", f"{KIMI_MOE}.gate.e_score_correction_bias", f"{KIMI_MOE}.shared_experts"),
)
FIELDS_OF_KIMI = {
    **DEEPSEEK["fields"],
    "max_seq_len": "model_max_length",
    **EACH,
    **CHOICE,
    **SCALED,
    "n_expert": "num_experts",
    "n_shared_expert": "num_shared_experts",
    "num_experts_per_tok": "num_experts_per_token",
    "n_group": "num_expert_group",
    "norm_topk_prob": "moe_renormalize",
    "linear_num_key_heads": "linear_num_heads",
    "linear_key_head_dim": "linear_head_dim",
    "linear_conv_kernel_dim": "linear_conv_kernel_dim",
}
KIMI_LINEAR = Family(
    "kimi_linear",
    "KimiLinearForCausalLM",
    differs={"position_encoding": "none"},
    fields=FIELDS_OF_KIMI,
    rules=KIMI_RULES,
    # The activation is that of the convolution, too.
    demands={"attention_bias": False, "hidden_act": "silu"},
    defaults={
        **UNTIED,
        "num_expert_group": 1,
        "topk_group": 1,
        "moe_renormalize": True,
        "linear_num_heads": 32,
        "linear_head_dim": 128,
        "linear_conv_kernel_dim": 4,
    },
    aliases={
        "max_position_embeddings": "model_max_length",
        "n_group": "num_expert_group",
        "n_shared_experts": "num_shared_experts",
        "norm_topk_prob": "moe_renormalize",
        "num_experts_per_tok": "num_experts_per_token",
        "num_local_experts": "num_experts",
    },
    **together(KIMI_TURNS, by_type("num_shared_experts", lambda settings: settings.count("first_k_dense_replace", 1))),
    without_effect=(
        *UNREAD,
        "head_dim",
        "mla_use_nope",
        "moe_router_activation_func",
        "rope_theta",
        "use_grouped_topk",
    ),
    example={
        "attention_type": "kda,kda,latent",
        "linear_num_key_heads": 3,
        "linear_key_head_dim": 12,
        "linear_conv_kernel_dim": 3,
        "query_latent_rank": 14,
        "n_kv_head": None,
        **MIXTURE,
        **GROUPS,
    },
    near={"position_encoding": "rope", "norm_eps": 1e-5, **NEAR_GROUPS},
)


def read_olmo_hybrid(settings: Settings) -> dict[str, Any]:
    """Gated DeltaNet with a norm before each sublayer, softmax attention with one behind; all but every fourth layer
    are recurrent where layer_types does not say it, and there are some of each."""
    layers, heads = (settings.of_kind(f"num_{name}", int) for name in ("hidden_layers", "attention_heads"))
    types = [LINEAR if (layer + 1) % 4 else GLOBAL for layer in range(layers)]
    if GLOBAL not in types:
        types[-1] = GLOBAL
    fields = read_types(settings, OLMO, types)
    names = [OLMO_NORMS[name] for name in fields["attention_type"].split(",")]
    if len(set(names)) < len(OLMO_NORMS):
        raise ValueError(f"layer_types: transformers wants at least one layer each of {' and '.join(OLMO)}")
    for name in ("linear_num_key_heads", "linear_num_value_heads"):
        fields[name] = settings.of_kind(name, int | None) or heads
    size = settings.of_kind("linear_key_head_dim", int | None)
    fields["linear_key_head_dim"] = size or int(
        0.75 * settings.of_kind("hidden_size", int) / fields["linear_num_key_heads"]
    )
    size = settings.of_kind("linear_value_head_dim", int | None)
    fields["linear_value_head_dim"] = size or 2 * fields["linear_key_head_dim"]
    fields["norm_position"] = ",".join(names)
    rope = settings.block("rope_parameters")
    if rope.get("rope_theta", 0) is None:
        rope.get("rope_type")
        return {**fields, "position_encoding": "none"}
    return {**fields, "position_encoding": "rope", **read_rope(settings)}


def write_olmo_hybrid(config: GPTConfig) -> dict[str, Any]:
    sizes = dict(zip(SIZES_OF_DELTA, delta_sizes(config), strict=True))
    if config.position_encoding == "none":
        rope: dict[str, Any] = {"rope_parameters": {"rope_theta": None, "rope_type": "default"}}
    else:
        rope = write_rope(config)
    return {**write_types(config, OLMO), **sizes, **rope}


OLMO = {LINEAR: "delta", GLOBAL: "standard"}
OLMO_NORMS = {"delta": "pre", "standard": "output"}  # norm_position
SIZES_OF_DELTA = ("linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim")
OLMO_TURNS = Part(
    read_olmo_hybrid,
    write_olmo_hybrid,
    ("attention_type", "norm_position", "position_encoding", *SIZES_OF_DELTA),
    ("layer_types", *SIZES_OF_DELTA),
)


def of_block(*names: str) -> tuple[str, ...]:
    return tuple(f"{BLOCK}{name}" for name in names)


def in_block(*names: str) -> tuple[str, ...]:
    return tuple(f"model.layers.{{layer}}.{name}" for name in names)


# The same name is that of one norm here and of another there, and o_proj is in both kinds of layers: so a rule is about
# these together, and about a projection that tells the kind.
OF_DELTA = Rule(
    of_block("attn_norm", "mlp_norm", *(f"attn.{name}_proj" for name in "zabo")),
    in_block("attention_layer_norm", "feedforward_layer_norm", *(f"linear_attn.{name}_proj" for name in "gabo")),
)
OF_ATTENTION = tuple(
    Rule(
        of_block("attn_norm", "mlp_norm", "attn.o_proj"),
        in_block(name, "post_feedforward_layernorm", "self_attn.o_proj"),
    )
    # As published, and as transformers writes it.
    for name in ("post_attention_layernorm", "feedforward_layer_norm")
)
OLMO_HYBRID = llama_like(
    "olmo_hybrid",
    "OlmoHybridForCausalLM",
    block(
        "model.layers",
        attn__A_log="linear_attn.A_log",
        attn__dt_bias="linear_attn.dt_bias",
        attn__norm="linear_attn.o_norm",
        attn__q_norm__norm="self_attn.q_norm",
        attn__k_norm__norm="self_attn.k_norm",
    ),
    (*separate(THEIR_DELTA), OF_DELTA, *OF_ATTENTION),
    differs={**QK_NORM, "qk_norm": "full", "linear_norm_eps": 1e-5},
    fields={
        **{ours: theirs for ours, theirs in LLAMA_FIELDS.items() if ours != "head_dim"},
        "linear_conv_kernel_dim": "linear_conv_kernel_dim",
        "linear_allow_neg_eigval": "linear_allow_neg_eigval",
    },
    demands={"attention_bias": False, "hidden_act": "silu"},
    defaults={
        **UNTIED,
        **BASE,
        **SAME_HEADS,
        **dict.fromkeys(SIZES_OF_DELTA),
        "linear_conv_kernel_dim": 4,
        "linear_allow_neg_eigval": True,
    },
    **together(OLMO_TURNS),
    # Between which numbers weights are drawn.
    without_effect=(
        "linear_a_log_max",
        "linear_a_log_min",
        "linear_dt_init_floor",
        "linear_dt_max",
        "linear_dt_min",
    ),
    example={
        "attention_type": "delta,delta,standard",
        "norm_position": "pre,pre,output",
        "position_encoding": "none",
        "head_dim": 12,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 10,
        "linear_value_head_dim": 14,
        "linear_conv_kernel_dim": 3,
        "linear_allow_neg_eigval": True,
    },
    near={
        "linear_allow_neg_eigval": False,
        "linear_norm_eps": None,
        "norm_position": "pre",
        "position_encoding": "rope",
        "norm_eps": 1e-5,
    },
)
HYBRIDS = {"kimi_linear": KIMI_LINEAR, "olmo_hybrid": OLMO_HYBRID}
