"""Provisions fleets of Shelly Gen2+ devices, all at once: is each known device there and the right one, is its firmware
current, does it carry its name; and writes all of that down in `ip_state.json`.

    import stage3

    for result in stage3.run("data/config.yaml", dry_run=True):
        print(result.mac, result.ota_status, result.error)

run, Runner          blocking: results as they come
aio.run, aio.Runner  the same in an asyncio loop, without a thread
Config               the options of a run
Result, Device       what became of a device, and what was known of it before
StateStore, RunLock  the state file, for results that were gathered elsewhere
partition, merge_results   an inventory in parts, and back
select               what of an inventory failed last time, is at a site, has a name, ...
Stage3Error          the base of all exceptions: ConfigError, StateError, LockedError, ArgumentError, ...

Times in options are seconds, times in results UTC. Diagnostics and results go to the logger "stage3"; nothing is printed.
"""

from . import _stage3

# The C++ module says no by itself, but not if the main interpreter has loaded it before.
_stage3.require_main_interpreter()

from . import aio
from ._config import Config
from ._device import Device, Event, OnRecord, Summary, Tls, UpdateRequest
from ._errors import (
    ArgumentError,
    ConfigError,
    ForkedError,
    LockedError,
    ReentrantError,
    Stage3Error,
    StateError,
)
from ._inventory import merge_results, partition, select
from ._result import DeviceProblem, Result
from ._runner import Runner, run
from ._store import RunLock, SaveReport, StateProblem, StateStore
from ._text import ErrorInfo, display_width, error_info, escape, shortened
from ._update import UpdateRecord
from ._words import LATER, EventKind, FriendlyStatus, OtaStatus, Outcome, UpdateDecision, UpdateState

__version__ = _stage3.version()

__all__ = [
    "ArgumentError", "Config", "ConfigError", "Device", "DeviceProblem", "ErrorInfo", "Event", "EventKind", "ForkedError",
    "FriendlyStatus", "LATER", "LockedError", "OnRecord", "OtaStatus", "Outcome", "ReentrantError", "Result", "RunLock", "Runner",
    "SaveReport", "Stage3Error", "StateError", "StateProblem", "StateStore", "Summary", "Tls", "UpdateDecision",
    "UpdateRecord", "UpdateRequest", "UpdateState", "aio", "display_width", "error_info", "escape", "merge_results", "partition",
    "run", "select", "shortened",
]

# Shown, and pickled, under the name by which a program knows them.
for _name in __all__:
    if isinstance(_public := globals()[_name], type):
        _public.__module__ = __name__
del _name, _public
