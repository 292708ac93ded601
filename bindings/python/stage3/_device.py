"""Devices and what happens to them."""

from __future__ import annotations

from typing import NamedTuple

from ._words import EventKind


class Device(NamedTuple):
    """One entry of an inventory.

    key           the entry's key as spelled
    mac           12 upper-case hex digits; None if the key is no MAC address
    address       `ip`, or `ip:port` / `[v6]:port` where the port is not 80; None if the entry cannot be used
    address_text  the address as the inventory spells it
    model         the entry's model; ""
    wanted_name   the wanted name as spelled; None if there is none
    aliases       other MAC addresses that the device may report
    defect        why the entry cannot be used; "" if it can
    """

    key: str
    mac: str | None
    address: str | None
    address_text: str
    model: str
    wanted_name: str | None
    aliases: tuple[str, ...]
    defect: str


class Event(NamedTuple):
    """Progress: something happened to a device that has no result yet."""

    kind: EventKind
    device: Device


class Summary(NamedTuple):
    """Counts of a run. total = ok + failed + offline + cancelled once all devices are told.

    updates counts the updates sent, held those wanted but not permitted in this run.
    """

    total: int
    ok: int
    failed: int
    offline: int
    cancelled: int
    updates: int
    held: int

    @property
    def told(self) -> int:
        """How many devices have their result."""
        return self.ok + self.failed + self.offline + self.cancelled
