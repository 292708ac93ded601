"""Devices and what happens to them."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any, NamedTuple

from ._update import UpdateRecord
from ._words import EventKind, FriendlyStatus, OtaStatus, UpdateState


class Tls(NamedTuple):
    """Where a device speaks TLS, and the key that it has: enough to know it again.

    port  1 to 65535
    key   the SHA-256 of its public key, `sha256//...` in base64, as curl's --pinnedpubkey has it
    """

    port: int
    key: str


class OnRecord(NamedTuple):
    """What an inventory says of a device under `stage3`, as earlier runs have left it.

    What no run can have written (a value of another type, an unknown word, a time more than a day ahead) counts as absent.

    ota_status, friendly_status  None: absent
    last_run     when a run was done with it, UTC; None: absent
    last_seen    when the right device last answered, UTC; None: absent
    fw           the version it ran then; ""
    fw_id        its build; ""
    app          which firmware its updates are of; ""
    update       the newer version that was offered; ""
    update_build the build id of that; ""
    device_name  its name after the run; "": it had none; None: absent
    error        what went wrong; ""
    tls          where it spoke TLS, and its key: no other key will do, and no plain HTTP; None: absent
    ota          its last update; of state `unreadable` where there is a record that cannot be read; None: absent
    error_id     the ids of its errors, joined by a blank; ""
    failing_since  when it first failed or was offline without having done well since, UTC; None: absent
    """

    ota_status: OtaStatus | None
    friendly_status: FriendlyStatus | None
    last_run: datetime.datetime | None
    last_seen: datetime.datetime | None
    fw: str
    fw_id: str
    app: str
    update: str
    update_build: str
    device_name: str | None
    error: str
    tls: Tls | None = None
    ota: UpdateRecord | None = None
    error_id: str = ""
    failing_since: datetime.datetime | None = None


class Device(NamedTuple):
    """One entry of an inventory.

    key           the entry's key as spelled
    mac           12 upper-case hex digits; None if the key is no MAC address
    address       `ip`, or `ip:port` / `[v6]:port` where the port is not 80, with `http://` (never by TLS) or `https://` (by
                  TLS) before it where the entry says so; None if the entry cannot be used
    address_text  the address as the inventory spells it
    model         the entry's model; ""
    wanted_name   the wanted name as spelled; None if there is none
    aliases       other MAC addresses that the device may report
    defect        why the entry cannot be used; "" if it can
    on_record     what earlier runs have recorded; None if nothing
    site          where it is, in the operator's words: what the entry says as `site`; ""
    """

    key: str
    mac: str | None
    address: str | None
    address_text: str
    model: str
    wanted_name: str | None
    aliases: tuple[str, ...]
    defect: str
    on_record: OnRecord | None = None
    site: str = ""


def device_of(native: tuple[Any, ...]) -> Device:
    """A device as the C++ side hands it over."""
    *members, on_record, site = native
    return Device._make((*members, None if on_record is None else _on_record_of(*on_record), site))


def _on_record_of(ota_status: str | None, friendly_status: str | None, last_run: int, last_seen: int, fw: str, fw_id: str, app: str,
                  update: str, update_build: str, device_name: str | None, error: str, tls: tuple[int, str] | None,
                  ota: tuple[Any, ...] | None, error_id: str, failing_since: int) -> OnRecord:
    return OnRecord(None if ota_status is None else OtaStatus(ota_status),
                    None if friendly_status is None else FriendlyStatus(friendly_status),
                    _time(last_run), _time(last_seen), fw, fw_id, app, update, update_build, device_name, error,
                    None if tls is None else Tls(*tls), None if ota is None else _update_record_of(*ota),
                    error_id, _time(failing_since))


def _update_record_of(state: str, from_: str, to: str, build: str, sent_at: int, ended_at: int, attempts: int, error: str,
                      tls: tuple[int, str] | None, tls_key_changed: bool) -> UpdateRecord:
    port, key = (None, "") if tls is None else tls
    return UpdateRecord(UpdateState(state), from_, to, build, _time(sent_at), _time(ended_at), attempts, error, key, port,
                        tls_key_changed)


def _time(seconds: int) -> datetime.datetime | None:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc) if seconds else None


@dataclasses.dataclass(frozen=True)
class UpdateRequest:
    """An update that may start now, for on_update to decide about.

    device   with what is on record of it
    id, app, fw, fw_id   what the device has just said of itself
    version  offered
    build    its build id; "": the offer had none
    record   what is to be on record before the update is sent. A run with a state file writes it down by itself. Who keeps
             inventories in memory and wants no update sent twice writes it down before he says yes. `sent_at` is now: the
             record that comes with the result has the true one
    """

    device: Device
    id: str
    app: str
    fw: str
    fw_id: str
    version: str
    build: str
    record: UpdateRecord


def request_of(native: tuple[Any, ...]) -> UpdateRequest:
    """An update as the C++ side asks about it."""
    device, its_id, app, fw, fw_id, version, build, record = native
    return UpdateRequest(device_of(device), its_id, app, fw, fw_id, version, build, _update_record_of(*record))


class Event(NamedTuple):
    """Progress: something happened to a device that has no result yet."""

    kind: EventKind
    device: Device


class Summary(NamedTuple):
    """Counts of a run. total = ok + failed + offline + cancelled once all devices are reported.

    updates counts the updates sent, held those wanted but not permitted in this run, updated the devices that have been
    seen to run what they were sent, in this run or before it.
    """

    total: int
    ok: int
    failed: int
    offline: int
    cancelled: int
    updates: int
    held: int
    updated: int = 0

    @property
    def reported(self) -> int:
        """How many devices have their result."""
        return self.ok + self.failed + self.offline + self.cancelled
