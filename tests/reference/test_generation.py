import itertools
import math
from collections import Counter
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.config import GPTConfig
from reference.decoding.generation import generate, next_token_distribution
from reference.decoding.sampling import sampling_distribution, top_p_filter
from reference.decoding.speculative import speculate, verify_draft
from reference.decoding.streaming import generate_stream, prefill
from reference.gpt import GPT
from scripts.measuring.attention_variants import variant

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


FAST = settings(max_examples=60)
# Far enough apart that rounding decides nothing.
LOGITS = st.lists(st.integers(-12, 12), min_size=1, max_size=8, unique=True).map(lambda row: [x / 4 for x in row])


def by_hand(logits: list[float], temperature: float, top_k: int | None, top_p: float | None, min_p: float | None):
    """The docstring's rules, token by token."""
    weights = [math.exp(logit / temperature) for logit in logits]
    order = sorted(range(len(logits)), key=lambda token: -logits[token])
    kept = order[:top_k]

    def share(token: int) -> float:
        return weights[token] / math.fsum(weights[other] for other in kept)

    if top_p is not None:
        shares = {token: share(token) for token in kept}
        kept = [token for i, token in enumerate(kept) if math.fsum(shares[t] for t in kept[:i]) < top_p]
    if min_p is not None:
        shares = {token: share(token) for token in kept}
        kept = [token for token in kept if shares[token] >= min_p * max(shares.values())]
    return [share(token) if token in kept else 0.0 for token in range(len(logits))]


@FAST
@given(
    logits=LOGITS,
    temperature=st.sampled_from([0.31, 1.0, 2.7]),
    top_k=st.sampled_from([None, 1, 2, 5, 99]),
    top_p=st.sampled_from([None, 0.0123, 0.51, 0.777, 0.987654]),
    min_p=st.sampled_from([None, 0.0123, 0.123, 0.777]),
)
def test_the_distribution_is_its_formula(logits, temperature, top_k, top_p, min_p):
    rows = torch.tensor([logits, logits[::-1]], dtype=torch.float64)
    expected = by_hand(logits, temperature, top_k, top_p, min_p)
    found = sampling_distribution(rows, temperature, top_k, top_p, min_p)
    torch.testing.assert_close(found, torch.tensor([expected, expected[::-1]], dtype=torch.float64), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("top_p", "left"), [(0.01, 1), (0.5, 1), (0.51, 2), (0.75, 2), (0.76, 3), (0.875, 3), (0.88, 4), (1.0, 4)]
)
def test_top_p_keeps_the_fewest_that_are_enough(top_p, left):
    assert top_p_filter(torch.tensor([[0.125, 0.5, 0.125, 0.25]]), top_p).count_nonzero() == left


def test_no_setting_changes_what_temperature_0_takes():
    logits = torch.randn(3, 8, dtype=torch.float64, generator=generator())
    p = sampling_distribution(logits, 0, top_k=3, top_p=0.5, min_p=0.1)
    assert torch.equal(p, next_token_distribution(logits, 0))
    assert p.dtype == torch.float64


@pytest.mark.parametrize("settings", [{"temperature": -1.0}, {"top_k": 0}, {"top_p": 0.0}, {"min_p": 1.01}])
def test_what_makes_no_sense_is_refused(settings):
    with pytest.raises(ValueError, match=f"{next(iter(settings))} = {next(iter(settings.values()))}"):
        sampling_distribution(torch.zeros(1, 4), **settings)


# Reading ahead

ATTENTIONS = ["grouped", "window", "learned positions", "differential, everything", "latent", "latent, everything"]


@pytest.fixture
def model_with(randomised) -> Callable[..., GPT]:
    return lambda name, **changes: randomised(GPT(variant(name, max_seq_len=LONGEST, **changes))).double().eval()


@pytest.mark.parametrize("how", [{}, {"temperature": 0.5, "top_k": 3}, {"top_p": 0.7}, {"min_p": 0.2}], ids=str)
@pytest.mark.parametrize("name", ATTENTIONS)
def test_a_stream_is_what_generate_writes(model_with, name, how):
    # Far beyond the positions there are: the model then reads the end of the text again and again.
    model = model_with(name)
    texts = torch.randint(13, (3, 4), generator=generator(1))
    found = torch.stack(list(generate_stream(model, texts, 2 * LONGEST, generator=generator(2), **how)), dim=1)
    expected, dice = texts, generator(2)
    for _ in range(2 * LONGEST):
        p = sampling_distribution(model(expected[:, -LONGEST:])[:, -1], **how)
        expected = torch.cat((expected, torch.multinomial(p, 1, generator=dice)), dim=1)
    assert torch.equal(found, expected[:, 4:])
    if how.keys() <= {"temperature", "top_k"}:
        assert torch.equal(generate(model, texts, 2 * LONGEST, generator=generator(2), **how), expected)


