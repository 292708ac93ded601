"""What keeps a run from happening or from being recorded.

What happens to one device is never raised: it is data in its Result.
"""

from __future__ import annotations

from typing import Callable


class Stage3Error(Exception):
    """The base of all exceptions of this package; by itself: the system refused something needed.

    message  the text without the place in front; some name the file themselves
    path     the file concerned; "" if there is none
    line     from 1; 0 if unknown
    column   in bytes, from 1; 0 if unknown
    """

    def __init__(self, message: str, path: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, path, line, column)
        self.message = message
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = self.path
        if not self.line and place in self.message:
            return self.message  # which names the file itself
        if self.line:
            place += f":{self.line}"
        if self.line and self.column:
            place += f":{self.column}"
        return f"{place}: {self.message}" if place else self.message


class ArgumentError(Stage3Error, ValueError):
    """A value is out of range or malformed, or an address is not in the inventory."""


class ConfigError(Stage3Error):
    """The configuration or the secrets file cannot be read, or breaks its rules."""


class StateError(Stage3Error):
    """The state file cannot be read, or cannot be saved: it is as it was, then."""


class LockedError(Stage3Error):
    """Another run holds the run lock of the state file; the message tells its process id."""


class ReentrantError(Stage3Error, RuntimeError):
    """A run was driven by two callers at once, or from inside one of its own callbacks."""


class ForkedError(Stage3Error, RuntimeError):
    """An object of the parent process was used in a child of fork()."""


_TYPES: dict[str, type[Stage3Error]] = {
    "invalid_argument": ArgumentError,
    "config": ConfigError,
    "state_read": StateError,
    "state_write": StateError,
    "locked": LockedError,
    "reentrant": ReentrantError,
    "forked": ForkedError,
}


def from_native(code: str, message: str, path: str, line: int, column: int) -> Stage3Error:
    """The exception for an error of the C++ library."""
    make: Callable[..., Stage3Error] = _TYPES.get(code, Stage3Error)
    return make(message, path, line, column)
