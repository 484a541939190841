"""A model as its own draft: what its MTP module predicts is proposed to speculative decoding."""

import contextlib
from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..embeddings.multi_token import MTPHead, of_last_layer
from ..gpt import GPT
from .cache import KVCache


class MTPDraft(nn.Module):
    r"""The draft model of `speculate` for a model with multi-token prediction, made of the model's first MTP module.

    A pair (h[i - 1], token i) gives the logits of token i + 1. h comes from the model, which has read all tokens but
    the last when it is asked for a draft; for the second token of a draft, and further ones, it is what the module
    itself returned. Before the model has read anything, all tokens are equally likely. The cache counts tokens, as that
    of a model does; pair i stands at position i - 1, as in training.

    DeepSeek-V3 (arXiv:2412.19437), section 5.4.3; EAGLE (arXiv:2401.15077).
    """

    def __init__(self, model: GPT):
        super().__init__()
        self.head = model.head
        assert isinstance(self.head, MTPHead)
        self.config = of_last_layer(model.config)
        self.hidden: Tensor | None = None  # h of all tokens that the model has read
        self.last = torch.empty(0)  # what the module returned for the last of its tokens
        self.exact = 0  # so many tokens of the cache were read with the model's h
        self.guessed: list[Tensor] = []  # the others, with the module's

    def remember(self, head: nn.Module, inputs: tuple[Tensor]) -> None:
        """Keep what enters the head: a forward pre-hook."""
        h = head.norm(inputs[0])
        self.hidden = h if self.hidden is None else torch.cat((self.hidden, h), dim=1)
        self.has_read = True

    def forward(self, tokens: Int[Tensor, "1 T"], cache: KVCache) -> Float[Tensor, "1 T V"]:
        """Logits of what follows the last token; of all tokens that the cache lacks these are the only ones."""
        if self.hidden is None:
            return torch.zeros(1, 1, self.config.vocab_size, device=tokens.device)
        if self.has_read:
            # Read again what was accepted of the last draft, now that the model's own h is known.
            accepted = self.guessed[: cache.max_len - self.exact]
            if accepted:
                cache.crop(torch.tensor([self.exact], device=tokens.device))
            tokens = torch.cat((*accepted, tokens), dim=1)
            before, self.exact = self.exact, cache.max_len + tokens.size(1)
            # What was rejected has never been.
            self.hidden, self.guessed, self.has_read = self.hidden[:, : self.exact - 1], [], False
            h = self.hidden[:, max(before - 1, 0) :]
        else:
            h = self.last
            self.guessed.append(tokens)
        # The first token of all has none before it, and makes no pair.
        position = cache.append(tokens)[:, -h.size(1) :] - 1
        context = self.head.positions(position, cache)[-1]
        h = self.head.mtp[0](h, self.head.embed(tokens[:, -h.size(1) :], position), context)
        self.last = h[:, -1:]
        return self.head.output(self.last)


@contextlib.contextmanager
def self_draft(model: GPT) -> Iterator[MTPDraft]:
    """A draft of the model, for one call of `speculate`. Raises `ValueError` where it has no MTP module."""
    if not isinstance(model.head, MTPHead):
        raise ValueError("the model has no module for multi-token prediction: n_mtp = 0")
    draft = MTPDraft(model)
    hook = model.head.register_forward_pre_hook(draft.remember)
    try:
        yield draft
    finally:
        hook.remove()
