"""The record of a device's last update."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from ._words import UpdateState


@dataclasses.dataclass(frozen=True)
class UpdateRecord:
    """`stage3.ota`: where the last update of a device stands; it stays after the end. Texts are "" where there is nothing to say.

    state     what became of it; in a result `none`: there is to be no record any more
    from_     the version that ran when it was sent
    to        the version that was sent
    build     its build id; "": the offer had none
    sent_at   when it was sent, UTC
    ended_at  when the new build began to run, or the end was seen, UTC; None: not yet
    attempts  how often this build was sent
    error     why it has failed, or what is not known of it

    tls_key, tls_port, tls_key_changed
              in the record of an UpdateRequest only, for StateStore.record_update(): the key that the device was asked with, which
              is to be on record before the update is sent, and whether it takes the place of another one. "" and None: it was
              not asked by TLS
    """

    state: UpdateState
    from_: str = ""
    to: str = ""
    build: str = ""
    sent_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None
    attempts: int = 0
    error: str = ""
    tls_key: str = ""
    tls_port: int | None = None
    tls_key_changed: bool = False


def json_of(record: UpdateRecord) -> dict[str, Any] | None:
    """As it is in the JSON of a result."""
    if record.state is UpdateState.none:
        return None
    members = {"state": str(record.state), "from": record.from_, "to": record.to, "build": record.build,
               "sent_at": _utc(record.sent_at), "ended_at": _utc(record.ended_at), "attempts": max(record.attempts, 1),
               "error": record.error, "tls_key": record.tls_key, "tls_port": record.tls_port,
               "tls_key_changed": record.tls_key_changed}
    return {name: value for name, value in members.items() if value}


def record_of(json: Mapping[str, Any] | None) -> UpdateRecord:
    """The opposite. Raises KeyError, TypeError or ValueError for what is none."""
    if json is None:
        return UpdateRecord(UpdateState.none)
    if not isinstance(json, Mapping):
        raise TypeError(f"ota is {json!r}")
    state = UpdateState(json["state"])
    if state in (UpdateState.none, UpdateState.unreadable):
        raise ValueError(f"ota.state is {json['state']!r}")
    texts = {name: json.get(name, "") for name in ("from", "to", "build", "error")}
    attempts = json.get("attempts", 1)
    if not all(isinstance(text, str) for text in texts.values()) or type(attempts) is not int or attempts < 1:
        raise TypeError(f"ota is {json!r}")
    return UpdateRecord(state, texts["from"], texts["to"], texts["build"], _time(json.get("sent_at")), _time(json.get("ended_at")),
                        attempts, texts["error"])


def _utc(time: datetime.datetime | None) -> str | None:
    return None if time is None else time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
