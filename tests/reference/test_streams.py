"""More than one residual stream: formulas in float64, the causal order, the cache, and DeepSeek-V4's and Inkling 2's
modules."""

import pytest
import torch

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.placements import build_block
from reference.placements.streams import STREAM_BLOCKS
from reference.placements.streams.attn_res import AttentionResidual
from reference.placements.streams.hyper_connections import read_streams, write_streams
from reference.placements.streams.mhc import ManifoldConnection, WeightedStreams, sinkhorn

LAMBDAS = {"residual_stream": "lambdas"}
KINDS = [
    *({"residual_stream": name} for name in STREAM_BLOCKS),
    {"residual_stream": "attention_residuals", "layers_per_sum": 2},
]


def made(**fields) -> GPT:
    model = GPT(GPTConfig(n_layer=4, n_embd=16, n_head=2, **fields)).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.4, generator=generator)
    return model


@pytest.fixture
def tokens() -> torch.Tensor:
    return torch.randint(27, (2, 9), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("fields", KINDS)
@torch.no_grad()
def test_cached_in_parts_it_equals_the_full_pass_and_never_looks_ahead(fields, tokens):
    model = made(**fields)
    logits = model(tokens)
    for split in range(1, 9):
        cache = KVCache(model.config)
        parts = [model(part, cache=cache) for part in (tokens[:, :split], tokens[:, split:])]
        torch.testing.assert_close(torch.cat(parts, dim=1), logits, rtol=0, atol=1e-12)
    other = tokens.clone()
    other[:, 5:] = (other[:, 5:] + 1) % 27
    torch.testing.assert_close(model(other)[:, :5], logits[:, :5], rtol=0, atol=0)


@torch.no_grad()
def test_hyper_connections_are_pre_norm_at_first(tokens):
    torch.manual_seed(0)
    plain = GPT(GPTConfig(n_layer=4, norm_eps=1e-12, embedding_norm=False, init="torch")).double()
    model = GPT(
        GPTConfig(n_layer=4, norm_eps=1e-12, embedding_norm=False, residual_stream="hyper_connections")
    ).double()
    model.load_state_dict(plain.state_dict(), strict=False)
    # n equal streams: their sum is n times the stream, and the last norm does not see that.
    torch.testing.assert_close(model(tokens), plain(tokens), rtol=0, atol=1e-9)


def test_streams_are_read_and_written_by_their_formulas():
    generator = torch.Generator().manual_seed(0)
    streams, added, read, write, mix = (
        torch.randn(*shape, dtype=torch.float64, generator=generator)
        for shape in ((2, 3, 4, 5), (2, 3, 5), (2, 3, 4), (2, 3, 4), (2, 3, 4, 4))
    )
    torch.testing.assert_close(read_streams(streams, read), torch.einsum("btn,btnc->btc", read, streams))
    expected = torch.stack(
        [
            write[..., j, None] * added + sum(mix[..., i, j, None] * streams[..., i, :] for i in range(4))
            for j in range(4)
        ],
        dim=-2,
    )
    torch.testing.assert_close(write_streams(streams, added, write, mix), expected)


def test_sinkhorn_ends_with_rows_and_columns_that_sum_to_one():
    logits = 3 * torch.randn(7, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    matrix = sinkhorn(logits, 200)
    assert (matrix > 0).all()
    for dim in (-1, -2):
        torch.testing.assert_close(matrix.sum(dim), torch.ones(7, 4, dtype=torch.float64), rtol=0, atol=1e-4)
    # Products of such matrices never grow what they mix.
    product = torch.linalg.multi_dot(list(matrix))
    assert torch.linalg.matrix_norm(product, 2) <= 1.001


def test_attention_residuals_keep_a_sum_for_every_so_many_layers():
    model = made(residual_stream="attention_residuals", layers_per_sum=2)
    x, counts = torch.randn(1, 3, 16, dtype=torch.float64), []
    for block, context in zip(model.blocks, model.positions(torch.arange(3)), strict=True):
        x = block(x, context)
        counts.append(tuple(x.shape))
    assert counts == [(1, 3, 2, 16), (1, 3, 2, 16), (1, 3, 3, 16), (1, 3, 16)]


@pytest.mark.parametrize("fields", [{"norm_position": "post"}, {"post_norm": True}, {"attn_scale": True}])
def test_other_placements_are_refused(fields):
    ((field, value),) = fields.items()
    with pytest.raises(ValueError, match=f"^residual_stream = 'mhc' with {field} = {value!r}: it goes with [^,]*$"):
        build_block(GPTConfig(residual_stream="mhc", **fields), 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"smear": True}, "smear = True with residual_stream = 'one': it goes with 'lambdas'"),
        ({"backout": True, "residual_stream": "mhc"}, "backout = True with residual_stream = 'mhc': it goes with"),
        ({"value_embeddings": True}, "value_embeddings = True with residual_stream = 'one': it goes with 'lambdas'"),
        ({**LAMBDAS, "smear": True, "n_embd": 16}, "smear = True with n_embd = 16: it reads 24 elements"),
        ({**LAMBDAS, "value_embeddings": True, "n_embd": 8}, "value_embeddings = True with n_embd = 8: they read 12"),
        (
            {**LAMBDAS, "value_embeddings": True, "attention_type": "standard,standard,latent"},
            "value_embeddings = True with attention_type = 'latent': they are in every second layer",
        ),
        (
            {**LAMBDAS, "value_embeddings": True, "windowed": '{"n_kv_head": 2}', "attention_window": "4"},
            "value_embeddings = True with windowed = .*: no public model has both",
        ),
        ({**LAMBDAS, "n_mtp": 1}, "n_mtp = 1 with residual_stream = 'lambdas'"),
    ],
)
def test_what_blocks_have_no_place_for_is_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        GPT(GPTConfig(**fields))


