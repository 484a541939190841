"""Looped layers equal the model in which every pass has layers of its own, with copies of the weights."""

import re
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.feed_forwards.moe import auxiliary_loss
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.placements.looped import LoopInput

SIZES = {"vocab_size": 13, "max_seq_len": 12, "n_layer": 4, "n_head": 2, "n_embd": 16}
# Of four layers, the second and the third run three times.
ORDER = (0, 1, 2, 1, 2, 1, 2, 3)
LOOP = {"n_loop": 3, "loop_start": 1, "loop_end": 3}
KINDS = {
    "plain": {},
    "windows, norms with weights, experts": {
        "attention_window": "none,3,none,4",
        "normalization": "rmsnorm",
        "ffn_type": "moe",
    },
    "placements, positions and states in turn": {
        "norm_position": "pre,post,none,pre",
        "attention_type": "standard,delta,standard,standard",
        "position_encoding": "rope,none,rope,none",
    },
}


def made(**fields) -> GPT:
    model = GPT(GPTConfig(**SIZES | LOOP | fields)).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3, generator=generator)
    return model


def unrolled(model: GPT) -> GPT:
    """The same with a layer for every pass."""
    in_turn = {
        field: ",".join(getattr(model.config, field).split(",")[layer] for layer in ORDER)
        for field in ("norm_position", "attention_type", "position_encoding", "attention_window")
        if "," in getattr(model.config, field)
    }
    plain = GPT(replace(model.config, n_layer=len(ORDER), n_loop=1, **in_turn)).double()
    for part in ("embedding", "head"):
        getattr(plain, part).load_state_dict(getattr(model, part).state_dict())
    for block, layer in zip(plain.blocks, ORDER, strict=True):
        block.load_state_dict(model.blocks[layer].state_dict())
    return plain


@pytest.mark.parametrize("fields", KINDS.values(), ids=KINDS)
def test_they_equal_as_many_layers_with_the_same_weights(fields):
    model = made(**fields)
    plain, tokens = unrolled(model), torch.arange(20).view(2, 10) % 13
    logits = model(tokens)
    torch.testing.assert_close(logits, plain(tokens), rtol=0, atol=1e-10)
    # A weight gets the gradients of all its passes, and is there once.
    for each in (model, plain):
        (each(tokens, tokens.roll(-1)) + auxiliary_loss(each)).backward()
    assert len(model.state_dict()) == len({id(weight) for weight in model.parameters()})
    for layer, block in enumerate(model.blocks):
        copies = [dict(plain.blocks[at].named_parameters()) for at, visited in enumerate(ORDER) if visited == layer]
        for name, weight in block.named_parameters():
            torch.testing.assert_close(weight.grad, sum(copy[name].grad for copy in copies), rtol=1e-9, atol=1e-10)
    # What is cached of a text in two parts is what each pass has made.
    with torch.no_grad():
        for split in range(1, 10):
            cache = KVCache(model.config)
            parts = [model(part, cache=cache) for part in (tokens[:, :split], tokens[:, split:])]
            torch.testing.assert_close(torch.cat(parts, dim=1), logits, rtol=0, atol=1e-10)
    assert [type(layer) for layer in cache.layers] == [
        type(KVCache(plain.config).layers[at]) for at in (0, 1, 2, 7, 3, 4, 5, 6)
    ]
    # Another number of passes is another model, and no new weight.
    fewer = GPT(replace(model.config, n_loop=2)).double()
    fewer.load_state_dict(model.state_dict())
    assert (fewer(tokens) - logits).abs().max() > 1e-3


def test_every_pass_is_counted():
    model = GPT(GPTConfig(**SIZES | LOOP, ffn_type="moe"))
    tokens = torch.zeros(2, 12, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        model(tokens, tokens).backward()
    assert training_flops(model) * 2 * 12 == counter.get_total_flops()
    once = GPT(replace(model.config, n_loop=1))
    assert sum(map(torch.numel, model.parameters())) == sum(map(torch.numel, once.parameters()))


@torch.no_grad()
def test_every_pass_begins_with_the_loops_input():
    model, tokens = made(loop_input=True, norm_position="post"), torch.arange(8).view(1, 8)
    contexts, given = unrolled(made()).positions(torch.arange(8)), []
    model.blocks[0].register_forward_hook(lambda block, arguments, x: given.append(x))
    logits, first = model(tokens), given[0]
    x = first

    def norm(x):
        return x / (x.pow(2).mean(dim=-1, keepdim=True) + 1e-6).sqrt()

    for _ in range(3):
        x = norm(norm(x) + norm(first))
        for layer in (1, 2):
            x = model.blocks[layer](x, contexts[layer])
    torch.testing.assert_close(model.head(model.blocks[3](x, contexts[3])), logits, rtol=0, atol=1e-10)
    assert isinstance(model.blocks[1].loop_input, LoopInput)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"loop_start": 3}, "loop_start = 3 with loop_end = 3 and n_layer = 4: "),
        ({"loop_end": 5}, "loop_start = 1 with loop_end = 5 and n_layer = 4: "),
        ({"residual_stream": "mhc"}, "n_loop = 3 with residual_stream = 'mhc': it goes with 'one' alone"),
        ({"n_mtp": 1}, "n_loop = 3 with n_mtp = 1: it goes with 0 alone"),
        ({"attention_type": "standard,shared"}, "n_loop = 3 with attention_type = 'standard,shared': every pass"),
    ],
)
def test_what_is_refused_says_why(fields, reason):
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}"):
        GPT(GPTConfig(**SIZES | LOOP | fields))
