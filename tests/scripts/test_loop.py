"""The training loop."""

import math

import pytest
import torch

from reference.config import GPTConfig
from scripts.training.data import Batch, load_corpus
from scripts.training.implementation import load
from scripts.training.loop import Run, Schedule, evaluate, learning_rate_factor, muon_momentum, train, train_step

CPU = torch.device("cpu")
TINY = GPTConfig(n_layer=1, n_embd=16, n_head=2, max_seq_len=16)
REFERENCE = load("reference")


def trained(schedule: Schedule, **options) -> Run:
    run = Run()
    train(REFERENCE, TINY, load_corpus("names", 16), schedule, CPU, run, **options)
    return run


def model_and_batch(rows: int = 6):
    torch.manual_seed(0)
    model = REFERENCE.gpt.GPT(TINY)
    model._init_weights(model.lm_head)
    tokens = torch.randint(27, (rows, 17))
    return model, Batch(tokens[:, :-1], tokens[:, 1:])


def test_a_run_learns_and_fills_in_everything():
    run = trained(Schedule(max_iters=60, batch_size=8))
    assert run.init_loss == pytest.approx(math.log(27), abs=1e-5)
    assert run.val_loss < 2.8
    assert len(run.losses) == len(run.gradient_norms) == 60
    assert len(run.samples) == 10
    assert set(run.milestones) >= {"Model initialises", "Loss decreases", "Generation works"}


def test_the_same_seed_gives_the_same_run_and_another_another():
    runs = [trained(Schedule(max_iters=5, batch_size=4, seed=seed)) for seed in (1, 1, 2)]
    assert runs[0].losses == runs[1].losses
    assert runs[0].samples == runs[1].samples
    assert runs[0].losses != runs[2].losses


def test_validation_does_not_depend_on_how_it_is_batched():
    model, batch = model_and_batch(rows=7)
    whole = model(*batch).item()
    assert evaluate(model, batch, CPU, batch_size=3) == pytest.approx(whole, rel=1e-6)


def test_accumulated_batches_make_the_step_of_one_large_batch():
    results = []
    for parts in (1, 3):
        model, batch = model_and_batch()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        pieces = zip(batch.tokens.chunk(parts), batch.targets.chunk(parts), strict=True)
        loss, norm = train_step(model, [optimizer], [Batch(*piece) for piece in pieces], CPU)
        results.append((loss, norm, model.blocks[0].attn.q_proj.weight.detach()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-4)
    torch.testing.assert_close(results[0][2], results[1][2], rtol=1e-4, atol=1e-6)


def test_the_learning_rate_falls_to_nothing_at_the_end():
    factors = [learning_rate_factor(step, 100) for step in range(101)]
    assert factors[:61] == [1.0] * 61
    assert factors[80] == pytest.approx(0.5)
    assert factors[100] == 0
    assert factors == sorted(factors, reverse=True)


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
