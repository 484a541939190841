"""The checkout that is brought up to date, by git's own commands."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from scripts.project import UsageError, printable


class GitError(UsageError):
    """git refused. The text is its last line."""


class Checkout:
    """A folder under git. Every file name is relative to it."""

    def __init__(self, root: Path):
        self.root = root
        try:
            top = self.git("rev-parse", "--show-toplevel").strip()
        except FileNotFoundError as error:
            raise UsageError("git is not installed, or not on the PATH; an update needs it") from error
        except GitError as error:
            raise UsageError(f"{root}: {error}; an update needs a clone made by git") from error
        if Path(top).resolve() != root.resolve():
            raise UsageError(f"{root} is no clone of its own, it stands in {top}; an update needs one")

    def run(self, *words: str, data: bytes | None = None) -> subprocess.CompletedProcess:
        command = ["git", "-c", "core.quotePath=false", *words]
        return subprocess.run(command, cwd=self.root, input=data or b"", capture_output=True)

    def git(self, *words: str, data: bytes | None = None) -> str:
        """What a command of git prints. Raises `GitError`."""
        done = self.run(*words, data=data)
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            raise GitError(f"git {words[0]}: {printable(' '.join(line.strip() for line in said[-4:]))}")
        return done.stdout.decode(errors="surrogateescape")

    def path(self, name: str) -> Path:
        """A file in git's own folder, MERGE_HEAD say."""
        return self.root / self.git("rev-parse", "--git-path", name).strip()

    def commit_of(self, name: str) -> str | None:
        done = self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip() or None

    def files(self, commit: str, *names: str) -> dict[str, bytes]:
        """The files of a commit, as far as they stand below these names."""
        listed = self.git("ls-tree", "-r", "-z", commit, "--", *names).split("\0")
        ids = {entry.partition("\t")[2]: entry.split()[2] for entry in listed if entry.split()[1:2] == ["blob"]}
        said = self.run("cat-file", "--batch", data="".join(f"{id}\n" for id in ids.values()).encode()).stdout
        found, position = {}, 0
        for name in ids:
            end = said.index(b"\n", position)
            size = int(said[position:end].split()[2])
            found[name] = said[end + 1 : end + 1 + size]
            position = end + size + 2
        return found

    def last_of(self, name: str) -> bytes | None:
        """A file as it was before a commit deleted it; None where none did."""
        commit = self.git("log", "-1", "--format=%H", "--diff-filter=D", "HEAD", "--", name).strip()
        return self.files(f"{commit}^", name).get(name) if commit else None

    def unmerged(self) -> list[str]:
        return [name for name in self.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0") if name]

    def under_way(self) -> str | None:
        """What git has begun and not finished: `merge` or `rebase`."""
        if self.path("rebase-merge").exists() or self.path("rebase-apply").exists():
            return "rebase"
        return "merge" if self.path("MERGE_HEAD").exists() else None

    def has_put_aside(self) -> bool:
        """Whether what is under way has put aside, by --autostash, what is not committed."""
        files = ("MERGE_AUTOSTASH", "rebase-merge/autostash", "rebase-apply/autostash")
        return any(self.path(file).exists() for file in files)

    def add(self, names: Iterable[str]) -> None:
        self.git("add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", data="\0".join(names).encode())
