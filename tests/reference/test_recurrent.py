"""Recurrent mixers: one thing in several forms, a state handed on, and a cache that is as large for any length."""

from functools import partial

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.attentions.recurrent import delta_net, gated_delta_net, kda, kernel, lightning, mamba2, retention
from reference.attentions.recurrent.delta import chunk_gated_delta_rule, gated_delta_rule, recurrent_gated_delta_rule
from reference.attentions.recurrent.kda import chunk_kda, kimi_delta_rule, recurrent_kda
from reference.attentions.recurrent.linear import (
    chunk_linear_attention,
    parallel_linear_attention,
    recurrent_linear_attention,
)
from reference.attentions.recurrent.ssd import chunk_ssd, recurrent_ssd, ssd
from reference.decoding.cache import KVCache
from reference.decoding.generation import generate
from reference.decoding.speculative import speculate
from reference.decoding.streaming import prefill
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.positions import Context
from reference.presets import preset
from scripts.measuring.attention_variants import RECURRENT, variant
from scripts.public.families import FAMILIES
from scripts.public.parity import example, randomise

B, H, K, Vd = 2, 3, 4, 5


def parallel_ssd(query, key, value, log_decay, step, state):
    """State space duality: linear attention, whose values last a step."""
    return parallel_linear_attention(query, key, step[..., None] * value, log_decay, state)


RULES = {
    # For each kind: its definition, and its other forms.
    "linear": (recurrent_linear_attention, (parallel_linear_attention, chunk_linear_attention)),
    "state space, a step": (recurrent_ssd, (ssd, parallel_ssd, chunk_ssd)),
    "gated delta": (recurrent_gated_delta_rule, (gated_delta_rule, chunk_gated_delta_rule)),
    "delta by channel": (recurrent_kda, (kimi_delta_rule, chunk_kda)),
}


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def entries_of(kind: str, T: int) -> list[torch.Tensor]:
    """Entries of T tokens and a state that is not zero. Some decays are none at all, and some forget everything."""
    query, key, value = drawn(B, H, T, K, seed=0), drawn(B, H, T, K, seed=1), drawn(B, H, T, Vd, seed=2)
    size = (B, H, T, K) if "channel" in kind else (B, H, T, 1)
    speed = 1 + 400 * (torch.arange(T) % 7 == 3)
    log_decay = -(drawn(*size, seed=3).exp() - 0.4).clamp(min=0) * speed[:, None]
    log_decay = log_decay if "channel" in kind else log_decay.squeeze(-1)
    beta = [drawn(B, H, T, seed=4).sigmoid()] if "delta" in kind or "step" in kind else []
    return [query, torch.nn.functional.normalize(key, dim=-1), value, log_decay, *beta, drawn(B, H, K, Vd, seed=5)]


def assert_same(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9)


@pytest.mark.parametrize("T", [1, 2, 7, 64, 67, 131])
@pytest.mark.parametrize("kind", RULES)
def test_every_form_is_the_same(kind, T):
    definition, others = RULES[kind]
    entries = entries_of(kind, T)
    expected = definition(*entries)
    for form in others:
        assert_same(form(*entries), expected)
    for chunk in range(1, T + 2) if T < 10 else (1, 5, 16, 200):
        assert_same(others[-1](*entries, chunk=chunk), expected)


@pytest.mark.parametrize(
    ("kind", "form"), [(kind, form) for kind, (definition, others) in RULES.items() for form in (definition, *others)]
)
def test_a_state_is_handed_on_at_every_split(kind, form):
    *entries, state = entries_of(kind, 9)
    whole, last = form(*entries, state)
    for cut in range(1, 9):
        first, between = form(*(each[:, :, :cut] for each in entries), state)
        second, end = form(*(each[:, :, cut:] for each in entries), between)
        assert_same((torch.cat((first, second), dim=2), end), (whole, last))
    # What a cache leaves out are zeros.
    nothing = [torch.zeros_like(each[:, :, :3]) for each in entries]
    assert_same(form(*nothing, state)[1:], [state])


