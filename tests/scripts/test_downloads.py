"""Downloads from a server on this machine that breaks off, lies about lengths, and serves wrong bytes."""

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.project import UsageError
from scripts.training.text import downloads, texts
from scripts.training.text.data import load_corpus
from scripts.training.text.downloads import CHUNK, download

CONTENT = bytes(range(256)) * 1000
SUM = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers each request as the next of `answers` says, and honestly when there are none left."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.answers, self.ranges = {"/file": CONTENT}, [], []

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers["Range"]
        self.server.ranges.append(asked)
        content = self.server.files[self.path]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if self.server.answers:
            return self.server.answers.pop(0)(self, content, start)
        if asked and start >= len(content):
            return self.answer(416)
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if asked else {}
        self.answer(206 if asked else 200, content[start:], **headers)

    def answer(self, status: int, content: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


Answer = Callable[[Handler, bytes, int], None]


def refuses(status: int) -> Answer:
    return lambda handler, content, start: handler.answer(status)


def breaks_off_after(count: int) -> Answer:
    def answer(handler: Handler, content: bytes, start: int) -> None:
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        rest = content[start:]
        handler.answer(206 if start else 200, rest[:count], len(rest), **headers)

    return answer


def knows_no_ranges(handler: Handler, content: bytes, start: int) -> None:
    handler.answer(200, content)


def announces(more: int) -> Answer:
    return lambda handler, content, start: handler.answer(200, content, len(content) + more)


def wrong(handler: Handler, content: bytes, start: int) -> None:
    handler.answer(200, b"<html>log in first</html>")


def says_no_length(handler: Handler, content: bytes, start: int) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def fetch(server, waits, tmp_path):
    """A function that downloads, with answers to give; the pauses between its attempts are noted and not made."""

    def call(*answers: Answer, sha256: str = SUM):
        server.answers[:] = answers
        path = download(server.url(), tmp_path / "there" / "file", sha256, wait=waits.append)
        assert [found.name for found in path.parent.iterdir()] == ["file"]
        return path.read_bytes()

    return call


def test_a_file_arrives_once(fetch, server):
    assert fetch() == fetch() == CONTENT
    assert server.ranges == [None]


def test_what_broke_off_is_resumed_where_it_stopped(fetch, server, waits, capsys):
    assert fetch(breaks_off_after(2 * CHUNK), breaks_off_after(CHUNK)) == CONTENT
    assert server.ranges == [None, f"bytes={2 * CHUNK}-", f"bytes={3 * CHUNK}-"]
    assert waits == [1, 2]
    assert "broke off; trying again in 1 s" in capsys.readouterr().err


def test_a_later_call_resumes_too(fetch, server):
    with pytest.raises(UsageError, match="the server answers 503"):
        fetch(breaks_off_after(100), *[refuses(503)] * 4)
    assert fetch() == CONTENT
    assert server.ranges == [None, *["bytes=100-"] * 5]


def test_a_server_that_knows_no_ranges_begins_again(fetch, server):
    assert fetch(breaks_off_after(CHUNK), knows_no_ranges) == CONTENT
    assert len(server.ranges) == 2


def test_a_server_that_announces_too_much_is_found_out(fetch, server):
    assert fetch(announces(+10)) == CONTENT
    # All of it had come: there is nothing behind it.
    assert server.ranges == [None, f"bytes={len(CONTENT)}-"]


def test_a_server_that_announces_too_little_is_found_out(fetch, tmp_path):
    cut = hashlib.sha256(CONTENT[:-10]).hexdigest()
    with pytest.raises(UsageError, match=f"has the SHA-256 {cut}, which is wrong, and was deleted.*SHA-256 {SUM}"):
        fetch(announces(-10))
    assert list((tmp_path / "there").iterdir()) == []


def test_a_length_need_not_be_announced(fetch):
    assert fetch(says_no_length) == CONTENT


def test_wrong_bytes_are_deleted_and_both_sums_are_named(fetch, server, waits, tmp_path):
    with pytest.raises(UsageError) as refusal:
        fetch(wrong)
    for words in (SUM, hashlib.sha256(b"<html>log in first</html>").hexdigest(), str(tmp_path / "there" / "file")):
        assert words in str(refusal.value)
    assert list((tmp_path / "there").iterdir()) == []
    # The same again would be a waste.
    assert (server.ranges, waits) == ([None], [])


@pytest.mark.parametrize("left", [b"of another file", CONTENT + b"and more"], ids=["beginning", "too long"])
def test_wrong_bytes_of_an_earlier_attempt_cost_one_more(left, fetch, server, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file.partial").write_bytes(left)
    assert fetch() == CONTENT
    assert server.ranges == [f"bytes={len(left)}-", None]


def test_a_server_that_is_busy_is_asked_again(fetch, waits):
    assert fetch(refuses(503), refuses(429), refuses(500), refuses(502)) == CONTENT
    assert waits == [1, 2, 4, 8]


@pytest.mark.parametrize(("status", "waited"), [(404, []), (403, []), (503, [1, 2, 4, 8])])
def test_what_cannot_be_had_is_said_with_what_to_do(status, waited, fetch, server, waits, tmp_path):
    with pytest.raises(UsageError) as refusal:
        fetch(*[refuses(status)] * 5)
    for words in (server.url(), f"the server answers {status}", f"put it at {tmp_path / 'there' / 'file'}", SUM):
        assert words in str(refusal.value)
    assert waits == waited


def test_without_a_server_it_says_what_to_do(server, waits, tmp_path):
    url = server.url()
    server.server_close()
    with pytest.raises(UsageError, match=f"{url}: there is no connection. Where there is network, fetch it and put it"):
        download(url, tmp_path / "file", SUM, wait=waits.append)
    assert waits == [1, 2, 4, 8]


def test_what_somebody_has_put_there_is_left_alone(fetch, server, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_bytes(b"mine")
    with pytest.raises(UsageError, match=f"should be {SUM}"):
        fetch()
    assert (tmp_path / "there" / "file").read_bytes() == b"mine"
    assert server.ranges == []


def test_where_nothing_can_be_written_it_says_so(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UsageError, match=r"file: (File exists|Not a directory)"):
        download(server.url(), tmp_path / "file" / "file", SUM)


def test_the_place_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path))
    assert downloads.data_folder() == tmp_path
    monkeypatch.delenv("BARE_BONES_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert downloads.data_folder() == tmp_path / ".cache" / "bare-bones-gpt"


def test_shakespeare_is_downloaded_once_and_is_running_text(server, monkeypatch, tmp_path):
    play = b"ROMEO:\nBut soft!\n\nJULIET:\nAy me!\n" * 10
    server.files["/play"] = play
    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path))
    monkeypatch.setattr(texts, "SHAKESPEARE", (server.url("/play"), hashlib.sha256(play).hexdigest()))
    for _ in range(2):
        corpus = load_corpus("shakespeare", 8)
        assert corpus.running
        assert len(corpus.train) + len(corpus.held_out) == len(play) + 2
    assert server.ranges == [None]
    assert (tmp_path / "shakespeare.txt").read_bytes() == play


def test_fineweb_edu_is_read_file_by_file_as_it_is_needed(server, monkeypatch, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    sums = {}
    for name, pages in (("a.parquet", ["one", "two\n\nlines"]), ("b.parquet", ["three"])):
        parquet.write_table(pyarrow.table({"id": pages, "text": pages}), tmp_path / name)
        server.files[f"/{name}"] = (tmp_path / name).read_bytes()
        sums[name] = hashlib.sha256(server.files[f"/{name}"]).hexdigest()
    monkeypatch.setenv("BARE_BONES_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(texts, "FINEWEB_EDU", server.url("/"))
    monkeypatch.setattr(texts, "FINEWEB_EDU_SUMS", sums)
    text = texts.read_text("fineweb-edu")
    pages = iter(text.documents)
    assert (next(pages), len(server.ranges)) == ("one", 1)
    assert list(text.documents) == ["one", "two\n\nlines", "three"]
    assert len(server.ranges) == 2
    assert text.running


def test_without_pyarrow_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[data\]'"):
        texts.read_text("fineweb-edu")
