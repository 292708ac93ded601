"""Promise 21 in the middle of a run: once a result cannot be saved any more, no device is changed until one can."""

import contextlib
import fcntl
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import figures
import mounts
from fleet import Fleet, cli_env, device
from harness import LONG, in_memory
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late, settled
from privileges import as_nobody, public_fleet
from test_room import fill

HEEDLESS = os.environ["STAGE3_TORTURE_HEEDLESS"]
NAMES_BEFORE = 30
# Many enough to be in the middle of for some seconds.
FLEET = 600
# A save that has failed for 7 s ends the run; who is to give it its file back has to come before.
HOLDS_FOR = 5
WRITING = NAME, UPDATE = "Sys.SetConfig", "Shelly.Update"
# As long as a call may be on its way when changes are held: what was begun may still arrive.
ON_ITS_WAY = 1.0


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


def slow(count):
    """Devices with a name to get and an update to start, some tens a second at a time."""
    return [device("Neu", {"friendly_name": "Neu"}, latency_ms={"*": 60}, update={"stable": "9.0.0"}) for _ in range(count)]


CONFIG = {"concurrency": 8, "ota": {"mode": "check_and_update", "rate": 0}}


class Cell:
    """A fleet, and a run over it that is in the middle of it."""

    def __init__(self, fleet, command=None, prefix=()):
        self.fleet = fleet
        self.path = fleet.state_path
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        options = {"stdout": self.out, "stderr": self.err}
        if command is None:
            self.process = fleet.start(prefix=prefix, **options)
        else:
            self.process = subprocess.Popen(command, cwd=fleet.dir, env=cli_env(), stdin=subprocess.DEVNULL, **options)
        fleet.sim.wait_for(NAMES_BEFORE, rpc=NAME)

    def writes(self, *rpcs):
        time.sleep(0.05)  # the simulator writes its log every 20 ms
        return sum(request["rpc"] in (rpcs or WRITING) for request in self.fleet.sim.log())

    def told(self, file):
        size = os.fstat(file.fileno()).st_size
        return os.pread(file.fileno(), size, 0).decode()

    def wait_for_words(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in self.told(self.err):
            assert time.monotonic() < deadline and self.process.poll() is None, (self.process.args, self.fleet.dir, self.process.poll(), self.told(self.err))
            time.sleep(0.02)

    def writes_once_told(self):
        """That results cannot be saved."""
        self.wait_for_words("cannot write state file data/ip_state.json: ")
        return settled(self.writes, ON_ITS_WAY)

    def wait(self):
        return self.process.wait(timeout=PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()


def set_flag(flag, path):
    assert mounts.call("chattr", flag, str(path)).returncode == 0


def fill_disk(cell):
    fill(cell.fleet.dir, 0)


def grow(cell):
    """Another stage adds 10,000 devices, which is fine for its own save but leaves no room for the next."""
    state = json.loads(cell.path.read_bytes())
    state.update({f"B0B21C{i:06X}": {"ip": f"10.0.{i >> 8}.{i & 255}", "room": "x" * 400} for i in range(10_000)})
    new = cell.path.with_suffix(".json.tmp")
    new.write_text(json.dumps(state))
    os.replace(new, cell.path)


def swap_for_directory(cell):
    cell.path.unlink()
    cell.path.mkdir()


def close_directory(cell):
    cell.path.parent.chmod(0o555)


def empty(cell):
    cell.path.write_text('{"version": 1, "devices": {}}')


def spoil(cell):
    cell.path.rename(cell.path.with_suffix(".away"))
    cell.path.write_bytes(b"\x00\xff{{{")


@contextlib.contextmanager
def fleet_in(place):
    fleet = Fleet(place, slow(FLEET), CONFIG)
    try:
        yield fleet
    finally:
        fleet.close()


@contextlib.contextmanager
def on_tmpfs(size):
    with mounts.tmpfs(f"size={size}") as place, fleet_in(place) as fleet:
        yield fleet, ()


@contextlib.contextmanager
def on_disk():
    with mounts.disk("ext4") as disk, fleet_in(disk.path) as fleet:
        try:
            yield fleet, ()
        finally:
            mounts.call("chattr", "-i", str(fleet.state_path))


@contextlib.contextmanager
def of_nobody():
    with public_fleet(slow(FLEET), CONFIG) as fleet:
        yield fleet, as_nobody()


# What happens in mid-run, where, and a word of the reason that is told.
OBSTACLES = {
    "the disk becomes full": (lambda: on_tmpfs("12m"), fill_disk, "No space left on device"),
    "another stage adds 10,000 entries on a nearly full disk": (lambda: on_tmpfs("7m"), grow, "No space left on device"),
    "the file becomes immutable": (on_disk, lambda cell: set_flag("+i", cell.path), "ermi"),
    "the directory becomes read-only": (of_nobody, close_directory, "Permission denied"),
    "the file is swapped for a directory": (lambda: on_tmpfs("12m"), swap_for_directory, "not a regular file"),
    "something else is put in its place": (lambda: on_tmpfs("12m"), spoil, "is no state file any more"),
    "all entries are gone": (lambda: on_tmpfs("12m"), empty, "it holds no device any more"),
}


@pytest.fixture(scope="module", name="ended")
def fixture_ended(own_mounts):
    """All of them at the same time: what they do is mostly wait. What was written once the failure was told, and then."""
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(OBSTACLES)))
        cells, before = {}, {}
        for name, (make, _, _) in OBSTACLES.items():
            fleet, prefix = stack.enter_context(make())
            cells[name] = stack.enter_context(contextlib.closing(Cell(fleet, prefix=prefix)))
            OBSTACLES[name][1](cells[name])
            before[name] = pool.submit(cells[name].writes_once_told)
        yield {name: (cell.wait(), before[name].result(), cell.writes(), cell.told(cell.out), cell.told(cell.err))
               for name, cell in cells.items()}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_nothing_is_changed_any_more(ended, obstacle):
    status, before, after, out, err = ended[obstacle]
    reason = OBSTACLES[obstacle][2]
    assert status == 3 and reason in err, (status, err)
    assert after == before, f"{after - before} writing RPCs after it was told that results cannot be saved"
    assert before < 2 * FLEET and "stopped, since results cannot be saved; not processed: " in err, err
    assert "Stage 3 summary: total=" in out
    figures.tell(21, f"in mid-run, {obstacle}: 0 writing RPCs from the failed save on")


