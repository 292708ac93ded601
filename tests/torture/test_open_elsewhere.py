"""Somebody has the state file open, for writing too, and does nothing with it: an editor, a viewer, a web interface. A run
saves, and says nothing that is not so (promise 22)."""

import contextlib
import json
import mmap
import os
import re

import pytest

import figures
from disturbed import fleet_of
from fleet import device
from promptly import PATIENCE, check_within, repeated_when_late


def opened(path, flags):
    return os.open(path, flags | os.O_CLOEXEC)


@contextlib.contextmanager
def by_descriptor(path, flags):
    descriptor = opened(path, flags)
    yield
    os.close(descriptor)


@contextlib.contextmanager
def by_memory(path):
    """Mapped for writing, the descriptor closed."""
    descriptor = opened(path, os.O_RDWR)
    with mmap.mmap(descriptor, 0):
        os.close(descriptor)
        yield


HOW = {
    "r": lambda path: by_descriptor(path, os.O_RDONLY),
    "r+": lambda path: by_descriptor(path, os.O_RDWR),
    "a": lambda path: by_descriptor(path, os.O_WRONLY | os.O_APPEND),
    "mapped for writing": by_memory,
}


@pytest.mark.parametrize("suffix", ["", ".bak", ".lock"])
@pytest.mark.parametrize("how", HOW)
@repeated_when_late
def test_idle(how, suffix):
    with fleet_of([device("Neu"), device("Neu")]) as fleet:
        assert fleet.run("--ip", fleet.addresses[0]).exit == 0
        before = fleet.state_path.read_bytes()
        path = fleet.state_path.with_name(fleet.state_path.name + suffix)
        if path.stat().st_size == 0:
            path.write_bytes(b"\n")
        with HOW[how](path):
            run = fleet.run()
        assert run.exit == 0 and "cannot write" not in run.err, run
        assert not re.search("chang|written|writing it", run.err), f"nobody has written or changed anything: {run.err}"
        assert all("stage3" in entry for entry in fleet.state.values())
        assert json.loads(fleet.state_path.with_name("ip_state.json.bak").read_bytes()) == json.loads(before)
        check_within(8, run.seconds)
    figures.tell(22, f"the file{suffix} is held open ({how}) by somebody who does nothing: saved")


def test_who_holds_it_and_does_write():
    """What is written through a descriptor opened before the run, in the middle of it, is there in the end."""
    with fleet_of([device("Neu", latency_ms={"*": 300})]) as fleet:
        with open(fleet.state_path, "r+b") as file:
            process = fleet.start()
            fleet.sim.wait_for(1)
            state = json.loads(file.read())
            state[fleet.key(0)]["room"] = "Bad"
            file.seek(0)
            file.write(json.dumps(state, indent=2).encode())
            file.truncate()
            file.flush()
            _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert fleet.entry(0)["room"] == "Bad" and fleet.recorded(0)["device_name"] == "Neu"
