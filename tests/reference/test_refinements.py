"""What a configuration changes in a built block: held against formulas, whatever the parts are."""

import math

import pytest
import torch

from reference.attentions import ATTENTIONS
from reference.config import PARTS, GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.placements import build_block
from reference.placements.refinements import REFINEMENTS
from reference.positions import Positions

SMALL = {"n_embd": 16, "n_head": 4, "n_kv_head": 2, "n_layer": 2, "init": "gpt2", "embedding_norm": False}
WAYS = {
    "biases": "k_proj,down_proj",
    "clip_qkv": 0.3,
    "sub_norm": True,
    "residual_multiplier": 0.25,
    "query_scale_beta": 0.5,
    "scalable_softmax": True,
    "head_gate": "softplus",
    "embedding_multiplier": 3.0,
    "head_bias": True,
}
BESIDE = [{}, {"ffn_type": "gated"}, {"normalization": "rmsnorm", "norm_position": "parallel"}]


def made(**fields) -> GPT:
    model = GPT(GPTConfig(**SMALL | fields))
    initialise(model)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.4, generator=generator)
    return model.eval()


@pytest.mark.parametrize("field", WAYS)
@pytest.mark.parametrize("fields", BESIDE)
@torch.no_grad()
def test_a_refined_model_is_another_and_reads_its_cache(field, fields):
    plain, model = made(**fields), made(**fields, rope_original_seq_len=5, **{field: WAYS[field]})
    tokens = torch.randint(27, (2, 17), generator=torch.Generator().manual_seed(1))
    model.load_state_dict(
        plain.state_dict() | {k: v for k, v in model.state_dict().items() if k not in plain.state_dict()}
    )
    logits = model(tokens)
    assert (logits - plain(tokens)).abs().max() > 1e-3
    cache = KVCache(model.config)
    parts = [model(part, cache=cache) for part in tokens.split((6, 10, 1), dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), logits, rtol=0, atol=1e-5)


def test_biases_are_where_they_are_asked_for_and_nowhere_else():
    model = GPT(GPTConfig(**SMALL, bias=True, biases="q_proj,k_proj", ffn_type="gated"))
    found = {
        name.rpartition(".")[0].rpartition(".")[2] for name, _ in model.named_parameters() if name.endswith(".bias")
    }
    assert found == {"q_proj", "k_proj"}
    with pytest.raises(ValueError, match=r"biases = 'q_proj,w1': no linear layer is called w1; q_proj, "):
        GPT(GPTConfig(**SMALL, biases="q_proj,w1"))


@torch.no_grad()
def test_what_is_done_to_a_block_is_its_formula():
    x = torch.randn(2, 7, 16, generator=torch.Generator().manual_seed(2))
    plain = made(norm_position="parallel").blocks[0]
    context = Positions(GPTConfig(**SMALL))(torch.arange(7))[0]
    scaled = build_block(GPTConfig(**SMALL, norm_position="parallel", residual_multiplier=0.25), 0)
    scaled.load_state_dict(plain.state_dict())
    torch.testing.assert_close(scaled(x, context), x + (plain(x, context) - x) / 4)
    clipped = build_block(GPTConfig(**SMALL, clip_qkv=0.3), 0)
    for name in ("q_proj", "k_proj", "v_proj"):
        layer = getattr(clipped.attn, name)
        torch.testing.assert_close(layer(x), (x @ layer.weight.T).clamp(-0.3, 0.3))
    normed = build_block(GPTConfig(**SMALL, sub_norm=True, normalization="layernorm"), 0).mlp.down_proj
    hidden = torch.randn(3, 64)
    expected = torch.nn.functional.layer_norm(hidden, (64,), eps=1e-6) @ normed.weight.T
    torch.testing.assert_close(normed(hidden), expected)


def test_every_head_has_a_gate_and_its_bias_where_that_is_asked_for():
    attention = build_block(GPTConfig(**SMALL, head_gate="softplus", biases="head_gate_proj"), 0).attn
    assert {name for name, _ in attention.named_parameters() if "bias" in name} == {"head_gate_proj.bias"}
    assert attention.head_gate_proj.weight.shape == (4, 16)
    latent = {"attention_type": "latent", "n_kv_head": 4}
    for fields, why in (
        ({"attention_gate": True}, "with attention_gate = True: no attention has two gates"),
        (latent, "with attention_type = 'latent': it goes with 'standard' or"),
    ):
        with pytest.raises(ValueError, match=f"head_gate = 'sigmoid' {why}"):
            GPT(GPTConfig(**SMALL | fields, head_gate="sigmoid"))
    with pytest.raises(ValueError, match="scalable_softmax = True with attention_type = 'latent'"):
        GPT(GPTConfig(n_layer=1, attention_type="latent", scalable_softmax=True))


