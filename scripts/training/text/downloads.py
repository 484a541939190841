"""Downloads that arrive whole, or not at all: resumed where they broke off, tried again, checked against a SHA-256."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.project import UsageError

from .files import put_in_place, sha256_of

CHUNK = 2**16  # bytes
MEGABYTE = 10**6


def data_folder() -> Path:
    """Where downloads are kept: $BARE_BONES_DATA, or a folder of the user's cache."""
    return Path(os.environ.get("BARE_BONES_DATA") or "~/.cache/bare-bones-gpt").expanduser()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def download(url: str, path: Path, sha256: str, attempts: int = 5, wait: Callable[[float], None] = time.sleep) -> Path:
    """Fetch `url` to `path`, unless it is there. Returns `path`, whose content has this SHA-256.

    What arrives is kept in `path`.partial and resumed from there, in this call or a later one. Between attempts it
    waits 1, 2, 4, 8 seconds. Content whose sum is wrong is deleted; it is fetched again only where the mistake may lie
    in what an earlier attempt has left. Raises `UsageError`, which says how to do without this download.
    """
    import requests

    if path.exists():
        if (found := sha256_of(path)) != sha256:
            raise UsageError(f"{path}: its SHA-256 is {found}, and should be {sha256}; fetch it anew from {url}")
        return path
    partial, problem = path.with_name(f"{path.name}.partial"), ""
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(attempts):
            if attempt:
                pause = 2 ** (attempt - 1)
                say(f"{url}: {problem}; trying again in {pause} s")
                wait(pause)
            resumed = partial.exists()
            try:
                fetch(url, partial)
            except requests.RequestException as error:
                problem = reason(error)
                if refused(error):
                    break
                continue
            if (found := sha256_of(partial)) == sha256:
                put_in_place(partial, path)
                return path
            partial.unlink()
            problem = f"what came has the SHA-256 {found}, which is wrong, and was deleted"
            if not resumed:
                break
    except OSError as error:
        cure = "; name a folder that can be written with $BARE_BONES_DATA" if isinstance(error, PermissionError) else ""
        raise UsageError(f"{error.filename or partial}: {error.strerror or error}{cure}") from error
    raise UsageError(
        f"cannot download {url}: {problem}. Where there is network, fetch it and put it at {path} (SHA-256 {sha256})"
    )


def fetch(url: str, partial: Path) -> None:
    """Write what is missing in `partial`. Raises `requests.RequestException`, also where less comes than announced."""
    import requests

    have = partial.stat().st_size if partial.exists() else 0
    # Compressed on the way, a file's positions would not be those of its bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=30) as response:
        if have and response.status_code == requests.codes.requested_range_not_satisfiable:
            # There is nothing behind what we have: it is whole, as its sum will show, or something else.
            return
        response.raise_for_status()
        # It would throw away what came of a chunk before the connection broke; we count for ourselves.
        response.raw.enforce_content_length = False
        # Servers that know no ranges begin at the beginning.
        resumes = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        arrived = have if resumes else 0
        announced = response.headers.get("Content-Length")
        whole = None if announced is None else arrived + int(announced)
        if whole and whole >= 10 * MEGABYTE:
            say(f"fetching {url}: {whole / MEGABYTE:,.0f} MB, {arrived / MEGABYTE:,.0f} of them are there")
        with partial.open("ab" if resumes else "wb") as file:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                before, arrived = arrived, arrived + len(chunk)
                if before // (100 * MEGABYTE) < arrived // (100 * MEGABYTE):
                    say(f"  {arrived / MEGABYTE:,.0f} MB")
    if whole is not None and arrived < whole:
        raise requests.exceptions.ChunkedEncodingError


def refused(error) -> bool:
    """Whether the server has answered, and will answer the same again."""
    status = error.response.status_code if error.response is not None else None
    return status is not None and 400 <= status < 500 and status not in (408, 429)


def reason(error) -> str:
    """What went wrong, in fewer words than requests has, which quotes every layer below it."""
    import requests

    if error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "the server does not answer" if isinstance(error, requests.Timeout) else "there is no connection"
