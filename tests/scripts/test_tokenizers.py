"""Text to tokens, and back."""

import base64
from itertools import pairwise
from types import SimpleNamespace

import pytest
import regex
import requests
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from scripts.project import UsageError
from scripts.training.text import tokenizers
from scripts.training.text.files import sha256_of
from scripts.training.text.saved import read_tokenizer
from scripts.training.text.texts import Text, pieces
from scripts.training.text.tokenizers import (
    CL100K_PATTERN,
    GPT2_PATTERN,
    PUBLISHED,
    BytePairTokenizer,
    CharTokenizer,
    Decoder,
    make_tokenizer,
)

SAID = "She said: don't go there, 12345 times!\n\n  But she SAID'S the sea — größer, 大きい.\n" * 3


def text_of(*documents: str) -> Text:
    return Text(documents, running=True, size=sum(map(len, documents)))


LEARNED = make_tokenizer("bpe", text_of(SAID), 320)
GPT2_LIKE = BytePairTokenizer(GPT2_PATTERN, LEARNED.ranks, boundary=400)
KINDS = [CharTokenizer("".join(sorted(set(SAID)))), LEARNED, GPT2_LIKE]
# Letters as they come, and what the patterns are about: spaces, line ends, digits, contractions.
TEXTS = st.text() | st.lists(st.sampled_from(["\n", " ", "\t", "'s", "12", "a", "B", "!", "\x1c", "é"])).map("".join)


def test_a_character_is_a_token_and_the_boundary_a_line_end():
    tokenizer = CharTokenizer("abc")
    assert tokenizer.encode("cab") == [3, 1, 2]
    assert tokenizer.decode([3, 1, 2, tokenizer.boundary]) == "cab\n"
    with pytest.raises(ValueError, match="does not know 'd', 'é'; it was trained on 'abc'"):
        tokenizer.encode("abédc")


@given(TEXTS)
def test_decoding_undoes_encoding(text):
    for tokenizer in (LEARNED, GPT2_LIKE):
        tokens = tokenizer.encode(text)
        assert tokenizer.decode(tokens) == text
        assert sum(map(tokenizer.byte_counts(running=True).__getitem__, tokens)) == len(text.encode())


@given(st.text(alphabet=sorted(set(SAID))))
def test_decoding_undoes_encoding_of_known_characters(text):
    tokenizer = KINDS[0]
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert sum(map(tokenizer.byte_counts(running=True).__getitem__, tokens)) == len(text.encode())


def merged(part: bytes, ranks: dict[bytes, int]) -> list[int]:
    """Byte pair encoding as it is defined: merge the neighbours of lowest rank until there are none."""
    tokens = [bytes([byte]) for byte in part]
    while found := [(ranks[a + b], place) for place, (a, b) in enumerate(pairwise(tokens)) if a + b in ranks]:
        _, place = min(found)
        tokens[place : place + 2] = [tokens[place] + tokens[place + 1]]
    return [ranks[token] for token in tokens]


@given(TEXTS | st.text(alphabet=sorted(set(SAID))))
def test_byte_pairs_are_merged_by_rank(text):
    for tokenizer in (LEARNED, GPT2_LIKE):
        parts = regex.findall(tokenizer.pattern, text)
        assert tokenizer.encode(text) == [token for part in parts for token in merged(part.encode(), tokenizer.ranks)]


def test_the_most_frequent_pair_is_learned_first():
    tokenizer = make_tokenizer("bpe", text_of("xy" * 90 + "held"), 260)
    assert tokenizer.vocab_size == 260
    assert sorted(tokenizer.ranks, key=tokenizer.ranks.get)[256:258] == [b"xy", b"xyxy"]


def test_nothing_is_learned_from_what_is_held_out():
    learned = make_tokenizer("bpe", text_of("xy" * 90, "hold " * 4), 1000).ranks
    assert b"xyxy" in learned
    assert b"ho" not in learned


