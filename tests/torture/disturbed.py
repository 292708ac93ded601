"""What tests of whole runs share: fleets in directories of their own, and protections taken out of the command."""

import contextlib
import os
import signal
import tempfile

from fleet import Fleet
from harness import in_memory


@contextlib.contextmanager
def fleet_of(devices, config=None, **options):
    """A simulated fleet in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as place:
        fleet = Fleet(place, devices, config, **options)
        try:
            yield fleet
        finally:
            fleet.close()


def without(protection):
    """The environment of a command that lacks a protection, see preload/mutants.c."""
    return {"LD_PRELOAD": os.environ["STAGE3_TORTURE_MUTANTS"], "STAGE3_MUTANT": protection}


def heed_signals():
    """For a command that is started: who started the tests may ignore signals, as nohup does, and that is inherited."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
