import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.muon import Muon, setup_muon
from reference.optimization.nanochat_2026 import setup_nanochat_2026
from reference.optimization.optimizers import parameter_groups, setup_nanochat, setup_optimizers

CONFIG = GPTConfig(vocab_size=11, max_seq_len=8, n_layer=2, n_head=4, n_kv_head=2, n_embd=32)


def assert_rate(group: dict, rate: float) -> None:
    assert group["lr"] == group["initial_lr"] == pytest.approx(rate, rel=1e-12)


@pytest.fixture
def model(randomised) -> GPT:
    return randomised(GPT(CONFIG))


def test_every_parameter_stands_in_exactly_one_group(model):
    grouped = [
        id(weight) for optimizer in setup_nanochat(model) for g in optimizer.param_groups for weight in g["params"]
    ]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {id(weight) for weight in model.parameters()}


def test_adamw_gets_the_head_and_the_embedding_and_muon_the_blocks(model):
    adamw, muon = setup_nanochat(model)
    assert type(adamw) is torch.optim.AdamW
    assert type(muon) is Muon
    names = {id(weight): name for name, weight in model.named_parameters()}
    head, embedding, vectors = ([names[id(weight)] for weight in group["params"]] for group in adamw.param_groups)
    assert (head, embedding, vectors) == (["head.lm_head.weight"], ["embedding.token_embedding.weight"], [])
    (matrices,) = ([names[id(weight)] for weight in group["params"]] for group in muon.param_groups)
    assert all(name.startswith("blocks.") for name in matrices)


def test_nanochats_model_needs_no_more_than_its_own_optimizers(model):
    optimizers = setup_optimizers(model)
    grouped = [id(weight) for o in optimizers for group in o.param_groups for weight in group["params"]]
    assert sorted(grouped) == sorted(id(weight) for weight in model.parameters())
    assert setup_nanochat(model)[0].param_groups[2]["params"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"normalization": "layernorm", "bias": True, "position_encoding": "learned_absolute"},
        {"attention_type": "differential", "attention_sinks": True, "ffn_type": "moe", "n_expert": 3},
        {"attention_type": "latent", "n_kv_head": 4, "query_latent_rank": 8},
        {"weight_tying": True, "normalization": "rmsnorm"},
    ],
    ids=["nanochat", "biases and positions", "differential, sinks, experts", "latent", "tied"],
)
def test_every_parameter_of_every_variant_is_trained_once(changes):
    model = GPT(replace(CONFIG, **changes))
    head, embedding, matrices = parameter_groups(model)
    assert head == [model.head.lm_head.weight]
    assert len(embedding) == (not changes.get("weight_tying"))
    grouped = [id(weight) for o in setup_nanochat(model) for group in o.param_groups for weight in group["params"]]
    assert sorted(grouped) == sorted(id(weight) for weight in model.parameters())
    assert all(weight.ndim == 2 for weight in matrices)


def test_the_weights_and_biases_of_norms_go_to_adamw():
    model = GPT(GPTConfig(n_layer=2, normalization="layernorm"))
    adamw, muon = setup_nanochat(model)
    vectors = {id(weight) for name, weight in model.named_parameters() if "norm" in name}
    assert len(vectors) == 2 * (2 * 2 + 2)
    assert {id(weight) for weight in adamw.param_groups[2]["params"]} == vectors
    assert not vectors & {id(weight) for weight in muon.param_groups[0]["params"]}


@pytest.mark.parametrize("rates", [{}, {"head_lr": 0.1, "embedding_lr": 0.5, "matrix_lr": 0.3, "vector_lr": 0.2}])
@pytest.mark.parametrize("n_embd", [8, 768, 3072])
def test_learning_rates_shrink_with_the_root_of_the_width_but_not_muons(n_embd, rates):
    model = GPT(GPTConfig(n_layer=1, n_embd=n_embd))
    adamw, muon = setup_nanochat(model, **rates)
    shrink = math.sqrt(768 / n_embd)
    head, embedding, vectors = adamw.param_groups
    assert_rate(vectors, rates.get("vector_lr", 0.02) * shrink)
    assert_rate(head, rates.get("head_lr", 0.004) * shrink)
    assert_rate(embedding, rates.get("embedding_lr", 0.2) * shrink)
    assert_rate(muon.param_groups[0], rates.get("matrix_lr", 0.02))


def test_the_other_settings_are_nanochats(model):
    adamw, muon = setup_nanochat(model)
    for group in adamw.param_groups:
        assert (group["betas"], group["eps"], group["weight_decay"]) == ((0.8, 0.95), 1e-10, 0.0)
    assert muon.param_groups[0]["momentum"] == 0.95


def test_a_batch_can_be_learned_by_heart():
    model = GPT(CONFIG)
    model.init_weights()
    optimizers = setup_nanochat(model)
    tokens = torch.randint(CONFIG.vocab_size, (2, 9))
    losses = []
    for _ in range(40):
        loss = model(tokens[:, :-1], tokens[:, 1:])
        losses.append(loss.item())
        model.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    assert losses[0] == pytest.approx(math.log(CONFIG.vocab_size), abs=1e-6)
    assert losses[-1] < 0.1 * losses[0]


def test_learned_positions_and_biases_go_to_adamw_with_the_vectors():
    model = GPT(replace(CONFIG, position_encoding="learned_absolute", bias=True))
    adamw, muon = setup_nanochat(model)
    names = {id(weight): name for name, weight in model.named_parameters()}
    others = [names[id(weight)] for weight in adamw.param_groups[2]["params"]]
    assert "embedding.positions.learned_absolute.embedding.weight" in others
    assert sum(name.endswith(".bias") for name in others) == 2 * 6
    assert all(weight.ndim == 2 for weight in muon.param_groups[0]["params"])


def test_a_tied_matrix_stands_in_one_group_the_heads():
    model = GPT(replace(CONFIG, weight_tying=True))
    adamw, _ = setup_nanochat(model, head_lr=0.01, embedding_lr=0.3)
    groups = [[weight is model.head.lm_head.weight for weight in group["params"]] for group in adamw.param_groups]
    assert groups == [[True], [], []]


@pytest.mark.parametrize("setup", [setup_nanochat, setup_nanochat_2026, setup_muon])
def test_filters_and_what_is_added_by_position_are_no_matrices(setup):
    for mixer in ("delta", "kda", "mamba2", "nsa"):
        model = GPT(replace(CONFIG, attention_type=mixer, n_kv_head=None, n_layer=1))
        names = {id(weight): name for name, weight in model.named_parameters()}
        with_muon = {
            isinstance(optimizer, Muon): {names[id(w)] for group in optimizer.param_groups for w in group["params"]}
            for optimizer in setup(model)
        }
        apart = {name for name in names.values() if name.endswith(("conv_weight", "position"))}
        linear = {f"{name}.weight" for name, part in model.blocks.named_modules() if isinstance(part, nn.Linear)}
        assert apart and apart <= with_muon[False]
        assert {f"blocks.{name}" for name in linear} <= with_muon[True]
        assert set(names.values()) == with_muon[False] | with_muon[True]


def test_the_matrices_of_experts_go_to_muon():
    model = GPT(replace(CONFIG, ffn_type="moe", n_expert=3))
    _, muon = setup_nanochat(model)
    taken = {id(weight) for weight in muon.param_groups[0]["params"]}
    for block in model.blocks:
        assert {id(weight) for weight in block.mlp.parameters()} <= taken
