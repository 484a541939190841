"""What is read piece by piece is understood as if it had been read at once: however it is cut, by every attention."""

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.config import GPTConfig
from reference.decoding.cache import EMPTY_SLOT, ContiguousCache, KVCache, RollingCache
from reference.decoding.streaming import prefill
from reference.gpt import GPT
from scripts.measuring.attention_variants import EVERYTHING, RECURRENT, variant
from scripts.training.architecture import summarise

FAST = settings(max_examples=6)
LONGEST = 24
# Where a text may be cut: after which tokens.
CUTS = st.sets(st.integers(1, LONGEST - 1))


@functools.cache
def made(config: GPTConfig) -> GPT:
    torch.manual_seed(0)
    model = GPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model.double().eval()


def tokens_of(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(13, shape, generator=torch.Generator().manual_seed(seed))


def pieces(text: torch.Tensor, cuts) -> list[torch.Tensor]:
    return list(text.tensor_split(sorted(cuts), dim=1))


@torch.no_grad()
def read_in(model: GPT, parts: list[torch.Tensor], cache: KVCache) -> torch.Tensor:
    # A tensor that is made without a device meets the others on another one, as on a GPU.
    with torch.device("meta"):
        return torch.cat([model(part, cache=cache) for part in parts], dim=1)


def assert_same(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


@FAST
@given(cuts=CUTS, length=st.sampled_from([1, 5, LONGEST]))
@pytest.mark.parametrize("name", EVERYTHING)
def test_pieces_give_the_logits_of_the_whole(name, cuts, length):
    model, text = made(variant(name)), tokens_of(2, length)
    with torch.no_grad():
        whole = model(text)
    assert_same(read_in(model, pieces(text, {cut for cut in cuts if cut < length}), KVCache(model.config)), whole)


@pytest.mark.parametrize("name", EVERYTHING)
def test_token_by_token_gives_the_logits_of_the_whole(name):
    model, text = made(variant(name)), tokens_of(2, LONGEST)
    with torch.no_grad():
        whole = model(text)
    assert_same(read_in(model, pieces(text, range(1, LONGEST)), KVCache(model.config)), whole)


@pytest.mark.parametrize("backend", ["sdpa", "tiled", "flash"])
@pytest.mark.parametrize("window", ["none", "5,none"])
@pytest.mark.parametrize("kind", ["grouped", "latent"])
def test_every_backend_knows_where_the_new_tokens_stand(kind, window, backend):
    model = made(variant(kind, attention_backend=backend, attention_window=window))
    text, cuts = tokens_of(2, LONGEST), (9, 10, 11, 20)
    with torch.no_grad():
        whole = model(text)
    assert_same(read_in(model, pieces(text, cuts), KVCache(model.config)), whole)


@FAST
@given(lengths=st.lists(st.integers(1, 15), min_size=1, max_size=4), cuts=st.sets(st.integers(1, 8)))
@pytest.mark.parametrize("name", EVERYTHING)
def test_texts_of_different_lengths_go_on_as_if_each_were_alone(name, lengths, cuts):
    model = made(variant(name))
    texts = [tokens_of(length, seed=i) for i, length in enumerate(lengths)]
    rest = tokens_of(len(lengths), 9, seed=99)
    with torch.no_grad():
        logits, cache = prefill(model, texts)
        assert cache.length.tolist() == lengths
        alone = [model(torch.cat((text, more))[None])[0] for text, more in zip(texts, rest, strict=True)]
    assert_same(logits, torch.stack([one[length - 1] for one, length in zip(alone, lengths, strict=True)]))
    followed = read_in(model, pieces(rest, cuts), cache)
    assert_same(followed, torch.stack([one[length:] for one, length in zip(alone, lengths, strict=True)]))


STEPS = st.lists(st.tuples(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=2, max_size=2)), max_size=6)


@FAST
@given(steps=STEPS, first=st.integers(3, 8))
@pytest.mark.parametrize(
    "name",
    [
        *("grouped", "window", "ALiBi", "forgetting, everything", "MoBA", "NSA", "latent", "latent, everything", "DSA"),
        *RECURRENT,
    ],
)
def test_what_was_taken_back_has_never_been(name, steps, first):
    # Read, take up to three tokens back, read something else: the truth is a full pass over what is left.
    model, window = made(variant(name)), 3
    cache = KVCache(model.config, rollback_window=window)
    texts = list(tokens_of(2, first))
    with torch.no_grad():
        model(torch.stack(texts), cache=cache)
        for step, (new, back) in enumerate(steps, start=1):
            texts = [text[: len(text) - n] for text, n in zip(texts, back, strict=True)]
            if max(map(len, texts)) + max(new, *back) > LONGEST:
                return
            cache.crop(torch.tensor([len(text) for text in texts]))
            # At least as many as were taken back: what the window has forgotten stays forgotten.
            more = tokens_of(2, max(new, *back), seed=step)
            found = model(more, cache=cache)
            texts = [torch.cat(pair) for pair in zip(texts, more, strict=True)]
            for one, text in zip(found, texts, strict=True):
                assert_same(one, model(text[None])[0, -len(one) :])


@pytest.mark.parametrize("name", ["window", "window of one", "differential, everything", "latent, everything"])
def test_a_window_keeps_no_more_than_it_sees(name):
    config = variant(name, max_seq_len=LONGEST)
    cache, model = KVCache(config, rollback_window=2), made(config)
    read_in(model, pieces(tokens_of(1, LONGEST), range(1, LONGEST)), cache)
    for layer, window in zip(cache.layers, config.layer_windows, strict=True):
        expected = LONGEST if window is None else window + 2
        assert {slots.size(1) for slots in layer.slots} == {layer.capacity} == {expected}


def test_a_window_that_sees_everything_needs_no_rounds():
    cache = KVCache(variant("grouped", n_layer=4, attention_window="22,23,none,1"), rollback_window=2)
    assert [type(layer) for layer in cache.layers] == [ContiguousCache, ContiguousCache, ContiguousCache, RollingCache]


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_token_takes_as_many_numbers_as_its_attention_says(name):
    model, cache = made(variant(name)), KVCache(variant(name))
    read_in(model, [tokens_of(2, 3)], cache)
    for block, layer in zip(model.blocks, cache.layers, strict=True):
        assert layer.bytes_per_token() == 8 * block.attn.cached_dim


@pytest.mark.parametrize("name", ["grouped", "forgetting", "latent", "DSA"])
def test_in_bfloat16_a_token_takes_as_many_bytes_as_describe_says(name):
    model = GPT(variant(name)).bfloat16().eval()
    cache = KVCache(model.config)
    read_in(model, [tokens_of(2, 3)], cache)
    assert sum(layer.bytes_per_token() for layer in cache.layers) == summarise(model).kv_bytes_per_token


@pytest.mark.parametrize("name", [name for name in RECURRENT if "window" not in name])
def test_in_bfloat16_a_state_takes_as_many_bytes_as_describe_says(name):
    model = GPT(variant(name)).bfloat16().eval()
    cache = KVCache(model.config)
    read_in(model, [tokens_of(2, 3)], cache)
    assert sum(layer.bytes_per_sequence() for layer in cache.layers) == summarise(model).state_bytes


@pytest.mark.parametrize("name", ["grouped", "window", "latent"])
def test_room_is_made_once(name):
    model, cache = made(variant(name)), KVCache(variant(name))
    read_in(model, [tokens_of(2, 3)], cache)
    places = [slots.data_ptr() for layer in cache.layers for slots in layer.slots]
    read_in(model, pieces(tokens_of(2, 20), range(1, 20)), cache)
    assert [slots.data_ptr() for layer in cache.layers for slots in layer.slots] == places


@FAST
@given(
    capacity=st.integers(1, 5),
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=5),
    starts=st.lists(st.integers(0, 3), min_size=2, max_size=2),
)
def test_a_rolling_cache_is_a_list_of_the_last_tokens(capacity, lengths, starts):
    cache, history = RollingCache(capacity), [[], []]
    for seed, T in enumerate(lengths):
        position = torch.tensor(starts)[:, None] + torch.arange(T)
        entry = torch.randn(2, T, 3, generator=torch.Generator().manual_seed(seed))
        key_position, found = cache.update(position, entry)
        for b in range(2):
            seen = {int(p): row for p, row in zip(key_position[b], found[b], strict=True) if p != EMPTY_SLOT}
            history[b] += [(int(p), row) for p, row in zip(position[b], entry[b], strict=True)]
            expected = dict(history[b][-capacity - T :])
            assert seen.keys() == expected.keys()
            assert all(torch.equal(seen[p], expected[p]) for p in seen)
        starts = [start + T for start in starts]


