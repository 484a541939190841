"""Multi-token prediction: the loss by its formula, the model without it as ever, and its module as a draft."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.decoding.generation import generate
from reference.decoding.self_draft import self_draft
from reference.decoding.speculative import speculate
from reference.gpt import GPT
from reference.optimization.optimizers import setup_nanochat
from reference.optimization.training_flops import training_flops
from scripts.measuring.attention_variants import variant

KINDS = {
    "two further tokens": {"n_mtp": 2, "attention_window": "3,none"},
    "a window in the last layer": {"attention_window": "none,4", "logit_softcap": 2.0},
    "learned positions, tied": {"position_encoding": "learned_absolute", "weight_tying": True},
    "latent, experts": {"attention_type": "latent", "n_kv_head": 4, "ffn_type": "gated,deepseek_moe", "n_expert": 4},
    "post-norm": {"norm_position": "post", "normalization": "rmsnorm"},
}


def made(kind: str, **changes) -> GPT:
    torch.manual_seed(3)
    model = GPT(variant("grouped", **{"n_mtp": 1} | KINDS[kind] | changes)).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


def trunk(model: GPT, tokens: torch.Tensor) -> torch.Tensor:
    """What leaves the last block."""
    found = []
    with model.head.register_forward_pre_hook(lambda head, inputs: found.append(inputs[0])), torch.no_grad():
        model(tokens)
    return found[0]


def test_the_loss_is_that_of_tokens_further_on():
    model = made("two further tokens")
    head, tokens = model.head, torch.randint(13, (2, 12))
    h, losses = head.norm(trunk(model, tokens[:, :-1])), []
    for depth, module in enumerate(head.mtp, start=1):
        # Position t knows tokens 0 ... t + depth, and is asked for the one behind: one position less each time.
        length = 11 - depth
        embedded = model.embedding(tokens[:, depth : depth + length], torch.arange(length))
        context = model.positions(torch.arange(length))[-1]
        x = torch.cat((module.enorm(embedded), module.hnorm(h[:, :length])), dim=-1) @ module.eh_proj.weight.T
        h = module.norm(module.block(x, context))
        logs = head.lm_head(h).log_softmax(dim=-1)
        losses.append(-logs.gather(-1, tokens[:, depth + 1 :, None]).mean())
    own = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    expected = own + 0.3 * sum(losses) / 2
    torch.testing.assert_close(model(tokens[:, :-1], tokens[:, 1:]), expected, rtol=0, atol=1e-12)
    # Validation, and logits, are those of the model alone.
    model.eval()
    torch.testing.assert_close(model(tokens[:, :-1], tokens[:, 1:]), own, rtol=0, atol=1e-12)
    alone = GPT(replace(model.config, n_mtp=0)).double()
    state = {name: weight for name, weight in model.state_dict().items() if not name.startswith("head.mtp")}
    alone.load_state_dict(state, strict=True)
    assert torch.equal(alone(tokens), model(tokens))


def test_positions_that_do_not_count_and_texts_that_are_too_short():
    head, x = made("two further tokens").head, torch.randn(2, 6, 24).double()
    targets = torch.randint(13, (2, 6))
    whole = head.mtp_loss(x, targets)
    # The second sequence does not count: the first alone gives its mean.
    some = targets.clone()
    some[1] = -1
    torch.testing.assert_close(head.mtp_loss(x, some), head.mtp_loss(x[:1], targets[:1]), rtol=0, atol=1e-12)
    assert head.mtp_loss(x, some) != whole
    assert head.mtp_loss(x[:, :1], targets[:, :1]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_learns_and_floating_point_operations_are_counted(kind):
    from torch.utils.flop_counter import FlopCounterMode

    model, tokens = made(kind), torch.randint(13, (2, 25))
    with FlopCounterMode(display=False) as counter:
        model(tokens[:, :-1], tokens[:, 1:]).backward()
    assert counter.get_total_flops() == training_flops(model) * 48
    routed = ("experts", "correction_bias")
    assert all(weight.grad is not None for name, weight in model.named_parameters() if routed[0] not in name)
    adamw, muon = setup_nanochat(model)
    ids = [id(weight) for optimizer in (adamw, muon) for group in optimizer.param_groups for weight in group["params"]]
    assert sorted(ids) == sorted(map(id, model.parameters()))
    assert any(weight is model.head.mtp[0].eh_proj.weight for group in muon.param_groups for weight in group["params"])


@pytest.mark.parametrize("lookahead", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_likeliest_text_is_the_same_token_for_token(kind, lookahead):
    model, prompt = made(kind).eval(), torch.randint(13, (1, 4))
    drafts, logits = [], []
    with self_draft(model) as draft:
        draft.register_forward_hook(
            lambda draft, inputs, output: drafts.append((draft.exact, not draft.guessed, output))
        )
        text = speculate(model, draft, prompt, 20, lookahead, temperature=0)
    assert torch.equal(text, generate(model, prompt, 20, temperature=0))
    # The first guess of every round is that of a full pass over the text: nothing rejected has left a trace.
    with torch.no_grad():
        h, position = model.head.norm(trunk(model, text)), torch.arange(23)
        embedded = model.embedding(text[:, 1:], position)
        h = model.head.mtp[0](h[:, :-1], embedded, model.head.positions(position)[-1])
        logits = model.head.output(h)
    first = [(known, found) for known, fresh, found in drafts if fresh and known]
    assert len(first) > 2
    for known, found in first:
        torch.testing.assert_close(found[:, 0], logits[:, known - 2], rtol=0, atol=1e-9)


def test_a_draft_that_is_right_is_accepted():
    # The module says what the model says: its block adds nothing, and the next token follows from the last alone.
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=1, n_mtp=1, vocab_size=13, n_embd=32, embedding_norm=False)).double().eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=1.0)
    with torch.no_grad():
        for block in (model.blocks[0], model.head.mtp[0].block):
            block.attn.o_proj.weight.zero_(), block.mlp.down_proj.weight.zero_()
        model.head.mtp[0].eh_proj.weight.copy_(torch.eye(32, 64))
    passes = []
    with self_draft(model) as draft, model.register_forward_hook(lambda *call: passes.append(call)):
        speculate(model, draft, torch.tensor([[1, 2]]), 21, 4, temperature=0)
    # One round without guesses, then five tokens a round.
    assert len(passes) == 1 + 4


def test_what_has_no_module_is_refused():
    with pytest.raises(ValueError, match="n_mtp = 1 with attention_type = 'shared' in the last layer"):
        GPT(variant("grouped", n_mtp=1, attention_type="standard,shared"))
    with pytest.raises(ValueError, match="n_mtp = 1 with residual_stream = 'mhc'"):
        GPT(variant("grouped", n_mtp=1, residual_stream="mhc"))
    GPT(variant("grouped", n_mtp=3, max_seq_len=4))
    with pytest.raises(ValueError, match="n_mtp = 4 with max_seq_len = 4: it must be smaller"):
        GPT(variant("grouped", n_mtp=4, max_seq_len=4))
    with pytest.raises(ValueError, match="n_mtp = 0"), self_draft(GPT(variant("grouped"))):
        pass


@pytest.mark.slow
def test_a_module_is_that_of_transformers():
    layers = pytest.importorskip("transformers.modeling_layers")
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    sizes = {"hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6}
    settings = llama.LlamaConfig(intermediate_size=40, rms_norm_eps=1e-3, attn_implementation="eager", **sizes)
    theirs = layers.MtpLayer(settings, llama.LlamaDecoderLayer, llama.LlamaRMSNorm, 0)
    gated = {"normalization": "rmsnorm", "ffn_type": "gated", "activation": "silu", "ffn_hidden": 40}
    model = GPT(variant("grouped", n_mtp=1, **gated))
    ours = model.head.mtp[0]
    torch.manual_seed(0)
    for weight in theirs.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    renamed = {
        "mtp_block.input_layernorm": "block.attn_norm",
        "mtp_block.post_attention_layernorm": "block.mlp_norm",
        "mtp_block.self_attn": "block.attn",
        "mtp_block": "block",
        "post_norm": "norm",
    }
    state = theirs.state_dict()
    for old, new in renamed.items():
        state = {new + name.removeprefix(old) if name.startswith(old) else name: w for name, w in state.items()}
    ours.load_state_dict(state, strict=True)
    h, e, position = torch.randn(2, 7, 24), torch.randn(2, 7, 24), torch.arange(7)
    tables = llama.LlamaRotaryEmbedding(settings)(h, position[None])
    mask = torch.full((7, 7), -torch.inf).triu(1)[None, None]
    with torch.no_grad():
        expected = theirs(e, h, tables, mask, position[None], None)
        found = ours(h, e, model.head.positions(position)[-1])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
