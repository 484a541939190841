"""Cases for gpt.py."""

import itertools

import torch
from torch import nn

from . import SMALL, case, distribution, draw, draw_tokens, fill, growth, outcome, parameters, share_of_zeros, small


def model_of(package, config=SMALL, spread: float = 0.5):
    return fill(package.gpt.GPT(config), spread)


def logits_of(package, config, tokens, targets=None, spread: float = 0.5) -> dict:
    model = model_of(package, config, spread)
    return outcome(model, tokens, *([] if targets is None else [targets]), module=model)


def created(package, config) -> dict:
    model = package.gpt.GPT(config)
    parts = ("embedding_norm", "final_norm", "positions", "dropout")
    # Under which of its names torch finds a shared parameter follows from the order in which the parts were made.
    named = model.named_parameters(remove_duplicate=False)
    return {
        "the parameters": {name: tuple(parameter.shape) for name, parameter in named},
        "head and embedding share their weights": model.lm_head.weight is model.token_embedding.weight,
        "how many numbers there are to learn": sum(parameter.numel() for parameter in model.parameters()),
        "the buffers": {name: tuple(buffer.shape) for name, buffer in model.named_buffers()},
        "what is saved": sorted(model.state_dict()),
        "config": getattr(model, "config", "not set"),
        "the kinds of parts": {name: type(getattr(model, name, None)).__name__ for name in parts},
        "the kinds of blocks": [type(block).__name__ for block in model.blocks],
        "the share that is dropped": getattr(getattr(model, "dropout", None), "p", "no dropout"),
    }


INIT = "gpt.GPT.__init__"
case(INIT, "two layers")(lambda package: created(package, SMALL))
case(INIT, "seven tokens to look at")(lambda package: logits_of(package, SMALL, draw_tokens(2, 7)))
case(INIT, "three layers, one key/value head, other tables, norms with weights")(
    lambda package: created(
        package, small(n_layer=3, n_kv_head=1, max_seq_len=20, rope_theta=7.0, normalization="layernorm")
    )
)
case(INIT, "a tied head, no norm after the embedding, learned positions, dropout")(
    lambda package: created(
        package,
        small(weight_tying=True, embedding_norm=False, position_encoding="learned_absolute", dropout=0.25),
    )
)
case(INIT, "blocks that need no final norm")(
    lambda package: created(package, small(norm_position="post", normalization="rmsnorm"))
)
case(INIT, "a single layer")(lambda package: created(package, small(n_layer=1)))
case(INIT, "blocks without any norm")(lambda package: created(package, small(norm_position="none")))
case(INIT, "blocks with norms on both sides")(lambda package: created(package, small(norm_position="sandwich")))


@case("gpt.GPT.init_weights", "a model of two wide layers")
def init_weights(package):
    torch.manual_seed(0)
    # Weights of another size to begin with: an embedding, for one, has spread one from the moment that it is made.
    model = fill(package.gpt.GPT(small(vocab_size=300, n_embd=128, n_kv_head=1)), spread=3.0)
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
            sigma = 1.0 if "embedding" in name else columns**-0.5 * min(1.0, (rows / columns) ** 0.5)
            report |= {f"the {kind} of {name}": value for kind, value in distribution(weight, sigma).items()}
    report["the loss before training"] = model(draw_tokens(2, 8), draw_tokens(2, 8, seed=1)).item()
    return report


@case("gpt.GPT.init_weights", "experts, a tied head, and biases")
def init_other_weights(package):
    config = small(ffn_type="moe", n_expert=3, weight_tying=True, bias=True, normalization="layernorm")
    model = fill(package.gpt.GPT(config), spread=3.0)
    model.init_weights()
    kept = {name: weight.detach() for name, weight in model.named_parameters() if not weight.any() or "norm" in name}
    return {"what is zero, or was left alone": sorted(kept)} | kept


@case("gpt.GPT.init_weights", "another way to draw them")
def init_by_name(package):
    model = fill(package.gpt.GPT(small(init="gpt2", vocab_size=300)), spread=3.0)
    model.init_weights()
    return {
        f"the {kind} of {name}": value
        for name, weight in model.named_parameters()
        for kind, value in distribution(
            weight, 0.01 if name.endswith(("o_proj.weight", "down_proj.weight")) else 0.02
        ).items()
    }


