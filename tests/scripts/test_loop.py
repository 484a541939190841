"""The training loop."""

import contextlib
import math
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import torch

from reference.config import GPTConfig
from reference.optimization.training_flops import training_flops
from reference.presets import PRESETS, preset
from scripts.project import UsageError
from scripts.training.loop import flops_per_token, train
from scripts.training.memory import peak_memory
from scripts.training.optimizing import OPTIMIZERS, muon_momentum, set_up_optimizers
from scripts.training.plan import Computation, Optimization, Run, Schedule
from scripts.training.processes import SINGLE, Processes
from scripts.training.report import clipping
from scripts.training.text.data import Batch, load_corpus
from scripts.training.trainer import Trainer, require_possible
from scripts.workshop.pieces.loading import load

CPU = torch.device("cpu")
TINY = GPTConfig(n_layer=1, n_embd=16, n_head=2, max_seq_len=16)
REFERENCE = load("reference")


def trained(schedule: Schedule, **options) -> Run:
    run = Run()
    train(REFERENCE, TINY, load_corpus("names", 16), schedule, CPU, run, **options)
    return run


def model_and_batch(rows: int = 6, config: GPTConfig = TINY):
    torch.manual_seed(0)
    model = REFERENCE.gpt.GPT(config)
    model._init_weights(model.head.lm_head)
    tokens = torch.randint(27, (rows, 17))
    return model, Batch(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())


def test_a_run_learns_and_fills_in_everything():
    run = trained(Schedule(max_iters=60, batch_size=8))
    assert run.init_loss == pytest.approx(math.log(27), abs=1e-5)
    assert run.val_loss < 2.8
    assert len(run.losses) == len(run.gradient_norms) == 60
    assert len(run.samples) == 10
    assert set(run.milestones) >= {"Model initialises", "Loss decreases", "Generation works"}


@pytest.mark.parametrize(("changes", "asked"), [({}, True), ({"normalization": "rmsnorm"}, False)])
def test_flops_are_nanochats_count_where_it_is_right(changes, asked):
    model = REFERENCE.gpt.GPT(replace(TINY, **changes))
    flops = SimpleNamespace(estimate_flops=lambda model: 7)
    theirs = SimpleNamespace(optimization=SimpleNamespace(flops=flops))
    assert flops_per_token(theirs, model) == (7 if asked else training_flops(model))


def test_the_same_seed_gives_the_same_run_and_another_another():
    runs = [trained(Schedule(max_iters=5, batch_size=4, seed=seed)) for seed in (1, 1, 2)]
    assert runs[0].losses == runs[1].losses
    assert runs[0].samples == runs[1].samples
    assert runs[0].losses != runs[2].losses


def trainer_of(model, optimizer: torch.optim.Optimizer | None = None, **changes) -> Trainer:
    optimization = {name: changes.pop(name) for name in ("clip", "index_warmup_iters") if name in changes}
    trainer = Trainer(REFERENCE, model, Optimization(**optimization), Computation(**changes), SINGLE, CPU)
    trainer.optimizers = [optimizer or torch.optim.SGD(model.parameters(), lr=1.0)]
    return trainer


def test_attention_logits_are_clipped_after_the_step_whose_logits_passed():
    config = replace(TINY, qk_norm="off", n_layer=2, attention_type="standard,shared")
    model, batch = model_and_batch(config=config)
    optimization = Optimization(qk_clip=1e-3)
    trainer = Trainer(REFERENCE, model, optimization, Computation(), SINGLE, CPU)
    trainer.set_up_optimizers()
    trainer.step([batch, batch])
    assert trainer.clipped["clipped_heads"] == 4
    first = trainer.clipped["largest_logit"]
    assert first > 0.1
    # The step itself has changed the weights a little since.
    trainer.set_rates(0.0)
    trainer.step([batch])
    assert trainer.clipped["largest_logit"] < first
    train(
        REFERENCE,
        config,
        load_corpus("names", 16),
        Schedule(max_iters=2, eval_tokens=64, optimization=optimization),
        CPU,
        run := Run(),
    )
    assert clipping(run) == f"QK-clip: 8 of 8 head-steps clipped; largest logit {run.clipped[0]['largest_logit']:.1f}"
    with pytest.raises(UsageError, match=r"qk_clip = 0\.001 with qk_norm = 'head'"):
        Trainer(REFERENCE, REFERENCE.gpt.GPT(TINY), optimization, Computation(), SINGLE, CPU)
    with pytest.raises(UsageError, match=r"--qk_clip: .* with --parallel fsdp"):
        Trainer(REFERENCE, model, optimization, Computation(), Processes("fsdp"), CPU)


