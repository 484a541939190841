"""Families with DeepSeek's router: a mixture of experts after the first layers, or where `mlp_layer_types` says so."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, Family, Part, Rule, block, together
from ..layouts import as_row, from_row
from ..parts import GATED, PARTIAL_ROPE, QUERIES_KEYS_VALUES, ROPE, biases, windows_from, windows_with_rope
from ..settings_of_theirs import Settings
from ..shared_settings import shortest_pattern
from .kin_of_llama import INTERLEAVED
from .llamas import (
    BASE,
    DIVIDED_WIDTH,
    LLAMA_DEFAULTS,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    TIED,
    UNTIED,
    llama_like,
)
from .other_attention import DEEPSEEK, LATENT

TYPES = ("dense", "sparse")
MOE = "deepseek_moe"


def read_types(settings: Settings, types: list[str], shared: str | None, sparse: str = MOE) -> dict[str, Any]:
    """The feed-forward of every layer, by its type. shared: what the number of shared experts is called, where there
    must be some. sparse: which mixture it is."""
    if "sparse" in types and shared:
        settings.of_kind(shared, int)  # none at all would be a matrix without rows there
    names, dense = ["gated" if kind == "dense" else sparse for kind in types], types.count("dense")
    if 0 < dense < len(types) and "dense" not in types[dense:]:
        return {"ffn_type": f"{','.join(names[:dense])}/{names[-1]}"}
    return {"ffn_type": shortest_pattern(names)}


def types_of(config: GPTConfig, sparse: str = MOE) -> list[str]:
    names, types = config.in_turn(config.ffn_type), {"gated": "dense", sparse: "sparse"}
    if set(names) - types.keys():
        raise ValueError(f"ffn_type = {config.ffn_type!r}: this family knows {' and '.join(types)}")
    return [types[name] for name in names]


def dense_below(name: str, shared: str | None = "n_shared_experts", sparse: str = MOE) -> Part:
    """All layers before the number that this setting says are dense, the others mixtures."""

    def read(settings: Settings) -> dict[str, Any]:
        dense = settings.count(name)
        types = ["dense" if layer < dense else "sparse" for layer in range(settings.of_kind("num_hidden_layers", int))]
        return read_types(settings, types, shared, sparse)

    def write(config: GPTConfig) -> dict[str, Any]:
        types = types_of(config, sparse)
        if "dense" in types[types.count("dense") :]:
            raise ValueError(f"ffn_type = {config.ffn_type!r}: this family has dense layers before all others only")
        return {name: types.count("dense")}

    return Part(read, write, ("ffn_type",), (name,))


def by_type(
    shared: str | None = "n_shared_experts",
    dense: Callable[[Settings], int] = lambda settings: 1,
    sparse: str = MOE,
) -> Part:
    """Dense layers and mixtures by mlp_layer_types; where those are not given, so many dense ones come first."""

    def read(settings: Settings) -> dict[str, Any]:
        first = dense(settings)
        if settings.get("mlp_layer_types") is not None:
            return read_types(settings, settings.layers("mlp_layer_types", TYPES), shared, sparse)
        layers = range(settings.of_kind("num_hidden_layers", int))
        return read_types(settings, ["dense" if layer < first else "sparse" for layer in layers], shared, sparse)

    def write(config: GPTConfig) -> dict[str, Any]:
        return {"mlp_layer_types": types_of(config, sparse)}

    return Part(read, write, ("ffn_type",), ("mlp_layer_types",))


def routed(
    router: str = "mlp.gate", bias: str | None = "mlp.gate.e_score_correction_bias", shared: str = "mlp.shared_experts"
) -> tuple[Rule, ...]:
    """The weights of a mixture: what the class calls its router, the bias of the choice, where it has one by this rule,
    and the shared expert."""
    experts = {"experts__EXPERT": "mlp.experts.EXPERT", "shared_expert": shared}
    matrices = {
        f"mlp__{ours}__{name}": f"{theirs}.{name}" for ours, theirs in experts.items() for name in GATED.split(",")
    }
    if bias:
        matrices["mlp__correction_bias"] = bias
    return block("model.layers", mlp__router=router, **matrices)


ROUTED_WITHOUT_BIAS = routed(bias=None)


def read_all_sparse(settings: Settings) -> dict[str, Any]:
    return read_types(settings, ["sparse"] * settings.of_kind("num_hidden_layers", int), "n_shared_experts")


ALL_SPARSE = Part(read_all_sparse, lambda config: {}, ("ffn_type",))
CHOICE = {"n_group": "n_group", "topk_group": "topk_group", "norm_topk_prob": "norm_topk_prob"}
SCALED = {"routed_scaling_factor": "routed_scaling_factor"}
EACH = {"num_experts_per_tok": "num_experts_per_tok", "expert_hidden": "moe_intermediate_size"}
OF_DEEPSEEK = {**EACH, "n_expert": "n_routed_experts", "n_shared_expert": "n_shared_experts", **CHOICE, **SCALED}
OF_OTHERS = {**EACH, "n_expert": "num_experts", "n_shared_expert": "num_shared_experts"}
ALL_AND_SHARES = {"n_group": 1, "topk_group": 1, "norm_topk_prob": True}  # of classes that have no settings of CHOICE
# In examples, and one step away from it.
MIXTURE = {
    "ffn_type": "gated/deepseek_moe",
    "n_expert": 6,
    "num_experts_per_tok": 2,
    "n_shared_expert": 2,
    "expert_hidden": 20,
    "routed_scaling_factor": 1.5,
}
GROUPS = {"n_group": 3, "topk_group": 2}
FEW_KEYS = {"index_n_heads": 15, "index_head_dim": 9, "index_topk": 5}  # of texts of up to 40 tokens
NEAR_MIXTURE = {"num_experts_per_tok": 1, "routed_scaling_factor": 1.0}
NEAR_GROUPS = {**NEAR_MIXTURE, "topk_group": 1, "norm_topk_prob": False}
# Settings of DeepSeek's own files that no class reads.
UNREAD_BY_V2 = (
    "aux_loss_alpha",
    "ep_size",
    "moe_layer_freq",
    "num_mtp_layers",
    "num_nextn_predict_layers",
    "qk_head_dim",
    "scoring_func",
    "seq_aux",
)
UNREAD = (*UNREAD_BY_V2, "topk_method")


def read_ernie(settings: Settings) -> dict[str, Any]:
    """Every `moe_layer_interval`-th layer from the first number to the last is a mixture; -1 is the last layer."""
    layers = settings.of_kind("num_hidden_layers", int)
    start, interval = settings.count("moe_layer_start_index"), settings.of_kind("moe_layer_interval", int)
    end = settings["moe_layer_end_index"]
    end = layers - 1 if end == -1 else settings.count("moe_layer_end_index")
    sparse = [start <= layer <= end and (layer + 1) % interval == 0 for layer in range(layers)]
    if (least := settings["moe_norm_min"]) != 1e-12:
        raise ValueError(f"moe_norm_min = {least!r}: of an ernie4_5_moe the reference has 1e-12 only")
    return read_types(settings, ["sparse" if layer else "dense" for layer in sparse], None, "ernie_moe")


def write_ernie(config: GPTConfig) -> dict[str, Any]:
    types = types_of(config, "ernie_moe")
    dense = types.count("dense")
    if "dense" in types[dense:]:
        raise ValueError(f"ffn_type = {config.ffn_type!r}: this family has dense layers before all others only")
    return {"moe_layer_start_index": dense, "moe_layer_end_index": -1, "moe_layer_interval": 1, "moe_norm_min": 1e-12}


ERNIES_LAYERS = Part(
    read_ernie, write_ernie, ("ffn_type",), ("moe_layer_start_index", "moe_layer_end_index", "moe_layer_interval")
)
OF_ERNIE = {
    "n_expert": "moe_num_experts",
    "num_experts_per_tok": "moe_k",
    "expert_hidden": "moe_intermediate_size",
    "n_shared_expert": "moe_num_shared_experts",
}
BIAS_OF_ERNIE = Rule(
    (f"{BLOCK}mlp.correction_bias",),
    ("model.layers.{layer}.mlp.moe_statics.e_score_correction_bias",),
    as_row,
    from_row,
)


def read_deepseek_v2(settings: Settings) -> dict[str, Any]:
    """Groups, where topk_method says so. The class divides no weights by their sum, whatever norm_topk_prob says."""
    method = settings["topk_method"]
    if method not in ("greedy", "group_limited_greedy"):
        raise ValueError(f"topk_method = {method!r}: the reference has 'greedy' and 'group_limited_greedy' only")
    groups = {name: settings.get(name) for name in ("n_group", "topk_group")}
    if method == "greedy":
        return dict.fromkeys(groups, 1)
    return {name: settings.of_kind(name, int) for name in groups}


GROUPS_BY_METHOD = Part(
    read_deepseek_v2,
    lambda config: {
        "topk_method": "greedy" if config.n_group == 1 else "group_limited_greedy",
        "n_group": config.n_group,
        "topk_group": config.topk_group,
    },
    ("n_group", "topk_group"),
)


def read_glm4_moe(settings: Settings) -> dict[str, Any]:
    return {"qk_norm": "head" if settings.of_kind("use_qk_norm", bool) else "off"}


def read_interleave(settings: Settings) -> dict[str, Any]:
    return {"rope_interleaved": settings.of_kind("rope_interleave", bool)}


def read_rotary_dim(settings: Settings) -> dict[str, Any]:
    """Older files say how many dimensions of a head are rotated, and not which part of it."""
    whole = settings.of_kind("head_dim", int)
    settings.setdefault("partial_rotary_factor", settings.of_kind("rotary_dim", int, whole) / whole)
    return PARTIAL_ROPE.read(settings)


ROTARY_DIM = Part(read_rotary_dim, PARTIAL_ROPE.write, PARTIAL_ROPE.free)
USE_QK_NORM = Part(
    read_glm4_moe, lambda config: {"use_qk_norm": config.qk_norm == "head"}, ("qk_norm",), ("use_qk_norm",)
)
INTERLEAVE = Part(read_interleave, lambda config: {"rope_interleave": config.rope_interleaved}, ("rope_interleaved",))


def latent(model_type: str, architecture: str, *parts: Part, **changes) -> Family:
    """A family with DeepSeek's attention."""
    return Family(
        model_type,
        architecture,
        **{
            **DEEPSEEK,
            "differs": {"attention_type": "latent"},
            "demands": {"attention_bias": False},
            "defaults": {**DEEPSEEK["defaults"], "rope_interleave": True},
            **together(LATENT, INTERLEAVE, *parts),
            "example": {"query_latent_rank": 14, "rope_interleaved": True},
            "near": {"rope_interleaved": False},
            **changes,
        },
    )


