"""What gpt.GPT.forward is asked."""

import itertools

import torch

from scripts.course.gpt.shared import logits_of, model_of
from scripts.workshop.check.cases import SMALL, case, draw, draw_tokens, outcome, small


@case("no targets")
def logits(package):
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("a single token")
def single(package):
    return logits_of(package, SMALL, draw_tokens(1, 1, seed=3))


@case("a sequence as long as the tables")
def longest(package):
    return logits_of(package, SMALL, draw_tokens(1, SMALL.max_seq_len))


@case("weights so small that eps counts in every norm")
def small_weights(package):
    return logits_of(package, SMALL, draw_tokens(2, 7), spread=1 / 32)


@case("three layers, one key/value head and another vocabulary")
def other_sizes(package):
    config = small(n_layer=3, n_kv_head=1, vocab_size=17, max_seq_len=9, logit_softcap=5.0)
    return logits_of(package, config, draw_tokens(2, 7, vocab_size=17))


@case("sequences of different lengths, one after the other")
def lengths(package):
    model = model_of(package)
    return {f"the result for {T} tokens": model(draw_tokens(2, T)).detach() for T in (3, 6, 2)}


@case("targets")
def loss(package):
    return logits_of(package, SMALL, draw_tokens(2, 7), draw_tokens(2, 7, seed=1))


@case("targets, some of which do not count (-1), and a model in evaluation mode")
def masked_loss(package):
    targets = draw_tokens(2, 7, seed=1)
    targets[0, 2:] = -1
    model = model_of(package).eval()
    return outcome(model, draw_tokens(2, 7), targets, module=model)


@case("targets, no soft cap, and logits of several hundreds")
def large_logits(package):
    model = model_of(package, small(logit_softcap=None))
    with torch.no_grad():
        model.head.lm_head.weight.mul_(64)
    # The value only: which of the gradients are no numbers depends on how the same mistake is written.
    return {"the result": model(draw_tokens(2, 7), draw_tokens(2, 7, seed=1)).detach()}


# What embedding and head do in other models than chapter one's.
OTHER_ENDS = small(position_encoding="learned_absolute", embedding_scale=True, logit_softcap=None, logit_scale=0.5)


@case("an embedding that scales and adds positions, and a head that scales")
def other_ends(package):
    return logits_of(package, OTHER_ENDS, draw_tokens(2, 7))


@case("an embedding and a head that scale, and targets")
def other_ends_loss(package):
    return logits_of(package, OTHER_ENDS, draw_tokens(2, 7), draw_tokens(2, 7, seed=1))


@case("rotary positions in every other layer", track="positions")
def taking_turns(package):
    return logits_of(package, small(position_encoding="rope,none"), draw_tokens(2, 7))


def cached_case(about: str, *lengths: int, kept: tuple[int, int] | None = None, config=SMALL) -> None:
    """A text in several parts, read into a cache. kept: how many tokens each sequence keeps of the first part."""

    @case(about, track="inference")
    def cached(package):
        model = model_of(package, config)
        cache, tokens, report = (
            package.decoding.cache.KVCache(model.config, rollback_window=4),
            draw_tokens(2, 12, seed=4),
            {},
        )
        for part, (length, end) in enumerate(zip(lengths, itertools.accumulate(lengths), strict=True), start=1):
            with torch.no_grad():
                report[f"the logits of part {part}"] = model(tokens[:, end - length : end], cache=cache)
            report[f"the lengths in the cache after part {part}"] = cache.length
            if part == 1 and kept:
                cache.crop(torch.tensor(kept))
        return report | {"the longest": cache.max_len, "the model is still in training": model.training}


cached_case("a cache, and a text in three parts", 4, 1, 3)


cached_case(
    "a cache, a text token by token, and an embedding that scales and adds positions", 1, 1, 1, config=OTHER_ENDS
)


cached_case("a cache, and a text that fills it", 7, 5)


cached_case("a cache, and sequences of different lengths", 5, 2, 1, kept=(5, 2))


cached_case("a cache, and no sequence of full length", 5, 1, kept=(1, 3))


@case("a cache, and targets", track="inference")
def cached_loss(package):
    model, cache = model_of(package), package.decoding.cache.KVCache(SMALL)
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    with torch.no_grad():
        parts = [model(tokens[:, part], targets[:, part].contiguous(), cache) for part in (slice(4), slice(4, 7))]
    return {"the losses of two parts": torch.stack(parts)}


@case("bfloat16 weights, and a model in evaluation mode", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": model_of(package).eval()(draw_tokens(2, 7)).detach()}


@case("bfloat16 weights that make logits without a rounding error", dtype=torch.bfloat16)
def exact_logits(package):
    # Blocks that add nothing, an embedding of plus and minus one, and a head that picks one channel for each logit: up
    # to the soft cap everything is exact, so that what is done after it in too few digits shows.
    model = package.gpt.GPT(small(norm_eps=1e-12))
    table, head = model.embedding.token_embedding.weight, model.head.lm_head.weight
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        table.copy_(draw(*table.shape).sign())
        head.fill_diagonal_(1.0).mul_(2 * draw(SMALL.vocab_size, 1, seed=1))
    tokens, targets = draw_tokens(2, 7), draw_tokens(2, 7, seed=1)
    return {"the result": model(tokens).detach(), "the result with targets": model(tokens, targets).detach()}