def test_validation_does_not_depend_on_how_it_is_batched():
    config = replace(TINY, vocab_size=2**19)
    model = REFERENCE.gpt.GPT(config)
    torch.nn.init.normal_(model.head.lm_head.weight)
    tokens = torch.randint(2**19, (5, 17))
    windows = Batch(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())
    # 2 rows at a time, and a last one by itself.
    assert trainer_of(model).evaluate(windows) == pytest.approx(model(*windows).item(), rel=1e-6)


def test_accumulated_batches_make_the_step_of_one_large_batch():
    results = []
    for parts in (1, 3):
        model, batch = model_and_batch()
        pieces = zip(batch.tokens.chunk(parts), batch.targets.chunk(parts), strict=True)
        loss, norm = trainer_of(model).step([Batch(*piece) for piece in pieces])
        results.append((loss, norm, model.blocks[0].attn.q_proj.weight.detach()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-4)
    torch.testing.assert_close(results[0][2], results[1][2], rtol=1e-4, atol=1e-6)


def test_a_clipped_gradient_keeps_its_direction_and_is_as_long_as_allowed():
    steps = []
    for clip in (None, 0.01):
        model, batch = model_and_batch()
        before = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
        _, norm = trainer_of(model, clip=clip).step([batch])
        steps.append(before - torch.nn.utils.parameters_to_vector(model.parameters()).detach())
    assert steps[0].norm().item() == pytest.approx(norm, rel=1e-3)
    assert steps[1].norm().item() == pytest.approx(0.01, rel=1e-3)
    assert torch.cosine_similarity(*steps, dim=0).item() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"activation_checkpointing": True},
        {"loss_chunk": 5},
        pytest.param({"compile": True}, marks=pytest.mark.slow),
        pytest.param({"compile": True, "activation_checkpointing": True}, marks=pytest.mark.slow),
    ],
    ids=str,
)
@pytest.mark.parametrize("parts", [1, 2])
def test_a_step_adds_the_experts_loss_once_to_every_pass_and_evaluation_does_not(how, parts):
    config = replace(TINY, n_layer=2, ffn_type="moe", n_expert=3, num_experts_per_tok=2, router_aux_loss_coef=0.5)
    model, batch = model_and_batch(config=config)
    passes = [Batch(*each) for each in zip(batch.tokens.chunk(parts), batch.targets.chunk(parts), strict=True)]
    expected, extra, before = 0.0, 0.0, [weight.detach().clone() for weight in model.parameters()]
    for each in passes:
        loss = model(*each)
        auxiliary = sum(block.mlp.auxiliary_loss for block in model.blocks)
        expected, extra = expected + loss.item() / parts, extra + auxiliary.item() / parts
        ((loss + auxiliary) / parts).backward()
    gradients = [weight.grad for weight in model.parameters()]
    model.zero_grad()
    plain = model.eval()(*batch).item()
    trainer = trainer_of(model, **how)
    assert trainer.evaluate(batch) == pytest.approx(plain, rel=1e-5)
    model.train()
    assert trainer.step(passes)[0] == pytest.approx(expected, rel=1e-5)
    assert trainer.extra_loss == {"extra_loss": pytest.approx(extra, rel=1e-5)}
    for weight, old, gradient in zip(model.parameters(), before, gradients, strict=True):
        torch.testing.assert_close(old - weight, gradient, rtol=1e-3, atol=1e-6)


def test_a_step_tells_the_loss_of_further_tokens_apart_and_minimises_both():
    model, batch = model_and_batch(config=replace(TINY, n_mtp=1, mtp_loss_coef=0.3))
    plain = model.eval()(*batch).item()
    both = model.train()(*batch)
    both.backward()
    trainer, gradients = trainer_of(model), [weight.grad for weight in model.parameters()]
    before = [weight.detach().clone() for weight in model.parameters()]
    model.zero_grad()
    assert trainer.step([batch])[0] == pytest.approx(plain, rel=1e-5)
    assert trainer.extra_loss == {"extra_loss": pytest.approx(both.item() - plain, rel=1e-4)}
    for weight, old, gradient in zip(model.parameters(), before, gradients, strict=True):
        torch.testing.assert_close(old - weight, gradient, rtol=1e-3, atol=1e-6)
    model, batch = model_and_batch()
    dense = trainer_of(model)
    dense.step([batch])
    assert dense.extra_loss == {}


