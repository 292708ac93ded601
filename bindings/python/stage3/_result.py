"""What became of a device."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Mapping
from json import dumps as _dumps
from typing import Any, NamedTuple

from . import _arguments
from ._update import UpdateRecord, record_of
from ._words import FriendlyStatus, OtaStatus, Outcome


class DeviceProblem(NamedTuple):
    """One of the things that went wrong with a device.

    part         reach, identity, auth, OTA, friendly or entry
    cause        the kind of the error, for programs: refused, timeout, http, rpc, wrong_device, ...; more may come
    text         `<part>: <cause>`, for people; may hold what a device sent, so escape() it before printing
    http_status  0 if there is none
    rpc_code     0 if there is none
    error_id     which kind of error it is, `auth.login_refused`: stays the same, docs/operating.md and
                 error_info() explain each; "" in what earlier versions made
    short        the error in at most 28 columns, the deciding word among them: `auth: refused`; likewise
    """

    part: str
    cause: str
    text: str
    http_status: int
    rpc_code: int
    error_id: str = ""
    short: str = ""


def _split_address(address: str) -> tuple[str, int]:
    """`ip`, `ip:port`, a bare IPv6 literal or `[v6]:port`, with a scheme before it or not."""
    address = address.rpartition("://")[2]
    if address.startswith("["):
        ip, _, port = address[1:].partition("]:")
        return ip, int(port)
    if address.count(":") == 1:
        ip, _, port = address.partition(":")
        return ip, int(port)
    return address, 80


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


# What can be wrong with the JSON of a result shows when these are read.
_FLAGS = ("name_changed", "update_sent", "update_held", "update_ended", "tls_key_changed")
_CHECKED = ("outcome", "ota_status", "friendly_status", "finished", "last_seen", "failing_since", "port", "tls_port", "ota", "errors")


class Result:
    """All that is known about a device after its turn. Immutable; can be pickled and compared.

    Made from one JSON object of `stage3 --json`, which to_dict() gives back. Texts may hold what a device sent, any
    character: escape() them before they reach a terminal or a log.
    """

    __slots__ = ("_json",)
    _json: dict[str, Any]

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError("a Result comes from a run, or from Result.from_dict()")

    @classmethod
    def from_dict(cls, json: Mapping[str, Any]) -> Result:
        """A result from what to_dict() gave or a line of `stage3 --json` held. Raises ValueError for anything else."""
        result = cls._of(copy.deepcopy(dict(_arguments.mapping("json", json))))
        if result._json.get("type") != "device" or not isinstance(result._json.get("key"), str):
            raise ValueError('not the result of a device: no "type": "device" with a key')
        try:
            _dumps(result._json, ensure_ascii=False).encode()
            for name in _FLAGS:
                _arguments.flag(name, result._json.get(name, False))
            for name in _CHECKED:
                getattr(result, name)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not the result of a device: {error!r}") from None
        return result

    @classmethod
    def _of(cls, json: dict[str, Any]) -> Result:
        result = object.__new__(cls)
        object.__setattr__(result, "_json", json)
        return result

    def to_dict(self) -> dict[str, Any]:
        """The object that `stage3 --json` prints for this device, as a copy; members are only ever added to it."""
        return copy.deepcopy(self._json)

    @property
    def key(self) -> str:
        """The key of the device's entry, as spelled."""
        return str(self._json["key"])

    @property
    def mac(self) -> str | None:
        """12 upper-case hex digits; None where the entry could not be used."""
        return self._json.get("mac")

    @property
    def address(self) -> str | None:
        """`ip`, or `ip:port` / `[v6]:port` where the port is not 80, with `http://` or `https://` before it where the entry
        says so; None where the entry could not be used."""
        return self._json.get("address")

    @property
    def ip(self) -> str | None:
        """The IPv4 or IPv6 address without port and brackets; None where the entry could not be used."""
        return None if self.address is None else _split_address(self.address)[0]

    @property
    def port(self) -> int | None:
        """The TCP port; None where the entry could not be used."""
        return None if self.address is None else _split_address(self.address)[1]

    @property
    def model(self) -> str:
        """The model of the entry, else the device's own word for it (`app`); "" if neither is known."""
        return str(self._json.get("model") or self.app)

    @property
    def outcome(self) -> Outcome:
        """ok, failed, offline or cancelled."""
        return Outcome(self._json["outcome"])

    @property
    def ota_status(self) -> OtaStatus | None:
        """None: cancelled, or the entry could not be used."""
        word = self._json.get("ota_status")
        return None if word is None else OtaStatus(word)

    @property
    def friendly_status(self) -> FriendlyStatus | None:
        """None: the device did not get that far."""
        word = self._json.get("friendly_status")
        return None if word is None else FriendlyStatus(word)

    @property
    def errors(self) -> tuple[DeviceProblem, ...]:
        """What went wrong, in the order it happened."""
        return tuple(DeviceProblem(error["part"], error["cause"], error["text"], error.get("http_status", 0),
                                   error.get("rpc_code", 0), error.get("error_id", ""), error.get("short", "")) for error in self._json.get("errors", ()))

    @property
    def error(self) -> str:
        """The texts of all errors, joined by "; "; "" if there is none."""
        return "; ".join(error.text for error in self.errors)

    @property
    def error_id(self) -> str:
        """The ids of all errors, each once, joined by a blank; "" if there is none."""
        return str(self._json.get("error_id", ""))

    @property
    def id(self) -> str:
        """The device's own id, e.g. "shellyplus1-a8032abe54dc"; "" if not known."""
        return str(self._json.get("id", ""))

    @property
    def app(self) -> str:
        """The device's own word for its model; "" if not known."""
        return str(self._json.get("app", ""))

    @property
    def fw(self) -> str:
        """The firmware version that runs; "" if not known."""
        return str(self._json.get("fw", ""))

    @property
    def fw_id(self) -> str:
        """The full id of the firmware that runs; "" if not known."""
        return str(self._json.get("fw_id", ""))

    @property
    def update(self) -> str:
        """The newer version that is offered; "" if none is."""
        return str(self._json.get("update", ""))

    @property
    def update_build(self) -> str:
        """The build id of the version that is offered; "" if it had none."""
        return str(self._json.get("update_build", ""))

    @property
    def device_name(self) -> str | None:
        """The name on the device after the run; "": it has none; None: not known."""
        return self._json.get("device_name")

    @property
    def wanted_name(self) -> str:
        """The wanted name, normalised; "" if there is none."""
        return str(self._json.get("wanted_name", ""))

    @property
    def previous_name(self) -> str | None:
        """With name_changed: the name before; "": it had none; None: it could not be read."""
        return self._json.get("previous_name")

    @property
    def tls_port(self) -> int | None:
        """The port at which the device was asked by TLS; None: it was not, or is not known."""
        port = self._json.get("tls_port")
        return None if port is None else int(port)

    @property
    def tls_key(self) -> str:
        """With tls_port: the SHA-256 of the device's public key, `sha256//...` in base64; else ""."""
        return str(self._json.get("tls_key", ""))

    @property
    def tls_certificate(self) -> str:
        """With tls_port: what its certificate says of today, "valid", "expired", "not yet valid" or
        "without readable dates"; else "". Devices have no clock: what counts is the key."""
        return str(self._json.get("tls_certificate", ""))

    @property
    def tls_key_changed(self) -> bool:
        """Another key than tls_key was on record, and on_key_change took this one."""
        return bool(self._json.get("tls_key_changed"))

    @property
    def name_changed(self) -> bool:
        """The name was written; in a dry run: would be."""
        return bool(self._json.get("name_changed"))

    @property
    def update_sent(self) -> bool:
        """Shelly.Update went out and was accepted, or not answered."""
        return bool(self._json.get("update_sent"))

    @property
    def update_held(self) -> bool:
        """An update was wanted but not permitted in this run."""
        return bool(self._json.get("update_held"))

    @property
    def held(self) -> str:
        """With update_held: why, where there is a reason of its own; else ""."""
        return str(self._json.get("held", ""))

    @property
    def update_ended(self) -> bool:
        """The end of an update has been seen, one of this run or one left by an earlier run: `ota` says which."""
        return bool(self._json.get("update_ended"))

    @property
    def ota(self) -> UpdateRecord | None:
        """What is to be on record of the last update from now on; of state `none`: nothing any more. None: what is there
        stays."""
        return record_of(self._json["ota"]) if "ota" in self._json else None

    @property
    def finished(self) -> datetime.datetime:
        """When the result was known, UTC, to the second."""
        return _time(self._json["finished"])

    @property
    def last_seen(self) -> datetime.datetime | None:
        """When the right device last answered, UTC, to the second; None if it did not."""
        text = self._json.get("last_seen")
        return None if text is None else _time(text)

    @property
    def failing_since(self) -> datetime.datetime | None:
        """Since when the device fails or is offline without having done well in between, UTC: by what is on record of it, else
        since this run; None: it does well."""
        text = self._json.get("failing_since")
        return None if text is None else _time(text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Result cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and self._json == other._json

    def __hash__(self) -> int:
        return hash((self.key, self._json["outcome"], self._json["finished"]))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Result._of, (self._json,))

    def __repr__(self) -> str:
        shown = {"key": self.key, "address": self.address, "outcome": self.outcome, "ota_status": self.ota_status,
                 "friendly_status": self.friendly_status, "error": self.error}
        return "Result(" + ", ".join(f"{k}={str(v)!r}" for k, v in shown.items() if v) + ")"


def result_from_json(text: str) -> Result:
    """A result from the JSON of the C++ library, which needs no check."""
    return Result._of(json.loads(text))
