"""The outside judge: transformers' NanoChat, with the same weights, has to give the same logits.

Its rotary embedding turns by -angle and ours by +angle. Swapping the two halves of every query and key head mirrors
each pair of numbers, and with it the direction of the turn.
"""

import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT

transformers = pytest.importorskip("transformers")

V = 31
CONFIGS = {
    "multi-head": GPTConfig(vocab_size=V, max_seq_len=24, n_layer=3, n_head=4, n_embd=32),
    "grouped": GPTConfig(
        vocab_size=V, max_seq_len=40, n_layer=2, n_head=6, n_kv_head=2, n_embd=48, norm_eps=1e-3, rope_theta=500.0
    ),
    "multi-query": GPTConfig(
        vocab_size=V, max_seq_len=16, n_layer=4, n_head=2, n_kv_head=1, n_embd=20, norm_eps=0.05, logit_softcap=3.0
    ),
}


def theirs(config: GPTConfig) -> torch.nn.Module:
    """NanoChat of the same shape. transformers accepts settings that it does not know without a word, so look again."""
    settings = {
        "vocab_size": config.vocab_size,
        "hidden_size": config.n_embd,
        "intermediate_size": 4 * config.n_embd,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.n_kv_head,
        "max_position_embeddings": config.max_seq_len,
        "hidden_act": "relu2",
        "attention_dropout": 0.0,
        "attention_bias": False,
        "rms_norm_eps": config.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "final_logit_softcapping": config.logit_softcap,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
        "use_cache": False,
    }
    known = set(transformers.NanoChatConfig().to_dict())
    resolved = transformers.NanoChatConfig(**settings, attn_implementation="eager")
    for name, value in settings.items():
        assert name in known
        assert getattr(resolved, name) == value
    model = transformers.NanoChatForCausalLM(resolved).eval()
    assert model.config._attn_implementation == "eager"
    assert model.lm_head.weight.data_ptr() != model.model.embed_tokens.weight.data_ptr()
    frequency = config.rope_theta ** -(torch.arange(0, config.head_dim, 2) / config.head_dim)
    torch.testing.assert_close(model.model.rotary_emb.inv_freq, frequency)
    return model


def swap_halves(weight: torch.Tensor, head_dim: int) -> torch.Tensor:
    first, second = weight.unflatten(0, (-1, 2, head_dim // 2)).unbind(1)
    return torch.stack((second, first), dim=1).flatten(0, 2)


def converted(model: GPT, swap: bool = True) -> dict[str, torch.Tensor]:
    """Our weights under their names."""
    names = {
        "token_embedding": "model.embed_tokens",
        "blocks": "model.layers",
        "attn": "self_attn",
        "up_proj": "fc1",
        "down_proj": "fc2",
    }
    weights = {}
    for name, weight in model.state_dict().items():
        if swap and name.endswith(("q_proj.weight", "k_proj.weight")):
            weight = swap_halves(weight, model.config.head_dim)
        weights[".".join(names.get(part, part) for part in name.split("."))] = weight
    return weights


@pytest.fixture(params=CONFIGS)
def pair(request, randomised) -> tuple[GPT, torch.nn.Module]:
    config = CONFIGS[request.param]
    ours = randomised(GPT(config)).eval()
    judge = theirs(config)
    judge.load_state_dict(converted(ours))
    return ours, judge


def tokens(batch: int, length: int) -> torch.Tensor:
    return torch.randint(V, (batch, length), generator=torch.Generator().manual_seed(length))


@torch.no_grad()
def difference(ours: GPT, judge: torch.nn.Module, text: torch.Tensor) -> float:
    return (ours(text) - judge(text).logits).abs().max().item()


@pytest.mark.parametrize("batch, length", [(1, 1), (3, 2), (2, 9), (4, 16)])
def test_the_logits_are_those_of_transformers(pair, batch, length):
    assert difference(*pair, tokens(batch, length)) <= 1e-5


def test_they_are_so_up_to_the_longest_sequence(pair):
    assert difference(*pair, tokens(2, pair[0].config.max_seq_len)) <= 1e-5


def test_the_loss_and_its_gradients_are_those_of_transformers(pair):
    ours, judge = pair
    text = tokens(3, 12)
    loss = ours(text[:, :-1], text[:, 1:])
    their_loss = judge(text, labels=text).loss  # theirs shifts the labels itself
    assert loss.item() == pytest.approx(their_loss.item(), abs=1e-5)
    loss.backward()
    their_loss.backward()
    gradients = {name: weight.grad for name, weight in judge.named_parameters()}
    # In the layout of theirs, as a model of ours that holds gradients for weights.
    with torch.no_grad():
        for weight in ours.parameters():
            weight.copy_(weight.grad)
    for name, gradient in converted(ours).items():
        torch.testing.assert_close(gradient, gradients[name], rtol=1e-4, atol=1e-6)


def test_the_comparison_can_fail(pair):
    ours, judge = pair
    judge.load_state_dict(converted(ours, swap=False))
    assert difference(ours, judge, tokens(2, 16)) > 0.1