def test_there_may_be_less_to_learn_than_was_asked_for():
    tokenizer = make_tokenizer("bpe", text_of("ab" * 5), 1000)
    assert tokenizer.vocab_size == tokenizer.boundary + 1 == len(tokenizer.ranks) + 1 < 270


def test_no_text_is_a_boundary():
    assert LEARNED.boundary == len(LEARNED.ranks)
    assert LEARNED.boundary not in LEARNED.encode("<|endoftext|>\n")


@pytest.mark.parametrize("tokenizer", KINDS, ids=["char", "cl100k", "gpt2"])
def test_the_boundary_is_a_line_end_between_lines_and_nothing_else(tokenizer):
    assert tokenizer.decode([tokenizer.boundary]) == "\n"
    counts = tokenizer.byte_counts(running=False)
    assert len(counts) == tokenizer.vocab_size
    assert counts[tokenizer.boundary] == 1
    assert tokenizer.byte_counts(running=True)[tokenizer.boundary] == 0


@given(st.sampled_from(KINDS), st.data())
def test_any_tokens_can_be_read_one_at_a_time(tokenizer, data):
    # A model may write tokens that stand for nothing, and end within a character.
    tokens = data.draw(st.lists(st.integers(0, 500)))
    decoder = Decoder(tokenizer)
    texts = [decoder.add(token) for token in tokens]
    assert "".join(texts) + decoder.end() == tokenizer.decode(tokens)


@given(TEXTS, st.integers(1, 5))
def test_pieces_are_encoded_as_the_whole_is(text, size):
    parts = list(pieces(text, size))
    assert "".join(parts) == text
    assert all(len(part) >= size for part in parts[:-1])
    for tokenizer in (LEARNED, GPT2_LIKE):
        assert [token for part in parts for token in tokenizer.encode(part)] == tokenizer.encode(text)


def test_long_texts_are_cut_into_pieces():
    assert list(pieces("ab\ncd\n\nef\n gh\nij", 2)) == ["ab\n", "cd\n\nef\n gh\n", "ij"]


@pytest.mark.parametrize("tokenizer", KINDS, ids=["char", "cl100k", "gpt2"])
def test_what_is_saved_is_read(tokenizer, tmp_path):
    facts = tokenizer.save(tmp_path)
    found = read_tokenizer(tmp_path, facts)
    assert found == tokenizer
    assert found.encode(SAID) == tokenizer.encode(SAID)
    assert [path.name for path in tmp_path.iterdir()] == (["tokenizer.tiktoken"] if "ranks" in facts else [])


def rank_file(path, ranks) -> str:
    lines = (f"{base64.b64encode(content).decode()} {rank}\n" for content, rank in ranks)
    path.write_text("".join(lines), newline="")
    return str(path)


def test_a_rank_file_is_read(tmp_path):
    name = rank_file(tmp_path / "mine.tiktoken", LEARNED.ranks.items())
    assert make_tokenizer(name, text_of(), None) == LEARNED


BYTES = [(bytes([byte]), byte) for byte in range(256)]


@pytest.mark.parametrize(
    ("ranks", "said"),
    [
        (BYTES[:255], "its 255 ranks should"),
        ([*BYTES[:255], (b"ab", 255)], "have all 256 bytes"),
        ([*BYTES, (b"ab", 257)], "its 257 ranks should be 0, 1, 2"),
        ([*BYTES, (b"ab", 255)], "each once"),
    ],
    ids=["one too few", "a byte missing", "a gap", "twice"],
)
def test_a_damaged_rank_file_is_refused(ranks, said, tmp_path):
    with pytest.raises(UsageError, match=said):
        make_tokenizer(rank_file(tmp_path / "mine.tiktoken", ranks), text_of(), None)