WITH_MIXTURE = {
    "rules": DEEPSEEK["rules"] + routed(),
    "fields": {**DEEPSEEK["fields"], **OF_DEEPSEEK},
    "without_effect": UNREAD,
    "example": {"query_latent_rank": 14, "rope_interleaved": True, **MIXTURE, **GROUPS},
    "near": {"rope_interleaved": False, **NEAR_GROUPS},
}


def read_indexers(settings: Settings) -> dict[str, Any]:
    """Every layer has an indexer of its own; the reference has none that takes the choice of the layer before."""
    given = {name: settings.get(name) for name in ("indexer_types", "index_topk_pattern", "index_topk_freq")}
    layers = settings.of_kind("num_hidden_layers", int)
    allowed = {"indexer_types": ["full"] * layers, "index_topk_pattern": "F" * layers, "index_topk_freq": 1}
    for name, value in given.items():
        if value is not None and value != allowed[name]:
            raise ValueError(f"{name} = {value!r}: the reference has an indexer of its own in every layer only")
    return {}


FULL_INDEXERS = Part(read_indexers, lambda config: {})
NOTHING: Mapping[str, Any] = MappingProxyType({})
INDEX = {name: name for name in ("index_n_heads", "index_head_dim", "index_topk")}


def indexed(
    model_type: str,
    architecture: str,
    *parts: Part,
    differs: Mapping[str, Any] = NOTHING,
    near: Mapping[str, Any] = NOTHING,
    without_effect: tuple[str, ...] = (),
    whole: bool = True,
) -> Family:
    """A family with DeepSeek's sparse attention: its indexer over DeepSeek's latent attention."""
    return Family(
        model_type,
        architecture,
        **{
            **DEEPSEEK,
            "differs": {"attention_type": "dsa", "rope_interleaved": True, "index_rope_interleaved": False, **differs},
            "demands": {"attention_bias": False},
            "rules": DEEPSEEK["rules"]
            + routed()
            + block(
                "model.layers",
                attn__indexer__q_proj="self_attn.indexer.wq_b",
                attn__indexer__k_proj="self_attn.indexer.wk",
                attn__indexer__k_norm="self_attn.indexer.k_norm",
                attn__indexer__weights_proj="self_attn.indexer.weights_proj",
            ),
            "fields": {**DEEPSEEK["fields"], **OF_DEEPSEEK, **INDEX},
            "without_effect": (*UNREAD, "mlp_bias", "layer_types", *without_effect),
            **together(LATENT, by_type(dense=lambda settings: settings.count("first_k_dense_replace", 3)), *parts),
            "example": {"query_latent_rank": 14, **MIXTURE, **GROUPS, **FEW_KEYS},
            "near": {"rope_interleaved": False, "index_rope_interleaved": True, "index_topk": 6, **NEAR_GROUPS, **near},
            "whole": whole,
        },
    )