@pytest.mark.parametrize("name", ATTENTIONS)
def test_a_text_in_a_stream_is_alone(model_with, name):
    model = model_with(name)
    texts = [torch.randint(13, (length,), generator=generator(length)) for length in (3, 1, LONGEST + 2, 6)]
    found = torch.stack(list(generate_stream(model, texts, 2 * LONGEST, temperature=0)), dim=1)
    for text, row in zip(texts, found, strict=True):
        assert torch.equal(row, generate(model, text[None], 2 * LONGEST, temperature=0)[0, len(text) :])


@pytest.mark.parametrize("name", ATTENTIONS)
def test_texts_read_together_are_as_if_read_alone(model_with, name):
    model = model_with(name)
    texts = [torch.randint(13, (length,), generator=generator(length)) for length in (3, 1, LONGEST, 6)]
    with torch.no_grad():
        logits, cache = prefill(model, texts)
        alone = torch.stack([model(text[None])[0, -1] for text in texts])
    torch.testing.assert_close(logits, alone, rtol=0, atol=1e-10)
    assert cache.length.tolist() == [3, 1, LONGEST, 6]


def test_a_text_ends_with_the_first_token_that_ends_it(model_with):
    model, steps = model_with("grouped"), 5
    texts = [torch.randint(13, (length,), generator=generator(length)) for length in (3, 1, 6)]
    free = torch.stack(list(generate_stream(model, texts, steps, temperature=0)), dim=1)
    for stops in itertools.combinations(sorted(set(free.flatten().tolist())), 2):
        found = torch.stack(list(generate_stream(model, texts, steps, stop_tokens=stops, temperature=0)), dim=1)
        ends = [next((t for t, token in enumerate(row) if token in stops), steps - 1) for row in free.tolist()]
        # The stream ends with the last of them; until then, there is nothing more to say.
        assert found.size(1) == max(ends) + 1
        for row, whole, end in zip(found.tolist(), free.tolist(), ends, strict=True):
            assert row == whole[: end + 1] + [-1] * (max(ends) - end)


def test_a_stream_does_not_read_ahead(model_with):
    model, read_so_far = model_with("grouped"), []
    model.register_forward_pre_hook(lambda module, inputs: read_so_far.append(inputs[0].size(1)))
    for count, _ in enumerate(generate_stream(model, [torch.tensor([1, 2, 3])], 4, temperature=0)):
        assert read_so_far == [3] + [1] * count


# Drafts


@pytest.mark.parametrize("lookahead", [1, 3, 20])
@pytest.mark.parametrize("name", ATTENTIONS)
def test_without_dice_a_draft_changes_nothing(model_with, name, lookahead):
    model, other = model_with(name), model_with("window", n_layer=1)
    # From a draft that is nearly always right to one that hardly ever is.
    near = model_with(name)
    with torch.no_grad():
        for seed, weight in enumerate(near.parameters()):
            weight += 0.1 * torch.randn(weight.shape, generator=generator(seed), dtype=weight.dtype)
    prompt = torch.tensor([[1, 5]])
    expected = generate(model, prompt, LONGEST - 2, temperature=0)
    for draft in (model, near, other):
        assert torch.equal(speculate(model, draft, prompt, LONGEST - 2, lookahead, temperature=0), expected)