@pytest.mark.parametrize("content", ["no ranks", "YQ== x", "YQ==", "!? 1"])
def test_another_file_is_no_rank_file(content, tmp_path):
    (tmp_path / "mine.tiktoken").write_text(content)
    with pytest.raises(UsageError, match="no rank file; a line holds"):
        make_tokenizer(str(tmp_path / "mine.tiktoken"), text_of(), None)


@pytest.fixture
def local(monkeypatch, tmp_path):
    """A small table in the place of GPT-2's."""
    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path))
    rank_file(tmp_path / "gpt2.tiktoken", LEARNED.ranks.items())
    small = PUBLISHED["gpt2"]._replace(boundary=400, sha256=sha256_of(tmp_path / "gpt2.tiktoken"))
    monkeypatch.setitem(tokenizers.PUBLISHED, "gpt2", small)
    return tmp_path / "gpt2.tiktoken"


def test_gpt2_is_taken_from_where_downloads_are_or_from_a_file_of_its_name(local):
    for name in ("gpt2", str(local)):
        assert make_tokenizer(name, text_of(), None) == GPT2_LIKE


def test_another_table_under_that_name_is_refused(local):
    expected = sha256_of(local)
    local.write_text(local.read_text() + "\n")
    with pytest.raises(UsageError, match=f"{sha256_of(local)}, but that of gpt2's ranks is {expected}"):
        make_tokenizer("gpt2", text_of(), None)


def test_tiktoken_is_asked_where_there_is_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path))
    known = {"_pat_str": CL100K_PATTERN, "_mergeable_ranks": LEARNED.ranks, "eot_token": 321}
    monkeypatch.setattr(tiktoken, "get_encoding", {"cl100k_base": SimpleNamespace(**known)}.get)
    tokenizer = make_tokenizer("cl100k_base", text_of(), None)
    assert tokenizer == BytePairTokenizer(CL100K_PATTERN, LEARNED.ranks, 321)
    # As in the real one, there is a number without a token between the ranks and the boundary.
    assert tokenizer.vocab_size == 322
    assert tokenizer.decode([320, 322]) == "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize("name", PUBLISHED)
def test_without_network_it_says_what_to_fetch_and_where_to_put_it(name, monkeypatch, tmp_path):
    def offline(name):
        raise requests.ConnectionError("no route")

    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path))
    monkeypatch.setattr(tiktoken, "get_encoding", offline)
    with pytest.raises(UsageError) as refusal:
        make_tokenizer(name, text_of(), None)
    for words in (PUBLISHED[name].address, str(tmp_path / f"{name}.tiktoken"), PUBLISHED[name].sha256):
        assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("words", None, "--tokenizer words: give char, bpe, gpt2, cl100k_base, or a rank file"),
        ("nowhere.tiktoken", None, "nowhere.tiktoken: No such file"),
        ("gpt2", 1000, "--bpe_vocab_size 1000: only --tokenizer bpe learns its vocabulary, not gpt2"),
    ],
)
def test_what_cannot_be_is_refused(name, size, said):
    with pytest.raises(UsageError, match=said):
        make_tokenizer(name, text_of(SAID), size)


def test_the_patterns_and_sums_are_those_of_tiktoken(monkeypatch):
    """It downloads the ranks before it says how a text is cut: give it a table, and see what it makes of it."""
    from tiktoken_ext import openai_public

    asked = {}
    for loader in ("load_tiktoken_bpe", "data_gym_to_mergeable_bpe_ranks"):
        monkeypatch.setattr(openai_public, loader, lambda *files, **sums: asked.update(files=files, **sums))
    for name, same in (("gpt2", openai_public.r50k_base), ("cl100k_base", openai_public.cl100k_base)):
        facts, published = same(), PUBLISHED[name]
        assert asked["files"] == (published.address,)
        assert asked["expected_hash"] == published.sha256
        assert (facts["pat_str"], facts["special_tokens"]["<|endoftext|>"]) == published[:2]
    assert openai_public.gpt2()["pat_str"] == GPT2_PATTERN