@pytest.mark.parametrize("fields", KINDS)
def test_every_weight_learns(fields, tokens):
    model = made(**fields)
    model(tokens, tokens.roll(-1)).backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []


@pytest.mark.slow
def test_equal_to_the_modules_of_transformers():
    deepseek = pytest.importorskip("transformers.models.deepseek_v4.modeling_deepseek_v4")
    inkling = pytest.importorskip("transformers.models.inkling2.modeling_inkling2")
    from transformers import DeepseekV4Config

    theirs = DeepseekV4Config(hidden_size=16)
    config = GPTConfig(n_embd=16, norm_eps=theirs.rms_norm_eps, n_stream=theirs.hc_mult)
    torch.manual_seed(0)
    streams = torch.randn(2, 5, theirs.hc_mult, 16)
    ours, module = ManifoldConnection(config, 0), deepseek.DeepseekV4HyperConnection(theirs)
    head, last = WeightedStreams(config), deepseek.DeepseekV4HyperHead(theirs)
    mixture, residual = AttentionResidual(config), inkling.Inkling2BlockAttentionResidual(inkling_config(16))
    pairs = [
        *((ours.weight, module.fn), (ours.bias, module.base), (ours.scale, module.scale)),
        *((head.weight, last.hc_fn), (head.bias, last.hc_base), (head.scale, last.hc_scale)),
        (mixture.query, residual.query),
    ]
    with torch.no_grad():
        for our, their in pairs:
            their.copy_(our.normal_())
        write, mix, collapsed = module(streams)
        read, *others = ours(streams)
        found = {
            "read": (read_streams(streams, read), collapsed),
            "write": (others[0], write),
            "mix": (others[1], mix),
            "head": (head(streams), last(streams)),
            "residual": (mixture(streams), residual(streams[:, :, :-1], streams[:, :, -1])[0]),
        }
        for name, (our, their) in found.items():
            torch.testing.assert_close(our, their, rtol=0, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}")
        # The matrix the wrong way round, and a softmax in its place, are something else.
        assert (mix.mT - mix).abs().max() > 1e-4
        assert (sinkhorn(torch.randn(4, 4), 1) - sinkhorn(torch.randn(4, 4), 20)).abs().max() > 1e-4


def inkling_config(width: int):
    """As much of Inkling 2's configuration as its attention residual reads."""

    class Config:
        hidden_size = width
        _attn_implementation = "eager"

    return Config()
