"""What gpt.GPT.forward is asked."""

import itertools

import torch

from scripts.course.gpt.shared import logits_of, model_of
from scripts.workshop.check.cases import (
    SMALL,
    case,
    draw,
    draw_tokens,
    growth,
    share_of_zeros,
    small,
)


@case("no targets")
def logits(package):
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("norms with weights of their own")
def weighted_norms(package):
    return logits_of(package, small(normalization="layernorm"), draw_tokens(2, 7))


@case("a single token")
def single(package):
    return logits_of(package, SMALL, draw_tokens(1, 1, seed=3))


@case("a sequence as long as the tables")
def longest(package):
    return logits_of(package, SMALL, draw_tokens(1, SMALL.max_seq_len))


@case("weights so small that eps counts in every norm")
def small_weights(package):
    return logits_of(package, SMALL, draw_tokens(2, 7), spread=1 / 32)


@case("three layers and a wider cap")
def other_config(package):
    return logits_of(package, small(n_layer=3, logit_softcap=5.0), draw_tokens(2, 7))


def forward_case(about: str, with_targets: bool = False, **changes) -> None:
    @case(about)
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


@case("dropout, in training and in evaluation")
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


@case("sequences of different lengths, one after the other")
def lengths(package):
    model = model_of(package)
    return {f"the result for {T} tokens": model(draw_tokens(2, T)).detach() for T in (3, 6, 2)}


@case("targets")
def loss(package):
    # Cut from one window, as in training: neither tokens nor targets lie in memory in one piece.
    window = draw_tokens(2, 8)
    return logits_of(package, SMALL, window[:, :-1], window[:, 1:])


@case("targets, some of which do not count (-1)")
def masked_loss(package):
    targets = draw_tokens(2, 7, seed=1)
    targets[0, 2:] = -1
    return logits_of(package, SMALL, draw_tokens(2, 7), targets)


@case("a loss in chunks of 4 positions")
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


@case("a sequence one longer than the tables")
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

    @case(about)
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


@case("a cache, and targets")
def cached_loss(package):
    model, cache = model_of(package), package.cache.KVCache(SMALL)
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    with torch.no_grad():
        parts = [model(tokens[:, part], targets[:, part], cache) for part in (slice(4), slice(4, 7))]
    return {"the losses of two parts": torch.stack(parts)}


@case("more tokens than a cache has room for")
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


@case("bfloat16 weights", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": model_of(package)(draw_tokens(2, 7)).detach()}


@case("bfloat16 weights that make logits without a rounding error", dtype=torch.bfloat16)
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
