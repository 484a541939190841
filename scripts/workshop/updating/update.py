"""A newer version under the learner's own pieces: fetch it, merge it, and say what to look at."""

import shutil
import sys
import textwrap
from pathlib import Path

from scripts.project import UsageError
from scripts.workshop.pieces.backup import back_up_all
from scripts.workshop.pieces.replacing import replace_file
from scripts.workshop.pieces.source import Source
from scripts.workshop.updating.carrying import Moved
from scripts.workshop.updating.driver import set_up
from scripts.workshop.updating.git import Checkout, GitError
from scripts.workshop.updating.kept import GONE, SIGNATURE, Kept
from scripts.workshop.updating.merging import module_of, statements_of
from scripts.workshop.updating.trees import LEARN, STATUS, Tree, Updated, kept_in, read, update_tree
from scripts.workshop.updating.unsettled import MARK, MOVED, left_over, moves_in

NAMES = (LEARN.rstrip("/"), STATUS)


def update(root: Path, name: str | None = None, fetch: bool = True) -> int:
    """Bring a checkout up to date with `name`, by default with the branch that it follows. Returns an exit status."""
    checkout = Checkout(root)
    state = checkout.under_way()
    begun = interrupted(checkout, state)
    target = found(checkout, name, fetch) or begun
    if begun and checkout.run("merge-base", "--is-ancestor", begun, str(target)).returncode:
        raise UsageError(f"the {state} under way is with another branch: `git {state} --abort`, or finish it, first")
    print(f"What was there is kept in {saved(root)}")
    if state:
        # What is not there in the middle of it: later commits, and what is not committed.
        more = state == "rebase" or checkout.has_put_aside()
        checkout.git(state, "--abort")
        print(f"The {state} that git had begun is undone, and done again so that nothing of yours is lost.")
        if more:
            print(f"What was there before it is kept in {saved(root)}")
    set_up(root)
    if target is None:
        raise UsageError(
            "this branch follows no other, so there is nowhere to update from; name it: learn update origin/main"
        )
    head = checkout.git("rev-parse", "HEAD").strip()
    base = checkout.run("merge-base", head, target).stdout.decode().strip()
    if not base:
        raise UsageError(f"what is here and {name or target[:12]} have no commit in common; is it the same project?")
    if base == target:
        print("Up to date: there is nothing newer.")
        return settle(checkout)
    done = bring_in(checkout, head, base, target)
    report(root, done)
    if checkout.git("diff", "--name-only", head, target, "--", "pyproject.toml", "constraints.txt"):
        print("It asks for other packages: `make learn` installs them.")
    rest = checkout.unmerged()
    if rest:
        print(f"git needs you where you changed more than learn/: {', '.join(rest)}\nMend it, then: git commit")
    return 1 if rest else 0


def interrupted(checkout: Checkout, state: str | None) -> str | None:
    """The commit that a merge or rebase in progress was about to bring. Raises `UsageError` where it waits for no
    more than to go on."""
    if state is None:
        return None
    if not checkout.unmerged():
        raise UsageError(f"a {state} is under way, and nothing is in conflict: `git {state} --continue` first")
    if state == "merge":
        return checkout.commit_of("MERGE_HEAD")
    files = (checkout.path(f"{name}/onto") for name in ("rebase-merge", "rebase-apply"))
    return next(file.read_text().strip() for file in files if file.exists())


def saved(root: Path) -> Path:
    return back_up_all([root / name for name in present(root)], root)


def present(root: Path) -> dict[str, bytes]:
    """The files of learn/, and STATUS.md, as they are now."""
    inside = (path for path in sorted((root / LEARN).rglob("*")) if "__pycache__" not in path.parts and path.is_file())
    paths = [*inside, *([root / STATUS] if (root / STATUS).is_file() else [])]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def found(checkout: Checkout, name: str | None, fetch: bool) -> str | None:
    """The commit to bring in."""
    if fetch:
        remote = name.partition("/")[0] if name else None
        known = checkout.git("remote").split()
        try:
            checkout.git("fetch", "--quiet", *([remote] if remote in known else []))
        except GitError as error:
            print(f"{error}\nNothing new could be fetched; what was fetched before counts.", file=sys.stderr)
    commit = checkout.commit_of(name or "@{upstream}")
    if name and commit is None:
        raise UsageError(f"there is no {name}; `git branch --remotes` lists what there is")
    return commit


