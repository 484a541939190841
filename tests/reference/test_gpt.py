import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.embeddings.composed import ComposedEmbedding
from reference.gpt import GPT
from reference.presets import preset

CONFIG = GPTConfig(vocab_size=11, max_seq_len=8, n_layer=2, n_head=4, n_kv_head=2, n_embd=16, norm_eps=0.1)


@pytest.fixture
def model(randomised) -> GPT:
    return randomised(GPT(CONFIG)).double()


def random_tokens(*shape: int, vocab_size: int = CONFIG.vocab_size) -> torch.Tensor:
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(1))


def with_initial_weights(config: GPTConfig) -> GPT:
    model = GPT(config)
    model.init_weights()
    return model


# The forward pass


def test_embed_norm_blocks_norm_head_in_this_order(model):
    tokens = random_tokens(2, 8)
    seen = []
    for block in model.blocks:
        block.register_forward_hook(lambda _, arguments, output: seen.append((arguments[0], output)))
    logits = model(tokens)

    def normed(x: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x, (CONFIG.n_embd,), eps=CONFIG.norm_eps)

    (first_in, first_out), (second_in, second_out) = seen
    torch.testing.assert_close(first_in, normed(model.embedding.token_embedding.weight[tokens]), rtol=0, atol=1e-12)
    assert torch.equal(second_in, first_out)
    raw = (normed(second_out) @ model.head.lm_head.weight.T).detach().numpy()
    np.testing.assert_allclose(logits.detach(), 15.0 * np.tanh(raw / 15.0), rtol=0, atol=1e-12)


def test_every_block_gets_the_rotary_tables_of_the_positions_at_hand(model):
    contexts = []
    for block in model.blocks:
        block.register_forward_hook(lambda _, arguments, output: contexts.append(arguments[1]))
    model(random_tokens(1, 5))
    assert len(contexts) == CONFIG.n_layer
    for context in contexts:
        for table, function in ((context.cos, math.cos), (context.sin, math.sin)):
            # A head of four numbers has two pairs, turned by 1 and by 10000^(-1/2) radians per position.
            expected = torch.tensor([[function(t), function(t / 100)] for t in range(5)], dtype=torch.float64)
            torch.testing.assert_close(table[:, 0], expected, rtol=0, atol=1e-6)


def test_no_logit_passes_the_soft_cap(model):
    with torch.no_grad():
        model.head.lm_head.weight.mul_(1000)
    logits = model(random_tokens(2, 8))
    assert (logits.abs() <= 15.0).all()
    assert (logits.abs() > 14.9).any()


def test_the_soft_cap_is_the_configurations(randomised):
    tokens = random_tokens(2, 8)
    capped, free = (
        randomised(GPT(GPTConfig(vocab_size=11, n_layer=1, n_head=2, n_embd=8, logit_softcap=cap))).double()(tokens)
        for cap in (0.5, 1e9)
    )
    np.testing.assert_allclose(capped.detach(), 0.5 * np.tanh(free.detach().numpy() / 0.5), rtol=0, atol=1e-12)


@pytest.mark.parametrize("weights, logits", [("bfloat16", "float32"), ("float32", "float32"), ("float64", "float64")])
def test_logits_are_in_float32_at_least(model, weights, logits):
    model = model.to(getattr(torch, weights))
    assert model(random_tokens(1, 4)).dtype == getattr(torch, logits)
    assert model(random_tokens(1, 4), random_tokens(1, 4)).dtype == getattr(torch, logits)


def test_the_soft_cap_of_a_bfloat16_model_is_not_rounded_to_bfloat16(model):
    logits = model.bfloat16()(random_tokens(2, 8))
    assert not torch.equal(logits, logits.bfloat16().float())


def test_the_loss_is_the_mean_surprise_over_the_targets_that_count(model):
    tokens, targets = random_tokens(3, 8), random_tokens(3, 8).flip(0)
    targets[0, 3:] = targets[2, 0] = -1
    logits = model(tokens).detach().numpy()
    surprises = []
    for b in range(3):
        for t in range(8):
            if targets[b, t] != -1:
                probabilities = np.exp(logits[b, t]) / np.exp(logits[b, t]).sum()
                surprises.append(-math.log(probabilities[targets[b, t]]))
    assert len(surprises) == 24 - 6
    loss = model(tokens, targets)
    assert loss.shape == ()
    assert loss.item() == pytest.approx(sum(surprises) / len(surprises), abs=1e-12)


def test_no_logit_depends_on_a_later_token(model):
    tokens = random_tokens(1, 8)
    before = model(tokens)
    for t in range(8):
        changed = tokens.clone()
        changed[0, t] = (tokens[0, t] + 1) % CONFIG.vocab_size
        after = model(changed)
        assert torch.equal(before[:, :t], after[:, :t])
        assert ((before - after)[:, t:].abs().amax(dim=-1) > 1e-6).all()


