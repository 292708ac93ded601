"""Promise 23: an account that may read the state file, and not write it, cannot get into the way of a run."""

import contextlib
import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import figures
from fleet import Fleet, device
from harness import LONG, in_memory
from privileges import needs_root
from promptly import PATIENCE

pytestmark = needs_root

HERE = Path(__file__).parent
# Numbers that no account has.
OWNER, OTHER = 64_321, 64_322
LOCKS = (".lock", ".run.lock")
PATIENCE = 8  # seconds: a save would wait for its lock for 10
ROUNDS = 10 if LONG else 1


@contextlib.contextmanager
def fleet_in_the_open(mode=0o644, owner=0, older_locks=None):
    """Anybody may look into the directory. `older_locks`: the mode of lock files that another version has left."""
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as place:
        Path(place).chmod(0o755)
        fleet = Fleet(place, [device("Neu"), device("Neu")], log=True)
        try:
            data = fleet.state_path.parent
            data.chmod(0o755)
            fleet.state_path.chmod(mode)
            if older_locks is not None:
                for suffix in LOCKS:
                    lock(fleet, suffix).touch()
                    lock(fleet, suffix).chmod(older_locks)
            for path in (data, *data.iterdir()):
                os.chown(path, owner, owner)
            yield fleet
        finally:
            fleet.close()


def lock(fleet, suffix):
    return fleet.state_path.with_name(fleet.state_path.name + suffix)


@contextlib.contextmanager
def hindered(fleet, how):
    """Yields a dictionary that is filled in the end."""
    told = {}
    with subprocess.Popen([sys.executable, str(HERE / "hinderer.py"), str(fleet.state_path.parent), str(OTHER), how],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield told
            told.update(json.loads(process.communicate(timeout=PATIENCE)[0]))
        finally:
            if process.poll() is None:
                process.kill()


def as_user(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []


def hindrance(fleet, runs):
    """What has come into the way of the runs, in words."""
    wrong = [f"exit {run.exit}: {run.err.strip()}" for run in runs if run.exit != 0]
    wrong += [f"took {run.seconds:.1f} s" for run in runs if run.seconds > PATIENCE]
    state = json.loads(fleet.state_path.read_bytes())
    wrong += [f"{mac} is not recorded" for mac, entry in state.items() if "stage3" not in entry]
    return wrong


@pytest.mark.parametrize("owner", [0, OWNER])
@pytest.mark.parametrize("how", ["exclusive", "shared"])
@pytest.mark.parametrize("older_locks", [None, 0o644, 0o664])
def test_nothing_to_get_hold_of(older_locks, how, owner):
    with fleet_in_the_open(owner=owner, older_locks=older_locks) as fleet, hindered(fleet, how) as told:
        runs = [fleet.run(prefix=[*as_user(owner), "sh", "-c", 'umask 0; exec "$@"', "sh"]) for _ in range(2 * ROUNDS)]
        wrong = hindrance(fleet, runs)
    assert wrong == [], (wrong, told)
    assert told["changed"] == [] and "ip_state.json" in told["locked"] and "." in told["locked"], told
    figures.tell(23, f"an account that may only read holds {how} locks on all it can open, lock files "
                     f"{'of ours' if older_locks is None else f'of mode {older_locks:o} of an older version'}: "
                     f"0 of {len(runs)} runs hindered")


@pytest.mark.parametrize("mode, wanted", [
    (0o644, 0o600), (0o664, 0o660), (0o640, 0o600), (0o660, 0o660), (0o600, 0o600), (0o606, 0o606)])
@pytest.mark.parametrize("older_locks", [None, 0o644])
def test_locks_are_for_those_who_may_write(mode, wanted, older_locks):
    with fleet_in_the_open(mode, OWNER, older_locks) as fleet:
        for _ in range(2):
            assert fleet.run().exit == 0
        for suffix in LOCKS:
            status = lock(fleet, suffix).stat()
            assert (f"{status.st_mode & 0o7777:o}", status.st_uid, status.st_gid) == (f"{wanted:o}", OWNER, OWNER), suffix
        assert fleet.run(prefix=as_user(OWNER)).exit == 0, "the owner of the file cannot lock any more"


def test_who_may_write_can_hinder():
    """Which shows that the others would be noticed."""
    with fleet_in_the_open(0o666, older_locks=0o666) as fleet, hindered(fleet, "exclusive"):
        run = fleet.run()
        assert run.exit == 75 and "another run" in run.err, run
        assert f"process {os.getpid()}" not in run.err


@pytest.mark.parametrize("older_locks", [0o644, 0o600])
def test_lock_of_an_older_version_still_counts(older_locks):
    """Held by a run of that version, by somebody who may write."""
    with fleet_in_the_open(older_locks=older_locks) as fleet:
        with open(lock(fleet, ".run.lock"), "r+", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.write(f"{os.getpid()}\n")
            held.flush()
            run = fleet.run()
            assert run.exit == 75 and f"process {os.getpid()}" in run.err and fleet.requests() == [], run
        assert fleet.run().exit == 0


def test_one_of_two_runs_with_lock_files_of_an_older_version():
    for _ in range(ROUNDS):
        with fleet_in_the_open(older_locks=0o644) as fleet, hindered(fleet, "shared"):
            with ThreadPoolExecutor(3) as pool:
                runs = list(pool.map(lambda _: fleet.run(), range(3)))
            calls = [(request["mac"], request["rpc"]) for request in fleet.requests()]
        assert {run.exit for run in runs} <= {0, 75} and any(run.exit == 0 for run in runs), runs
        writes = [mac for mac, rpc in calls if rpc == "Sys.SetConfig"]
        assert len(writes) == len(set(writes)), "two runs at once have written"


def test_holder_is_named_only_where_it_is_known():
    """A number that an earlier run has left in the file is not the holder's."""
    for content in ("", "1\n", "999999999\n"):
        with fleet_in_the_open() as fleet:
            path = lock(fleet, ".run.lock")
            path.write_text(content)
            path.chmod(0o600)
            with open(path, "r+", encoding="ascii") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                run = fleet.run()
                assert run.exit == 75 and set(re.findall(r"process (\d+)", run.err)) <= {str(os.getpid())}, run