def test_positions_go_on_where_each_sequence_stands():
    cache = KVCache(variant("grouped"))
    assert cache.append(tokens_of(2, 5)).tolist() == [[0, 1, 2, 3, 4]] * 2
    cache.crop(torch.tensor([1, 4]))
    assert cache.append(tokens_of(2, 2)).tolist() == [[1, 2], [4, 5]]
    assert (cache.length.tolist(), cache.max_len) == ([3, 6], 6)


def test_a_full_cache_says_so_and_stays_as_it_was():
    cache = KVCache(variant("grouped"))
    cache.append(tokens_of(2, 20))
    with pytest.raises(ValueError, match="20 cached tokens and 5 new ones exceed max_seq_len = 24"):
        cache.append(tokens_of(2, 5))
    with pytest.raises(ValueError, match="a batch of 3 sequences, but the cache holds 2"):
        cache.append(tokens_of(3, 1))
    assert cache.append(tokens_of(2, 4))[:, -1].tolist() == [23, 23]


@pytest.mark.parametrize("lengths", [[-1, 2], [5, 9], [9, 5]])
def test_only_what_was_read_can_be_taken_back(lengths):
    cache = KVCache(variant("grouped"))
    cache.append(tokens_of(2, 8))
    with pytest.raises(ValueError, match=r">= 0 and <= \[8, 8\] are allowed"):
        cache.crop(torch.tensor(lengths))
    assert cache.length.tolist() == [8, 8]


