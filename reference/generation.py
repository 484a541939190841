"""Generation: let the model continue a text, one token at a time."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from .cache import KVCache
from .gpt import GPT


def next_token_distribution(
    logits: Float[Tensor, "B V"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Float[Tensor, "B V"]:
    r"""How likely each token is to be drawn next.

        p = softmax(logits / temperature), over the top_k likeliest tokens only where top_k is given

    then `keep_nucleus(p, top_p)` where top_p is given and below 1, then `keep_likely(p, min_p)` where min_p is given.

    logits: (B, V). temperature: 0 gives the likeliest token all the probability, whatever else is asked for. top_k may
    be larger than V; where tokens are equally likely, still no more than top_k stay. Returns (B, V), in the dtype of
    logits; every row sums to one.

    Raises `ValueError` where temperature is negative, top_k is smaller than 1, or top_p or min_p is not in (0, 1].

    Top-k: Fan et al. 2018 (arXiv:1805.04833), section 5.
    """
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(
            f"temperature = {temperature}, top_k = {top_k}: at least 0, and at least 1 or None, are needed"
        )
    if any(share is not None and not 0 < share <= 1 for share in (top_p, min_p)):
        raise ValueError(f"top_p = {top_p}, min_p = {min_p}: more than 0 and at most 1, or None, is needed")
    # Temperature 0: no dice, the likeliest token.
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)
    # Temperature: below 1 the likely get likelier, above 1 everything gets more even.
    logits = logits / temperature
    # Top-k: rule out everything but the k best, and no more than k where some are equally good.
    if top_k is not None:
        best = logits.topk(min(top_k, logits.size(-1)))
        logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)
    p = logits.softmax(dim=-1)
    # Top-p and min-p: rule out by probability, of what temperature has made of it.
    if top_p is not None and top_p < 1:
        p = keep_nucleus(p, top_p)
    if min_p is not None:
        p = keep_likely(p, min_p)
    return p


def keep_nucleus(p: Float[Tensor, "B V"], top_p: float) -> Float[Tensor, "B V"]:
    r"""Top-p: keep the fewest tokens, the likeliest first, that together have a probability of top_p at least.

    A token stays if those likelier than it have less than top_p together; the likeliest always stays. Where tokens are
    equally likely, which of them stay is left open, how many is not. p: (B, V), rows that sum to one; top_p: in (0, 1].
    Returns (B, V): zero for all others, the rest scaled up to sum to one again.

    Holtzman et al. 2020, nucleus sampling (arXiv:1904.09751), section 3.1.
    """
    # From the likeliest on: how much have those before it, together?
    ordered, order = p.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    # What comes after enough is ruled out; then everything goes back to its place.
    kept = torch.zeros_like(p).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))
    # What is left is a distribution again.
    return kept / kept.sum(dim=-1, keepdim=True)


def keep_likely(p: Float[Tensor, "B V"], min_p: float) -> Float[Tensor, "B V"]:
    r"""Min-p: keep the tokens that are at least min_p times as likely as the likeliest.

    Where the model is sure few stay, where it is not, many. p: (B, V), rows that sum to one; min_p: in (0, 1].
    Returns (B, V): zero for all others, the rest scaled up to sum to one again.

    Nguyen et al. 2024 (arXiv:2407.01082), section 3.
    """
    # The bar hangs from the likeliest token, and moves with it.
    bar = min_p * p.amax(dim=-1, keepdim=True)
    kept = p.masked_fill(p < bar, 0.0)
    # What is left is a distribution again.
    return kept / kept.sum(dim=-1, keepdim=True)


@torch.inference_mode()
def generate(
    model: GPT,
    tokens: Int[Tensor, "B T"],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Int[Tensor, "B T_out"]:
    r"""Continue every row of tokens by max_new_tokens tokens, drawn one after the other.

        following ~ next_token_distribution(logits of the last token, temperature, top_k, top_p, min_p)

    tokens: (B, T) with T >= 1, int64. generator: the source of randomness, for repeatable draws. Where the text
    outgrows config.max_seq_len the model sees its last tokens only. Every step runs the model on the whole text;
    `stream` does the same with less work.
    Returns (B, T + max_new_tokens): the prompt and what follows.
    """
    for _ in range(max_new_tokens):
        # The model sees no more than it has positions for: the end of the text.
        logits = model(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        # Roll the dice.
        p = next_token_distribution(logits, temperature, top_k, top_p, min_p)
        following = torch.multinomial(p, num_samples=1, generator=generator)
        # What was drawn is part of the text for the next round.
        tokens = torch.cat((tokens, following), dim=1)
    return tokens


def read(model: GPT, texts: Sequence[Int[Tensor, " T"]]) -> tuple[Float[Tensor, "B V"], KVCache]:
    r"""Read several texts at once, whatever their lengths, and remember them.

    texts: each (T,), int64, with 1 <= T <= config.max_seq_len. The model reads them as one batch, filled up at their
    ends; then every sequence of the cache is taken back to its own length (`KVCache.rewind`). The cache can take back
    as many tokens as were filled up (`spare`).
    Returns the logits of the last token of each text, (B, V), and the cache.
    """
    lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)
    cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))
    # What is filled up comes after the text, where the text cannot see it.
    logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)
    cache.rewind(lengths)
    return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache


@torch.inference_mode()
def stream(
    model: GPT,
    texts: Sequence[Int[Tensor, " T"]],
    max_new_tokens: int,
    stop_tokens: Sequence[int] = (),
    generator: torch.Generator | None = None,
    **sampling,
) -> Iterator[Int[Tensor, " B"]]:
    r"""Continue several texts at once, and hand out every token as soon as it is drawn.

    texts: each (T,), int64, T >= 1, of any lengths. max_new_tokens: how many to draw at most. stop_tokens: a text ends
    with the first of these; the stream ends with the last text. sampling: temperature, top_k, top_p and min_p, as for
    `next_token_distribution`. From the second token on the model runs on what is new only; the draws are those of
    `generate`. Where a text outgrows config.max_seq_len the model reads the last tokens of all texts again, for every
    token.
    Yields (B,), int64: the next token of every text, -1 where a text has ended before.
    """
    longest = model.config.max_seq_len
    texts = list(texts)
    ended = torch.zeros(len(texts), dtype=torch.bool, device=texts[0].device)
    stops = torch.tensor(stop_tokens, dtype=torch.int64, device=ended.device)
    logits, cache = read(model, [text[-longest:] for text in texts])
    for remaining in reversed(range(max_new_tokens)):
        # Roll the dice, also for those that have ended: the draws of the others do not depend on it.
        p = next_token_distribution(logits, **sampling)
        following = torch.multinomial(p, num_samples=1, generator=generator)
        yield following.squeeze(1).masked_fill(ended, -1)
        # A text ends with the token that ends it.
        ended = ended | torch.isin(following.squeeze(1), stops)
        if ended.all() or not remaining:
            return
        # Read what is new, or, when there are no positions left, the end of everything once more.
        texts = [torch.cat((text, token)) for text, token in zip(texts, following, strict=True)]
        if cache.longest < longest:
            logits = model(following, cache=cache)[:, -1]
        else:
            logits, cache = read(model, [text[-longest:] for text in texts])


def accept_draft(
    proposed: Int[Tensor, " n"],
    q: Float[Tensor, "n V"],
    p: Float[Tensor, "n_plus_1 V"],
    generator: torch.Generator | None = None,
) -> Int[Tensor, " k"]:
    r"""Keep as much of a draft as leaves every token drawn from p, exactly; then add one more.

        token i is accepted with the probability min(1, p[i, token] / q[i, token]); the first that is not ends it
        in its place comes one from max(p[i] - q[i], 0), scaled to sum to one; after n accepted ones, one from p[n]

    proposed: n tokens, each drawn from its row of q; q: (n, V), the draft's distributions; p: (n + 1, V), those of the
    model, in the same places and behind the last. generator: the source of randomness.
    Returns the 1 to n + 1 tokens to go on with, int64.

    Leviathan et al. 2023, speculative decoding (arXiv:2211.17192), algorithm 1; Chen et al. 2023 (arXiv:2302.01318).
    """
    # Too likely in the draft, by as much it is turned down.
    place = torch.arange(len(proposed), device=p.device)
    ratio = p[place, proposed] / q[place, proposed]
    accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio
    # The first that is turned down takes with it what was built on it.
    k = int(accepted.cumprod(dim=0).sum())
    # What the draft offers too seldom makes up for it; if nothing was turned down, one more comes for free.
    rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)
    return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))


@torch.inference_mode()
def speculate(
    model: GPT,
    draft: GPT,
    tokens: Int[Tensor, "1 T"],
    max_new_tokens: int,
    lookahead: int = 4,
    generator: torch.Generator | None = None,
    **sampling,
) -> Int[Tensor, "1 T_out"]:
    r"""Continue a text as `generate` would, but let a small model guess ahead and the large one check the guesses.

    A round: the draft draws `lookahead` tokens (fewer at the end), one after the other; the model reads all of them at
    once; `accept_draft` says which stay. The model reads at least one token less often than it writes, and what it
    writes is distributed as if it had been alone. Both keep a cache, and take back what was not accepted.

    tokens: (1, T), int64, T >= 1. draft: a model with the same vocabulary. sampling: temperature, top_k, top_p and
    min_p, as for `next_token_distribution`, for both models.
    Returns (1, T + max_new_tokens).

    Raises `ValueError` where the text would outgrow the positions of one of the models.

    Leviathan et al. 2023 (arXiv:2211.17192), section 2.
    """
    end = tokens.size(1) + max_new_tokens
    for name, one in (("model", model), ("draft", draft)):
        if end > one.config.max_seq_len:
            raise ValueError(f"{end} tokens: the positions of the {name} end at {one.config.max_seq_len}")
    cache, draft_cache = KVCache(model.config, lookahead), KVCache(draft.config, lookahead)
    while tokens.size(1) < end:
        known = tokens.size(1)
        # The draft runs ahead, but leaves the last token to the model.
        q = []
        for _ in range(min(lookahead, end - known - 1)):
            logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]
            q.append(next_token_distribution(logits, **sampling))
            tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)
        # The model reads everything that it has not read yet, and says what it would have drawn in each place.
        logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]
        p = next_token_distribution(logits, **sampling)
        following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)
        tokens = torch.cat((tokens[:, :known], following[None]), dim=1)
        # Forget what did not come to pass; the last token is still unread.
        for one in (cache, draft_cache):
            if one.longest >= tokens.size(1):
                one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))
    return tokens