@pytest.mark.parametrize("kind", RULES)
def test_gradients_of_every_form(kind):
    definition, others = RULES[kind]
    entries = [each[:1, :1, :5] if each.size(2) == 7 else each[:1, :1] for each in entries_of(kind, 7)]
    entries[3] = entries[3] - 0.1  # no decay at a corner of its clamp
    entries = [each.clone().requires_grad_() for each in entries]
    assert torch.autograd.gradcheck(lambda *inputs: others[-1](*inputs, chunk=2), entries)
    directions = drawn(1, 1, 5, Vd, seed=7), drawn(1, 1, K, Vd, seed=8)
    expected = torch.autograd.grad(definition(*entries), entries, directions)
    for form in (*others, *(partial(others[-1], chunk=chunk) for chunk in range(1, 6))):
        assert_same(torch.autograd.grad(form(*entries), entries, directions), expected)


@pytest.mark.parametrize("kind", RULES)
def test_what_is_forgotten_at_once_overflows_nowhere(kind):
    # e^-20000 has no float; its quotients have.
    query, key, value, log_decay, *beta, state = (each.float() for each in entries_of(kind, 67))
    log_decay = torch.full_like(log_decay, -300.0).requires_grad_()
    out, last = RULES[kind][1][-1](query, key, value, log_decay, *beta, state)
    out.sum().backward()
    assert out.isfinite().all() and last.isfinite().all() and log_decay.grad.isfinite().all()
    written = value * beta[0][..., None] if beta else value
    torch.testing.assert_close(out, (query * key).sum(-1, keepdim=True) * written)