@case("gpt.GPT.init_weights", "a way to draw them that nobody knows")
def init_unknown(package):
    try:
        package.gpt.GPT(small(init="gtp2")).init_weights()
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "gtp2" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}


def init_case(about: str, make, sigma: float) -> None:
    @case("gpt.GPT._init_weights", about)
    def init_module(package):
        torch.manual_seed(0)
        module = fill(make(), spread=3.0)
        weight = module.weight
        package.gpt.GPT._init_weights(module)
        report = {f"the {kind} of the weight": value for kind, value in distribution(module.weight, sigma).items()}
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


@case("gpt.GPT.get_device", "a model that was made on another device than the CPU")
def get_device_elsewhere(package):
    with torch.device("meta"):
        model = package.gpt.GPT(SMALL)
    return {"the device": model.get_device()}


@case("gpt.GPT.forward", "no targets")
def logits(package):
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("gpt.GPT.forward", "norms with weights of their own")
def weighted_norms(package):
    return logits_of(package, small(normalization="layernorm"), draw_tokens(2, 7))


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
    return logits_of(package, small(n_layer=3, logit_softcap=5.0), draw_tokens(2, 7))


def forward_case(about: str, with_targets: bool = False, **changes) -> None:
    @case("gpt.GPT.forward", about)
    def forward(package):
        targets = draw_tokens(2, 7, seed=1) if with_targets else None
        return logits_of(package, small(**changes), draw_tokens(2, 7), targets)


forward_case(
    "embeddings scaled by the root of the width, no norm after them", embedding_scale=True, embedding_norm=False
)
forward_case("learned positions", position_encoding="learned_absolute")
forward_case("learned positions on a scaled embedding", position_encoding="learned_absolute", embedding_scale=True)
forward_case("layers of which every other one has no positions", position_encoding="rope,none")
forward_case("logits that are scaled, then capped", logit_scale=0.25)
forward_case("logits that are not capped", logit_softcap=None)
forward_case("a tied head, scaled logits, and targets", with_targets=True, weight_tying=True, logit_scale=3.0)
forward_case("blocks that need no final norm", norm_position="post", normalization="rmsnorm")
forward_case("experts that want to be equally busy", with_targets=True, ffn_type="moe", n_expert=3, n_expert_active=1)
forward_case("experts, and no targets", ffn_type="moe", n_expert=3, n_expert_active=1)


@case("gpt.GPT.forward", "dropout, in training and in evaluation")
def dropout(package):
    torch.manual_seed(0)
    model, seen = model_of(package, small(dropout=0.25)), []
    model.blocks[0].register_forward_pre_hook(lambda block, arguments: seen.append(arguments[0].detach()))
    # Whatever was dropped before: the blocks end with the same numbers, so that what is dropped after them shows.
    model.blocks[-1].register_forward_hook(lambda block, arguments, result: draw(*result.shape, seed=5))
    tokens = draw_tokens(50, 12)
    with torch.no_grad():
        logits = {"training": model.train()(tokens), "evaluation": model.eval()(tokens)}
    trained, evaluated = seen
    return {
        "the share of numbers dropped before the blocks": share_of_zeros(trained, 0.25),
        "the share of tokens of which nothing is left": (trained == 0).all(dim=-1).double().mean().item(),
        "what the rest is multiplied by": growth(trained, evaluated),
        "the input of the blocks in evaluation": evaluated,
    } | {f"the logits in {mode}, when the blocks always end the same": found for mode, found in logits.items()}


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


