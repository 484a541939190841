"""Every placement of the norms against its formula, written out with torch's own norms in float64."""

import pytest
import torch
from torch.nn import functional as F

from reference.blocks import Block
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.placements import BLOCKS, SCALED_BLOCKS, build_block
from reference.placements.depth_scaled import depth_scaled_sum
from reference.positions import Context, precompute_rotary_tables

C, L, EPS = 12, 3, 0.5  # an eps of this size tells a norm that uses the configuration's from one that does not
CONTEXT = Context(torch.arange(5), *(table.double()[:, None, :] for table in precompute_rotary_tables(6, 5, 100.0)))
S, A = (2 * L) ** -0.5, (2 * L) ** 0.25


@pytest.fixture
def block(randomised):
    """A function that makes a block with layer norms whose weights and biases are all different."""

    def build(placement: str, **changes) -> torch.nn.Module:
        config = GPTConfig(
            n_layer=L, n_head=2, n_kv_head=1, n_embd=C, norm_eps=EPS, normalization="layernorm", init="torch", **changes
        )
        # The last layer: that of some placements depends on which one it is.
        return randomised(build_block(GPTConfig(**{**vars(config), "norm_position": placement}), L - 1)).double()

    return build


@pytest.fixture
def x() -> torch.Tensor:
    return 3 * torch.randn(2, 5, C, dtype=torch.float64)


def normed(norm, x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, (C,), norm.weight, norm.bias, EPS)


def pre(b, x, s=1.0):
    x = x + s * b.attn(normed(b.attn_norm, x), CONTEXT)
    return x + b.mlp(normed(b.mlp_norm, x))


def post(b, x):
    x = normed(b.attn_norm, x + b.attn(x, CONTEXT))
    return normed(b.mlp_norm, x + b.mlp(x))


def none(b, x):
    x = x + b.attn(x, CONTEXT)
    return x + b.mlp(x)


def sandwich(b, x, s=1.0):
    x = x + s * normed(b.attn_out_norm, b.attn(normed(b.attn_norm, x), CONTEXT))
    return x + normed(b.mlp_out_norm, b.mlp(normed(b.mlp_norm, x)))


def output(b, x):
    x = x + normed(b.attn_norm, b.attn(x, CONTEXT))
    return x + normed(b.mlp_norm, b.mlp(x))


def parallel(b, x):
    return x + b.attn(normed(b.norm, x), CONTEXT) + b.mlp(normed(b.norm, x))


def parallel_two_norms(b, x):
    return x + b.attn(normed(b.attn_norm, x), CONTEXT) + b.mlp(normed(b.mlp_norm, x))


def deepnorm(b, x):
    x = normed(b.attn_norm, A * x + b.attn(x, CONTEXT))
    return normed(b.mlp_norm, A * x + b.mlp(x))


def layernorm_scaling(b, x):
    s = 3**-0.5  # the third layer
    x = x + b.attn(s * normed(b.attn_norm, x), CONTEXT)
    return x + b.mlp(s * normed(b.mlp_norm, x))


def rezero(b, x):
    x = x + b.attn_alpha * b.attn(x, CONTEXT)
    return x + b.mlp_alpha * b.mlp(x)


def layerscale(b, x):
    x = x + b.attn_gamma * b.attn(normed(b.attn_norm, x), CONTEXT)
    return x + b.mlp_gamma * b.mlp(normed(b.mlp_norm, x))


def depth_scaled(b, x):
    # The embedding, two layers with two addends each, and then the sixth and the seventh.
    x = (5 / 6) ** 0.5 * x + normed(b.attn_out_norm, b.attn(normed(b.attn_norm, x), CONTEXT)) / 6**0.5
    return (6 / 7) ** 0.5 * x + normed(b.mlp_out_norm, b.mlp(normed(b.mlp_norm, x))) / 7**0.5


def minimax(b, x):
    h = normed(b.attn_norm, x)
    h = normed(b.mlp_norm, A * h + b.attn(h, CONTEXT))
    return A * h + b.mlp(h)


def keel(b, x):
    x = normed(b.attn_norm, 2 * L * x + b.attn(normed(b.attn_in_norm, x), CONTEXT))
    return normed(b.mlp_norm, 2 * L * x + b.mlp(normed(b.mlp_in_norm, x)))


def ngpt(b, x):
    for sublayer, norm, rate in (
        (lambda x: b.attn(x, CONTEXT), b.attn_norm, b.attn_rate),
        (b.mlp, b.mlp_norm, b.mlp_rate),
    ):
        weight = (rate.weight * 0.05 * C**0.5).abs()
        x = normed(norm, (1 - weight) * x + weight * normed(norm, sublayer(x)))
    return x


FORMULAS = [
    *(pre, post, none, sandwich, output, parallel, parallel_two_norms, deepnorm),
    *(layernorm_scaling, rezero, layerscale, depth_scaled, minimax, keel, ngpt),
]


