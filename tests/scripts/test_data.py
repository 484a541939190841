"""Text as one long row of tokens, and the windows that are cut out of it."""

import math
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scripts.project import UsageError
from scripts.training.text.data import Corpus, TokenStream, load_corpus, window_start
from scripts.training.text.texts import NAMES
from scripts.training.text.tokenizers import CharTokenizer


@pytest.fixture
def text(tmp_path):
    def write(content: bytes | str) -> str:
        path = tmp_path / "text.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def everything(stream: TokenStream) -> list[int]:
    return stream.window(0, len(stream)).tolist() if len(stream) else []


def test_the_names_are_those_that_the_provenance_speaks_of():
    names = NAMES.read_text().split()
    assert len(names) == len(set(names)) == 29_910
    assert names == sorted(names)
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")
    assert "29,910" in NAMES.with_suffix(".md").read_text()


def test_the_vocabulary_of_the_names_is_27():
    assert load_corpus("names", 32).tokenizer.vocab_size == 27


def test_every_document_is_in_exactly_one_part(text):
    lines = [f"line {number:03}" for number in range(100)]
    corpus = load_corpus(text("\n".join(lines)), 8)
    parts = [corpus.tokenizer.decode(everything(part)).split("\n")[1:-1] for part in (corpus.train, corpus.held_out)]
    assert sorted(parts[0] + parts[1]) == lines
    assert len(parts[1]) == 10


def test_targets_are_the_tokens_that_follow():
    corpus = load_corpus("names", 16)
    for batch in (corpus.windows(0, 4, 16, seed=0), corpus.validation(16)):
        assert batch.tokens.dtype == torch.int64
        assert torch.equal(batch.tokens[:, 1:], batch.targets[:, :-1])


@given(st.lists(st.lists(st.integers(0, 65535), max_size=5), max_size=5).filter(any), st.data())
def test_the_parts_of_a_stream_are_one_row(parts, data):
    row = [token for part in parts for token in part]
    kinds = (torch.tensor, lambda part: np.array(part, np.uint16), lambda part: np.array(part, np.uint32))
    stream = TokenStream([kinds[index % 3](part) for index, part in enumerate(parts)])
    start = data.draw(st.integers(0, len(row) - 1))
    length = data.draw(st.integers(1, len(row) - start))
    assert len(stream) == len(row)
    window = stream.window(start, length)
    assert window.tolist() == row[start : start + length]
    assert window.dtype == torch.int64
    assert [everything(part) for part in stream.split(start)] == [row[:start], row[start:]]
    for beyond in (len(row) - start + 1, 0):
        with pytest.raises(IndexError):
            stream.window(start, beyond)


SIZES = {"tokens": st.integers(2, 200), "length": st.integers(1, 20), "seed": st.integers(0, 2**32)}


@given(**SIZES, epoch=st.integers(0, 3))
def test_an_epoch_cuts_the_stream_into_windows_side_by_side(tokens, length, seed, epoch):
    tokens += length
    count = max(1, tokens // length - 1)
    visited = [window_start(number, tokens, length, seed) for number in range(epoch * count, (epoch + 1) * count)]
    assert sorted(visited) == list(range(min(visited), min(visited) + count * length, length))
    # Every window has a target behind its last token; at the ends, less than two windows are left out.
    assert min(visited) >= 0
    assert max(visited) + length + 1 <= tokens
    assert tokens - 1 - count * length < 2 * length


def corpus_of(tokens: int) -> Corpus:
    row = torch.arange(tokens)
    return Corpus(CharTokenizer(""), TokenStream([row]), TokenStream([row]))


@given(first=st.integers(0, 300), rows=st.integers(1, 4), ranks=st.integers(1, 3), **SIZES)
def test_several_ranks_see_together_what_one_sees(first, rows, ranks, tokens, length, seed):
    corpus = corpus_of(tokens + length)
    whole = corpus.windows(first, ranks * rows, length, seed)
    shares = [corpus.windows(first + rank * rows, rows, length, seed) for rank in range(ranks)]
    for together, apart in zip(whole, zip(*shares, strict=True), strict=True):
        assert torch.equal(together, torch.cat(apart))


def test_epochs_and_seeds_differ_in_order_and_in_where_they_begin():
    corpus = corpus_of(1001)
    epochs = [corpus.windows(99 * epoch, 99, 10, seed).tokens[:, 0] for epoch in range(4) for seed in (1, 2)]
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 8
    assert len({int(epoch.min()) for epoch in epochs}) > 4
    # No order is that of the text.
    assert not any(torch.equal(epoch, epoch.sort().values) for epoch in epochs)


@pytest.mark.parametrize(("max_tokens", "rows"), [(None, 1346), (100, 6), (1, 1), (10**9, 1346)])
def test_how_much_is_validated_on(max_tokens, rows):
    assert load_corpus("names", 16).validation(16, max_tokens).tokens.shape == (rows, 16)


def test_a_uniform_guess_costs_its_bits_for_every_byte(text):
    """Of 8 tokens, 3 bits each: per byte of UTF-8, as there are 2 to an umlaut; a line end counts, a text's end not."""
    for content, documents, running in (("äöü\nabcd\n" * 30, "line", False), ("äöü\nabc\n" * 30, "file", True)):
        corpus = load_corpus(text(content), 4, documents)
        assert corpus.tokenizer.vocab_size == 8
        targets = corpus.validation(1).targets
        written = corpus.tokenizer.decode(targets.flatten().tolist())
        ends = (targets == 0).sum().item() if running else 0
        expected = 3 * targets.numel() / (len(written.encode()) - ends)
        assert corpus.bits_per_byte(math.log(8), targets) == pytest.approx(expected)


def test_windows_line_ends_and_a_byte_order_mark_are_no_characters(text):
    corpus = load_corpus(text(b"\xef\xbb\xbf" + b"abc\r\nabd\r\n" * 20 + b"\r\n"), 4)
    assert corpus.tokenizer.characters == "abcd"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no text"),
        (b"\n \n", "no text"),
        (b"abc\n\xff\xfe\n", "byte 4 is not UTF-8"),
        (b"abc\nabd\n", "--max_seq_len"),
    ],
    ids=["empty", "blank", "undecodable", "too short"],
)
def test_unusable_text_is_refused_with_the_reason(text, content, said):
    with pytest.raises(UsageError, match=said):
        load_corpus(text(content), 16)


