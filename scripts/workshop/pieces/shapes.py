"""The type checker behind `load(check_shapes=True)`: beartype, to which a whole number is a float.

Nearly every call is right, and nearly every annotation a class: that much `isinstance` says as well, without the 320
modules of beartype, which is asked about the rest.
"""

import functools
from collections.abc import Callable
from typing import Any


def typechecker(function: Callable) -> Callable:
    """A function that raises what beartype does where an argument or the result is not what its annotation says."""
    kinds = {name: kind for name, kind in function.__annotations__.items() if kind is not Any}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    # Of *args and **kwargs, an annotation is about each.
    about_many = kinds.keys() & code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]

    @functools.cache
    def checked() -> Callable:
        from beartype import BeartypeConf, beartype

        return beartype(conf=BeartypeConf(is_pep484_tower=True))(function)

    @functools.wraps(function)
    def checking(*args, **kwargs):
        result = function(*args, **kwargs)
        values = dict(zip(names, args, strict=False)) | kwargs | {"return": result}
        return result if not about_many and fit(values, kinds) else checked()(*args, **kwargs)

    return checking


def fit(values: dict[str, Any], kinds: dict[str, Any]) -> bool:
    """Whether every value is an instance of what its annotation says; not, where that is more than a class."""
    try:
        return all(isinstance(value, kinds[name] or type(None)) for name, value in values.items() if name in kinds)
    except TypeError:
        return False
