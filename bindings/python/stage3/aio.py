"""Stage 3 inside of an asyncio loop: no thread drives it, and many runs share one loop.

    async for result in stage3.aio.run("data/config.yaml"):
        print(result.mac, result.ota_status)

The loop watches one descriptor a run, and each time does a bounded step of about a millisecond at most. Files are read
and saved in the loop's default executor, so that a large one does not hold up the loop.
"""

from __future__ import annotations

import asyncio
import atexit
import inspect
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from ._arguments import Path
from ._config import Config, Option
from ._device import UpdateRequest
from ._job import Arguments, Inventory, Job, OnEvent, OnKeyChange, OnPermit, OnUpdateAwaited, Password, decision_of
from ._result import Result
from ._run import Run

_T = TypeVar("_T")

_PATIENCE_SECONDS = 0.5

_open_runners: weakref.WeakSet[Runner] = weakref.WeakSet()


class Runner(Run):
    """A run as an asynchronous context manager and iterator of results.

        async with stage3.aio.Runner("data/config.yaml") as runner:
            async for result in runner:
                print(result.mac, result.ota_status)
        print(runner.summary)

    Arguments, errors and what is saved when are those of stage3.Runner, but files are opened on entering. The run goes
    on while the caller awaits something else. All callbacks are called in the loop, and must not block it. on_update may be
    async, or return anything else to be awaited: then the device waits for the answer, and nobody else does. Leaving
    cancels what is left, waits for it (0.8 s at most) and saves what is known; so does the cancellation of the task
    (a second cancellation cuts the wait short, not the saving).
    """

    def __init__(self, config: Path | Config | Mapping[str, Option] | None = None, *, state: Path | None = None,
                 devices: Inventory | None = None, dry_run: bool = False, ips: Iterable[str] | None = None,
                 select: Iterable[str] | None = None, updates: bool = True, resume: bool = False, on_event: OnEvent = None,
                 on_permit: OnPermit = None, on_update: OnUpdateAwaited = None, on_key_change: OnKeyChange = None,
                 password: Password = None) -> None:
        super().__init__()
        self._arguments = Arguments(
            config, state=state, devices=devices, dry_run=dry_run, ips=ips, select=select, updates=updates,
            resume=resume, on_event=on_event, on_permit=on_permit, on_update=on_update, on_key_change=on_key_change,
            password=password,
            await_decision=self._await_decision)
        self._results: deque[Result] = deque()
        self._changed = asyncio.Event()
        self._is_idle = False
        self._raised: BaseException | None = None
        self._saving: asyncio.Future[None] | None = None
        self._deciding: dict[str | None, asyncio.Future[None]] = {}

    def add(self, devices: Inventory) -> None:
        """Adds devices, also while the run is at work; for runs without a state file."""
        super().add(devices)
        self._is_idle = False

    # --- Opening and driving

    async def __aenter__(self) -> Runner:
        if self._opened is not None:
            raise ValueError("this run was opened before: make a new one")
        self._loop = asyncio.get_running_loop()
        opening = self._loop.run_in_executor(None, Job, self._arguments)
        try:
            job = await _to_its_end(opening)
        except asyncio.CancelledError:
            if opening.exception() is None:
                opening.result().finish()
            raise
        self._opened = job
        self._fd = job.session.fd()
        self._is_idle = job.left == 0
        self._loop.add_reader(self._fd, self._on_readable)
        self._timer = self._loop.call_later(_PATIENCE_SECONDS, self._on_time)
        _open_runners.add(self)
        return self

    def _on_readable(self) -> None:
        job = self._job
        if job.is_forked():
            self._loop.remove_reader(self._fd)
            return
        left = job.step()
        mail = job.take_mail()
        if mail is not None:
            ready = job.deliver(mail)
            self._results.extend(ready)
            for result in ready:
                self._forget_decision(result.mac)
            try:
                job.dispatch_events(mail)
            except BaseException as error:  # belongs to who takes the results
                self._raised = self._raised or error
        self._is_idle = left == 0
        if mail is not None or self._is_idle:
            self._changed.set()
        self._checkpoint()

    # --- Decisions that are awaited

    def _await_decision(self, request: UpdateRequest, answer: Awaitable[Any]) -> None:
        mac = request.device.mac or ""
        deciding = self._loop.create_task(self._decide(mac, answer))
        self._deciding[mac] = deciding
        deciding.add_done_callback(lambda done: self._on_decided(mac, answer, done))

    async def _decide(self, mac: str, answer: Awaitable[Any]) -> None:
        yes = decision_of(await answer)
        if yes is not None:
            self._job.session.permit(mac.encode(), yes)

    def _on_decided(self, mac: str, answer: Awaitable[Any], deciding: asyncio.Future[None]) -> None:
        if self._deciding.get(mac) is deciding:
            del self._deciding[mac]
        if deciding.cancelled():
            self._job.session.permit(mac.encode(), False)
            if inspect.iscoroutine(answer):
                answer.close()  # it may not have begun
        elif deciding.exception() is not None:  # belongs to who takes the results
            self._raised = self._raised or deciding.exception()
            self.cancel()
        self._changed.set()

    def _forget_decision(self, mac: str | None) -> None:
        """Nobody waits for it any more."""
        deciding = self._deciding.pop(mac, None)
        if deciding is not None:
            deciding.cancel()

    def _checkpoint(self) -> None:
        if self._saving is None and self._job.session.save_is_due():
            self._saving = self._loop.run_in_executor(None, self._job.checkpoint)
            self._saving.add_done_callback(self._on_saved)

    def _on_time(self) -> None:
        """Devices may be silent for longer than a result may wait."""
        if self._job.is_forked() or self._is_idle:
            return
        self._checkpoint()
        self._timer = self._loop.call_later(_PATIENCE_SECONDS, self._on_time)

    def _on_saved(self, _: object) -> None:
        self._saving = None
        self._checkpoint()

    # --- Results

    def __aiter__(self) -> Runner:
        return self

    async def __anext__(self) -> Result:
        self._require_open()
        while True:
            self._raise_broken()
            if self._results:
                return self._results.popleft()
            if self._is_idle:
                await self._save()
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()

    def _raise_broken(self) -> None:
        error, self._raised = self._raised, None
        if error is not None:
            raise error
        self._job.raise_broken()

    async def _save(self) -> None:
        if self._saving is not None:
            await _to_its_end(self._saving)
        await _to_its_end(self._loop.run_in_executor(None, self._job.save_all))

    # --- The end

    async def aclose(self) -> None:
        """Cancels what is left, waits for it, saves what is known and frees the lock; what leaving `async with` does.
        Raises StateError. May be called more than once."""
        job = self._opened
        if job is None or not job.is_open or job.is_forked():
            return
        _open_runners.discard(self)
        try:
            job.session.cancel()
            for deciding in list(self._deciding.values()):
                deciding.cancel()
            while not self._is_idle or self._deciding:
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._loop.remove_reader(self._fd)
            self._timer.cancel()
            if self._saving is not None:
                await _to_its_end(self._saving)
            await _to_its_end(self._loop.run_in_executor(None, job.finish))

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.aclose()

    def _close_at_exit(self) -> None:
        """The loop is gone, and took the waiting with it."""
        if self._opened is not None:
            self._opened.finish()


