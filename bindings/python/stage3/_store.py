"""The state file, for programs that read it or record results themselves. A run does all of this by itself."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple

from . import _arguments, _stage3
from ._device import Device, device_of
from ._result import Result
from ._update import UpdateRecord, json_of


class SaveReport(NamedTuple):
    """What a save did.

    written   False: nothing had changed, the file was left alone
    vanished  keys of recorded devices whose entry is no longer in the file
    notices   what an operator should know
    ambiguous  keys of recorded devices whose entry could be meant in more than one way by now (another entry has its
               MAC, too), and was not written; and of those whose record of an update cannot be read, or is of one that
               somebody else has sent meanwhile, and was left
    """

    written: bool
    vanished: list[str]
    notices: list[str]
    ambiguous: list[str]


class StateProblem(NamedTuple):
    """Something wrong with a state file (`fatal`) or with one of its entries; line and column (bytes) from 1."""

    line: int
    column: int
    message: str
    fatal: bool


class StateStore:
    """The fleet's memory, `ip_state.json`: reads devices, and puts results into its bytes; nothing else changes.

    For results that were gathered elsewhere:

        with stage3.RunLock(path):
            store = stage3.StateStore(path)
            store.record(results)
            store.save()

    Raises StateError, with path, line and column, if the file as a whole cannot be used (at most 256 MiB).
    `name_field` is the member of an entry that holds the wanted name (`friendly.field_name`).
    """

    def __init__(self, path: _arguments.Path, name_field: str = "friendly_name") -> None:
        self._native = _stage3.Store(_arguments.path("path", path), _arguments.text("name_field", name_field))

    @classmethod
    def parse(cls, content: str | bytes, name_field: str = "friendly_name", name: str = "state") -> StateStore:
        """A store of what a state file would hold, by the same rules; `name` stands for the path in errors.

        It has no file: what it makes of results is merged(). save() and check_writable() raise ArgumentError.
        """
        if not isinstance(content, bytes):
            content = _arguments.text("content", content)
        store = cls.__new__(cls)
        store._native = _stage3.Store.parse(content, _arguments.text("name_field", name_field), _arguments.text("name", name))
        return store

    @staticmethod
    def check(path: _arguments.Path, name_field: str = "friendly_name") -> list[StateProblem]:
        """Everything wrong with the file, in file order. Raises StateError where it cannot be read at all."""
        problems = _stage3.Store.check(_arguments.path("path", path), _arguments.text("name_field", name_field))
        return [StateProblem(*problem) for problem in problems]

    @property
    def path(self) -> str:
        """As given, made absolute when the file was read: a later os.chdir() makes no difference. "" after parse()."""
        return os.fsdecode(self._native.path())

    @property
    def devices(self) -> list[Device]:
        """One for each entry, in file order; those that cannot be used have a `defect`."""
        return [device_of(one) for one in self._native.devices().tuples()]

    def check_writable(self) -> None:
        """Tries what save() will do, with files of its own beside the state file. Raises StateError if it could not."""
        self._native.check_writable()

    def record(self, results: Result | Iterable[Result]) -> None:
        """Remembers results for the next save(), each on top of the earlier one of the same device.

        Cancelled results and those of unusable entries are left out. Raises ArgumentError for a device whose key is
        not in the file as it was read.
        """
        for result in [results] if isinstance(results, Result) else results:
            if not isinstance(result, Result):
                raise _arguments.refuse("each of results", "a Result", result)
            self._native.record(result._json)

    def record_update(self, key: str, record: UpdateRecord) -> None:
        """Remembers for the next save() what is to be on record of an update before it is sent; nothing else is changed.

        Of state `none`: what is there is taken out. The result that follows has the last word. Nothing may be sent to a
        device that save() tells as vanished or ambiguous. Raises ArgumentError for a key that is not in the file as it was
        read or whose entry cannot be used, for a record without a `to` or a `sent_at`, and for a version or build id of more
        than 64 bytes.
        """
        if not isinstance(record, UpdateRecord):
            raise _arguments.refuse("record", "an UpdateRecord", record)
        self._native.record_update(_arguments.text("key", key), json_of(record))

    def merged(self) -> bytes:
        """What was read, with the recorded results in it as save() would put them there, and nothing else changed.

        No file is looked at, and the results stay recorded.
        """
        return self._native.merged()

    def report(self, format: str = "text", language: str = "en", earlier: StateStore | None = None, now: float | None = None) -> str:
        """What the file said of the fleet when it was read, as `stage3 status` and `stage3 report` tell it; no device is asked.

        format    "text", "json", "html" (one page that loads nothing) or "metrics" (for Prometheus)
        language  "en" or "de", of text and page
        earlier   the fleet as it was before (the `.bak`), to tell what has changed
        now       the time to count ages from, seconds since the epoch; None: the clock's
        """
        if language not in ("en", "de"):
            raise ValueError(f"language must be 'en' or 'de', not {language!r}")
        if earlier is not None and not isinstance(earlier, StateStore):
            raise _arguments.refuse("earlier", "a StateStore", earlier)
        seconds = int(time.time() if now is None else now)
        native = None if earlier is None else earlier._native
        return self._native.report(native, format, language == "de", seconds).decode()

    def save(self) -> SaveReport:
        """Reads the file anew under its save lock, puts the recorded results in and replaces it, safely; `.bak` is kept.

        Raises StateError: the old file is whole then, and the results stay recorded.
        """
        written, vanished, ambiguous, notices = self._native.save()
        return SaveReport(written, vanished, notices, ambiguous)


class RunLock:
    """Held by whoever may write the state file `path`, for a whole run; a context manager. Never waits.

    Raises LockedError if another run holds it. Freed by release(), by the end of the process, or when it is dropped.
    """

    def __init__(self, path: _arguments.Path) -> None:
        self._native = _stage3.Lock(_arguments.path("path", path))

    def release(self) -> None:
        """May be called more than once."""
        self._native.release()

    def __enter__(self) -> RunLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.release()
