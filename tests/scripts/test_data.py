"""Text as tokens."""

import textwrap

import pytest
import torch

from scripts.project import UsageError
from scripts.training.data import NAMES, CharTokenizer, load_corpus


@pytest.fixture
def text(tmp_path):
    def write(content: bytes | str) -> str:
        path = tmp_path / "text.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_the_names_are_those_that_the_provenance_speaks_of():
    names = NAMES.read_text().split()
    assert len(names) == len(set(names)) == 29_910
    assert names == sorted(names)
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")
    assert "29,910" in NAMES.with_suffix(".md").read_text()


def test_the_vocabulary_of_the_names_is_27():
    assert load_corpus("names", 32).tokenizer.vocab_size == 27


def test_decoding_undoes_encoding():
    tokenizer = CharTokenizer("abc")
    assert tokenizer.encode("cab") == [3, 1, 2]
    assert tokenizer.decode([3, 1, 2, tokenizer.boundary]) == "cab\n"


def test_every_document_is_in_exactly_one_part(text):
    lines = [f"line {number:03}" for number in range(100)]
    corpus = load_corpus(text("\n".join(lines)), 8)
    parts = [corpus.tokenizer.decode(part.tolist()).split("\n")[1:-1] for part in (corpus.train, corpus.held_out)]
    assert sorted(parts[0] + parts[1]) == lines
    assert len(parts[1]) == 10


def test_targets_are_the_tokens_that_follow():
    corpus = load_corpus("names", 16)
    for batch in (corpus.draw(4, 16, torch.Generator().manual_seed(0)), corpus.validation(16)):
        assert batch.tokens.dtype == torch.int64
        assert torch.equal(batch.tokens[:, 1:], batch.targets[:, :-1])


def test_batches_follow_from_the_seed():
    corpus = load_corpus("names", 16)
    draws = [corpus.draw(4, 16, torch.Generator().manual_seed(seed)).tokens for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize(("max_tokens", "rows"), [(None, 1346), (100, 6), (1, 1), (10**9, 1346)])
def test_how_much_is_validated_on(max_tokens, rows):
    assert load_corpus("names", 16).validation(16, max_tokens).tokens.shape == (rows, 16)


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


VERSES = "Of the first verse\nthere are two lines.\n\nAnd of the second,\ntoo.\n" * 10


@pytest.mark.parametrize(("documents", "running"), [("auto", True), ("file", True), ("line", False)])
def test_a_text_with_empty_lines_is_a_whole_unless_lines_are_asked_for(documents, running, text):
    corpus = load_corpus(text(VERSES), 8, documents)
    assert corpus.running is running
    assert ("\n" in corpus.tokenizer.characters) is running
    if running:
        # As it stands, and the last tenth of it is held out.
        tokens = torch.cat((corpus.train, corpus.held_out)).tolist()
        assert corpus.tokenizer.decode(tokens) == f"\n{VERSES}\n"
        assert len(corpus.held_out) == len(tokens) // 10


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "part").mkdir()
    for name, content in (("b.txt", "second " * 9), ("a.md", "first " * 9), ("part/c.txt", "third"), ("d.png", "none")):
        (tmp_path / name).write_text(content)
    corpus = load_corpus(str(tmp_path), 4)
    whole = corpus.tokenizer.decode(torch.cat((corpus.train, corpus.held_out)).tolist())
    assert whole == f"\n{'first ' * 9}\n{'second ' * 9}\nthird\n"


@pytest.mark.slow
def test_python_says_enough_about_itself():
    corpus = load_corpus("pydoc", 64)
    assert len(corpus.train) > 500_000
    text = corpus.tokenizer.decode(torch.cat((corpus.train, corpus.held_out)).tolist())
    assert textwrap.dedent.__doc__.splitlines()[0] in text
