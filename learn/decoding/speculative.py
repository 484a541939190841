"""Speculative decoding: a draft model proposes tokens, the target model verifies them in one forward pass."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from ..debug import debug
from ..gpt import GPT
from .cache import KVCache
from .sampling import sampling_distribution


def verify_draft(
    proposed: Int[Tensor, " n"],
    q: Float[Tensor, "n V"],
    p: Float[Tensor, "n_plus_1 V"],
    generator: torch.Generator | None = None,
) -> Int[Tensor, " k"]:
    r"""Speculative sampling: accept a prefix of the draft tokens and add one token, so that all are distributed as p.

        accept token i with probability min(1, p[i, token] / q[i, token]); stop at the first rejection
        replace the rejected token by a sample from the residual distribution, max(p[i] - q[i], 0) normalised
        after n accepted tokens, add a sample from p[n]

    proposed: n tokens, each sampled from its row of q; q: the draft model's distributions; p: the target model's, at
    the same positions and the one behind. generator: sample with it. Returns the 1 to n + 1 new tokens, int64.

    Leviathan et al. 2023 (arXiv:2211.17192), algorithm 1; Chen et al. 2023 (arXiv:2302.01318).
    """
    debug("verify_draft", proposed=proposed, q=q, p=p, generator=generator)
    # Accept each draft token with probability min(1, p / q).
    # Keep the tokens before the first rejection: what follows it was conditioned on the rejected token.
    # Sample one more: from the residual distribution after a rejection, from p if all were accepted.
    raise NotImplementedError("TODO: accept a prefix of the draft tokens, and add one token, so that all are distributed as p")


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
    r"""Speculative decoding: continue a sequence as `generate` would, with fewer forward passes of the model.

    A round: the draft model samples `lookahead` tokens (fewer at the end) autoregressively; the target model scores all
    of them in one forward pass; `verify_draft` accepts a prefix. Both keep a KV cache of all that they have read, and
    crop what was rejected. The result has the distribution of the target model alone.

    tokens: (1, T), int64, T >= 1. draft: a model with the same vocabulary. sampling: temperature, top_k, top_p and
    min_p of `sampling_distribution`, for both models. Returns (1, T + max_new_tokens).

    Raises `ValueError` where T + max_new_tokens exceeds config.max_seq_len of one of the models.

    Leviathan et al. 2023 (arXiv:2211.17192), section 2.
    """
    debug(
        "speculate",
        model=model,
        draft=draft,
        tokens=tokens,
        max_new_tokens=max_new_tokens,
        lookahead=lookahead,
        generator=generator,
        sampling=sampling,
    )
    # Draft: sample up to `lookahead` tokens from the draft model; the last token comes from the target model.
    # Verify: one forward pass of the target model over all that its cache lacks.
    # Roll back: crop both caches to the accepted tokens; the last token has not been read yet.
    raise NotImplementedError("TODO: let a draft model propose tokens, verify them with one forward pass of the target model, and roll back")