def test_a_shorter_sequence_gives_the_first_logits_of_a_longer_one(model):
    tokens = random_tokens(2, 8)
    whole = model(tokens)
    for T in range(1, 9):
        torch.testing.assert_close(model(tokens[:, :T]), whole[:, :T], rtol=0, atol=1e-12)


@pytest.mark.parametrize("with_targets", [False, True])
def test_a_sequence_that_is_too_long_is_refused_with_both_lengths(model, with_targets):
    tokens = random_tokens(1, 9)
    with pytest.raises(ValueError, match=r"\b9 tokens.*max_seq_len = 8"):
        model(tokens, tokens if with_targets else None)


# The parts


def test_embedding_and_head_are_untied(model):
    assert model.head.lm_head.weight.data_ptr() != model.embedding.token_embedding.weight.data_ptr()
    assert model.head.lm_head.weight.shape == model.embedding.token_embedding.weight.shape == (11, 16)
    assert len(list(model.parameters())) == 2 + 6 * CONFIG.n_layer


def test_the_rotary_tables_are_neither_trained_nor_saved_but_follow_the_model(model):
    assert {name.rpartition(".")[2] for name, _ in model.named_buffers()} == {"cos", "sin"}
    assert set(model.state_dict()) == {name for name, _ in model.named_parameters()}
    assert {buffer.device for buffer in model.to("meta").buffers()} == {torch.device("meta")}


def test_saved_weights_are_the_whole_model(model):
    other = GPT(CONFIG).double()
    other.load_state_dict(model.state_dict())
    tokens = random_tokens(2, 8)
    assert torch.equal(model(tokens), other(tokens))


def test_get_device_is_where_the_weights_are(model):
    assert model.get_device() == torch.device("cpu")
    with torch.device("meta"):
        assert GPT(CONFIG).get_device() == torch.device("meta")


# The first weights


@pytest.mark.parametrize("config", [preset("nanochat_tiny"), preset("nanochat_tiny", vocab_size=1000, n_layer=1)])
def test_the_loss_before_training_is_ln_V(config):
    tokens, targets = (random_tokens(4, 32, vocab_size=config.vocab_size) for _ in range(2))
    loss = with_initial_weights(config)(tokens, targets)
    assert loss.item() == pytest.approx(math.log(config.vocab_size), abs=1e-6)


def assert_normal(weight: torch.Tensor, std: float) -> None:
    n = weight.numel()
    # Five times the spread that the mean, the standard deviation and the share within one of it have in samples.
    assert abs(weight.mean().item()) < 5 * std / math.sqrt(n)
    assert weight.std().item() == pytest.approx(std, rel=5 / math.sqrt(2 * n))
    within = (weight.abs() < std).double().mean().item()
    assert within == pytest.approx(0.6827, abs=5 * math.sqrt(0.6827 * 0.3173 / n))


def test_every_module_gets_the_spread_that_its_shape_asks_for():
    # C = 64. Keys and values narrow it to 16 = C/4, so their spread is halved.
    model = with_initial_weights(GPTConfig(vocab_size=300, n_layer=2, n_head=4, n_kv_head=1, n_embd=64))
    assert_normal(model.embedding.token_embedding.weight, 1.0)
    assert not model.head.lm_head.weight.any()
    for block in model.blocks:
        assert_normal(block.attn.q_proj.weight, 1 / 8)
        assert_normal(block.attn.k_proj.weight, 1 / 16)
        assert_normal(block.attn.v_proj.weight, 1 / 16)
        assert_normal(block.mlp.up_proj.weight, 1 / 8)
        assert not block.attn.o_proj.weight.any()
        assert not block.mlp.down_proj.weight.any()


@pytest.mark.parametrize(
    "fan_in, fan_out, std", [(100, 100, 0.1), (100, 400, 0.1), (400, 100, 0.05 * 0.5), (64, 16, 0.125 * 0.5)]
)
def test_a_linear_layer_is_drawn_by_its_shape_and_its_bias_is_zero(fan_in, fan_out, std):
    linear = nn.Linear(fan_in, fan_out)
    GPT(CONFIG)._init_weights(linear)
    assert_normal(linear.weight, std)
    assert not linear.bias.any()


def test_other_modules_are_left_alone():
    norm = nn.LayerNorm(4)
    nn.init.constant_(norm.weight, 3.0)
    GPT(CONFIG)._init_weights(norm)
    assert (norm.weight == 3.0).all()


def test_every_layer_draws_its_own_weights():
    model = with_initial_weights(CONFIG)
    drawn = [getattr(block.attn, name).weight for block in model.blocks for name in ("q_proj", "k_proj", "v_proj")]
    for i, weight in enumerate(drawn):
        for other in drawn[:i]:
            assert weight.shape != other.shape or not torch.equal(weight, other)