DEEPSEEKS_ROUTER = {
    "deepseek_v3": latent("deepseek_v3", "DeepseekV3ForCausalLM", dense_below("first_k_dense_replace"), **WITH_MIXTURE),
    "glm4_moe_lite": latent(
        "glm4_moe_lite",
        "Glm4MoeLiteForCausalLM",
        by_type(),
        **{**WITH_MIXTURE, "without_effect": (*UNREAD, "first_k_dense_replace")},
    ),
    "afmoe": llama_like(
        "afmoe",
        "AfmoeForCausalLM",
        block(
            "model.layers",
            attn_norm="input_layernorm",
            attn_out_norm="post_attention_layernorm",
            mlp_norm="pre_mlp_layernorm",
            mlp_out_norm="post_mlp_layernorm",
            attn__gate_proj="self_attn.gate_proj",
        )
        + QK_WEIGHTS
        + routed("mlp.router.gate", "mlp.expert_bias"),
        differs={**QK_NORM, **ALL_AND_SHARES, "post_norm": True, "attention_gate": True},
        fields={
            **LLAMA_FIELDS,
            **OF_OTHERS,
            "routed_scaling_factor": "route_scale",
            "embedding_scale": "mup_enabled",
        },
        defaults={**UNTIED, **BASE, "head_dim": 128, "mup_enabled": False, "sliding_window": 1024},
        **together(windows_with_rope(period=4), dense_below("num_dense_layers", "num_shared_experts"), ROPE),
        without_effect=(
            *UNREAD,
            "load_balance_coeff",
            "n_group",
            "num_expert_groups",
            "num_limited_groups",
            "route_norm",
            "score_func",
            "topk_group",
            "use_grouped_mm",
        ),
        aliases={"global_attn_every_n_layers": "sliding_window_pattern"},
        example={
            "attention_window": "7,7,none",
            "position_encoding": "rope,rope,none",
            "embedding_scale": True,
            **MIXTURE,
        },
        near={
            **NEAR_MIXTURE,
            "attention_gate": False,
            "attention_window": "none",
            "embedding_scale": False,
            "position_encoding": "rope",
            "qk_norm_after_rotary": True,
        },
    ),
    "glm4_moe": llama_like(
        "glm4_moe",
        "Glm4MoeForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS + routed(),
        differs=QK_NORM,
        fields={**LLAMA_FIELDS, **OF_DEEPSEEK},
        demands={},
        defaults={
            **LLAMA_DEFAULTS,
            "attention_bias": False,
            "num_key_value_heads": 8,
            "partial_rotary_factor": 0.5,
            "use_qk_norm": False,
        },
        **together(
            biases(f"o_proj,{GATED}", attention_bias=QUERIES_KEYS_VALUES),
            USE_QK_NORM,
            dense_below("first_k_dense_replace"),
            PARTIAL_ROPE,
        ),
        without_effect=UNREAD,
        example={"biases": QUERIES_KEYS_VALUES, "rope_fraction": 0.5, "qk_norm": "head", **MIXTURE, **GROUPS},
        near={"biases": "k_proj,v_proj", "rope_fraction": 1.0, "qk_norm_after_rotary": True, **NEAR_GROUPS},
    ),
    "dots1": llama_like(
        "dots1",
        "Dots1ForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS + routed(),
        differs=QK_NORM,
        fields={**LLAMA_FIELDS, **OF_DEEPSEEK},
        defaults={**LLAMA_DEFAULTS, "norm_topk_prob": False, "sliding_window": 4096},
        **together(windows_from("max_window_layers", 62), dense_below("first_k_dense_replace"), ROPE),
        without_effect=UNREAD,
        example={"attention_window": "none,7", **MIXTURE, **GROUPS},
        near={"attention_window": "none", "qk_norm_after_rotary": True, **NEAR_GROUPS},
    ),
    "solar_open": llama_like(
        "solar_open",
        "SolarOpenForCausalLM",
        LLAMA_NORMS + routed(),
        fields={ours: theirs for ours, theirs in {**LLAMA_FIELDS, **OF_DEEPSEEK}.items() if ours != "ffn_hidden"},
        demands={"partial_rotary_factor": 1.0},
        defaults={**UNTIED, "attention_bias": False, "head_dim": 128, "rope_theta": 1000000.0},
        **together(biases(f"o_proj,{GATED}", attention_bias=QUERIES_KEYS_VALUES), ALL_SPARSE, ROPE),
        without_effect=(*UNREAD, "first_k_dense_replace", "intermediate_size", "use_qk_norm"),
        example={"biases": QUERIES_KEYS_VALUES, **MIXTURE, **GROUPS, "ffn_type": "deepseek_moe"},
        near={"biases": "k_proj,v_proj", **NEAR_GROUPS},
    ),
    "minimax_m2": llama_like(
        "minimax_m2",
        "MiniMaxM2ForCausalLM",
        LLAMA_NORMS
        + block(
            "model.layers",
            attn__q_norm__norm="self_attn.q_norm",
            attn__k_norm__norm="self_attn.k_norm",
            mlp__router="block_sparse_moe.gate",
            mlp__correction_bias="block_sparse_moe.e_score_correction_bias",
            mlp__experts__EXPERT__gate_proj="block_sparse_moe.experts.EXPERT.w1",
            mlp__experts__EXPERT__up_proj="block_sparse_moe.experts.EXPERT.w3",
            mlp__experts__EXPERT__down_proj="block_sparse_moe.experts.EXPERT.w2",
        ),
        differs={
            **QK_NORM,
            **ALL_AND_SHARES,
            "ffn_type": "deepseek_moe",
            "n_shared_expert": 0,
            "expert_hidden": None,
            "routed_scaling_factor": 1.0,
            "qk_norm": "full",
        },
        fields={**LLAMA_FIELDS, "n_expert": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"},
        demands={},
        defaults={**UNTIED, "head_dim": 128, "rope_theta": 5000000.0},
        aliases={"num_experts": "num_local_experts"},
        **together(ROTARY_DIM),
        without_effect=UNREAD,
        example={"n_expert": 6, "num_experts_per_tok": 2, "rope_fraction": 0.5},
        near={"num_experts_per_tok": 1, "rope_fraction": 1.0, "norm_topk_prob": False, "qk_norm_after_rotary": True},
    ),
    "hy_v3": llama_like(
        "hy_v3",
        "HYV3ForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS + routed("mlp.router.gate", "mlp.expert_bias", "mlp.shared_mlp"),
        differs={**QK_NORM, **ALL_AND_SHARES},
        fields={**LLAMA_FIELDS, **OF_OTHERS, "routed_scaling_factor": "router_scaling_factor"},
        demands={"attention_bias": False, "mlp_bias": False},
        defaults={**LLAMA_DEFAULTS, "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 11158840.0},
        **together(by_type("num_shared_experts"), ROPE),
        # In which precision the two kinds of experts are added: in float32 the same.
        without_effect=(*UNREAD, "enable_moe_fp32_combine", "first_k_dense_replace", "route_norm"),
        example=MIXTURE,
        near={"qk_norm_after_rotary": True, **NEAR_MIXTURE},
    ),
    "exaone_moe": llama_like(
        "exaone_moe",
        "ExaoneMoeForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS + routed(bias="mlp.e_score_correction_bias"),
        differs=QK_NORM,
        fields={**LLAMA_FIELDS, **OF_OTHERS, **CHOICE, **SCALED},
        demands={},
        defaults={**LLAMA_DEFAULTS, "sliding_window": 4096},
        **together(
            windows_with_rope(period=4, everywhere_without=True),
            by_type("num_shared_experts", lambda settings: settings.count("first_k_dense_replace", 1)),
            ROPE,
        ),
        without_effect=UNREAD,
        left_out=("mtp.",),
        example={"attention_window": "7,7,none", "position_encoding": "rope,rope,none", **MIXTURE, **GROUPS},
        near={"position_encoding": "rope", "attention_window": "none", **NEAR_GROUPS},
    ),
    "ernie4_5_moe": llama_like(
        "ernie4_5_moe",
        "Ernie4_5_MoeForCausalLM",
        LLAMA_NORMS + ROUTED_WITHOUT_BIAS + (BIAS_OF_ERNIE,),
        differs={**INTERLEAVED, **ALL_AND_SHARES, "routed_scaling_factor": 1.0},
        fields={**LLAMA_FIELDS, **OF_ERNIE},
        demands={"use_bias": False},
        defaults={
            **TIED,
            **DIVIDED_WIDTH,
            "rope_theta": 500000.0,
            "moe_layer_end_index": -1,
            "moe_layer_interval": 1,
            "moe_norm_min": 1e-12,
        },
        **together(ERNIES_LAYERS, ROPE),
        left_out=("mtp", "model.mtp"),
        without_effect=("moe_capacity", "num_nextn_predict_layers"),
        example={**MIXTURE, "ffn_type": "gated/ernie_moe", "routed_scaling_factor": 1.0, "weight_tying": True},
        near={"rope_interleaved": False, "num_experts_per_tok": 1, "norm_topk_prob": False},
    ),
    "axk1": latent(
        "axk1",
        "AXK1ForCausalLM",
        by_type(dense=lambda settings: settings.count("first_k_dense_replace", 1), sparse="deepseek_moe_normed"),
        **{
            **WITH_MIXTURE,
            "rules": WITH_MIXTURE["rules"] + block("model.layers", mlp__out_norm="post_mlp_layernorm"),
            "example": {**WITH_MIXTURE["example"], "ffn_type": "gated/deepseek_moe_normed"},
        },
    ),
    "deepseek_v32": indexed("deepseek_v32", "DeepseekV32ForCausalLM"),
    "glm_moe_dsa": indexed(
        "glm_moe_dsa",
        "GlmMoeDsaForCausalLM",
        FULL_INDEXERS,
        differs={"index_rope_interleaved": True},
        near={"index_rope_interleaved": False},
        without_effect=("index_skip_topk_offset", "indexer_rope_interleave", "rope_interleave"),
        whole=False,  # layers that take the choice of an earlier one
    ),
    "deepseek_v2": Family(
        "deepseek_v2",
        "DeepseekV2ForCausalLM",
        **{
            **DEEPSEEK,
            "differs": {"attention_type": "latent", "rope_interleaved": True},
            "demands": {"attention_bias": False, "mlp_bias": False},
            "rules": DEEPSEEK["rules"] + ROUTED_WITHOUT_BIAS,
            "fields": {
                **DEEPSEEK["fields"],
                **{ours: theirs for ours, theirs in OF_DEEPSEEK.items() if ours not in CHOICE},
            },
            "defaults": {**DEEPSEEK["defaults"], "topk_method": "greedy", "first_k_dense_replace": 0},
            "without_effect": (*UNREAD_BY_V2, "norm_topk_prob"),
            **together(LATENT, dense_below("first_k_dense_replace", sparse="deepseek_v2_moe"), GROUPS_BY_METHOD),
            "example": {"query_latent_rank": 14, **MIXTURE, **GROUPS, "ffn_type": "gated/deepseek_v2_moe"},
            "near": {"rope_interleaved": False, **NEAR_MIXTURE, "topk_group": 1},
        },
    ),
    "youtu": latent(
        "youtu",
        "YoutuForCausalLM",
        defaults={**TIED, **BASE, "rope_interleave": True},
        without_effect=("embedding_initializer_range", "qk_head_dim"),
        example={"query_latent_rank": 14, "rope_interleaved": True, "weight_tying": True},
    ),
}