async def _to_its_end(future: asyncio.Future[_T]) -> _T:
    """Waits for what must not be left half done; a cancellation is raised after it."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from future.exception()
    return future.result()


def _close_all() -> None:
    for runner in list(_open_runners):
        runner._close_at_exit()


atexit.register(_close_all)


def run(config: Path | Config | Mapping[str, Option] | None = None, *, state: Path | None = None,
        devices: Inventory | None = None, dry_run: bool = False, ips: Iterable[str] | None = None,
        select: Iterable[str] | None = None, updates: bool = True, resume: bool = False, on_event: OnEvent = None,
        on_permit: OnPermit = None, on_update: OnUpdateAwaited = None, on_key_change: OnKeyChange = None,
        password: Password = None) -> AsyncGenerator[Result, None]:
    """Runs stage 3 and yields results as they come. Opened with the first one, closed when the iteration ends.

    Left early by `break`, it is closed by the loop a moment later; to have it closed at a known place, use Runner or
    contextlib.aclosing(). Arguments and errors are those of Runner.
    """
    return _results_of(Runner(config, state=state, devices=devices, dry_run=dry_run, ips=ips, select=select,
                              updates=updates, resume=resume, on_event=on_event, on_permit=on_permit, on_update=on_update,
                              on_key_change=on_key_change, password=password))


async def _results_of(runner: Runner) -> AsyncGenerator[Result, None]:
    async with runner:
        async for result in runner:
            yield result
