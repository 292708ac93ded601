"""What can be asked of a run, however it is driven."""

from __future__ import annotations

from . import _arguments
from ._config import Config
from ._device import Device, Summary
from ._job import Inventory, Job


class Run:
    """The part that both Runners have; not for direct use."""

    def __init__(self) -> None:
        self._opened: Job | None = None

    @property
    def _job(self) -> Job:
        if self._opened is None:
            raise ValueError("this run is not open: use `async with`")
        return self._opened

    @property
    def config(self) -> Config:
        """A copy of the configuration that holds."""
        return self._job.config.copy()

    @property
    def devices(self) -> list[Device]:
        """The devices of the run."""
        return self._job.devices

    @property
    def summary(self) -> Summary:
        """The counts so far; final once the iteration has ended."""
        return self._job.summary

    def add(self, devices: Inventory) -> None:
        """Adds devices, also while the run is at work; for runs without a state file. The iteration goes on with them,
        or is begun anew with another `for`."""
        self._require_open()
        self._job.add(devices)

    def remove(self, mac: str) -> int:
        """Takes a device back: each of its entries that has no result yet, also those that name `mac` (any usual spelling)
        as an alias. Once this has returned, nothing that changes the device is sent to it. Returns how many of them will
        end as `cancelled` for that; one to which a name or an update has been sent already goes on to its true result
        (an update that was not sent by then is held) and is not counted. 0 as well for a device that is unknown or reported.
        From any thread, also from a callback; the results come with the iteration. Raises ArgumentError for what is no
        MAC address. A device may be added again, and is sent one update in a round all the same."""
        self._require_open()
        return self._job.session.remove(_arguments.text("mac", mac))

    def permit(self, mac: str, yes: bool) -> bool:
        """Decides about the update of a device for which on_update has returned `stage3.LATER`; `mac` (any usual spelling) may be
        an alias. False: nothing waits for it, since the device is unknown, reported, removed or decided about already, or the run is
        cancelled or closed. A decision that comes before on_update has returned counts. From any thread, also from a callback. Raises
        ArgumentError for what is no MAC address. Devices that are undecided keep the run waiting until cancel() or remove()."""
        return self._job.session.permit(_arguments.text("mac", mac), _arguments.flag("yes", yes))

    def cancel(self) -> None:
        """Starts no more devices; those in flight are finished or abandoned within 0.8 s. From any thread, also from a
        callback. The iteration goes on with what is left to tell: one result for each device, `cancelled` ones too."""
        if self._job.is_open:
            self._job.session.cancel()

    def _require_open(self) -> None:
        job = self._job
        if job.is_forked():
            job.session.fd()  # raises
        if not job.is_open:
            raise ValueError("this run is closed")