def test_every_placement_has_its_formula_here():
    assert {formula.__name__ for formula in FORMULAS} == set(BLOCKS)


@pytest.mark.parametrize("formula", FORMULAS)
def test_follows_its_formula(block, x, formula):
    module = block(formula.__name__)
    torch.testing.assert_close(module(x, CONTEXT), formula(module, x), rtol=0, atol=1e-12)


def test_without_a_feed_forward_attention_is_all_that_a_block_adds(block, x):
    module = block("pre", ffn_type="none")
    expected = x + module.attn(normed(module.attn_norm, x), CONTEXT)
    torch.testing.assert_close(module(x, CONTEXT), expected, rtol=0, atol=1e-12)
    assert {name.partition(".")[0] for name, _ in module.named_parameters()} == {"attn_norm", "attn"}
    for field, value in (("post_norm", True), ("residual_stream", "mhc")):
        with pytest.raises(ValueError, match=f"ffn_type = 'none' with {field} = {value!r}: no public model has it"):
            block("pre", ffn_type="none", **{field: value})


@pytest.mark.parametrize("formula", [pre, sandwich])
def test_attn_scale_scales_what_attention_adds(block, x, formula):
    module = block(formula.__name__, attn_scale=True)
    torch.testing.assert_close(module(x, CONTEXT), formula(module, x, S), rtol=0, atol=1e-12)


@pytest.mark.parametrize("placement", sorted(BLOCKS.keys() - SCALED_BLOCKS.keys()))
def test_attn_scale_is_refused_where_no_public_model_has_it(block, placement):
    with pytest.raises(ValueError, match=f"attn_scale = True with norm_position = '{placement}': no public model"):
        block(placement, attn_scale=True)


def test_no_two_placements_are_the_same(block, x):
    results = [block(name)(x, CONTEXT) for name in BLOCKS]
    for i, result in enumerate(results):
        assert all((result - other).abs().max() > 1e-3 for other in results[:i])


@pytest.mark.parametrize(("placement", "made"), [("pre", "SandwichNormBlock"), ("none", "OutputNormBlock")])
def test_post_norm_adds_a_norm_inside_the_residual(placement, made):
    config = GPTConfig(norm_position=placement, post_norm=True)
    assert type(build_block(config, 0)).__name__ == made


@pytest.mark.parametrize("placement", ["pre", "none", "parallel", "parallel_two_norms"])
def test_output_projections_of_zero_make_it_the_identity(block, x, placement):
    module = block(placement)
    for projection in (module.attn.o_proj, module.mlp.down_proj):
        torch.nn.init.zeros_(projection.weight)
    assert torch.equal(module(x, CONTEXT), x)


@pytest.mark.parametrize("placement", ["post", "deepnorm"])
@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_what_leaves_a_post_norm_block_is_no_larger_than_one(block, x, placement, size):
    module = block(placement)
    norm = module.mlp_norm
    back = (module(size * x, CONTEXT) - norm.bias) / norm.weight
    assert (back.pow(2).mean(-1) <= 1).all()


def test_weightless_norms_have_no_weights():
    module = Block(GPTConfig(n_head=2, n_embd=C), 0)
    assert {name.split(".")[0] for name, _ in module.named_parameters()} == {"attn", "mlp"}


def test_rezero_is_refused_where_nothing_would_ever_learn():
    with pytest.raises(ValueError, match=r"norm_position = 'rezero' with init = 'nanochat': .*neither get a gradient"):
        GPT(GPTConfig(norm_position="pre,rezero"))


@pytest.mark.parametrize("placement", ["rezero", "layerscale"])
def test_what_is_added_is_little_at_first_and_learns(placement):
    model = GPT(GPTConfig(norm_position=placement, init="torch", n_layer=2))
    tokens = torch.randint(27, (2, 8))
    x = model.embedding(tokens, torch.arange(8))
    added = model.blocks[0](x, model.positions(torch.arange(8))[0]) - x
    assert added.abs().max() == 0 if placement == "rezero" else 0 < added.abs().max() < 0.5
    model(tokens, tokens).backward()
    weights = {name: weight for name, weight in model.named_parameters() if name.endswith(("_alpha", "_gamma"))}
    assert len(weights) == 4
    assert all(weight.grad.abs().max() > 0 for weight in weights.values())
    deep = [GPT(GPTConfig(norm_position="layerscale", n_layer=n)).blocks[0].mlp_gamma[0].item() for n in (18, 24, 25)]
    assert deep == pytest.approx([0.1, 1e-5, 1e-6])


def test_a_depth_scaled_stream_keeps_its_size():
    x = torch.randn(1, 1, 10000, dtype=torch.float64)
    for i in range(2, 40):
        x = depth_scaled_sum(x, torch.randn(1, 1, 10000, dtype=torch.float64), i)
    assert x.square().mean().sqrt().item() == pytest.approx(1.0, rel=0.03)
