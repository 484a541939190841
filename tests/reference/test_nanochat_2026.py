"""nanochat of July 2026: its formulas, written down once more in the names of its own weights, against the preset."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.decoding.streaming import prefill
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.nanochat_2026 import setup_nanochat_2026
from reference.optimization.normuon import POLAR_EXPRESS, NorMuon, polar_express
from reference.presets import preset

# Ours, by theirs; those of one layer, with its number.
WHOLE = {
    "transformer.wte.weight": "embedding.token_embedding.weight",
    "lm_head.weight": "head.lm_head.weight",
    "smear_gate.weight": "blocks.0.enter.smear.gate.weight",
    "smear_lambda": "blocks.0.enter.smear.weight",
    "backout_lambda": "blocks.{last}.leave.weight",
}
OF_LAYER = {
    "transformer.h.{l}.attn.c_q.weight": "blocks.{l}.attn.q_proj.weight",
    "transformer.h.{l}.attn.c_k.weight": "blocks.{l}.attn.k_proj.weight",
    "transformer.h.{l}.attn.c_v.weight": "blocks.{l}.attn.v_proj.weight",
    "transformer.h.{l}.attn.c_proj.weight": "blocks.{l}.attn.o_proj.weight",
    "transformer.h.{l}.attn.ve_gate.weight": "blocks.{l}.values.add.gate.weight",
    "transformer.h.{l}.mlp.c_fc.weight": "blocks.{l}.mlp.up_proj.weight",
    "transformer.h.{l}.mlp.c_proj.weight": "blocks.{l}.mlp.down_proj.weight",
    "value_embeds.{l}.weight": "embedding.value_embeddings.{l}.weight",
    "resid_lambdas.{l}": "blocks.{l}.resid_lambda",
    "x0_lambdas.{l}": "blocks.{l}.x0_lambda",
}


def names(config: GPTConfig) -> dict[str, str]:
    """Their names of all weights, by ours."""
    found = {ours.format(last=config.n_layer - 1): theirs for theirs, ours in WHOLE.items()}
    for layer in range(config.n_layer):
        found |= {ours.format(l=layer): theirs.format(l=layer) for theirs, ours in OF_LAYER.items()}
    return found


def their_logits(
    w: dict[str, Tensor],
    tokens: Tensor,
    config: GPTConfig,
    smear: bool = True,
    backout: bool = True,
    x0: bool = True,
    last_has_values: bool = True,
    factor: float = 1.2,
    short: int = 7,
    base: float = 100_000.0,
    windows: str = "SSSL",
) -> Tensor:
    """The logits of nanochat/gpt.py, commit 92d63d4, token by token and head by head; changed where something is."""
    L, H, G, D = config.n_layer, config.n_head, config.n_kv_head, config.head_dim
    embedded = w["transformer.wte.weight"][tokens]
    norm = lambda x: x / (x.square().mean(-1, keepdim=True) + 2**-23).sqrt()  # noqa: E731
    x = norm(embedded)
    if smear:
        amount = w["smear_lambda"] * torch.sigmoid(x[:, 1:, :24] @ w["smear_gate.weight"].T)
        x = torch.cat((x[:, :1], x[:, 1:] + amount * x[:, :-1]), dim=1)
    start, middle = x, x
    T = tokens.size(1)
    angle = torch.outer(torch.arange(T).double(), frequencies(config, base))
    # As complex numbers, pairs turn clockwise with exp(-i angle).
    turn = torch.polar(torch.ones_like(angle), -angle)
    distance = torch.arange(T)[:, None] - torch.arange(T)

    def heads(x: Tensor, matrix: Tensor, number: int) -> Tensor:
        return (x @ matrix.T).unflatten(-1, (number, D)).transpose(1, 2)

    def rotated(x: Tensor) -> Tensor:
        turned = torch.complex(x[..., : D // 2], x[..., D // 2 :]) * turn
        return torch.cat((turned.real, turned.imag), dim=-1)

    for layer in range(L):
        of = f"transformer.h.{layer}."
        x = w[f"resid_lambdas.{layer}"] * x + (w[f"x0_lambdas.{layer}"] * start if x0 else 0)
        h = norm(x)
        q = factor * norm(rotated(heads(h, w[of + "attn.c_q.weight"], H)))
        k = factor * norm(rotated(heads(h, w[of + "attn.c_k.weight"], G)))
        v = heads(h, w[of + "attn.c_v.weight"], G)
        if (L - 1 - layer) % 2 == (0 if last_has_values else 1):
            # Where other layers are asked to have values, theirs are those of a neighbour.
            source = layer if last_has_values else layer + 1
            gate = 3 * torch.sigmoid(h[..., :12] @ w[f"transformer.h.{source}.attn.ve_gate.weight"].T)
            added = w[f"value_embeds.{source}.weight"][tokens].unflatten(-1, (G, D))
            v = v + (gate[..., None] * added).transpose(1, 2)
        seen = distance >= 0
        if windows[layer % len(windows)] == "S" and layer < L - 1:
            seen = seen & (distance <= short)
        outputs = []
        for head in range(H):
            key, value = k[:, head // (H // G)], v[:, head // (H // G)]
            scores = (q[:, head] @ key.mT / math.sqrt(D)).masked_fill(~seen, -math.inf)
            outputs.append(scores.softmax(-1) @ value)
        x = x + torch.cat(outputs, dim=-1) @ w[of + "attn.c_proj.weight"].T
        x = x + F.relu(norm(x) @ w[of + "mlp.c_fc.weight"].T).square() @ w[of + "mlp.c_proj.weight"].T
        if layer == L // 2:
            middle = x
    x = x - w["backout_lambda"] * middle if backout else x
    return 15 * torch.tanh(norm(x) @ w["lm_head.weight"].T / 15)


def frequencies(config: GPTConfig, base: float) -> Tensor:
    return base ** (-torch.arange(0, config.head_dim, 2).double() / config.head_dim)


def made(dtype: torch.dtype = torch.float64, **fields) -> GPT:
    """The tiny preset, every weight of it random."""
    model = GPT(preset("nanochat_2026_tiny", **fields)).to(dtype)
    if dtype == torch.float64:
        # Tables in float64 too.
        rope, config = model.positions.encodings["rope"], model.config
        angle = torch.outer(torch.arange(config.max_seq_len).double(), frequencies(config, config.rope_theta))
        rope.cos, rope.sin = angle.cos(), angle.sin()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            std = weight.size(1) ** -0.5 if weight.ndim == 2 else 0.5
            weight.copy_(std * torch.randn(weight.shape, generator=generator, dtype=torch.float64))
            if weight.ndim == 1:
                weight.add_(0.5)
    return model


def theirs_of(model: GPT) -> dict[str, Tensor]:
    """Its weights, as their model has them. Ours turns counter-clockwise, theirs the other way: that is the same once
    the halves of every query and key change places."""
    named = names(model.config)
    found = {named[name]: weight.detach().double() for name, weight in model.named_parameters()}
    for name, weight in found.items():
        if name.endswith(("c_q.weight", "c_k.weight")):
            found[name] = weight.unflatten(0, (-1, 2, model.config.head_dim // 2)).flip(1).flatten(0, 2)
    return found


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(27, (2, 24), generator=torch.Generator().manual_seed(1))


# Five layers have one more of the long kind: the last would be short in its turn.
@pytest.mark.parametrize(("n_layer", "windows"), [(1, "none"), (4, "8,8,8,none"), (5, "8,8,8,none,none")])
@torch.no_grad()
def test_logits_are_those_of_that_file(n_layer, windows, tokens):
    fields = {"n_layer": n_layer, "n_kv_head": 2, "attention_window": windows}
    for dtype, atol in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        model = made(dtype, **fields)
        expected = their_logits(theirs_of(model), tokens, model.config)
        assert expected.abs().max() > 1
        torch.testing.assert_close(model(tokens).double(), expected, rtol=0, atol=atol)


@torch.no_grad()
def test_near_misses_differ(tokens):
    model = made()
    logits, weights = model(tokens), theirs_of(model)
    for miss in (
        *({"smear": False}, {"backout": False}, {"x0": False}, {"last_has_values": False}, {"factor": 1.0}),
        *({"short": 6}, {"short": 8}, {"windows": "SSL"}, {"windows": "L"}, {"base": 10_000.0}),
    ):
        assert (their_logits(weights, tokens, model.config, **miss) - logits).abs().max() > 1e-4, miss


@torch.no_grad()
def test_decoded_with_a_cache_and_causal(tokens):
    model = made()
    logits = model(tokens)
    for split in range(1, 24):
        cache = KVCache(model.config)
        parts = [model(part, cache=cache) for part in (tokens[:, :split], tokens[:, split:])]
        torch.testing.assert_close(torch.cat(parts, dim=1), logits, rtol=0, atol=1e-12)
    other = tokens.clone()
    other[:, 9:] = (other[:, 9:] + 1) % 27
    torch.testing.assert_close(model(other)[:, :9], logits[:, :9], rtol=0, atol=0)


@torch.no_grad()
def test_prompts_of_different_lengths_and_what_was_rejected(tokens):
    model = made()
    logits = model(tokens)
    last, cache = prefill(model, [tokens[0, :5], tokens[1, :9]])
    torch.testing.assert_close(last, torch.stack((logits[0, 4], logits[1, 8])), rtol=0, atol=1e-12)
    # Read three wrong tokens, take them back, and go on, each from its own length; then take back right ones too.
    for lengths, shift in (((5, 9), 1), ((5, 9), 0), ((6, 8), 0)):
        cache.crop(torch.tensor(lengths))
        new, expected = (
            torch.stack([each[row, length : length + 3] for row, length in enumerate(lengths)])
            for each in (tokens, logits)
        )
        got = model((new + shift) % 27, cache=cache)
        assert shift or torch.allclose(got, expected, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match=r"crop by 5 tokens: .* rollback_window = 4 at most"):
        cache.crop(torch.tensor((8, 7)))


def test_first_weights_are_those_of_that_file():
    config = preset("nanochat_2026_tiny", n_layer=5, vocab_size=500)
    torch.manual_seed(0)
    model = GPT(config)
    initialise(model)
    L, bound = config.n_layer, math.sqrt(3 / config.n_embd)
    uniform = {"c_q": (-bound, bound), "c_k": (-bound, bound), "c_v": (-bound, bound), "value_embeds": (-bound, bound)}
    uniform |= {"c_fc": (-0.4 * bound, 0.4 * bound), "ve_gate": (0, 0.02), "smear_gate": (0, 0.02)}
    numbers = {"smear_lambda": 0.0, "backout_lambda": 0.2, "c_proj": 0.0}
    numbers |= {f"resid_lambdas.{layer}": 1.15 - 0.1 * layer / (L - 1) for layer in range(L)}
    numbers |= {f"x0_lambdas.{layer}": 0.2 - 0.15 * layer / (L - 1) for layer in range(L)}
    for name, weight in theirs_of(model).items():
        n = weight.numel()
        if part := next((part for part in uniform if part in name), None):
            low, high = uniform[part]
            # All within, and so many of them that some come near both ends.
            margin = (high - low) * 8 / n
            assert low <= weight.min() < low + margin and high - margin < weight.max() <= high, name
        elif part := next((part for part in numbers if part in name), None):
            torch.testing.assert_close(weight, torch.full_like(weight, numbers[part]), rtol=0, atol=1e-6)
        else:
            std = {"transformer.wte.weight": 0.8, "lm_head.weight": 0.001}[name]
            assert weight.std().item() == pytest.approx(std, rel=5 / math.sqrt(2 * n))
            assert abs(weight.mean().item()) < 5 * std / math.sqrt(n)


def test_optimizer_groups_are_those_of_that_file():
    model = GPT(preset("nanochat_2026_tiny"))
    adamw, muon = setup_nanochat_2026(model, weight_decay=0.28)
    named = names(model.config)
    theirs = {id(weight): named[name] for name, weight in model.named_parameters()}
    s = (64 / 768) ** -0.5
    # Which of their weights, learning rate, betas, weight decay.
    expected = [
        (["lm_head.weight"], 0.004 * s, (0.8, 0.96), 0.01),
        (["transformer.wte.weight"], 0.2 * s, (0.8, 0.995), 0.001),
        (["value_embeds.1.weight", "value_embeds.3.weight"], 0.1 * s, (0.8, 0.995), 0.01),
        ([f"resid_lambdas.{layer}" for layer in range(4)], 0.005, (0.8, 0.95), 0.05),
        ([f"x0_lambdas.{layer}" for layer in range(4)], 0.5, (0.96, 0.95), 0.0),
        (["backout_lambda", "smear_gate.weight", "smear_lambda"], 0.2, (0.8, 0.95), 0.0),
    ]
    for group, (weights, lr, betas, decay) in zip(adamw.param_groups, expected, strict=True):
        assert sorted(theirs[id(weight)] for weight in group["params"]) == weights
        assert (group["lr"], group["initial_lr"]) == (pytest.approx(lr), pytest.approx(lr))
        assert (group["betas"], group["weight_decay"], group["eps"]) == (betas, decay, 1e-10)
    rest = {name for name in theirs.values() if name.startswith("transformer.h.")}
    assert {theirs[id(weight)] for group in muon.param_groups for weight in group["params"]} == rest
    # One group for each shape, in ascending order.
    shapes = [{tuple(weight.shape) for weight in group["params"]} for group in muon.param_groups]
    assert shapes == [{(4, 12)}, {(64, 64)}, {(64, 256)}, {(256, 64)}]
    for group in muon.param_groups:
        settings = [group[name] for name in ("lr", "initial_lr", "momentum", "beta2", "weight_decay")]
        assert settings == [0.02, 0.02, 0.95, 0.9, 0.28]


@pytest.mark.parametrize("fields", [{"weight_tying": True, "normalization": "rmsnorm", "bias": True}, {"n_mtp": 1}])
def test_every_parameter_of_another_model_stands_in_exactly_one_group(fields):
    model = GPT(GPTConfig(**fields))
    groups = [group for optimizer in setup_nanochat_2026(model) for group in optimizer.param_groups]
    grouped = [id(weight) for group in groups for weight in group["params"]]
    assert sorted(grouped) == sorted(id(weight) for weight in model.parameters())


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
def test_normuon_steps_by_its_formula(shape):
    generator = torch.Generator().manual_seed(0)
    W = torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
    optimizer = NorMuon([W], lr=0.1, momentum=0.9, beta2=0.8, weight_decay=0.5, dtype=torch.float64)
    expected, m, v = W.detach().clone(), torch.zeros(shape, dtype=torch.float64), 0.0
    rows, cols = shape
    for _ in range(3):
        W.grad = torch.randn(shape, generator=generator, dtype=torch.float64)
        optimizer.step()
        m = 0.9 * m + 0.1 * W.grad
        u = 0.9 * m + 0.1 * W.grad
        u = u / u.norm(dim=1, keepdim=True) * u.square().sum(dim=1).mean().sqrt()
        # Polynomials of a matrix are those of its singular values.
        U, sigma, Vh = torch.linalg.svd(u, full_matrices=False)
        sigma = sigma / (1.01 * u.norm() + 1e-6)
        for a, b, c in POLAR_EXPRESS:
            sigma = a * sigma + b * sigma**3 + c * sigma**5
        torch.testing.assert_close(polar_express(u), U * sigma @ Vh, rtol=0, atol=1e-12)
        u = U * (sigma / sigma.norm() * min(shape) ** 0.5) @ Vh
        v = 0.8 * v + 0.2 * u.square().mean(dim=1 if rows >= cols else 0, keepdim=True)
        evened = u / v.sqrt()
        u = evened / evened.norm() * u.norm()
        decayed = torch.where(u * expected >= 0, 0.5 * expected, 0.0)
        expected = expected - 0.1 * max(1, rows / cols) ** 0.5 * (u + decayed)
        torch.testing.assert_close(W.detach(), expected, rtol=0, atol=1e-12)