def test_a_missing_file_and_a_folder_without_text_are_refused(tmp_path):
    for path in (tmp_path / "nothing.txt", tmp_path):
        with pytest.raises(UsageError, match=str(path)):
            load_corpus(str(path), 16)


def test_what_is_too_large_is_to_be_prepared_first():
    with pytest.raises(UsageError, match=r"python -m scripts\.prepare --data fineweb-edu"):
        load_corpus("fineweb-edu", 16)


VERSES = "Of the first verse\nthere are two lines.\n\nAnd of the second,\ntoo.\n" * 10


@pytest.mark.parametrize(("documents", "running"), [("auto", True), ("file", True), ("line", False)])
def test_a_text_with_empty_lines_is_a_whole_unless_lines_are_asked_for(documents, running, text):
    corpus = load_corpus(text(VERSES), 8, documents)
    assert corpus.running is running
    assert ("\n" in corpus.tokenizer.characters) is running
    if running:
        # As it stands, and the last tenth of it is held out.
        tokens = everything(corpus.train) + everything(corpus.held_out)
        assert corpus.tokenizer.decode(tokens) == f"\n{VERSES}\n"
        assert len(corpus.held_out) == len(tokens) // 10


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "part").mkdir()
    for name, content in (("b.txt", "second " * 9), ("a.md", "first " * 9), ("part/c.txt", "third"), ("d.png", "none")):
        (tmp_path / name).write_text(content)
    corpus = load_corpus(str(tmp_path), 4)
    whole = corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out))
    assert whole == f"\n{'first ' * 9}\n{'second ' * 9}\nthird\n"


@pytest.mark.parametrize("documents", ["line", "file"])
def test_byte_pairs_are_another_way_to_write_the_same_text(documents, text):
    path = text(VERSES)
    characters, pairs = (load_corpus(path, 4, documents, name) for name in ("char", "bpe"))
    texts = [
        corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out))
        for corpus in (characters, pairs)
    ]
    assert texts[0] == texts[1]
    assert len(pairs.train) < len(characters.train) / 2


@pytest.mark.slow
def test_python_says_enough_about_itself():
    corpus = load_corpus("pydoc", 64)
    assert len(corpus.train) > 500_000
    text = corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out))
    assert textwrap.dedent.__doc__.splitlines()[0] in text


def unwrapped(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_fault_8_a_single_long_line_is_running_text(text):
    content = "to be or not to be, that is the question; " * 500
    corpus = load_corpus(text(content), 64)
    assert corpus.running
    assert corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out)) == f"\n{content}\n"
    assert "one running text, a single line" in corpus.summary("poem.txt")
    with pytest.raises(UsageError, match="--documents file makes it a running text"):
        load_corpus(text(content), 64, "line")


@pytest.mark.parametrize("stray", ["\n", "  \t\n"])
def test_fault_8_a_stray_empty_line_leaves_names_what_they_are(stray, text):
    names = [f"name {number:02}" for number in range(99)]
    content = "\n".join(names[:50]) + "\n" + stray + "\n".join(names[50:]) + "\n"
    corpus = load_corpus(text(content), 8)
    assert not corpus.running
    whole = corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out))
    assert sorted(line for line in whole.split("\n") if line) == names
    assert "99 documents, one a line, empty lines left out: 1 (--documents file: one running text)" in corpus.about


def test_fault_8_what_was_understood_is_said_with_the_flag_that_changes_it(text):
    said = load_corpus(text(VERSES), 8).summary("verses.txt")
    assert "one running text of 50 lines, 10 of them empty (--documents line: each a document)" in unwrapped(said)
    characters = "".join(sorted(set(VERSES)))
    assert f"{len(characters) + 1} tokens, the boundary and {len(characters)} characters (--tokenizer bpe" in said
    assert repr(characters)[1:-1] in said
    assert f"{len(VERSES) + 2 - 65} tokens to train on, 65 held out" in said
    assert max(map(len, said.splitlines())) <= 80
    # Characters that nobody sees are named.
    assert r"abc\u2028" in load_corpus(text("abc\u2028c\nabc\n" * 9), 4).summary("text.txt")


@pytest.mark.parametrize("character", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", "\r"], ids=ascii)
def test_fault_8_lines_end_with_a_newline_and_with_nothing_else(character, text):
    lines = [f"ab{character}c{number % 10}" for number in range(30)]
    for ending in ("\n", "\r\n"):
        corpus = load_corpus(text(ending.join(lines) + ending), 4)
        assert corpus.tokenizer.characters == "".join(sorted(f"abc0123456789{character}"))
        whole = corpus.tokenizer.decode(everything(corpus.train) + everything(corpus.held_out))
        assert sorted(line for line in whole.split("\n") if line) == sorted(lines)