@case("gpt.GPT.forward", "a loss in chunks of 4 positions")
def chunked_loss(package):
    model, seen = model_of(package, small(ffn_type="moe", n_expert=3, normalization="layernorm")), []
    model.lm_head.register_forward_hook(lambda head, arguments, result: seen.append(result.numel() // result.size(-1)))
    targets = draw_tokens(2, 7, seed=1)
    targets[0, 2:] = -1
    loss = model(draw_tokens(2, 7), targets, loss_chunk=4)
    loss.backward()
    return {
        "the loss": loss.detach(),
        "the gradient of the head": model.lm_head.weight.grad,
        "the gradient of the embedding": model.token_embedding.weight.grad,
        "for how many positions logits are made at a time, at most": max(seen),
        "the logits without targets": model(draw_tokens(2, 7), loss_chunk=4).detach(),
    }


@case("gpt.GPT.forward", "a sequence one longer than the tables")
def too_long(package):
    try:
        model_of(package)(draw_tokens(1, SMALL.max_seq_len + 1))
    except ValueError as error:
        said = str(error)
        return {"what is raised": "ValueError", "both lengths are named": "13" in said and "12" in said}
    return {"what is raised": "nothing", "both lengths are named": False}


forward_case("a window in every other layer", attention_window="3,none", n_layer=3)
forward_case("differential attention, to which every layer is another one", attention_type="differential")


def cached_case(about: str, *lengths: int, kept: tuple[int, int] | None = None, **changes) -> None:
    """A text in several parts, read into a cache. kept: how many tokens each sequence keeps of the first part."""

    @case("gpt.GPT.forward", about)
    def cached(package):
        model = model_of(package, small(**changes))
        cache, tokens, report = package.cache.KVCache(model.config, spare=4), draw_tokens(2, 12, seed=4), {}
        for part, (length, end) in enumerate(zip(lengths, itertools.accumulate(lengths), strict=True), start=1):
            with torch.no_grad():
                report[f"the logits of part {part}"] = model(tokens[:, end - length : end], cache=cache)
            report[f"the lengths in the cache after part {part}"] = cache.length
            if part == 1 and kept:
                cache.rewind(torch.tensor(kept))
        return report | {"the longest": cache.longest}


cached_case("a cache, and a text in three parts", 4, 1, 3)
cached_case("a cache, and a text token by token", 1, 1, 1)
cached_case("a cache, and a text that fills it", 7, 5)
cached_case("a cache, and sequences of different lengths", 5, 2, 1, kept=(5, 2))
cached_case("a cache, and no sequence of full length", 5, 1, kept=(1, 3))
cached_case("a cache, and learned positions", 4, 1, 2, kept=(4, 2), position_encoding="learned_absolute")
cached_case("a cache, and a bias on the scores", 4, 1, 2, kept=(3, 4), position_encoding="alibi")
cached_case("a cache, and layers of which every other one has a window", 5, 1, 2, attention_window="3,none")


@case("gpt.GPT.forward", "a cache, and targets")
def cached_loss(package):
    model, cache = model_of(package), package.cache.KVCache(SMALL)
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    with torch.no_grad():
        parts = [model(tokens[:, part], targets[:, part], cache) for part in (slice(4), slice(4, 7))]
    return {"the losses of two parts": torch.stack(parts)}


@case("gpt.GPT.forward", "more tokens than a cache has room for")
def full_cache(package):
    model, cache = model_of(package), package.cache.KVCache(SMALL)
    with torch.no_grad():
        model(draw_tokens(2, 10), cache=cache)
        try:
            model(draw_tokens(2, 3), cache=cache)
        except ValueError as error:
            said = str(error)
            raised, named = "ValueError", all(number in said for number in ("10", "3", "12"))
        else:
            raised, named = "nothing", False
    return {"what is raised": raised, "all lengths are named": named, "the lengths in the cache": cache.length}


@case("gpt.GPT.forward", "bfloat16 weights", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": model_of(package)(draw_tokens(2, 7)).detach()}


@case("gpt.GPT.forward", "bfloat16 weights that make logits without a rounding error", dtype=torch.bfloat16)
def exact_logits(package):
    # Blocks that add nothing, an embedding of plus and minus one, and a head that picks one number for each logit: up
    # to the soft cap everything is exact, so that what is done after it in too few digits shows.
    model = package.gpt.GPT(small(norm_eps=1e-12))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.token_embedding.weight.copy_(draw(*model.token_embedding.weight.shape).sign())
        model.lm_head.weight.fill_diagonal_(1.0).mul_(2 * draw(SMALL.vocab_size, 1, seed=1))
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    return {"the result": model(tokens).detach(), "the result with targets": model(tokens, targets).detach()}