@pytest.mark.parametrize("field", ["scalable_softmax", "head_gate", "query_scale_beta"])
def test_what_softmax_attention_has_besides_concerns_the_layers_that_have_it(field):
    for recurrent in (kind for kind, layer in ATTENTIONS.items() if hasattr(layer, "state_dim")):
        fields = {"n_embd": 16, "n_head": 4, "n_layer": 2, "attention_type": f"{recurrent},forgetting"}
        plain, model = (GPT(GPTConfig(**fields, **more)) for more in ({}, {field: WAYS[field]}))
        alike = [
            [name for name, _ in block.named_parameters()] + [len(getattr(block.attn, "steps", ()))]
            for each in (plain, model)
            for block in each.blocks
        ]
        assert alike[0] == alike[2]
        assert alike[1] != alike[3]
    # Where no layer has a place for it, nobody can mean it.
    with pytest.raises(ValueError, match=f"{field} = .* with attention_type = 'kda,delta'"):
        GPT(GPTConfig(n_layer=2, attention_type="kda,delta", **{field: WAYS[field]}))


@torch.no_grad()
def test_what_a_state_has_besides_concerns_the_layers_that_have_one():
    besides = {"linear_allow_neg_eigval": True, "linear_norm_eps": 0.5}
    plain, model = (made(attention_type="delta,standard", n_kv_head=4, **more) for more in ({}, besides))
    x = torch.randn(2, 7, 16, generator=torch.Generator().manual_seed(2))
    log_decay, beta = plain.blocks[0].attn.gates(x)
    torch.testing.assert_close(model.blocks[0].attn.gates(x), (log_decay, 2 * beta))
    (kda,) = made(attention_type="kda", n_kv_head=4, n_layer=1, linear_allow_neg_eigval=True).blocks
    torch.testing.assert_close(kda.attn.gates(x)[1], 2 * kda.attn.b_proj(x).sigmoid())
    assert (model.blocks[0].attn.norm.eps, plain.blocks[0].attn.norm.eps) == (0.5, 1e-6)
    # A cache hands on a state that has turned round.
    tokens = torch.randint(27, (2, 9), generator=torch.Generator().manual_seed(1))
    cache = KVCache(model.config)
    parts = [model(part, cache=cache) for part in tokens.split((5, 3, 1), dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), model(tokens), rtol=0, atol=1e-5)
    # The other mixers beside them go without.
    (of_delta, _) = made(attention_type="delta,mamba2", n_kv_head=4, **besides).blocks
    assert of_delta.attn.norm.eps == 0.5
    for field, value in besides.items():
        for kind in ("standard", "mamba2"):
            with pytest.raises(ValueError, match=f"{field} = {value} with attention_type = '{kind}': it goes with"):
                GPT(GPTConfig(n_layer=1, attention_type=kind, **{field: value}))


def test_queries_grow_by_whole_lengths_of_training():
    attention = build_block(GPTConfig(**SMALL, query_scale_beta=0.5, rope_original_seq_len=4), 0).attn
    context = Positions(GPTConfig(**SMALL))(torch.arange(9))[0]
    query, key = torch.ones(1, 9, 4, 4, dtype=torch.bfloat16), torch.ones(1, 9, 2, 4, dtype=torch.bfloat16)
    grown, same = attention.steps[-1](attention, query, key, context)
    assert grown.dtype == torch.bfloat16
    assert torch.equal(same, key)
    expected = [1 + 0.5 * math.log(1 + position // 4) for position in range(9)]
    torch.testing.assert_close(grown[0, :, 0, 0].double(), torch.tensor(expected).double(), rtol=4e-3, atol=0)
    with pytest.raises(ValueError, match=r"query_scale_beta = 0\.5 with attention_type = 'latent'"):
        GPT(GPTConfig(n_layer=1, attention_type="latent", query_scale_beta=0.5))


@torch.no_grad()
def test_a_layers_number_multiplies_what_leaves_it():
    plain, scaled = made(), made(layer_scalar=True)
    x = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(2))
    (context, _) = plain.positions(torch.arange(5))
    scaled.blocks[0].layer_scalar.fill_(0.5)
    torch.testing.assert_close(scaled.blocks[0](x, context), 0.5 * plain.blocks[0](x, context))
    assert "blocks.0.layer_scalar" in scaled.state_dict()
    assert len(list(scaled.parameters())) == len(list(plain.parameters()))


def test_two_refinements_of_one_layer_are_refused():
    with pytest.raises(ValueError, match="sub_norm: o_proj is a NormedLinear already"):
        from reference.placements.refinements import REFINEMENTS

        config = GPTConfig(**SMALL, sub_norm=True)
        REFINEMENTS["sub_norm"](build_block(config, 0), config, True)


def test_every_refinement_is_looked_for():
    # Looped layers are no refinement of a layer, but of the turns that it takes.
    assert {*REFINEMENTS, "n_loop"} == set(PARTS["sublayers"])
