"""Layers that attend to the keys and values of an earlier one: by the formula, by Gemma's class, and what they cache.

Cached decoding at every split and causality are those of all variants: test_cache.py, test_variants.py, test_pairs.py.
"""

import pytest
import torch

from reference.decoding.cache import KVCache
from reference.decoding.shared_keys import source_layers
from reference.gpt import GPT
from scripts.measuring.attention_variants import variant
from scripts.training.architecture import build_on_meta, summarise


@pytest.mark.parametrize(
    ("kinds", "windows", "expected"),
    [
        ("standard,shared,standard,shared", "none", [0, 0, 2, 2]),  # CLA
        ("standard,standard/shared", "none", [0, 1, 1, 1, 1, 1]),  # YOCO
        ("standard,standard,standard,standard/shared", "8,8,none", [0, 1, 2, 3, 3, 2, 3, 3, 2]),  # Gemma 3n
        ("standard,latent,differential,shared", "none", [0, 1, 2, 0]),
    ],
)
def test_the_last_earlier_layer_with_the_same_window_is_read(kinds, windows, expected):
    config = variant("grouped", n_layer=len(expected), attention_type=kinds, attention_window=windows)
    assert source_layers(config.in_turn(kinds), config.layer_windows) == expected


def test_a_layer_that_finds_no_keys_is_refused():
    for changes in ({"attention_window": "3,none"}, {"position_encoding": "rope,none"}):
        with pytest.raises(
            ValueError, match="layer 1 is 'shared', and no 'standard' layer before it has the same window"
        ):
            GPT(variant("grouped", attention_type="standard,shared", **changes))


def test_queries_of_one_layer_meet_keys_of_another():
    torch.manual_seed(0)
    changes = {"attention_type": "standard,shared", "n_layer": 2, "qk_norm": "head", "qk_normalization": "rmsnorm"}
    model = GPT(variant("grouped", **changes)).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    (owner, reader), read = (block.attn for block in model.blocks), {}
    for layer in (owner, reader):
        layer.register_forward_hook(lambda layer, inputs, output: read.update({layer: (inputs[0], output)}))
    model(torch.randint(13, (2, 9)))
    (x, _), (y, found) = read[owner], read[reader]
    context = model.positions(torch.arange(9))[0]

    def prepared(states, norm):
        states = context.rotate(states.unflatten(-1, (-1, 6)))
        return norm.weight * states / (states.pow(2).mean(dim=-1, keepdim=True) + 1e-3).sqrt()

    query, key = prepared(reader.q_proj(y), reader.q_norm), prepared(owner.k_proj(x), owner.k_norm)
    value = owner.v_proj(x).unflatten(-1, (-1, 6))
    # Query heads 0 and 1 read key/value head 0, heads 2 and 3 read head 1.
    scores = torch.einsum("bthd,bshd->bhts", query, key[:, :, [0, 0, 1, 1]]) / 6**0.5
    weights = scores.masked_fill(torch.ones(9, 9).triu(1).bool(), -torch.inf).softmax(dim=-1)
    out = torch.einsum("bhts,bshd->bthd", weights, value[:, :, [0, 0, 1, 1]]).flatten(2)
    torch.testing.assert_close(found, reader.o_proj(out), rtol=0, atol=1e-12)
    assert {name.split(".")[0] for name, _ in reader.named_parameters()} == {"q_proj", "q_norm", "o_proj"}


def test_only_layers_with_keys_of_their_own_are_in_the_cache():
    config = variant("of an earlier layer")
    model, cache = GPT(config), KVCache(config)
    with torch.no_grad():
        model(torch.zeros(1, 5, dtype=torch.int64), cache=cache)
    assert [layer.slots != () for layer in cache.layers] == [True, True, False, False]
    # Two layers of keys and values, two heads of six, two bytes each.
    assert summarise(build_on_meta(config)).kv_bytes_per_token == 2 * (2 * 2 * 6) * 2


class PerHead(torch.nn.Module):
    """Gemma's norm of the values, without weights."""

    def forward(self, values):
        return torch.nn.functional.rms_norm(values.unflatten(-1, (-1, 6)), (6,), eps=1e-3).flatten(-2)


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name"), [("gemma3n", "Gemma3n"), ("gemma4", "Gemma4")])
def test_gemmas_layers_read_the_same_keys(module, name):
    classes = pytest.importorskip(f"transformers.models.{module}.modeling_{module}")
    types = ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
    theirs = getattr(classes, f"{name}TextConfig")(
        hidden_size=24,
        head_dim=6,
        global_head_dim=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_hidden_layers=4,
        num_kv_shared_layers=2,
        layer_types=types,
        sliding_window=3,
        rms_norm_eps=1e-3,
        attn_implementation="eager",
    )
    changes = {"qk_norm": "head", "qk_normalization": "rmsnorm", "qk_norm_after_rotary": False, "softmax_scale": 1.0}
    model = GPT(variant("of an earlier layer", **changes))
    contexts, shared = model.positions(torch.arange(9)), {}
    distance = torch.arange(9)[:, None] - torch.arange(9)
    for layer, (block, context) in enumerate(zip(model.blocks, contexts, strict=True)):
        torch.manual_seed(layer)
        twin = getattr(classes, f"{name}TextAttention")(theirs, layer)
        for weight in twin.parameters():
            torch.nn.init.normal_(weight, std=0.5)
        assert block.attn.load_state_dict(twin.state_dict(), strict=True)
        if hasattr(block.attn, "v_proj"):
            block.attn.v_proj = torch.nn.Sequential(block.attn.v_proj, PerHead())
        x = torch.randn(2, 9, 24)
        hidden = (distance < 0) | (distance >= 3 if "sliding" in types[layer] else distance < 0)
        tables = tuple(torch.cat((table, table), dim=-1).view(1, 9, 6) for table in (context.cos, context.sin))
        mask = torch.zeros(9, 9).masked_fill(hidden, -torch.inf)[None, None]
        with torch.no_grad():
            expected, _ = twin(x, tables, mask, shared_kv_states=shared)
            torch.testing.assert_close(block.attn(x, context), expected, rtol=0, atol=1e-5)