def test_every_block_starts_as_the_identity():
    model = with_initial_weights(CONFIG)
    seen = []
    for block in model.blocks:
        block.register_forward_hook(lambda _, arguments, output: seen.append(torch.equal(arguments[0], output)))
    model(random_tokens(2, 8))
    assert seen == [True, True]


# What the configuration may ask for besides


def small_model(**changes) -> GPT:
    """Three layers in float64; every weight random, the norms' too."""
    torch.manual_seed(3)
    fields = {"vocab_size": 11, "max_seq_len": 8, "n_layer": 3, "n_head": 2, "n_embd": 16, "logit_softcap": None}
    model = GPT(GPTConfig(**fields | changes)).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3)
    return model


def test_a_tied_head_is_the_embedding_and_gets_the_gradients_of_both():
    model = small_model(weight_tying=True)
    assert model.head.lm_head.weight is model.embedding.token_embedding.weight
    tokens = random_tokens(2, 8)
    model(tokens, tokens.flip(0)).backward()
    # The same model with two copies of the matrix.
    untied = small_model()
    untied.load_state_dict(model.state_dict())
    untied(tokens, tokens.flip(0)).backward()
    both = untied.head.lm_head.weight.grad + untied.embedding.token_embedding.weight.grad
    torch.testing.assert_close(model.embedding.token_embedding.weight.grad, both, rtol=0, atol=1e-12)


def test_the_embedding_is_scaled_by_the_root_of_the_width():
    model = small_model(embedding_scale=True, embedding_norm=False)
    seen = []
    model.blocks[0].register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    tokens = random_tokens(2, 8)
    model(tokens)
    torch.testing.assert_close(seen[0], 4 * model.embedding.token_embedding.weight[tokens], rtol=0, atol=1e-12)


def test_layers_without_positions_do_not_turn_what_the_others_turn():
    model, turned = small_model(position_encoding="rope,none"), []
    for block in model.blocks:
        block.register_forward_pre_hook(lambda _, arguments: turned.append(arguments[1].cos is not None))
    model(random_tokens(1, 8))
    assert turned == [True, False, True]


def test_positions_are_added_to_the_scaled_embedding_and_before_its_norm():
    model = small_model(position_encoding="learned_absolute", embedding_scale=True, normalization="layernorm")
    seen = []
    model.blocks[0].register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    tokens = random_tokens(2, 5)
    model(tokens)
    learned = model.embedding.positions["learned_absolute"].embedding.weight
    added = 4 * model.embedding.token_embedding.weight[tokens] + learned[:5]
    norm = model.embedding.norm
    expected = F.layer_norm(added, (16,), norm.weight, norm.bias, norm.eps)
    torch.testing.assert_close(seen[0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("placement", "needed"),
    [("pre", True), ("sandwich", True), ("output", True), ("parallel", True), ("post", False), ("none", False)],
)
def test_there_is_a_final_norm_where_the_stream_has_grown(placement, needed):
    model = small_model(norm_position=placement, normalization="rmsnorm")
    assert isinstance(model.head.norm, nn.Identity) != needed


def test_dropout_acts_in_training_only_and_keeps_the_size():
    model, seen = small_model(dropout=0.25), []
    model.blocks[0].register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    tokens = random_tokens(50, 8)
    assert torch.equal(model.eval()(tokens), model(tokens))
    assert not torch.equal(model.train()(tokens), model(tokens))
    evaluated, trained = seen[0], seen[2]
    dropped = trained == 0
    assert dropped.double().mean().item() == pytest.approx(0.25, abs=0.05)
    # Single entries are dropped, no whole tokens; what is left grows.
    assert not dropped.all(dim=-1).any()
    torch.testing.assert_close(trained[~dropped], evaluated[~dropped] / 0.75, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "changes", [{}, {"embedding_scale": True}, {"position_encoding": "learned_absolute"}, {"dropout": 0.1}], ids=str
)
def test_the_composed_embedding_is_chapter_ones_where_nothing_else_is_asked_for(changes):
    composed = isinstance(small_model(**changes).embedding, ComposedEmbedding)
    assert composed == bool(changes)
    if not changes:
        plain = small_model()
        other = ComposedEmbedding(plain.config).double()
        other.load_state_dict(plain.embedding.state_dict())
        tokens = random_tokens(2, 8)
        assert torch.equal(other(tokens, torch.arange(8)), plain.embedding(tokens, torch.arange(8)))


def test_positions_go_on_where_the_cache_ends_and_are_added_there():
    model = small_model(position_encoding="learned_absolute")
    cache, tokens = KVCache(model.config), random_tokens(2, 8)
    with torch.no_grad():
        parts = [model(part, cache=cache) for part in tokens.split((4, 1, 3), dim=1)]
        torch.testing.assert_close(torch.cat(parts, dim=1), model(tokens), rtol=0, atol=1e-12)
        with pytest.raises(ValueError, match="8"):
            model(tokens[:, :1], cache=cache)