@pytest.mark.parametrize("how", [{}, {"activation_checkpointing": True}], ids=str)
@pytest.mark.parametrize("kind", ["moe", "deepseek_moe"])
def test_a_step_tells_how_busy_the_experts_are_and_moves_the_bias_of_those_that_have_one(kind, how):
    changes = {"n_layer": 2, "ffn_type": f"gated/{kind}", "n_expert": 4, "num_experts_per_tok": 1}
    model, batch = model_and_batch(config=replace(TINY, **changes))
    mlp = model.blocks[1].mlp
    with torch.no_grad():
        mlp.router.weight *= 1e-3
    # All tokens choose the third of four: three times as many more than the mean.
    expected = {"load_violation": 3.0, "idle_experts": 3}
    if kind == "deepseek_moe":
        mlp.correction_bias[2] = 1.0
    else:
        mlp.router.register_forward_hook(lambda router, args, logits: logits + torch.tensor([0.0, 0.0, 1.0, 0.0]))
    trainer = trainer_of(model, **how)
    model.train()
    trainer.step([batch])
    assert trainer.expert_load == expected
    if kind == "deepseek_moe":
        assert mlp.correction_bias.tolist() == pytest.approx([0.001, 0.001, 0.999, 0.001])
    # What was counted in one step is not counted in the next.
    trainer.step([batch])
    assert trainer.expert_load == expected
    model, batch = model_and_batch()
    dense = trainer_of(model)
    dense.step([batch])
    assert dense.expert_load == {}


@pytest.mark.parametrize("how", [{"activation_checkpointing": True}, {"loss_chunk": 5}], ids=str)
def test_what_saves_memory_changes_no_number(how):
    found = []
    for changes in ({}, how):
        model, batch = model_and_batch()
        result = trainer_of(model, **changes).step([batch])
        found.append((*result, torch.nn.utils.parameters_to_vector(model.parameters()).detach()))
    assert found[0][:2] == pytest.approx(found[1][:2], rel=1e-6)
    torch.testing.assert_close(found[0][2], found[1][2], rtol=1e-5, atol=1e-7)


def test_checkpointed_activations_need_less_memory():
    needed = []
    for changes in ({}, {"activation_checkpointing": True}):
        torch.manual_seed(0)
        model = REFERENCE.gpt.GPT(replace(TINY, n_layer=8))
        trainer, tokens = trainer_of(model, **changes), torch.randint(27, (16, 16))
        needed.append(
            peak_memory(lambda trainer=trainer, tokens=tokens: trainer.loss(Batch(tokens, tokens)).backward())
        )
    assert needed[1] < needed[0] / 2


@pytest.mark.parametrize("parts", [1, 3])
def test_gradients_are_averaged_once_a_step_however_many_passes_it_has(parts):
    model, batch = model_and_batch()

    class Counting(torch.nn.Module):
        unsynchronised = passes = 0

        def forward(self, tokens, targets):
            self.passes += 1
            return model(tokens, targets)

        @contextlib.contextmanager
        def no_sync(self):
            self.unsynchronised += 1
            yield

    trainer = trainer_of(model)
    trainer.forward = trainer.wrapped = counting = Counting()
    trainer.processes = SimpleNamespace(
        synchronising=partial(Processes.synchronising, Processes("ddp")), mean=lambda value: value
    )
    pieces = zip(batch.tokens.chunk(parts), batch.targets.chunk(parts), strict=True)
    trainer.step([Batch(*piece) for piece in pieces])
    assert (counting.passes, counting.unsynchronised) == (parts, parts - 1)


def test_bfloat16_is_for_products_only():
    model, batch = model_and_batch()
    seen = []
    model.blocks[0].mlp.up_proj.register_forward_hook(lambda module, given, result: seen.append(result.dtype))
    trainer = trainer_of(model, dtype="bfloat16")
    loss = trainer.loss(batch)
    assert seen == [torch.bfloat16]
    assert loss.dtype == torch.float32
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert loss.item() == pytest.approx(model(*batch).item(), rel=1e-2)
    assert loss.item() != model(*batch).item()


def test_float16_is_for_gpus():
    with pytest.raises(UsageError, match="--dtype float16: it needs a GPU"):
        require_possible(Computation(dtype="float16"), CPU, None)


