"""Splitting an inventory into parts, and merging what became of them back into it.

An inventory is the content of a state file as Python has it from json.load(): entries by MAC address, bare or under
"devices" of a wrapper with "version".
"""

from __future__ import annotations

import dataclasses
import datetime
import heapq
import json
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Callable, TypeVar, Union, overload

from . import _arguments, _stage3
from ._device import Device, OnRecord, device_of
from ._job import Inventory, inventory_json
from ._log import logger
from ._result import Result
from ._store import StateStore
from ._update import UpdateRecord, json_of
from ._words import Outcome, UpdateState

_Key = TypeVar("_Key", bound=Hashable)
Entry = Mapping[str, Any]


def entries_of(inventory: Inventory) -> Mapping[str, Any]:
    """The entries of an inventory, flat or wrapped."""
    entries = inventory.get("devices", inventory)
    if not isinstance(entries, Mapping):
        raise _arguments.refuse('"devices" of the inventory', "a mapping", entries)
    return entries


def _with_entries(inventory: Inventory, entries: dict[str, Any]) -> dict[str, Any]:
    return {**inventory, "devices": entries} if "devices" in inventory else entries


def _devices_of(inventory: Inventory) -> list[Device]:
    native = _stage3.parse_devices(inventory_json("inventory", inventory), b"friendly_name")
    return [device_of(one) for one in native.tuples()]


# --- Splitting

