"""The same numbers on an accelerator: on the device that TEST_DEVICE names, else on a GPU where there is one.

Without either they run on the CPU, so that they do not rot. `python -m scripts.benchmark gpu` runs them on a GPU.
"""

import copy
import os

import pytest
import torch

from reference.attentions.backends.fused import BACKENDS, why_unsupported
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from reference.optimization.adamw import setup_adamw
from reference.optimization.nanochat_2026 import setup_nanochat_2026
from reference.optimization.optimizers import setup_nanochat
from reference.presets import PRESETS, preset
from scripts.measuring.attention_variants import VARIANTS, variant

DEVICE = torch.device(os.environ.get("TEST_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu"))
ON_CPU = DEVICE.type == "cpu"
# Of the largest logit. The inputs of a GPU's matrix products keep 10 bits of float32 at worst, 7 of bfloat16.
TOLERANCES = {torch.float32: 1e-5 if ON_CPU else 2e-3, torch.bfloat16: 4e-2}

PAIRS = [
    pytest.param(name, backend, id=f"{name}-{backend}")
    for name in ("multi-head", "window", "soft cap", "sinks", "ALiBi", "differential", "latent")
    for backend in BACKENDS
    if why_unsupported(backend, variant(name)) is None
]
assert {name for name in VARIANTS} >= {pair.values[0] for pair in PAIRS}


def off(found: torch.Tensor, truth: torch.Tensor) -> float:
    """How far off, of the largest."""
    return ((found.cpu().double() - truth).abs().max() / truth.abs().max()).item()


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_every_backend_is_right_on_the_device(name, backend, dtype, randomised):
    if ON_CPU and backend == "flex":
        pytest.skip("flex has no kernel for a CPU")
    tokens = torch.randint(13, (2, 24), generator=torch.Generator().manual_seed(1))
    truth = randomised(GPT(variant(name))).double()
    model = randomised(GPT(variant(name, attention_backend=backend))).to(DEVICE, dtype)
    expected = truth(tokens)
    try:
        found = model(tokens.to(DEVICE))
    except RuntimeError as error:
        if "on a GPU, torch's flash kernel has no window" in str(error) or "No available kernel" in str(error):
            pytest.skip(str(error).splitlines()[0])
        raise
    assert off(found.detach(), expected.detach()) < TOLERANCES[dtype]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_right_on_the_device(name, randomised):
    model = randomised(GPT(preset(f"{name}_tiny", dropout=0.0))).eval()
    tokens = torch.randint(model.config.vocab_size, (2, model.config.max_seq_len))
    expected = copy.deepcopy(model).double()(tokens, tokens)
    expected.backward()
    model, tokens = model.to(DEVICE), tokens.to(DEVICE)
    # On a CPU too, a tensor that is made without a device meets the others on another one.
    with torch.device("meta"):
        loss = model(tokens, tokens)
        loss.backward()
    assert off(loss.detach(), expected.detach()) < TOLERANCES[torch.float32]
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())


@pytest.mark.parametrize("name", ["grouped", "window", "latent"])
def test_cached_decoding_is_the_full_pass_on_the_device(name, randomised):
    model = randomised(GPT(variant(name, attention_backend="sdpa"))).to(DEVICE).eval()
    tokens = torch.randint(13, (2, 24), device=DEVICE)
    cache = KVCache(model.config)
    with torch.no_grad():
        parts = [model(part, cache=cache) for part in tokens.split([9, 1, 1, 13], dim=1)]
        assert off(torch.cat(parts, dim=1), model(tokens).cpu().double()) < TOLERANCES[torch.float32]


@pytest.mark.parametrize("setup", [setup_nanochat, setup_nanochat_2026, setup_adamw])
def test_an_optimizer_takes_the_same_steps_on_the_device(setup, randomised):
    model = randomised(GPT(variant("grouped")))
    twin = copy.deepcopy(model).to(DEVICE)
    for one in (model, twin):
        optimizers = setup(one)
        for number in range(3):
            for index, weight in enumerate(one.parameters()):
                generator = torch.Generator().manual_seed(100 * number + index)
                weight.grad = torch.randn(weight.shape, generator=generator).to(weight.device)
            with torch.device("meta"):
                for optimizer in optimizers:
                    optimizer.step()
    for (name, weight), other in zip(model.named_parameters(), twin.parameters(), strict=True):
        # Muon's matrix products are in bfloat16 on a GPU.
        assert off(other.detach(), weight.detach().double()) < (1e-5 if ON_CPU else 2e-2), name
