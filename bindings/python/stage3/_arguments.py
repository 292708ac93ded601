"""Arguments of the wrong type are told by their names."""

from __future__ import annotations

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


def function(name: str, value: _Function | None) -> _Function | None:
    if value is None or callable(value):
        return value
    raise refuse(name, "callable or None", value)


def addresses(name: str, value: Iterable[str]) -> list[bytes]:
    # A single str is iterable, too, and would be taken for addresses of one letter each.
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise refuse(name, "a list of addresses (str)", value)
    return [text(f"each of {name}", one) for one in value]


def mapping(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise refuse(name, "a mapping", value)
