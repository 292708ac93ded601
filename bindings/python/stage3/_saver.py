"""When the state file is saved."""

from __future__ import annotations

import threading
import time

from . import _stage3
from ._errors import StateError
from ._log import logger
from ._text import escape

# As the command does it: by number, when there is as much to save as has been saved before, so that all of these together
# write a few times the file; by time, soon enough that a crash costs little, but taking a tenth of the time at most.
_CHECKPOINT_FEWEST_RESULTS = 500
_CHECKPOINT_SECONDS = 10.0
_CHECKPOINT_TIMES_COST = 10


class Saver:
    """Keeps the state file abreast of the run. From any thread; one saves at a time, and the others wait for it."""

    def __init__(self, session: _stage3.Session, store: _stage3.Store | None) -> None:
        self._session = session
        self._store = store
        self._saving = threading.Lock()
        self._is_over = False
        self._saved = 0
        self._saved_at = time.monotonic()
        self._cost = 0.0  # of the last save that succeeded
        self._checkpoint_failed = False
        self._has_failed = False
        self._told: set[str] = set()

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to save into."""
        return self._store is not None

    def is_due(self, all_have_come: bool = False) -> bool:
        """Whether it is time for a checkpoint; once all results have come it is, since nobody may come for them."""
        unsaved = self._session.recorded() - self._saved
        if all_have_come:
            return unsaved != 0 and not self._checkpoint_failed
        age = time.monotonic() - self._saved_at
        if unsaved == 0 or age < _CHECKPOINT_TIMES_COST * self._cost:
            return False
        # What could not be saved a moment ago will hardly be saved with the next result.
        is_worth_it = unsaved >= max(_CHECKPOINT_FEWEST_RESULTS, self._saved) and not self._checkpoint_failed
        return is_worth_it or age >= _CHECKPOINT_SECONDS

    def checkpoint(self) -> None:
        """Saves what is not saved yet; a failure is logged, and tried again later. Nothing after finish()."""
        with self._saving:
            if self._is_over:
                return
            self._checkpoint_failed = True
            try:
                self._save()
                self._checkpoint_failed = False
            except StateError as error:
                self._tell_once(str(error))

    def save_all(self) -> None:
        """Saves what is not saved yet. Raises StateError, but once only."""
        with self._saving:
            if self._has_failed:
                return
            self._has_failed = True
            self._save()
            self._has_failed = False

    def finish(self) -> None:
        """The same, for the last time."""
        try:
            self.save_all()
        finally:
            self._is_over = True

    def _save(self) -> None:
        recorded = self._session.recorded()
        if self._store is None or recorded == self._saved:
            return
        begin = time.monotonic()
        try:
            _, vanished, notices = self._store.save()
            self._cost = time.monotonic() - begin
        finally:
            self._saved_at = time.monotonic()
        self._saved = recorded
        for notice in notices:
            self._tell_once(notice)
        for key in vanished:
            self._tell_once(f"the entry {key} is no longer in the state file: its result is not recorded")

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            logger.warning("%s", escape(text))