@contextlib.contextmanager
def short_fleet(count):
    with tempfile.TemporaryDirectory(dir=in_memory()) as place:
        fleet = Fleet(place, slow(count), CONFIG)
        try:
            yield fleet
        finally:
            fleet.close()


@repeated_when_late
def test_what_is_over_in_a_moment_ends_no_night():
    """But no update is sent any more: what has failed once may fail again when it is to be known that one was."""
    with short_fleet(100) as fleet, contextlib.closing(Cell(fleet)) as cell:
        away = cell.path.with_name("away")
        cell.path.rename(away)
        cell.wait_for_words("No such file or directory")
        told_at = time.monotonic()
        before = settled(cell.writes, 0.3)
        check_in_time(before < 2 * 100, "all had been written to before")
        time.sleep(0.3)
        assert cell.writes() == before
        sent = cell.writes(UPDATE)
        check_within(HOLDS_FOR, time.monotonic() - told_at)
        away.rename(cell.path)
        assert cell.wait() == 0, cell.told(cell.err)
        assert (cell.writes(NAME), cell.writes(UPDATE)) == (100, sent)
        assert all("stage3" in entry for entry in fleet.state.values())
        assert sum("ota" in entry["stage3"] for entry in fleet.state.values()) == sent
        assert f"held={100 - sent}" in cell.told(cell.out).split()
        assert fleet.run().exit == 0
        assert (cell.writes(NAME), cell.writes(UPDATE)) == (100, 100)
        assert len({request["mac"] for request in fleet.requests(rpc=UPDATE)}) == 100


@pytest.mark.skipif(not LONG, reason="waits for a lock four times (STAGE3_LONG=1)")
def test_save_lock_that_is_never_given_back():
    with short_fleet(FLEET) as fleet, contextlib.closing(Cell(fleet)) as cell:
        with open(f"{cell.path}.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = cell.writes_once_told()
            assert cell.wait() == 3
            assert cell.writes() == before < 2 * FLEET


@repeated_when_late
def test_who_does_not_look_goes_on(own_mounts):
    """What the tests above would see of a program that does not care."""
    with mounts.tmpfs("size=12m") as place:
        fleet = Fleet(place, slow(150), CONFIG)
        try:
            with contextlib.closing(Cell(fleet, command=[HEEDLESS])) as cell:
                fill_disk(cell)
                before = cell.writes()
                time.sleep(ON_ITS_WAY)
                check_in_time(before < 2 * 150, "all had been written to before")
                assert cell.writes() > before
                assert cell.wait() != 0
                assert cell.writes() == 2 * 150 and not any("stage3" in entry for entry in fleet.state.values())
        finally:
            fleet.close()
