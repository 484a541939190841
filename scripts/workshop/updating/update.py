"""A newer version under the learner's own pieces: fetch it, merge it, and say what to look at."""

import json
import sys
import textwrap
from pathlib import Path

from scripts.project import UsageError
from scripts.workshop.pieces.backup import back_up_all
from scripts.workshop.pieces.replacing import replace_file
from scripts.workshop.updating.driver import set_up
from scripts.workshop.updating.git import Checkout, GitError
from scripts.workshop.updating.kept import GONE, SIGNATURE, Kept
from scripts.workshop.updating.trees import LEARN, STATUS, Tree, Updated, kept_in, update_tree

MOVED = "scripts/course/moved.json"
UNSETTLED = Path(".learn") / "unsettled"  # is there while a merge has kept what another file has a place for
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
        checkout.git(state, "--abort")
        print(f"The {state} that git had begun is undone, and done again so that nothing of yours is lost.")
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
        return settle(root)
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


def moves_in(files: Tree) -> dict[str, str | None]:
    """The new names of pieces by their old ones."""
    try:
        return json.loads(files.get(MOVED, b"{}"))
    except ValueError:
        return {}


def bring_in(checkout: Checkout, head: str, base: str, target: str) -> Updated:
    """Merge `target`; what is committed is merged in a commit, what is not stays so. Raises `UsageError`."""
    root = checkout.root
    before, committed, new, mine = (
        checkout.files(base, *NAMES),
        checkout.files(head, *NAMES),
        checkout.files(target, *NAMES),
        present(root),
    )
    moved = moves_in(checkout.files(target, MOVED))
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
    (root / UNSETTLED).unlink(missing_ok=True)
    return working


def write(root: Path, there: Tree, wanted: Tree, only=None) -> None:
    """Make the files of learn/, and STATUS.md, what they are to be."""
    for name in there.keys() | wanted.keys() if only is None else only:
        if name not in wanted:
            (root / name).unlink(missing_ok=True)
        elif there.get(name) != wanted[name]:
            replace_file(root / name, wanted[name])


def settle(root: Path) -> int:
    """Carry what earlier merges have kept to where the skeleton has a place for it by now."""
    mine = present(root)
    moved = (root / MOVED).read_bytes() if (root / MOVED).exists() else b"{}"
    done = update_tree(mine, mine, mine, moves_in({MOVED: moved}))
    if done.files != mine:
        print(f"What was there is kept in {saved(root)}")
        write(root, mine, done.files)
    (root / UNSETTLED).unlink(missing_ok=True)
    report(root, done)
    return 0


def settle_once(root: Path) -> None:
    """What a merge has left to do is done, once git has finished."""
    if Checkout(root).under_way() is None:
        settle(root)


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
