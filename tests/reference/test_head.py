"""Heads: logits and losses against numpy, and a loss in chunks against the loss at once."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.embeddings.chunked_loss import chunk_loss, loss_in_chunks
from reference.embeddings.scaled_head import ScaledHead
from reference.gpt import GPT
from reference.head import CappedHead, LMHead, build_head
from scripts.training.memory import peak_memory

CHANGES = [{}, {"weight_tying": True, "logit_scale": 0.25, "logit_softcap": None}, {"logit_softcap": None}]


def model_of(**changes) -> GPT:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=50, n_layer=1, n_embd=32, **changes)).double()
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.3)
    return model


def head_of(**changes) -> LMHead:
    return model_of(normalization="layernorm", **changes).head


def raw_logits(head: LMHead, x: torch.Tensor) -> np.ndarray:
    """lm_head(norm(x)), in numpy."""
    x, norm = x.detach().numpy(), head.norm
    normed = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + norm.eps)
    normed = normed * norm.weight.detach().numpy() + norm.bias.detach().numpy()
    return normed @ head.lm_head.weight.detach().numpy().T


@pytest.mark.parametrize(
    ("kind", "changes", "formula"),
    [
        (LMHead, {"logit_softcap": None}, lambda raw: raw),
        (CappedHead, {"logit_softcap": 0.5}, lambda raw: 0.5 * np.tanh(raw / 0.5)),
        (ScaledHead, {"logit_softcap": None, "logit_scale": 0.25}, lambda raw: 0.25 * raw),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_logits_are_what_the_formula_says(kind, changes, formula):
    head, x = head_of(**changes), torch.randn(2, 5, 32, dtype=torch.float64)
    assert type(head) is kind
    np.testing.assert_allclose(head(x).detach(), formula(raw_logits(head, x)), rtol=0, atol=1e-12)
    # The same in evaluation, and in the loss.
    assert torch.equal(head.eval()(x), head.train()(x))
    targets = torch.randint(50, (2, 5))
    targets[0, :2] = -1
    logits = formula(raw_logits(head, x))[targets.numpy() != -1]
    surprise = np.log(np.exp(logits).sum(-1)) - logits[np.arange(8), targets[targets != -1].numpy()]
    assert head.loss(x, targets).item() == pytest.approx(surprise.mean(), abs=1e-12)


def test_the_norm_is_left_out_where_the_blocks_need_none():
    head, x = model_of(norm_position="none", logit_softcap=None).head, torch.randn(1, 3, 32, dtype=torch.float64)
    torch.testing.assert_close(head(x), F.linear(x, head.lm_head.weight))


@pytest.mark.parametrize("changes", [{}, {"logit_softcap": None}, {"logit_softcap": None, "logit_scale": 3.0}], ids=str)
def test_logits_and_loss_of_bfloat16_weights_are_float32(changes):
    head, x = head_of(**changes).bfloat16(), torch.randn(2, 5, 32).bfloat16()
    assert head(x).dtype == head.loss(x, torch.zeros(2, 5, dtype=torch.int64)).dtype == torch.float32
    # Capped and scaled in float32 too: not all of the logits are numbers that bfloat16 can hold.
    if changes != {"logit_softcap": None}:
        assert not torch.equal(head(x), head(x).bfloat16().float())


@pytest.mark.parametrize("tied", [False, True])
def test_a_tied_head_is_the_embeddings_parameter(tied):
    model = model_of(weight_tying=tied)
    assert (model.head.lm_head.weight is model.embedding.token_embedding.weight) == tied
    assert ("head.lm_head.weight" in dict(model.named_parameters())) != tied
    assert model.head.lm_head.bias is None
    # Whatever else is asked for: the scaled head is tied as well.
    scaled = build_head(GPTConfig(weight_tying=tied, logit_scale=0.5, logit_softcap=None), model.embedding)
    assert (scaled.lm_head.weight is model.embedding.token_embedding.weight) == tied


def test_a_scale_with_a_cap_is_refused():
    with pytest.raises(ValueError, match=r"logit_scale = 0\.5 with logit_softcap = 5\.0: no public model has both"):
        GPT(GPTConfig(logit_scale=0.5, logit_softcap=5.0))


@pytest.mark.parametrize("changes", CHANGES, ids=str)
@pytest.mark.parametrize("chunk", [1, 7, 26, 1000])
def test_in_chunks_the_loss_and_every_gradient_stay(changes, chunk):
    model = model_of(**changes)
    tokens, targets = torch.randint(50, (2, 2, 13))
    targets[0, :5] = -1
    found = []
    for in_chunks in (False, True):
        if in_chunks:
            chunk_loss(model.head, chunk)
        loss = model(tokens, targets)
        loss.backward()
        found.append([loss.detach(), *(weight.grad for weight in model.parameters())])
        model.zero_grad()
    torch.testing.assert_close(found[1], found[0], rtol=1e-12, atol=1e-12)
    # Without targets all logits are there, as ever.
    assert model(tokens).shape == (2, 13, 50)


def test_no_more_logits_than_those_of_a_chunk_are_made():
    head, seen = head_of(), []
    head.lm_head.register_forward_hook(lambda _, arguments, logits: seen.append(logits.numel() // logits.size(-1)))
    loss_in_chunks(head, torch.randn(2, 7, 32, dtype=torch.float64), torch.randint(50, (2, 7)), 4)
    assert seen == [4, 4, 4, 2]


def test_the_memory_of_the_logits_is_that_of_a_chunk():
    tokens, targets = torch.randint(2000, (2, 16, 128))
    peaks = []
    for chunk in (None, 32):
        model = GPT(GPTConfig(vocab_size=2000, n_layer=1, n_embd=16, n_head=2, max_seq_len=128))
        if chunk:
            chunk_loss(model.head, chunk)
        peaks.append(peak_memory(lambda model=model: model(tokens, targets).backward()))
    logits = 16 * 128 * 2000 * 4
    assert peaks[0] > 2 * logits
    assert peaks[1] < logits / 2