def test_a_rate_that_an_optimizer_does_not_have_is_refused_with_those_that_it_has():
    model, _ = model_and_batch()
    with pytest.raises(
        UsageError, match="--matrix_lr: the optimizer adamw has none; it has beta1, beta2, eps, learning"
    ):
        set_up_optimizers(Optimization(optimizer="adamw", rates={"matrix_lr": 0.1}), REFERENCE, model)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns(optimizer):
    optimization = Optimization(optimizer=optimizer, schedule="cosine", warmup_iters=5)
    run = trained(Schedule(max_iters=40, batch_size=8, eval_tokens=2000, optimization=optimization))
    assert run.val_loss < run.init_loss - 0.1


def test_the_learning_rate_follows_the_schedule():
    model, _ = model_and_batch()
    optimization = Optimization(optimizer="adamw", rates={"learning_rate": 0.5}, schedule="linear", warmup_iters=2)
    trainer = Trainer(REFERENCE, model, optimization, Computation(), SINGLE, CPU)
    trainer.set_up_optimizers()
    assert [trainer.follow_schedule(step, 6) for step in range(6)] == pytest.approx(
        [0.25, 0.5, 0.5, 0.375, 0.25, 0.125]
    )


def test_indexers_warm_up_for_as_many_steps_as_were_asked_for():
    config = replace(TINY, n_layer=2, attention_type="dsa,standard", index_topk=2)
    model, batch = model_and_batch(config=config)
    trainer = trainer_of(model, index_warmup_iters=2)
    trainer.set_up_optimizers()
    chosen = []
    model.blocks[0].attn.index_loss = lambda *given: chosen.append(given[4].isfinite().sum(-1).amax().item()) or 0.0
    for step in range(4):
        trainer.follow_schedule(step, 4)
        trainer.step([batch])
    assert chosen == [config.max_seq_len] * 2 + [2] * 2


def test_validation_on_the_way_changes_nothing():
    schedule = Schedule(max_iters=4, batch_size=4, eval_tokens=64)
    runs = [trained(replace(schedule, eval_every=every)) for every in (None, 1)]
    assert runs[0].losses == runs[1].losses


# How many tokens an expert gets depends on the tokens: a mixture is compiled in parts.
OF_ONE_GRAPH = [
    name
    for name, config in ((name, preset(f"{name}_tiny", n_layer=2)) for name in PRESETS)
    if not any("moe" in kind for kind in config.in_turn(config.ffn_type))
]


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_ONE_GRAPH)
def test_no_preset_breaks_the_graph_that_is_compiled(name):
    model = REFERENCE.gpt.GPT(preset(f"{name}_tiny", n_layer=2))
    REFERENCE.optimization.initialization.initialise(model)
    tokens = torch.randint(27, (2, 16))
    torch._dynamo.reset()
    found = torch._dynamo.explain(model)(tokens, tokens)
    assert (found.graph_count, found.graph_break_count) == (1, 0), found.break_reasons


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_compiled_step_is_the_same_step():
    found = []
    for changes in ({}, {"compile": True}):
        model, batch = model_and_batch()
        found.append(trainer_of(model, **changes).step([batch]))
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_muons_momentum_rises_over_300_steps():
    assert [muon_momentum(step) for step in (0, 150, 300, 1000)] == pytest.approx([0.85, 0.9, 0.95, 0.95])


def test_ctrl_c_ends_the_training_and_keeps_what_there_is():
    def interrupt(run):
        if len(run.losses) == 3:
            raise KeyboardInterrupt

    run = trained(Schedule(max_iters=50, batch_size=4), on_step=interrupt)
    assert run.interrupted
    assert len(run.losses) == 3
    assert len(run.samples) == 10
    assert not math.isnan(run.val_loss)


def test_no_steps_are_a_run_too():
    run = trained(Schedule(max_iters=0))
    assert run.losses == []
    assert run.val_loss == run.init_loss


def test_weights_of_length_one_are_so_after_every_step():
    model, batch = model_and_batch(config=preset("ngpt_tiny", n_layer=1, max_seq_len=16))
    before = model.blocks[0].mlp.down_proj.weight.detach().clone()
    trainer_of(model).step([batch])
    mlp = model.blocks[0].mlp
    for weight, axis in ((mlp.up_proj.weight, 1), (mlp.down_proj.weight, 0), (model.head.lm_head.weight, 1)):
        length = weight.detach().norm(dim=axis)
        torch.testing.assert_close(length, torch.ones_like(length))
    assert (mlp.down_proj.weight - before).abs().max() > 1e-3
