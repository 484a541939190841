"""Cases for gpt.py."""

import math
from dataclasses import replace

import torch
from torch import nn

from . import SMALL, Estimate, case, draw_tokens, fill, outcome, parameters


def model_of(package, config=SMALL):
    return fill(package.gpt.GPT(config))


@case("gpt.GPT.__init__", "two layers")
def init(package):
    model = package.gpt.GPT(SMALL)
    return {
        "the parameters": parameters(model),
        "the buffers": {name: tuple(buffer.shape) for name, buffer in model.named_buffers()},
        "what is saved": sorted(model.state_dict()),
        "config": getattr(model, "config", "not set"),
        "the cosines": getattr(model, "cos", "not set"),
        "the sines": getattr(model, "sin", "not set"),
        "the logits": model_of(package)(draw_tokens(2, 7)).detach(),
    }


@case("gpt.GPT.__init__", "three layers, one key/value head, other tables")
def other_init(package):
    model = package.gpt.GPT(replace(SMALL, n_layer=3, n_kv_head=1, max_seq_len=20, rope_theta=7.0))
    return {"the parameters": parameters(model), "the cosines": getattr(model, "cos", "not set")}


def spread(weight: torch.Tensor, sigma: float) -> dict:
    """What tells a normal distribution from others: mean, standard deviation, share within one sigma."""
    weight, n = weight.detach().double().flatten(), weight.numel()
    return {
        "mean": Estimate(weight.mean().item(), sigma / math.sqrt(n)),
        "standard deviation": Estimate(weight.std().item(), sigma / math.sqrt(2 * n)),
        "share within one sigma": Estimate((weight.abs() < sigma).double().mean().item(), math.sqrt(0.683 * 0.317 / n)),
    }


@case("gpt.GPT.init_weights", "a model of two wide layers")
def init_weights(package):
    torch.manual_seed(0)
    model = package.gpt.GPT(replace(SMALL, vocab_size=300, n_embd=128, n_kv_head=1))
    model.init_weights()
    report: dict = {"the parameters": parameters(model)}
    for name, weight in model.named_parameters():
        if weight.any():
            rows, columns = weight.shape
            sigma = 1.0 if "embedding" in name else columns**-0.5 * min(1.0, math.sqrt(rows / columns))
            report |= {f"the {kind} of {name}": value for kind, value in spread(weight, sigma).items()}
        else:
            report[f"{name}"] = weight.detach()
    report["the loss before training"] = model(draw_tokens(2, 8), draw_tokens(2, 8, seed=1)).item()
    return report


def init_case(about: str, make, sigma: float) -> None:
    @case("gpt.GPT._init_weights", about)
    def init_module(package):
        torch.manual_seed(0)
        module = make()
        package.gpt.GPT._init_weights(module)
        report = {f"the {kind} of the weight": value for kind, value in spread(module.weight, sigma).items()}
        return report | ({"the bias": module.bias.detach()} if getattr(module, "bias", None) is not None else {})


init_case("a square layer", lambda: nn.Linear(128, 128, bias=False), sigma=128**-0.5)
init_case("a layer that widens, with a bias", lambda: nn.Linear(64, 256), sigma=64**-0.5)
init_case("a layer that narrows", lambda: nn.Linear(256, 64, bias=False), sigma=256**-0.5 / 2)
init_case("an embedding", lambda: nn.Embedding(200, 64), sigma=1.0)


@case("gpt.GPT._init_weights", "a module that is neither linear nor an embedding")
def leave_alone(package):
    module = fill(nn.LayerNorm(16))
    package.gpt.GPT._init_weights(module)
    return {"the weight": module.weight.detach(), "the bias": module.bias.detach()}


@case("gpt.GPT.get_device", "a model on the CPU, then moved to another device")
def get_device(package):
    model = package.gpt.GPT(SMALL)
    return {"the device": model.get_device(), "the device after the move": model.to("meta").get_device()}


@case("gpt.GPT.forward", "no targets")
def logits(package):
    model = model_of(package)
    return outcome(model, draw_tokens(2, 7), module=model)


@case("gpt.GPT.forward", "a single token")
def single(package):
    model = model_of(package)
    return outcome(model, draw_tokens(1, 1, seed=3), module=model)


@case("gpt.GPT.forward", "a sequence as long as the tables")
def longest(package):
    model = model_of(package)
    return outcome(model, draw_tokens(1, SMALL.max_seq_len), module=model)


@case("gpt.GPT.forward", "targets")
def loss(package):
    model = model_of(package)
    return outcome(model, draw_tokens(2, 7), draw_tokens(2, 7, seed=1), module=model)


@case("gpt.GPT.forward", "targets, some of which do not count (-1)")
def masked_loss(package):
    model = model_of(package)
    targets = draw_tokens(2, 7, seed=1)
    targets[0, 2:] = -1
    return outcome(model, draw_tokens(2, 7), targets, module=model)


@case("gpt.GPT.forward", "a sequence one longer than the tables")
def too_long(package):
    try:
        model_of(package)(draw_tokens(1, SMALL.max_seq_len + 1))
    except ValueError as error:
        said = str(error)
        return {"what is raised": "ValueError", "both lengths are named": "13" in said and "12" in said}
    return {"what is raised": "nothing", "both lengths are named": False}


@case("gpt.GPT.forward", "bfloat16 weights", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": model_of(package)(draw_tokens(2, 7)).detach()}
