"""Cases for gpt.py."""

import math
from dataclasses import replace

import torch
from torch import nn

from . import SMALL, Estimate, case, draw, draw_tokens, fill, outcome, parameters


def model_of(package, config=SMALL, spread: float = 0.5):
    return fill(package.gpt.GPT(config), spread)


def logits_of(package, config, tokens, targets=None, spread: float = 0.5) -> dict:
    model = model_of(package, config, spread)
    return outcome(model, tokens, *([] if targets is None else [targets]), module=model)


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
    }


@case("gpt.GPT.__init__", "seven tokens to look at")
def init_and_forward(package):
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("gpt.GPT.__init__", "three layers, one key/value head, other tables, norms with weights")
def other_init(package):
    model = package.gpt.GPT(
        replace(SMALL, n_layer=3, n_kv_head=1, max_seq_len=20, rope_theta=7.0, normalization="layernorm")
    )
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
    # Weights of another size to begin with: an embedding, for one, has spread one from the moment that it is made.
    model = fill(package.gpt.GPT(replace(SMALL, vocab_size=300, n_embd=128, n_kv_head=1)), spread=3.0)
    before = dict(model.named_parameters())
    model.init_weights()
    report: dict = {"the parameters": parameters(model), "what was replaced, not changed in place": []}
    for name, weight in model.named_parameters():
        if weight is not before.get(name):
            report["what was replaced, not changed in place"].append(name)
        if name.endswith(("lm_head.weight", "o_proj.weight", "down_proj.weight")):
            report[name] = weight.detach()
        else:
            rows, columns = weight.shape
            sigma = 1.0 if "embedding" in name else columns**-0.5 * min(1.0, math.sqrt(rows / columns))
            report |= {f"the {kind} of {name}": value for kind, value in spread(weight, sigma).items()}
    report["the loss before training"] = model(draw_tokens(2, 8), draw_tokens(2, 8, seed=1)).item()
    return report


def init_case(about: str, make, sigma: float) -> None:
    @case("gpt.GPT._init_weights", about)
    def init_module(package):
        torch.manual_seed(0)
        module = fill(make(), spread=3.0)
        weight = module.weight
        package.gpt.GPT._init_weights(module)
        report = {f"the {kind} of the weight": value for kind, value in spread(module.weight, sigma).items()}
        report["the weight is changed in place"] = module.weight is weight
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
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("gpt.GPT.forward", "norms with weights of their own")
def weighted_norms(package):
    return logits_of(package, replace(SMALL, normalization="layernorm"), draw_tokens(2, 7))


@case("gpt.GPT.forward", "a single token")
def single(package):
    return logits_of(package, SMALL, draw_tokens(1, 1, seed=3))


@case("gpt.GPT.forward", "a sequence as long as the tables")
def longest(package):
    return logits_of(package, SMALL, draw_tokens(1, SMALL.max_seq_len))


@case("gpt.GPT.forward", "weights so small that eps counts in every norm")
def small_weights(package):
    return logits_of(package, SMALL, draw_tokens(2, 7), spread=1 / 32)


@case("gpt.GPT.forward", "three layers and a wider cap")
def other_config(package):
    return logits_of(package, replace(SMALL, n_layer=3, logit_softcap=5.0), draw_tokens(2, 7))


@case("gpt.GPT.forward", "sequences of different lengths, one after the other")
def lengths(package):
    model = model_of(package)
    return {f"the result for {T} tokens": model(draw_tokens(2, T)).detach() for T in (3, 6, 2)}


@case("gpt.GPT.forward", "targets")
def loss(package):
    # Cut from one window, as in training: neither tokens nor targets lie in memory in one piece.
    window = draw_tokens(2, 8)
    return logits_of(package, SMALL, window[:, :-1], window[:, 1:])


@case("gpt.GPT.forward", "targets, some of which do not count (-1)")
def masked_loss(package):
    targets = draw_tokens(2, 7, seed=1)
    targets[0, 2:] = -1
    return logits_of(package, SMALL, draw_tokens(2, 7), targets)


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


@case("gpt.GPT.forward", "bfloat16 weights that make logits without a rounding error", dtype=torch.bfloat16)
def exact_logits(package):
    # Blocks that add nothing, an embedding of plus and minus one, and a head that picks one number for each logit: up
    # to the soft cap everything is exact, so that what is done after it in too few digits shows.
    model = package.gpt.GPT(replace(SMALL, norm_eps=1e-12))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.token_embedding.weight.copy_(draw(*model.token_embedding.weight.shape).sign())
        model.lm_head.weight.fill_diagonal_(1.0).mul_(2 * draw(SMALL.vocab_size, 1, seed=1))
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    return {"the result": model(tokens).detach(), "the result with targets": model(tokens, targets).detach()}
