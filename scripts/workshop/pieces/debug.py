"""Say which piece is called, and with what: `debug("GPT.forward", tokens=tokens)`.

Each piece speaks once per run; set LEARN_DEBUG=all to hear every call, LEARN_DEBUG=0 to hear none. `learn watch` folds
them into a line, how many were seen.
"""

import os

spoken: set[str] = set()


def debug(name: str, **arguments) -> None:
    """Print the name of the piece, and each argument's shape or value. Only the process of rank 0 prints."""
    wanted = os.environ.get("LEARN_DEBUG", "once")
    if wanted == "0" or os.environ.get("RANK", "0") != "0" or (name in spoken and wanted != "all"):
        return
    spoken.add(name)
    if wanted == "folded":
        return
    print(f"[DEBUG] {name}() called", flush=True)
    for argument, value in arguments.items():
        print(f"[DEBUG]   {argument}: {summary(value)}", flush=True)


def summary(value) -> str:
    """A value in half a line: shape and dtype of a tensor, the same for each member of a tuple, else its repr."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    if hasattr(value, "named_parameters"):
        return type(value).__name__
    if hasattr(value, "gi_frame"):
        return "a generator: there is a `yield` in the body"
    if hasattr(value, "__qualname__"):
        return value.__qualname__  # a function's address says nothing
    if isinstance(value, (tuple, list)) and any(hasattr(member, "shape") for member in value):
        names = getattr(value, "_fields", range(len(value)))
        members = (f"{name}={summary(member)}" for name, member in zip(names, value, strict=True))
        return f"{type(value).__name__}({', '.join(members)})"
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."