class Paths:
    """Instead of throwing dice, go through everything that they can show, one path after the other."""

    def __init__(self, monkeypatch):
        self.script: list[int] = []
        monkeypatch.setattr(torch, "multinomial", self.multinomial)
        monkeypatch.setattr(torch, "rand", self.rand)

    def choose(self, weights: list[float]) -> int:
        """One of several possibilities: as the script says, else the first; how likely it is, is kept."""
        possible = [i for i, weight in enumerate(weights) if weight > 1e-6]
        if self.place == len(self.script):
            self.script.append(0)
        choice = self.script[self.place]
        self.left.append(len(possible) - choice - 1)
        self.place += 1
        self.probability *= weights[possible[choice]] / sum(weights)
        return possible[choice]

    def multinomial(self, p, num_samples, generator=None):
        return torch.tensor([self.choose(row.tolist()) for row in p.view(-1, p.size(-1))]).view(*p.shape[:-1], 1)

    def rand(self, n, generator=None, device=None):
        # Every ratio here is a whole number of halves: two throws tell as much as any number of them.
        return torch.tensor([0.25 + 0.5 * self.choose([0.5, 0.5]) for _ in range(n)])

    def distribution(self, write: Callable[[], torch.Tensor]) -> Counter:
        """How likely everything is that `write` may write."""
        found, self.script = Counter(), []
        while True:
            self.place, self.left, self.probability = 0, [], 1.0
            written = tuple(write().flatten().tolist())
            found[written] += self.probability
            # On to the next path: the last place where there was something else to choose.
            while self.left and not self.left[-1]:
                self.left.pop()
            if not self.left:
                return found
            self.script = [*self.script[: len(self.left) - 1], self.script[len(self.left) - 1] + 1]


class Chain:
    """A model of three tokens that knows the last one only: what lies 0, 1 or 2 behind it is as likely as given."""

    def __init__(self, steps: list[float]):
        self.config = GPTConfig(vocab_size=3, max_seq_len=8)
        self.p = [[steps[(token - last) % 3] for token in range(3)] for last in range(3)]

    def __call__(self, tokens, cache):
        cache.append(tokens)
        return torch.tensor(self.p, dtype=torch.float64)[tokens].log()


# Two models; the probabilities of one are a whole number of halves of those of the other, or larger.
EVEN, STEEP, SURE = [0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.0, 0.5, 0.5]


@pytest.mark.parametrize(("steps", "draft_steps"), [(STEEP, EVEN), (EVEN, STEEP), (SURE, EVEN), (EVEN, EVEN)], ids=str)
@pytest.mark.parametrize("lookahead", [1, 2, 3])
def test_what_is_written_with_a_draft_is_distributed_as_if_it_were_without(monkeypatch, steps, draft_steps, lookahead):
    model, draft, paths = Chain(steps), Chain(draft_steps), Paths(monkeypatch)
    found = paths.distribution(lambda: speculate(model, draft, torch.tensor([[0]]), 3, lookahead))
    assert sum(found.values()) == pytest.approx(1)
    for text in itertools.product(range(3), repeat=3):
        expected = math.prod(model.p[last][token] for last, token in itertools.pairwise((0, *text)))
        assert found[(0, *text)] == pytest.approx(expected, abs=1e-9), text


def test_the_check_of_drafts_can_fail(monkeypatch):
    # Accepted whatever the model thinks, the tokens are those of the draft.
    paths, q = Paths(monkeypatch), torch.tensor([EVEN])
    p = torch.tensor([STEEP, STEEP])

    def first(p: torch.Tensor) -> torch.Tensor:
        return verify_draft(torch.multinomial(q, 1)[0], q, p)[:1]

    right, wrong = paths.distribution(lambda: first(p)), paths.distribution(lambda: first(torch.cat((q, p[:1]))))
    assert [right[(token,)] for token in range(3)] == pytest.approx(STEEP)
    assert [wrong[(token,)] for token in range(3)] == pytest.approx(EVEN)


def test_an_unlikely_guess_makes_room_for_what_was_guessed_too_seldom():
    # Token 1 is impossible, token 2 is wanted as often as it is offered: only 0 and 3 can come in its place.
    q, p = torch.tensor([[0.25, 0.5, 0.25, 0.0]]), torch.tensor([[0.5, 0.0, 0.25, 0.25]] * 2)
    found = {tuple(verify_draft(torch.tensor([1]), q, p, generator(seed)).tolist()) for seed in range(50)}
    assert found == {(0,), (3,)}


@pytest.mark.parametrize(("model_ends", "draft_ends", "words"), [(9, 20, "the model is 9"), (20, 9, "the draft is 9")])
def test_a_draft_needs_as_many_positions_as_the_text(randomised, model_ends, draft_ends, words):
    model, draft = (randomised(GPT(variant("grouped", max_seq_len=end))) for end in (model_ends, draft_ends))
    assert speculate(model, draft, torch.tensor([[1, 2]]), 7).shape == (1, 9)
    with pytest.raises(ValueError, match=f"10 tokens: max_seq_len of {words}"):
        speculate(model, draft, torch.tensor([[1, 2]]), 8)
