"""The blocking way to run stage 3."""

from __future__ import annotations

import atexit
import queue
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Union

from ._arguments import Path
from ._config import Config, Option
from ._job import Arguments, Inventory, Job, OnEvent, OnKeyChange, OnPermit, OnUpdate, Password
from ._result import Result
from ._run import Run

_Mail = tuple[list[str], list[Any], list[Any]]
_Inbox = queue.SimpleQueue[Union[_Mail, None]]

_WORK_MILLISECONDS = 100
_PATIENCE_SECONDS = 0.5

_open_runners: weakref.WeakSet[Runner] = weakref.WeakSet()


class _Pump(threading.Thread):
    """Drives a run, so that the fleet is served while the caller deals with a result."""

    def __init__(self, job: Job, inbox: _Inbox) -> None:
        # A daemon: not waited for when the interpreter ends, but ended by _close_all().
        super().__init__(name="stage3", daemon=True)
        self._job = job
        self._inbox = inbox
        self.leave = False
        # join() cannot be relied on once Ctrl-C has interrupted it: it may take the thread for ended.
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            while self._job.work(_WORK_MILLISECONDS) and not self.leave:
                self._pass_on()
            self._pass_on()
        finally:
            self._inbox.put(None)
            self.ended.set()

    def _pass_on(self) -> None:
        mail = self._job.take_mail()
        if mail is not None:
            self._inbox.put(mail)


class _Checkpoints(threading.Thread):
    """Saves on the way, and once all results have come, however long the caller takes for one of them."""

    def __init__(self, job: Job, pump: _Pump) -> None:
        super().__init__(name="stage3-saver", daemon=True)
        self._job = job
        self._pump = pump
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            while not self._pump.ended.wait(_PATIENCE_SECONDS):
                self._job.checkpoint()
            self._job.checkpoint()
        finally:
            self.ended.set()