@pytest.mark.parametrize("name", ["window", "delta"])
def test_what_forgets_is_cropped_by_no_more_than_its_rollback_window(name):
    cache = KVCache(variant(name), rollback_window=2)
    cache.append(tokens_of(2, 12))
    with pytest.raises(ValueError, match=r"crop by 3 tokens: .* rollback_window = 2 at most; build the cache with"):
        cache.crop(torch.tensor([12, 9]))
    cache.crop(torch.tensor([12, 10]))
    assert cache.length.tolist() == [12, 10]


def test_two_caches_of_one_model_know_nothing_of_each_other():
    model, texts = made(variant("window")), tokens_of(2, 9)
    caches = [KVCache(model.config) for _ in texts]
    found = [[], []]
    for t in range(9):
        for i, text in enumerate(texts):
            found[i].append(read_in(model, [text[None, t : t + 1]], caches[i]))
    with torch.no_grad():
        for i, text in enumerate(texts):
            assert_same(torch.cat(found[i], dim=1), model(text[None]))


@pytest.mark.slow  # torch's compiler takes a minute
@pytest.mark.filterwarnings("ignore")  # torch's own
@pytest.mark.parametrize("kind", ["grouped", "latent"])
def test_fault_12_a_compiled_step_with_a_rolling_cache_is_the_same_step(kind):
    # At this size torch's compiler writes what is concatenated straight into the result.
    sizes = {"n_layer": 2, "n_embd": 256, "head_dim": 64, "max_seq_len": 64, "attention_window": "32"}
    if kind == "latent":
        sizes |= {"latent_rank": 128, "rope_head_dim": 64}
    model = GPT(variant(kind, **sizes)).eval()
    model.init_weights()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.05)
    torch.compiler.reset()
    compiled, text = torch.compile(model), tokens_of(1, 40)
    cache, expected = KVCache(model.config), KVCache(model.config)
    found = read_in(compiled, pieces(text, range(1, 40)), cache)
    torch.testing.assert_close(found, read_in(model, pieces(text, range(1, 40)), expected), rtol=0, atol=1e-4)
    # No two of them share memory.
    slots = [slots for layer in cache.layers for slots in layer.slots]
    assert len({each.untyped_storage().data_ptr() for each in slots}) == len(slots) == 4