class _Groups:
    """Entries that must stay together, by the key of the first of them."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._claims: dict[Hashable, str] = {}

    def add(self, key: str, claims: Iterable[Hashable]) -> None:
        self._first[key] = key
        for claim in claims:
            self._join(self._claims.setdefault(claim, key), key)

    def of(self, key: str) -> str:
        while self._first[key] != key:
            self._first[key] = self._first[self._first[key]]
            key = self._first[key]
        return key

    def _join(self, earlier: str, later: str) -> None:
        self._first[self.of(later)] = self.of(earlier)


def _groups(devices: Iterable[Device], *, by_address: bool) -> dict[str, list[str]]:
    """Keys of entries that belong together, in the order of the inventory."""
    groups = _Groups()
    devices = list(devices)
    for device in devices:
        claims: list[Hashable] = [mac for mac in (device.mac, *device.aliases) if mac is not None]
        if by_address and device.address is not None:
            claims.append(("at", device.address.rpartition("://")[2]))
        groups.add(device.key, claims)
    members: dict[str, list[str]] = {}
    for device in devices:
        members.setdefault(groups.of(device.key), []).append(device.key)
    return members


@overload
def partition(inventory: Inventory, by: int) -> list[dict[str, Any]]: ...


@overload
def partition(inventory: Inventory, by: str) -> dict[Any, dict[str, Any]]: ...


@overload
def partition(inventory: Inventory, by: Callable[[str, Entry], _Key]) -> dict[_Key, dict[str, Any]]: ...


def partition(inventory: Inventory, by: Union[int, str, Callable[[str, Entry], Hashable]]) -> Any:
    """Splits an inventory into inventories, each of which can be run by itself and elsewhere.

    by = a number    a list of at most so many parts of nearly equal size, none of them empty
    by = a name      a dict of parts by that member of the entries, e.g. "site"; None for entries without it
    by = a function  a dict of parts by what function(key, entry) returns

    Every entry is in one part, in the order of the inventory; a wrapped inventory gives wrapped parts. Entries are not
    copied. Entries that claim the same MAC address go where the first of them goes, so that they are found out as in a
    run over all; split by number, so do entries at one address, which must not be asked at the same time.
    (Different sites may well use the same addresses.)
    """
    entries = entries_of(_arguments.mapping("inventory", inventory))
    devices = _devices_of(inventory)
    if isinstance(by, int) and not isinstance(by, bool):
        return [_with_entries(inventory, part) for part in _split_evenly(entries, devices, by)]
    if not isinstance(by, str) and not callable(by):
        raise _arguments.refuse("by", "a number, the name of a member or a function", by)
    parts: dict[Hashable, dict[str, Any]] = {}
    place: dict[str, Hashable] = {}
    for first, keys in _groups(devices, by_address=False).items():
        where = _part_of(by, first, entries[first])
        place.update(dict.fromkeys(keys, where))
    for key, entry in entries.items():
        parts.setdefault(place[key], {})[key] = entry
    return {where: _with_entries(inventory, part) for where, part in parts.items()}


def _part_of(by: Union[str, Callable[[str, Entry], Hashable]], key: str, entry: Any) -> Hashable:
    if callable(by):
        return by(key, entry)
    value: Hashable = entry.get(by) if isinstance(entry, Mapping) else None
    return value


def _split_evenly(entries: Mapping[str, Any], devices: list[Device], count: int) -> list[dict[str, Any]]:
    if count < 1:
        raise ValueError(f"by must be at least 1, not {count}")
    # The least filled part takes the next group.
    sizes = [(0, index) for index in range(count)]
    place: dict[str, int] = {}
    for keys in _groups(devices, by_address=True).values():
        size, index = sizes[0]
        heapq.heapreplace(sizes, (size + len(keys), index))
        place.update(dict.fromkeys(keys, index))
    parts: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, entry in entries.items():
        parts[place[key]][key] = entry
    return [part for part in parts if part]


def select(inventory: Inventory, *terms: str, name_field: str = "friendly_name") -> dict[str, Any]:
    """The entries of an inventory for which all terms `KEY=GLOB[,GLOB...]` hold, as an inventory of its own.

        stage3.select(inventory, "status=failed,offline")      # what the last run has left undone

    status           ok, failed, offline: the outcome on record; new: no run has been done with it
    ota, friendly    the words of OtaStatus and FriendlyStatus on record
    app, fw          as on record; model: of the entry, else the app
    name             the wanted name (the member `name_field`), as spelled or as a device gets it, or the name on record
    ip               no glob: an address, a range (10.0.0.1-10.0.0.9, 10.0.0.1-9) or a network (10.0.0.0/24)
    mac              in any spelling, aliases too; site: the entry's `site`

    Globs are those of a shell over the whole text, and case counts; a backslash takes its meaning from what follows, the comma too.
    Entries are not copied. ArgumentError for what is no term, with what was probably meant.
    """
    entries = entries_of(_arguments.mapping("inventory", inventory))
    devices = _stage3.parse_devices(inventory_json("inventory", inventory), _arguments.text("name_field", name_field))
    selected = devices.selected(_arguments.texts("terms", terms, "terms"))
    return _with_entries(inventory, {device_of(one).key: entries[device_of(one).key] for one in selected.tuples()})


# --- Merging

def merge_results(inventory: Inventory, *parts: Union[Iterable[Union[Result, Mapping[str, Any]]], Inventory]
                  ) -> dict[str, Any]:
    """A copy of the inventory with the results of all parts in it, as if one run after the other had recorded them.

    Each part is either an iterable of results (Result, or what to_dict() or `stage3 --json` gave; summaries are passed
    over) or an inventory as a run has left it: the state file of a part. In either, only what stage 3 writes is
    taken: its members of `stage3`, the entry's `fw` where the entry has one, `model` and `hostname` where they are missing.
    A TLS key takes the place of another one only where a result says that it was accepted (`tls_key_changed`): an inventory
    does not say so, and a part with another key is logged. Devices are found by MAC address, however it is spelled.

    Where there are several results of a device, they are recorded in the order in which they finished (in the same
    second: in the order given), each on top of the one before: the later one counts, and what it did not learn (a device
    offline at the second try) stays. What finished before the `last_run` that the inventory has already is left out, and so
    are cancelled results. A result whose device is not in the inventory, or whose entry cannot be used, is logged and left
    out.

    For the state file itself, use StateStore.record() and save(), which keep every other byte as it is.
    """
    entries_of(_arguments.mapping("inventory", inventory))
    store = StateStore.parse(inventory_json("inventory", inventory), name="inventory")
    devices = {device.mac: device for device in store.devices if device.mac and not device.defect}
    results = [result for number, part in enumerate(parts, 1) for result in _results_of(number, part, devices)]
    for part in parts:
        if isinstance(part, Mapping):
            _record_intents(part, store, devices)
    for result in sorted(results, key=lambda result: result.finished):
        device = devices.get(_bare(result.mac))
        if device is None:
            logger.warning("%s is not in the inventory, or cannot be used: its result is not recorded", result.mac)
        elif not _is_outdated(result, device.on_record):
            members = _without_older_update(result, device.on_record)
            store.record(Result._of({**members, "key": device.key}))
    merged: dict[str, Any] = json.loads(store.merged())
    return merged


def _bare(mac: str | None) -> str:
    """A MAC address as the library spells it."""
    return (mac or "").replace(":", "").replace("-", "").upper()


def _is_outdated(result: Result, on_record: OnRecord | None) -> bool:
    return on_record is not None and on_record.last_run is not None and result.finished < on_record.last_run


def _record_intents(part: Inventory, store: StateStore, devices: Mapping[str, Device]) -> None:
    """Updates that a run over a part has written down, and that it was killed over before it was done with any device."""
    for one in _devices_of(part):
        device, left = devices.get(one.mac or ""), one.on_record
        update = left.ota if left else None
        if device is None or left is None or left.last_run is not None or update is None or update.sent_at is None:
            continue
        known = device.on_record
        is_past = known is not None and known.last_run is not None and update.sent_at < known.last_run
        if not is_past and not _is_older(update, known):
            key, port = ("", None) if left.tls is None else (left.tls.key, left.tls.port)
            store.record_update(device.key, dataclasses.replace(update, tls_key=key, tls_port=port))


def _is_older(update: UpdateRecord | None, on_record: OnRecord | None) -> bool:
    known = None if on_record is None else on_record.ota
    return update is not None and update.sent_at is not None and (
        known is not None and known.sent_at is not None and update.sent_at < known.sent_at)


def _without_older_update(result: Result, on_record: OnRecord | None) -> dict[str, Any]:
    """What no run has been done with since says nothing of an update that was written down since."""
    is_news = on_record is None or on_record.last_run is None or result.finished > on_record.last_run
    if is_news or not _is_older(result.ota, on_record):
        return result._json
    return {name: value for name, value in result._json.items() if name != "ota"}


def _results_of(number: int, part: Any, devices: Mapping[str, Device]) -> list[Result]:
    if isinstance(part, Mapping):
        return _results_on_record(part, devices)
    if isinstance(part, (str, bytes)) or not isinstance(part, Iterable):
        raise _arguments.refuse(f"part {number}", "an iterable of results or an inventory", part)
    results = []
    for one in part:
        if isinstance(one, Mapping) and one.get("type") == "summary":
            continue
        results.append(one if isinstance(one, Result) else Result.from_dict(one))
    return [result for result in results if result.outcome is not Outcome.cancelled]


def _results_on_record(inventory: Inventory, devices: Mapping[str, Device]) -> list[Result]:
    """What the runs over an inventory have left on record, as results: with what is recorded of one, and no more.

    `devices`: those that they are merged into, whose keys stay: an inventory does not say whether another key was accepted, or
    learnt by a run that did not know of any.
    """
    entries = entries_of(inventory)
    results = []
    for device in _devices_of(inventory):
        if device.defect or device.on_record is None or device.on_record.last_run is None:
            continue
        known = devices.get(device.mac or "")
        if known is not None and _has_another_key(device.on_record, known.on_record):
            logger.warning("%s has another TLS key in a part than in the inventory, whose key stays: where it was accepted on "
                           "purpose, merge the results of that run, which say so (tls_key_changed)", device.mac)
        results.append(_result_on_record(device, device.on_record, entries[device.key]))
    return results


def _has_another_key(on_record: OnRecord, known: OnRecord | None) -> bool:
    key, other = known.tls if known else None, on_record.tls
    return key is not None and other is not None and key.key != other.key


def _result_on_record(device: Device, on_record: OnRecord, entry: Entry) -> Result:
    tls = on_record.tls
    members = {
        "ota_status": on_record.ota_status, "friendly_status": on_record.friendly_status,
        "finished": _utc(on_record.last_run), "last_seen": _utc(on_record.last_seen), "fw": on_record.fw,
        "fw_id": on_record.fw_id, "app": on_record.app, "id": entry.get("hostname"), "update": on_record.update,
        "update_build": on_record.update_build, "device_name": on_record.device_name, "error_id": on_record.error_id,
        "failing_since": _utc(on_record.failing_since), "tls_key": tls.key if tls else None}
    errors = [{"part": "", "cause": "", "text": on_record.error}] if on_record.error else []
    texts = {name: str(value) for name, value in members.items() if isinstance(value, str) and _is_unicode(value)}
    port = {"tls_port": tls.port} if tls else {}
    update = on_record.ota
    ota = {} if update is None or update.state is UpdateState.unreadable else {"ota": json_of(update)}
    outcome = "failed" if on_record.failing_since else "ok"
    return Result._of({"type": "device", "key": device.key, "mac": device.mac, "outcome": outcome, "errors": errors, **texts,
                       **port, **ota})


def _is_unicode(text: str) -> bool:
    """Not one with half of a surrogate pair, which JSON can spell and no UTF-8 can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _utc(time: datetime.datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")