class Runner(Run):
    """A run: an iterator of results, and a context manager that ends it.

        with stage3.Runner("data/config.yaml") as runner:
            for result in runner:
                print(result.mac, result.ota_status)
        print(runner.summary)

    What is opened, locked and saved, and when, is as with the command `stage3`: opening reads configuration and state
    file, takes the run lock and looks whether the state file can be written; no packet is sent before the first
    result is asked for. Results are saved as they come, each within 12 s (or ten times as long as a save takes, where that
    is more), and all of them before the iteration ends.

    The fleet is served, and its results are saved, by threads of the runner's own: a caller may take as long as it likes
    for a result, and Ctrl-C ends the wait for one at once. Take results from one thread at a time.

    config      a path, a Config, a mapping of options, or None: all defaults
    state       the state file, instead of `ip_state_file` of the configuration (relative to the working directory)
    devices     the content of a state file as a mapping, instead of any file: nothing is locked or saved
    dry_run     only read from the devices; no lock, nothing is saved
    ips         process the devices at these addresses only: `ip`, `ip:port`, `[v6]:port`
    select      process only the devices for which all of these terms `KEY=GLOB[,GLOB...]` hold, by what is known of them without
                asking: ["status=failed,offline"], ["name=Flur*", "ip=10.0.0.0/24"]. See stage3.select
    updates     False: no update is started, whatever the configuration says
    on_event    on_event(Event): progress; called while the next result is waited for, on the thread that waits
    resume      True: updates of these devices that have failed, or were lost, count as never tried
    on_update   on_update(UpdateRequest) -> True, False or stage3.LATER: may this update start? False: it is held in this run;
                LATER: permit() decides, from any thread, and the device waits for it. Anything else is a TypeError, and no update.
                On the runner's thread
    on_permit   on_permit(Device, version) -> bool: the same with less; not asked beside on_update, and goes away with the next
                release
    on_key_change  on_key_change(Device, key) -> bool: the device at this address has the TLS key `key` (`sha256//...`), another
                one than is on record; may it, from now on? False, or no such callback: the device is an error, and nothing
                was sent to whoever has that key. Anything but True and False is a TypeError and a no. On the runner's thread
    password    password(mac, realm) -> str, None or "" for none, instead of a secrets file; on the runner's thread

    What a callback raises cancels the run and is raised from the iteration. None of them may be async. Raises on opening: ConfigError,
    StateError, LockedError, ArgumentError (an address that no device has, a selection that has no device), Stage3Error,
    TypeError; while iterating: StateError if the results could not be saved.
    """

    def __init__(self, config: Path | Config | Mapping[str, Option] | None = None, *, state: Path | None = None,
                 devices: Inventory | None = None, dry_run: bool = False, ips: Iterable[str] | None = None,
                 select: Iterable[str] | None = None, updates: bool = True, resume: bool = False, on_event: OnEvent = None,
                 on_permit: OnPermit = None, on_update: OnUpdate = None, on_key_change: OnKeyChange = None,
                 password: Password = None) -> None:
        super().__init__()
        self._pump: _Pump | None = None
        self._checkpoints: _Checkpoints | None = None
        self._results: deque[Result] = deque()
        self._inbox: _Inbox = queue.SimpleQueue()
        self._opened = Job(Arguments(
            config, state=state, devices=devices, dry_run=dry_run, ips=ips, select=select, updates=updates,
            resume=resume, on_event=on_event, on_permit=on_permit, on_update=on_update, on_key_change=on_key_change,
            password=password))
        _open_runners.add(self)

    def __iter__(self) -> Iterator[Result]:
        return self

    def __next__(self) -> Result:
        self._require_open()
        while not self._results:
            self._job.raise_broken()
            if self._pump is None and not self._begin():
                self._job.save_all()
                raise StopIteration
            self._take()
        return self._results.popleft()

    def _begin(self) -> bool:
        if self._job.left == 0:
            return False
        self._pump = _Pump(self._job, self._inbox)
        self._pump.start()
        if self._job.saves:
            self._checkpoints = _Checkpoints(self._job, self._pump)
            self._checkpoints.start()
        return True

    def _take(self) -> None:
        try:
            mail = self._inbox.get(timeout=_PATIENCE_SECONDS)
        except queue.Empty:
            return
        if mail is None:
            self._wait()
        else:
            self._results.extend(self._job.deliver(mail))
            self._job.dispatch_events(mail)

    def _wait(self) -> None:
        for thread in (self._pump, self._checkpoints):
            if thread is not None:
                thread.ended.wait()
        self._pump = self._checkpoints = None

    def close(self) -> None:
        """Cancels what is left, waits for it (0.8 s at most, a second Ctrl-C cuts that short), saves what is known and
        frees the lock. Raises StateError. May be called more than once."""
        _open_runners.discard(self)
        if not self._job.is_open or self._job.is_forked():
            return
        try:
            self._stop()
        finally:
            if self._pump is not None:
                self._pump.leave = True
            self._wait()
            while not self._inbox.empty():
                mail = self._inbox.get()
                if mail is not None:
                    self._job.deliver(mail)
            self._job.finish()

    def _stop(self) -> None:
        self._job.session.cancel()
        self._wait()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        job = getattr(self, "_opened", None)
        if job is None or not job.is_open or job.is_forked():
            return
        if self._pump is not None:
            warnings.warn(f"unclosed run {self!r}: use it in a with statement", ResourceWarning, source=self)
        self.close()


def _close_all() -> None:
    for runner in list(_open_runners):
        runner.close()


atexit.register(_close_all)


def run(config: Path | Config | Mapping[str, Option] | None = None, *, state: Path | None = None,
        devices: Inventory | None = None, dry_run: bool = False, ips: Iterable[str] | None = None,
        select: Iterable[str] | None = None, updates: bool = True, resume: bool = False, on_event: OnEvent = None,
        on_permit: OnPermit = None, on_update: OnUpdate = None, on_key_change: OnKeyChange = None,
        password: Password = None) -> Iterator[Result]:
    """Runs stage 3 and yields results as they come; opened at the call, closed when the iteration ends or is left.

        for result in stage3.run("data/config.yaml", dry_run=True):
            print(result.mac, result.ota_status, result.error)

    Arguments and errors are those of Runner, which also has the counts, cancel() and add().
    """
    return _results_of(Runner(config, state=state, devices=devices, dry_run=dry_run, ips=ips, select=select,
                              updates=updates, resume=resume, on_event=on_event, on_permit=on_permit, on_update=on_update,
                              on_key_change=on_key_change, password=password))


def _results_of(runner: Runner) -> Iterator[Result]:
    with runner:
        yield from runner
