import math

import pytest
import torch

from reference.config import GPTConfig
from reference.generation import generate
from reference.gpt import GPT

V, LONGEST, DRAWS = 11, 8, 4000
CONFIG = GPTConfig(vocab_size=V, max_seq_len=LONGEST, n_layer=1, n_head=2, n_embd=8)


@pytest.fixture
def model(randomised) -> GPT:
    return randomised(GPT(CONFIG))


@pytest.fixture
def prompt() -> torch.Tensor:
    return torch.tensor([[3, 1, 4], [1, 5, 9]])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(model: GPT, **settings) -> torch.Tensor:
    """How often each token follows one and the same prompt."""
    prompts = torch.tensor([[3, 1, 4]]).expand(DRAWS, 3)
    return generate(model, prompts, 1, generator=generator(), **settings)[:, -1].bincount(minlength=V).double()


def exact_probabilities(model: GPT, temperature: float = 1.0, allowed: int = V) -> torch.Tensor:
    logits = model(torch.tensor([[3, 1, 4]]))[0, -1].tolist()
    least = sorted(logits)[-allowed]
    weights = [math.exp(logit / temperature) if logit >= least else 0.0 for logit in logits]
    return torch.tensor([weight / sum(weights) for weight in weights], dtype=torch.float64)


def assert_drawn_from(counts: torch.Tensor, probabilities: torch.Tensor) -> None:
    """Pearson's chi-squared: as many degrees of freedom as possible tokens less one, give or take five spreads."""
    possible = probabilities > 0
    assert not counts[~possible].any()
    expected = DRAWS * probabilities[possible]
    chi_squared = ((counts[possible] - expected) ** 2 / expected).sum().item()
    freedom = int(possible.sum()) - 1
    assert chi_squared < freedom + 5 * math.sqrt(2 * freedom)


def test_the_prompt_comes_back_followed_by_as_many_tokens_as_asked_for(model, prompt):
    for count in (0, 1, 4):
        text = generate(model, prompt, count, generator=generator())
        assert text.shape == (2, 3 + count)
        assert text.dtype == torch.int64
        assert torch.equal(text[:, :3], prompt)
        assert ((text >= 0) & (text < V)).all()


def test_temperature_0_takes_the_likeliest_token_every_time(model, prompt):
    expected = prompt.tolist()
    for row in expected:
        for _ in range(LONGEST - 3):
            logits = model(torch.tensor([row]))[0, -1].tolist()
            row.append(logits.index(max(logits)))
    assert generate(model, prompt, LONGEST - 3, temperature=0).tolist() == expected


def test_beyond_the_longest_sequence_the_model_sees_the_last_tokens_only(model, prompt):
    expected = prompt.tolist()
    for row in expected:
        for _ in range(3 * LONGEST):
            logits = model(torch.tensor([row[-LONGEST:]]))[0, -1].tolist()
            row.append(logits.index(max(logits)))
    assert generate(model, prompt, 3 * LONGEST, temperature=0).tolist() == expected


def test_a_prompt_may_be_longer_than_the_longest_sequence(model):
    prompt = torch.randint(V, (1, 3 * LONGEST))
    text = generate(model, prompt, 2, temperature=0)
    assert torch.equal(text[:, : 3 * LONGEST], prompt)
    assert torch.equal(text[:, -2:], generate(model, prompt[:, -LONGEST:], 2, temperature=0)[:, -2:])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_from_the_softmax_of_logits_over_temperature(model, temperature):
    assert_drawn_from(drawn(model, temperature=temperature), exact_probabilities(model, temperature))


@pytest.mark.parametrize("top_k", [2, 5, V])
def test_top_k_draws_from_the_k_likeliest_in_proportion(model, top_k):
    assert_drawn_from(drawn(model, top_k=top_k), exact_probabilities(model, allowed=top_k))


def test_the_check_of_the_draws_can_fail(model):
    with pytest.raises(AssertionError):
        assert_drawn_from(drawn(model), exact_probabilities(model, temperature=1.5))
    with pytest.raises(AssertionError):
        assert_drawn_from(drawn(model), exact_probabilities(model, allowed=V // 2))


@pytest.mark.parametrize("settings", [{"top_k": 1}, {"temperature": 1e-4}], ids=["top_k 1", "almost no temperature"])
def test_without_a_choice_it_is_greedy(model, prompt, settings):
    greedy = generate(model, prompt, 20, temperature=0)
    assert torch.equal(generate(model, prompt, 20, generator=generator(), **settings), greedy)


def test_a_high_temperature_makes_every_token_equally_likely(model):
    assert_drawn_from(drawn(model, temperature=1e6), torch.full((V,), 1 / V, dtype=torch.float64))


def test_more_top_k_than_tokens_is_no_limit(model, prompt):
    limited, free = (generate(model, prompt, 20, top_k=k, generator=generator()) for k in (V + 1, None))
    assert torch.equal(limited, free)


def test_the_same_seed_gives_the_same_text_and_another_another(model, prompt):
    first, again, other = (generate(model, prompt, 20, generator=generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_generator_of_ones_own_leaves_the_global_one_alone(model, prompt):
    before = torch.get_rng_state()
    generate(model, prompt, 5, generator=generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_prompt_is_not_changed(model, prompt):
    before = prompt.clone()
    generate(model, prompt, 5, generator=generator())
    assert torch.equal(prompt, before)
