"""What the blocking and the asyncio runner share: all of a run but who drives it."""

from __future__ import annotations

import inspect
import json
import logging
import os
import time
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable, Optional, Union

from . import _arguments, _stage3
from ._config import Config, Option, config_of
from ._device import Device, Event, Summary, UpdateRequest, device_of, request_of
from ._errors import ArgumentError
from ._log import logger
from ._result import Result, result_from_json
from ._text import escape
from ._words import EventKind, UpdateDecision

_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)

# The library abandons what is in flight 0.8 s after a cancel. A run that is broken even then is left alone.
_GIVE_UP_SECONDS = 2.0

OnEvent = Optional[Callable[[Event], object]]
OnPermit = Optional[Callable[[Device, str], bool]]
OnUpdate = Optional[Callable[[UpdateRequest], Union[bool, UpdateDecision]]]
OnUpdateAwaited = Optional[Callable[[UpdateRequest], Union[bool, UpdateDecision, Awaitable[Union[bool, UpdateDecision]]]]]
OnKeyChange = Optional[Callable[[Device, str], bool]]
Password = Optional[Callable[[str, str], Optional[str]]]
Inventory = Mapping[str, Any]


def inventory_json(name: str, inventory: Inventory) -> bytes:
    """An inventory in memory as the library reads it."""
    entries = dict(_arguments.mapping(name, inventory))
    try:
        return json.dumps(entries, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be what JSON can hold, with str as keys: {error}") from None


class Arguments:
    """The arguments of a run, checked: wrong types are reported at the call, wrong values when it is opened."""

    def __init__(self, config: _arguments.Path | Config | Mapping[str, Option] | None, *,
                 state: _arguments.Path | None, devices: Inventory | None, dry_run: bool, ips: Iterable[str] | None,
                 select: Iterable[str] | None, updates: bool, resume: bool, on_event: OnEvent, on_permit: OnPermit,
                 on_update: OnUpdateAwaited, on_key_change: OnKeyChange, password: Password,
                 await_decision: Callable[[UpdateRequest, Awaitable[Any]], None] | None = None) -> None:
        if config is not None and not isinstance(config, (Config, Mapping)):
            _arguments.path("config", config)
        if state is not None and devices is not None:
            raise TypeError("state and devices exclude each other: devices are from a file or from memory")
        self.config = config
        self.state = None if state is None else _arguments.path("state", state)
        self.devices = None if devices is None else inventory_json("devices", devices)
        self.dry_run = _arguments.flag("dry_run", dry_run)
        self.ips = [] if ips is None else _arguments.texts("ips", ips, "addresses")
        self.select = [] if select is None else _arguments.texts("select", select, "terms")
        self.updates = _arguments.flag("updates", updates)
        self.resume = _arguments.flag("resume", resume)
        self.on_event = _arguments.function("on_event", on_event)
        self.on_permit = _deciding(_arguments.function("on_permit", on_permit))
        self.on_update = _deciding_on_update(
            _arguments.function("on_update", on_update, is_awaited=await_decision is not None), await_decision)
        self.on_key_change = _deciding(_arguments.function("on_key_change", on_key_change))
        self.password = _arguments.function("password", password)


def _deciding(decide: Callable[[Device, str], bool] | None) -> Callable[[Any, str], bool] | None:
    """A function that decides on a device's version or key, as the C++ side calls it."""
    if decide is None:
        return None
    ask = decide
    return lambda device, text: ask(device_of(device), text)


def decision_of(answer: object) -> bool | None:
    """What on_update has answered, as the C++ side takes it; None: later. Anything but what it may answer is a TypeError."""
    if isinstance(answer, bool):
        return answer
    if isinstance(answer, UpdateDecision):
        return None if answer is UpdateDecision.later else answer is UpdateDecision.yes
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("on_update must return True, False or stage3.LATER, not a coroutine: it is not awaited here")
    raise TypeError(f"on_update must return True, False or stage3.LATER, not {type(answer).__name__}")


def _deciding_on_update(decide: Callable[[UpdateRequest], Any] | None,
                        await_decision: Callable[[UpdateRequest, Awaitable[Any]], None] | None
                        ) -> Callable[[Any], bool | None] | None:
    """on_update as the C++ side calls it. What is to be awaited is a `later`."""
    if decide is None:
        return None
    ask = decide

    def on_update(native: Any) -> bool | None:
        request = request_of(native)
        answer = ask(request)
        if await_decision is None or not inspect.isawaitable(answer):
            return decision_of(answer)
        await_decision(request, answer)
        return None

    return on_update


class Job:
    """An opened run: configuration, devices, state file and lock, as the command opens them."""

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.config = config_of(arguments.config)
        if not arguments.updates:
            self.config["ota.mode"] = "check_only"
        self.is_open = True
        self._process = os.getpid()
        self._broken: BaseException | None = None
        self._broken_at = 0.0
        if self.config["enabled"] != "true":
            logger.warning("the configuration disables stage 3 (enabled: false): nothing is done")
        fleet = None if arguments.devices is None else self._parse(arguments.devices)
        self.session = self._open_session(fleet)
        self.saves = fleet is None and not arguments.dry_run
        self._devices = [self.session.devices()]
        self._summary = self.summary

    def _parse(self, devices: bytes) -> _stage3.DeviceList:
        return _stage3.parse_devices(devices, self.config["friendly.field_name"].encode())

    def _open_session(self, fleet: _stage3.DeviceList | None) -> _stage3.Session:
        arguments = self.arguments
        config = _stage3.Config(self.config._native)
        if arguments.state is not None:
            config.set(b"ip_state_file", arguments.state)
        try:
            return _stage3.Session(config, fleet, arguments.dry_run, arguments.resume, arguments.ips, arguments.select,
                                   arguments.on_event is not None, arguments.on_update is not None,
                                   arguments.password is not None)
        except ArgumentError as error:
            # Which of both it is about, its words say.
            name = "" if arguments.ips and arguments.select else "select: " if arguments.select else "ips: "
            raise ArgumentError(name + error.message) from None

    # --- The run

    @property
    def devices(self) -> list[Device]:
        return [device_of(one) for native in self._devices for one in native.tuples()]

    @property
    def summary(self) -> Summary:
        if self.is_open:
            self._summary = Summary(*self.session.summary())
        return self._summary

    @property
    def left(self) -> int:
        now = self.summary
        return now.total - now.reported

    def add(self, devices: Inventory) -> None:
        if self.arguments.devices is None:
            raise ValueError("devices cannot be added to a run with a state file: its entries are the devices")
        more = self._parse(inventory_json("devices", devices))
        self.session.add(more)
        self._devices.append(more)

    def step(self) -> int:
        """One bounded step. Returns how many devices are left; what was raised is kept for raise_broken()."""
        own = self.arguments
        return self._drive(lambda: self.session.step(own.on_permit, own.on_update, own.on_key_change, own.password))

    def work(self, milliseconds: int) -> int:
        """Steps until there is something to pass on, for so long at most."""
        own = self.arguments
        return self._drive(
            lambda: self.session.work(milliseconds, own.on_permit, own.on_update, own.on_key_change, own.password))

    def _drive(self, drive: Callable[[], int]) -> int:
        try:
            return drive()
        except BaseException as error:  # whatever a callback raised belongs to who takes the results
            if self._broken_at == 0.0:
                self._broken = error
                self._broken_at = time.monotonic()
                self.session.cancel()
            return 1 if time.monotonic() - self._broken_at < _GIVE_UP_SECONDS else 0

    def raise_broken(self) -> None:
        """Raises, once, what broke the run off."""
        error, self._broken = self._broken, None
        if error is not None:
            raise error

    def take_mail(self) -> tuple[list[str], list[Any], list[Any]] | None:
        mail = self.session.take_mail()
        return mail if any(mail) else None

    def deliver(self, mail: tuple[list[str], list[Any], list[Any]]) -> list[Result]:
        """Logs what came, and turns it into results."""
        results, _, log = mail
        for level, text in log:
            logger.log(_LEVELS[level], "%s", escape(text))
        ready = [result_from_json(text) for text in results]
        if logger.isEnabledFor(logging.INFO):
            for result in ready:
                logger.info("%s", _log_line(result))
        return ready

    def dispatch_events(self, mail: tuple[list[str], list[Any], list[Any]]) -> None:
        """Calls on_event. What it raises cancels the run."""
        on_event = self.arguments.on_event
        if on_event is None:
            return
        try:
            for kind, device in mail[1]:
                _arguments.no_coroutine("on_event", on_event(Event(EventKind(kind), device_of(device))))
        except BaseException:
            self.session.cancel()
            raise

    # --- Saving: from any thread

    def checkpoint(self) -> None:
        """Saves what is known if it is time to; a failure is logged, and tried again later. Nothing after finish()."""
        _log_notices(self.session.save_if_due())

    def save_all(self) -> None:
        """Saves what is not saved yet. Raises StateError, but once only."""
        _log_notices(self.session.save())

    # --- Its end

    def is_forked(self) -> bool:
        return os.getpid() != self._process

    def finish(self) -> None:
        """Saves what is known and frees everything. Raises StateError. May be called more than once."""
        if not self.is_open or self.is_forked():
            return
        self._summary = self.summary
        self.is_open = False
        try:
            self.session.close()
        finally:
            _log_notices(self.session.finish())
        logger.info("%s", _summary_line(self._summary))


def _log_notices(notices: list[str]) -> None:
    for notice in notices:
        logger.warning("%s", escape(notice))


def _log_line(result: Result) -> str:
    words = [f"outcome={result.outcome}"]
    if result.ota_status is not None:
        words.append(f"ota_status={result.ota_status}")
    if result.friendly_status is not None:
        words.append(f"friendly_status={result.friendly_status}")
    if result.error:
        words.append(f"error={escape(result.error)}")
    return f"{escape(result.mac or result.key)} @ {result.address or '-'}: " + " ".join(words)


def _summary_line(summary: Summary) -> str:
    counts = " ".join(f"{name}={count}" for name, count in summary._asdict().items() if count or name == "total")
    return f"run ended: {counts}"