@pytest.mark.parametrize(
    "name", [*RECURRENT, "qwen3_next_tiny", "kimi_linear_tiny", "olmo_hybrid_tiny", "minimax_tiny"]
)
def test_its_operations_are_those_of_the_recurrent_form(name, monkeypatch):
    def recurrent_rule(*entries: torch.Tensor):
        # The first state wants a gradient like all others.
        return recurrent_gated_delta_rule(*entries[:-1], entries[-1].requires_grad_())

    for module in (delta_net, gated_delta_net):
        monkeypatch.setattr(module, "gated_delta_rule", recurrent_rule)
    monkeypatch.setattr(kda, "kimi_delta_rule", recurrent_kda)
    monkeypatch.setattr(mamba2, "ssd", recurrent_ssd)
    for module in (kernel, lightning, retention):
        monkeypatch.setattr(module, "linear_attention", recurrent_linear_attention)
    model = GPT(variant(name) if name in RECURRENT else preset(name, max_seq_len=9))
    T = model.config.max_seq_len
    tokens = torch.zeros(B, T, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        model(tokens, tokens).backward()
    # torch counts products of matrices: of those for every element of a state, not the one that writes. Of the
    # convolution it counts too many, as if every channel met all others.
    products = sum(n for kind, n in counter.get_flop_counts()["Global"].items() if "convolution" not in str(kind))
    recurrent = [block.attn for block in model.blocks if hasattr(block.attn, "state_dim")]
    filters = [attention.conv_weight.numel() for attention in recurrent if hasattr(attention, "conv_weight")]
    uncounted = sum(attention.state_dim for attention in recurrent) + sum(filters)
    assert (training_flops(model) - 6 * uncounted) * B * T == products


@pytest.mark.parametrize("rollback_window", [0, 3])
def test_a_cache_is_as_large_for_any_length(rollback_window):
    model = GPT(variant("delta")).double()
    sizes = set()
    for T in (1, 9, 24):
        cache = KVCache(model.config, rollback_window)
        model(torch.zeros(2, T, dtype=torch.int64), cache=cache)
        sizes |= {layer.bytes_per_sequence() for layer in cache.layers}
    attention = model.blocks[0].attn
    # The tail is that of a kernel of 4. What may still be cropped: as many inputs more, a state before it, and of every
    # token a query, a key, a value and two numbers for each head.
    waiting = rollback_window * 4 * (6 + 6 + 5 + 2)
    states = attention.state_dim * (2 if rollback_window else 1)
    assert sizes == {8 * (states + attention.tail_dim * (3 + rollback_window) // 3 + waiting)}


@torch.no_grad()
def test_behind_a_prefill_every_token_is_read_once(monkeypatch):
    # Prompts of 3 and 15 tokens: what may have been cropped is summed up anew in the first step, and never again.
    read = []

    def rule(*entries: torch.Tensor):
        read.append(entries[0].size(2))
        return gated_delta_rule(*entries)

    monkeypatch.setattr(gated_delta_net, "gated_delta_rule", rule)
    model = GPT(variant("delta")).double().eval()
    _, cache = prefill(model, [torch.zeros(length, dtype=torch.int64) for length in (3, 15)])
    steps = []
    for _ in range(3):
        read.clear()
        model(torch.zeros(2, 1, dtype=torch.int64), cache=cache)
        steps.append(list(read))
    assert steps == [[12, 1, 1] * 2, [1, 1] * 2, [1, 1] * 2]


def kernel_attention(attention: kernel.LinearAttention, x: torch.Tensor) -> torch.Tensor:
    """Katharopoulos et al. 2020, equations 4 and 7: weights as of a softmax, features for exp; their eps."""
    query, key, value = (part.unflatten(-1, (4, 6)) for part in attention.qkv_proj(x).chunk(3, -1))
    query, key = (torch.where(each > 0, each + 1, each.exp()) for each in (query, key))
    weights = torch.einsum("bthd,bshd->bhts", query, key).tril()
    weights = weights / (weights.sum(-1, keepdim=True) + 1e-6)
    return attention.o_proj(torch.einsum("bhts,bshd->bthd", weights, value).flatten(2))


def complex_retention(attention: retention.MultiScaleRetention, x: torch.Tensor) -> torch.Tensor:
    """Sun et al. 2023, equations 5, 6 and 8: pairs as complex numbers, of which the real part of a product is read."""
    query, key, value = (getattr(attention, f"{name}_proj")(x).unflatten(-1, (4, -1)) for name in "qkv")
    query, key = (torch.complex(*each.chunk(2, -1)) for each in (query, key))
    distance = torch.arange(x.size(1))[:, None] - torch.arange(x.size(1))
    theta = 10000.0 ** -(torch.arange(3).double() / 3)
    gamma = 1 - 2.0 ** -(5 + torch.arange(4).double())
    powers = gamma[:, None, None] ** distance.tril()
    rotations = torch.exp(1j * theta * distance[..., None])
    scores = torch.einsum("bthi,bshi,tsi->bhts", query, key.conj(), rotations).real * powers / 6**0.5
    y = torch.einsum("bhts,bshv->bthv", scores.tril(), value)
    y = (y - y.mean(-1, keepdim=True)) / torch.sqrt(y.var(-1, keepdim=True, correction=0) + 1e-3)
    gate = attention.gate_proj(x)
    return attention.o_proj(gate * gate.sigmoid() * y.flatten(2))


def householder_products(attention: delta_net.DeltaNet, x: torch.Tensor) -> torch.Tensor:
    """Yang et al. 2024, equation 4: S (I - beta k k^T) + beta v k^T, token by token, with torch's own convolution."""
    weight = attention.conv_weight[:, None]
    qkv = torch.nn.functional.conv1d(attention.qkv_proj(x).mT, weight, groups=len(weight), padding=3)[..., :-3].mT
    query, key, value = (part.unflatten(-1, (4, 6)) for part in (qkv * qkv.sigmoid()).chunk(3, -1))
    query, key = (each / torch.sqrt(each.pow(2).sum(-1, keepdim=True) + 1e-6) for each in (query, key))
    beta, state, out = attention.b_proj(x).sigmoid()[..., None, None], x.new_zeros(2, 4, 6, 6), []
    for t in range(x.size(1)):
        k, v = key[:, t, :, :, None], value[:, t, :, :, None]
        state = state @ (torch.eye(6) - beta[:, t] * k @ k.mT) + beta[:, t] * v @ k.mT
        out.append((state @ query[:, t, :, :, None]).squeeze(-1) / 6**0.5)
    y = torch.stack(out, dim=1)
    y = y / torch.sqrt(y.pow(2).mean(-1, keepdim=True) + 1e-3) * attention.norm.weight
    return attention.o_proj(y.flatten(2))


# For each layer without a judge in transformers: what it scans with, the name of that, and its formula.
LINEAR = "linear_attention", *RULES["linear"]
DELTA = "gated_delta_rule", *RULES["gated delta"]
LAYERS = {
    "linear": (kernel, LINEAR, kernel_attention),
    "retention": (retention, LINEAR, complex_retention),
    "DeltaNet": (delta_net, DELTA, householder_products),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_its_formula_in_every_form(name, monkeypatch, float64_by_default):
    module, (rule, definition, others), formula = LAYERS[name]
    model = GPT(variant(name))
    attention, x = model.blocks[0].attn, drawn(2, 23, 24, seed=9).requires_grad_()
    with torch.no_grad():
        for seed, weight in enumerate(attention.parameters()):
            weight.copy_(0.5 * drawn(*weight.shape, seed=seed))
    wanted = [x, *attention.parameters()]
    expected = formula(attention, x)
    gradients = torch.autograd.grad(expected.sin().sum(), wanted)
    for form in (definition, *others, partial(others[-1], chunk=5)):
        monkeypatch.setattr(module, rule, form)
        found = attention(x, model.positions(torch.arange(23))[0])
        assert_same([found, *torch.autograd.grad(found.sin().sum(), wanted)], [expected, *gradients])


@pytest.mark.parametrize("name", ["delta", "KDA"])
def test_steps_are_small_at_first(name):
    step = torch.nn.functional.softplus(GPT(variant(name, n_embd=96, n_head=16)).blocks[0].attn.dt_bias.detach())
    assert 0.001 <= step.min() < step.max() <= 0.1 + 1e-6


# Those with layers that have a state, or the tail of a convolution.
HYBRIDS = [name for name, family in FAMILIES.items() if "linear_conv_kernel_dim" in family.fields or name == "minimax"]


@torch.no_grad()
@pytest.mark.parametrize("name", HYBRIDS)
def test_a_public_model_of_several_mixers_goes_on_from_its_cache_at_every_split(name):
    model = randomise(GPT(example(FAMILIES[name])).double(), seed=0).eval()
    tokens = torch.randint(61, (2, 11), generator=torch.Generator().manual_seed(1))
    whole = model(tokens)
    for cut in range(1, 11):
        cache = KVCache(model.config)
        parts = [model(part, cache=cache) for part in tokens.split((cut, 11 - cut), dim=1)]
        assert_same([torch.cat(parts, dim=1)], [whole])


def test_value_heads_are_a_multiple_of_key_heads():
    with pytest.raises(ValueError, match="linear_num_value_heads = 3: it must be a multiple of linear_num_key"):
        GPT(variant("delta", linear_num_value_heads=3))


def test_a_draft_that_is_taken_back_has_never_been_written():
    # A draft model that is mostly wrong: the result is that of the model alone.
    model, draft = (GPT(variant("delta and a window in turn")).double().eval() for _ in range(2))
    for seed, one in enumerate((model, draft)):
        with torch.no_grad():
            for parameter in one.parameters():
                parameter.copy_(0.5 * drawn(*parameter.shape, seed=seed))
    tokens = torch.tensor([[3, 1, 4, 1, 5]])
    assert torch.equal(speculate(model, draft, tokens, 15, temperature=0), generate(model, tokens, 15, temperature=0))


@pytest.mark.slow  # transformers takes seconds to load
def test_lightning_attention_is_that_of_minimax():
    from transformers import MiniMaxConfig
    from transformers.models.minimax.modeling_minimax import MiniMaxLightningAttention

    sizes = {"hidden_size": 24, "num_attention_heads": 4, "head_dim": 6, "num_hidden_layers": 3, "block_size": 16}
    theirs = MiniMaxLightningAttention(MiniMaxConfig(**sizes), 1)
    ours = lightning.LightningAttention(variant("lightning", n_layer=3, norm_eps=1e-6), 1)
    names = {"norm": "norm", "out_proj": "o_proj", "output_gate": "gate_proj", "qkv_proj": "qkv_proj"}
    with torch.no_grad():
        for seed, (name, name_of_ours) in enumerate(names.items()):
            weight = drawn(*theirs.get_submodule(name).weight.shape, seed=seed).float()
            theirs.get_submodule(name).weight.copy_(weight)
            # Theirs has query, key and value of one head beside each other.
            by_part = weight.unflatten(0, (4, 3, 6)).transpose(0, 1).flatten(0, 2) if name == "qkv_proj" else weight
            ours.get_submodule(name_of_ours).weight.copy_(by_part)
        x = drawn(2, 70, 24, seed=9).float()
        expected, _ = theirs(x, None, None)
        torch.testing.assert_close(ours(x, Context(torch.arange(70))), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_kimi_delta_attention_is_that_of_kimi_linear():
    from transformers import KimiLinearConfig
    from transformers.models.kimi_linear.modeling_kimi_linear import KimiLinearDeltaAttention

    sizes = {"hidden_size": 24, "linear_num_heads": 4, "linear_head_dim": 6, "rms_norm_eps": 1e-3}
    theirs = KimiLinearDeltaAttention(KimiLinearConfig(**sizes, num_hidden_layers=2), 0).eval()
    ours = kda.KimiDeltaAttention(variant("KDA"), 0)
    with torch.no_grad():
        for seed, weight in enumerate(theirs.parameters()):
            weight.copy_(0.5 * drawn(*weight.shape, seed=seed))
        given = dict(theirs.named_parameters())
        named = {
            "qkv_proj.weight": torch.cat([given.pop(f"{name}_proj.weight") for name in "qkv"]),
            "conv_weight": given.pop("conv1d.weight")[:, 0],
            "A_log": given.pop("forget_gate.A_log").flatten(),
            "norm_weight": given.pop("o_norm.weight"),
        }
        ours.load_state_dict(named | {name.removeprefix("forget_gate."): weight for name, weight in given.items()})
        x = drawn(2, 70, 24, seed=9).float()
        expected = theirs(x)
        torch.testing.assert_close(ours(x, Context(torch.arange(70))), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_equals_the_rules_of_transformers():
    from transformers.models.qwen3_5 import modeling_qwen3_5 as theirs

    for T in (1, 67, 130):
        *entries, state = (each.float() for each in entries_of("gated delta", T))
        query, key, value, log_decay, beta = (each.transpose(1, 2) for each in entries)
        # Theirs divides queries by the root of their size.
        given = (query * K**0.5, key, value, log_decay, beta)
        options = {"initial_state": state, "output_final_state": True}
        for theirs_rule, rule in (
            (theirs.torch_recurrent_gated_delta_rule, recurrent_gated_delta_rule),
            (theirs.torch_chunk_gated_delta_rule, chunk_gated_delta_rule),
        ):
            out, last = theirs_rule(*given, **options)
            for found, expected in zip(rule(*entries, state), (out.transpose(1, 2), last), strict=True):
                torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
