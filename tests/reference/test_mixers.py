"""Recurrent mixers: one thing in several forms, a state handed on, and a cache that is as large for any length."""

import itertools

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.decoding.speculative import speculate
from reference.gpt import GPT
from reference.mixers.delta import chunk_gated_delta_rule, gated_delta_rule, recurrent_gated_delta_rule
from reference.mixers.linear import chunk_linear_attention, parallel_linear_attention, recurrent_linear_attention
from reference.optimization.training_flops import training_flops
from scripts.measuring.attention_variants import variant

B, H, K, Vd = 2, 3, 4, 5
RULES = {
    # For each kind: its definition, and its other forms.
    "linear": (recurrent_linear_attention, (parallel_linear_attention, chunk_linear_attention)),
    "gated delta": (recurrent_gated_delta_rule, (gated_delta_rule, chunk_gated_delta_rule)),
}


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def entries_of(kind: str, T: int) -> list[torch.Tensor]:
    """Entries of T tokens and a state that is not zero. Some decays are none at all, and some forget everything."""
    query, key, value = drawn(B, H, T, K, seed=0), drawn(B, H, T, K, seed=1), drawn(B, H, T, Vd, seed=2)
    log_decay = -(drawn(B, H, T, seed=3).exp() - 0.4).clamp(min=0) * (1 + 400 * (torch.arange(T) % 7 == 3))
    beta = [drawn(B, H, T, seed=4).sigmoid()] if "delta" in kind else []
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
    for chunk in (1, 2, 5, 16, 200):
        assert_same(others[-1](*entries, chunk=chunk), expected)


@pytest.mark.parametrize("form", [form for definition, others in RULES.values() for form in (definition, *others)])
def test_a_state_is_handed_on_at_every_split(form):
    kind = "gated delta" if "delta" in form.__name__ else "linear"
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
    gradients = [torch.autograd.grad(form(*entries), entries, directions) for form in (definition, *others)]
    for found in gradients[1:]:
        assert_same(found, gradients[0])


def test_what_is_forgotten_at_once_overflows_nowhere():
    # e^-20000 has no float; its quotients have.
    query, key, value, _, beta, state = (each.float() for each in entries_of("gated delta", 67))
    log_decay = torch.full((B, H, 67), -300.0, requires_grad=True)
    out, last = chunk_gated_delta_rule(query, key, value, log_decay, beta, state)
    out.sum().backward()
    assert out.isfinite().all() and last.isfinite().all() and log_decay.grad.isfinite().all()
    torch.testing.assert_close(out, (query * key).sum(-1, keepdim=True) * beta[..., None] * value)