def bring_in(checkout: Checkout, head: str, base: str, target: str) -> Updated:
    """Merge `target`; what is committed is merged in a commit, what is not stays so. Raises `UsageError`."""
    root = checkout.root
    before, committed, new, mine = (
        checkout.files(base, *NAMES),
        checkout.files(head, *NAMES),
        checkout.files(target, *NAMES),
        present(root),
    )
    moved = moves_in(checkout.files(target, MOVED.as_posix()).get(MOVED.as_posix(), b"{}"))
    # All that may be refused comes first: until here nothing has been changed.
    merged, working = (update_tree(before, each, new, moved) for each in (committed, mine))
    try:
        write(root, mine, committed, only=committed.keys() | (mine.keys() & new.keys()))
        checkout.git("reset", "--quiet", "--", *NAMES)
        if base == head:
            checkout.git("merge", "--quiet", "--ff-only", target)
        else:
            # What git makes of these files is written over at once: its driver need not think about them.
            tried = checkout.run("-c", "merge.learn.driver=true", "merge", "--quiet", "--no-commit", "--no-ff", target)
            if not checkout.path("MERGE_HEAD").exists():
                raise GitError("git merge: " + " ".join(tried.stderr.decode(errors="replace").split()))
            write(root, present(root), merged.files, only=committed.keys() | new.keys())
            gone = (committed.keys() | new.keys()) - merged.files.keys()
            if gone:
                checkout.git("rm", "--quiet", "--cached", "--force", "--ignore-unmatch", "--", *sorted(gone))
            checkout.add(sorted(merged.files))
            if not checkout.unmerged():
                checkout.git("commit", "--quiet", "--no-verify", "--no-edit")
    except UsageError:
        if checkout.under_way() == "merge":
            checkout.run("merge", "--abort")
        write(root, present(root), mine)
        raise
    write(root, present(root), working.files)
    (root / MARK).unlink(missing_ok=True)
    return working


def write(root: Path, there: Tree, wanted: Tree, only=None) -> None:
    """Make the files of learn/, and STATUS.md, what they are to be."""
    for name in there.keys() | wanted.keys() if only is None else only:
        if name not in wanted:
            (root / name).unlink(missing_ok=True)
        elif there.get(name) != wanted[name]:
            replace_file(root / name, wanted[name])


def settle(checkout: Checkout) -> int:
    """Carry what earlier merges have kept to where the skeleton has a place for it by now."""
    root = checkout.root
    mine = present(root)
    moved = moves_in((root / MOVED).read_bytes() if (root / MOVED).exists() else b"{}")
    deleted = {name: text for name in left_over(root) if (text := deleted_text(checkout, name, mine[name], moved))}
    new = {name: data for name, data in mine.items() if name not in deleted}
    done = update_tree(mine | deleted, mine, new, moved)
    if done.files != mine:
        print(f"What was there is kept in {saved(root)}")
        write(root, mine, done.files)
        if deleted:
            checkout.git("reset", "--quiet", "--", *deleted)
    (root / MARK).unlink(missing_ok=True)
    report(root, done)
    return 0


def deleted_text(checkout: Checkout, name: str, mine: bytes, moved: Moved) -> bytes | None:
    """What a file of learn/ was before a newer version deleted it; None where it is one of the learner's own."""
    try:
        functions = statements_of(Source(read(name, mine), Path(name)))
    except UsageError:
        return None
    module = module_of(name.removeprefix(LEARN))
    return checkout.last_of(name) if any(f"{module}.{each}" in moved for each in functions) else None


def settle_once(root: Path) -> None:
    """What a merge has left to do is done, once git has finished."""
    if not (root / ".git").exists() or not shutil.which("git"):
        return
    checkout = Checkout(root)
    state = checkout.under_way()
    if state is None:
        settle(checkout)
    else:
        print(f"git is in the middle of a {state}; `learn update` finishes it, and loses nothing.", file=sys.stderr)


def report(root: Path, done: Updated) -> None:
    """What moved along, and what is to be looked at."""
    for old, new in done.moves:
        print(f"{old} is {new} now: yours is there.")
    for name, line, each in kept_in(done.files):
        print(wrap(f"{sentence(each)}: yours is kept as a comment in {name}:{line}, check it"))
    for each in done.left:
        print(wrap(f"{each.id}: there is no such piece any more, and no such file; yours is in the backup"))


def sentence(each: Kept) -> str:
    words = {SIGNATURE: "signature of {} has changed", GONE: "{} is no piece in this file any more"}
    return words.get(each.why, "{} is given code, and has changed").format(each.id)


def wrap(text: str) -> str:
    return textwrap.fill(text, width=78, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
