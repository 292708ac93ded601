"""Arguments of the wrong type are reported by their names."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any, Callable, TypeVar, Union

Path = Union[str, "os.PathLike[str]"]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def refuse(name: str, expected: str, value: object) -> TypeError:
    return TypeError(f"{name} must be {expected}, not {type(value).__name__}")


def path(name: str, value: Path) -> bytes:
    """The bytes of a path, as the system takes them."""
    if isinstance(value, (str, os.PathLike)):
        return os.fsencode(value)
    raise refuse(name, "a path (str or os.PathLike)", value)


def text(name: str, value: str) -> bytes:
    """A text as the library takes it, which itself tells what it thinks of one that UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise refuse(name, "a str", value)


def flag(name: str, value: bool) -> bool:
    if isinstance(value, bool):
        return value
    raise refuse(name, "a bool", value)


def function(name: str, value: _Function | None, *, is_awaited: bool = False) -> _Function | None:
    """A callback. Where it is called and never awaited, an async one is refused, which would do nothing."""
    if value is not None and not callable(value):
        raise refuse(name, "callable or None", value)
    if is_awaited:
        return value
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None)):
        raise TypeError(f"{name} must not be async: it is called, not awaited")
    return value


def no_coroutine(name: str, value: object) -> None:
    """Refuses what a callback has returned, whose answer else does not matter, if it waits to be awaited."""
    if inspect.iscoroutine(value):
        value.close()
        raise TypeError(f"{name} must not return a coroutine: it is called, not awaited")


def texts(name: str, value: Iterable[str], what: str) -> list[bytes]:
    # A single str is iterable, too, and would be taken for texts of one letter each.
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise refuse(name, f"a list of {what} (str)", value)
    return [text(f"each of {name}", one) for one in value]


def mapping(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise refuse(name, "a mapping", value)
