"""When the state file is saved."""

from __future__ import annotations

import time

from . import _stage3
from ._errors import StateError
from ._log import logger
from ._text import escape

# As the command does it: results are saved every so many or every so often, but a huge file over and over must not
# fill the run.
_CHECKPOINT_RESULTS = 500
_CHECKPOINT_SECONDS = 10.0
_CHECKPOINT_TIMES_COST = 10


class Saver:
    """Keeps the state file abreast of the run. Saves are made by one thread at a time."""

    def __init__(self, session: _stage3.Session, store: _stage3.Store | None) -> None:
        self._session = session
        self._store = store
        self._saved = 0
        self._saved_at = time.monotonic()
        self._cost = 0.0
        self._checkpoint_failed = False
        self._has_failed = False
        self._told: set[str] = set()

    def is_due(self) -> bool:
        unsaved = self._session.recorded() - self._saved
        age = time.monotonic() - self._saved_at
        if unsaved == 0 or age < _CHECKPOINT_TIMES_COST * self._cost:
            return False
        # What could not be saved a moment ago will hardly be saved with the next result.
        is_worth_it = unsaved >= _CHECKPOINT_RESULTS and not self._checkpoint_failed
        return is_worth_it or age >= _CHECKPOINT_SECONDS

    def checkpoint(self) -> None:
        """Saves; a failure is logged, and tried again later."""
        self._checkpoint_failed = True
        try:
            self._save()
            self._checkpoint_failed = False
        except StateError as error:
            self._tell_once(str(error))

    def save_all(self) -> None:
        """Saves what is not saved yet. Raises StateError, but once only."""
        if self._has_failed:
            return
        self._has_failed = True
        self._save()
        self._has_failed = False

    def _save(self) -> None:
        recorded = self._session.recorded()
        if self._store is None or recorded == self._saved:
            return
        begin = time.monotonic()
        try:
            _, vanished, notices = self._store.save()
        finally:
            self._saved_at = time.monotonic()
            self._cost = self._saved_at - begin
        self._saved = recorded
        for notice in notices:
            self._tell_once(notice)
        for key in vanished:
            self._tell_once(f"the entry {key} is no longer in the state file: its result is not recorded")

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            logger.warning("%s", escape(text))
