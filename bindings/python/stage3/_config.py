"""The section `stage3` of a configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Union

from . import _arguments, _stage3
from ._errors import ArgumentError

Option = Union[str, bool, int, float, Sequence[str]]


def _option_text(key: str, value: Option) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, str):
                raise _arguments.refuse(f"each of {key}", "a str", item)
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")  # never with an exponent
    if isinstance(value, Mapping):
        _refuse_section(key, value)
    raise _arguments.refuse(key, "a str, bool, int, float or list of str", value)


def _refuse_section(key: str, value: Mapping[Any, Any]) -> None:
    """For options in sections, as in the file: there is one way to write each, its whole key."""
    whole = key
    inner: Any = value
    while isinstance(inner, Mapping) and inner:
        name, inner = next(iter(inner.items()))
        whole += f".{name}"
    whole = whole.removeprefix("stage3.")
    below = [known for known in _stage3.Config.keys() if key == "stage3" or known.startswith(f"{key}.")]
    if below:
        hint = repr(whole) if whole in below else f"{below[0]!r}, for example"
        raise TypeError(f"{key!r} is a section, not an option: write {hint}")


class Config:
    """Options of a run by their keys as in the file, e.g. "ota.mode".

    Config() has the default of every option; Config({"ota.mode": "check_only"}) sets some; Config.load(path) reads a file, and
    config["ota.mode"] = "check_only" then changes one. Reading gives text:
    config["concurrency"] is "256". Setting takes text, bool, int or float; a list ("ota.hold") takes a list of str, or one
    item, and reads as a JSON array. Times are in seconds.

    An unknown key raises ArgumentError that names the nearest one, and so does an unfit value; nothing is changed then.
    """

    def __init__(self, options: Mapping[str, Option] | None = None) -> None:
        self._native = _stage3.Config()
        if isinstance(options, (str, os.PathLike)):
            raise TypeError(f"options must be a mapping, not {type(options).__name__}: Config.load(path) reads a file")
        if options is not None:
            for key, value in _arguments.mapping("options", options).items():
                self[key] = value

    @classmethod
    def load(cls, path: _arguments.Path) -> Config:
        """Reads the section `stage3` of a YAML file of at most 1 MiB; with nothing in it, all defaults hold.

        Raises ConfigError with path, line and column: unknown or duplicate key, wrong type, value out of range, no
        section (or one that is misspelled or in the wrong place), YAML that is none, a file that cannot be read.
        """
        return cls._of(_stage3.Config.load(_arguments.path("path", path)))

    @classmethod
    def parse(cls, yaml: str, name: str = "<string>") -> Config:
        """The same for text in memory; `name` stands for the path in errors."""
        return cls._of(_stage3.Config.parse(_arguments.text("yaml", yaml), _arguments.text("name", name)))

    @classmethod
    def _of(cls, native: _stage3.Config) -> Config:
        config = cls()
        config._native = native
        return config

    @staticmethod
    def default_file() -> str:
        """The text of a file in which every key stands with its default, what it is for and what it may be: what `stage3 init`
        writes, and Config.parse() makes of it what Config() is."""
        return _stage3.Config.default_file()

    def copy(self) -> Config:
        """A configuration of its own with the same options."""
        return self._of(_stage3.Config(self._native))

    def keys(self) -> list[str]:
        """All keys, in the order of the documentation."""
        return _stage3.Config.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __getitem__(self, key: str) -> str:
        return self._native.get(_arguments.text("key", key))

    def __setitem__(self, key: str, value: Option) -> None:
        name, text = _arguments.text("key", key), _option_text(key, value).encode("utf-8", "surrogatepass")
        if not isinstance(value, str):
            self._check_type(key, name, value)
        self._native.set(name, text)

    def _check_type(self, key: str, name: bytes, value: Option) -> None:
        """A text is no number, even if it could be spelled so: 1.10 is "1.1", and no version."""
        trial = _stage3.Config(self._native)
        trial.get(name)  # for a key that is unknown
        is_list = isinstance(value, (list, tuple))
        try:
            trial.set(name, b" []")  # no word and no number, but a text, or a list with nothing in it
        except ArgumentError:
            if is_list:
                raise _arguments.refuse(key, "a str, bool, int or float", value) from None
            return
        takes_list = trial.get(name) == "[]"
        if not (takes_list and is_list):
            raise _arguments.refuse(key, "a str or a list of str" if takes_list else "a str", value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and dict(self) == dict(other)

    def __repr__(self) -> str:
        default = Config()
        return f"Config({ {key: self[key] for key in self if self[key] != default[key]} })"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Config, (dict(self),))


def config_of(value: _arguments.Path | Config | Mapping[str, Option] | None) -> Config:
    """What the argument `config` of a run stands for, as a copy of its own."""
    if value is None:
        return Config()
    if isinstance(value, Config):
        return value.copy()
    if isinstance(value, Mapping):
        return Config(value)
    try:
        return Config.load(value)
    except TypeError:
        raise _arguments.refuse("config", "a path, a Config, a mapping of options or None", value) from None
