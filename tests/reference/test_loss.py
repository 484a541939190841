import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT
from scripts.training.memory import peak_memory

CHANGES = [{}, {"weight_tying": True, "logit_scale": 0.25}, {"logit_softcap": None}, {"ffn_type": "moe"}]


def model_of(**changes) -> GPT:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=50, n_layer=1, n_embd=32, **changes)).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


@pytest.mark.parametrize("changes", CHANGES, ids=str)
@pytest.mark.parametrize("chunk", [1, 7, 26, 1000])
def test_in_chunks_the_loss_and_every_gradient_stay(changes, chunk):
    model = model_of(**changes)
    tokens, targets = torch.randint(50, (2, 2, 13))
    targets[0, :5] = -1
    found = []
    for loss_chunk in (None, chunk):
        loss = model(tokens, targets, loss_chunk=loss_chunk)
        loss.backward()
        found.append([loss.detach(), *(weight.grad for weight in model.parameters())])
        model.zero_grad()
    torch.testing.assert_close(found[1], found[0], rtol=1e-12, atol=1e-12)


def test_the_memory_of_the_logits_is_that_of_a_chunk():
    model = GPT(GPTConfig(vocab_size=2000, n_layer=1, n_embd=16, n_head=2, max_seq_len=128))
    tokens, targets = torch.randint(2000, (2, 16, 128))
    once, in_chunks = (
        peak_memory(lambda chunk=chunk: model(tokens, targets, loss_chunk=chunk).backward()) for chunk in (None, 32)
    )
    logits = 16 * 128 * 2000 * 4
    assert once > 2 * logits
    assert in_chunks < logits / 2
