"""What runs a grid's trials besides this machine: the workers of a dask scheduler (the extra `cluster`)."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor

from scripts.project import UsageError

SECONDS = 10  # to wait for a scheduler


def add_scheduler(add) -> None:
    """The flag, by an `add_argument`."""
    about = "run trials on the workers of this dask scheduler, tcp://HOST:8786 say (the extra `cluster`)"
    add("--scheduler", default=None, metavar="ADDRESS", help=about)


@contextlib.contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """An executor over the workers of a scheduler; None without an address. What a worker had begun that dies, another
    one does. Raises `UsageError` where no scheduler answers."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs dask: pip install -c constraints.txt -e '.[cluster]'") from error
    try:
        client = Client(address, timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {address}: no scheduler answers there; `dask scheduler` starts one, and says its address"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise UsageError(
                f"--scheduler {address}: it has no workers; `dask worker {address}` starts one, in a copy of this"
            )
        yield client.get_executor(pure=False)
