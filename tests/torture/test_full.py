"""Promise 3 once more, with the real thing: full disks, no inodes, nothing writable, no descriptors left."""

import contextlib
import os
import resource
import subprocess

import pytest

import figures
import mounts
from fleet import device
from harness import command_that_saves, library_that_saves
from privileges import as_nobody, needs_root, public_fleet

BIG = 2_000  # devices: some 300 KB


@pytest.fixture(scope="module", name="own_mounts")
def fixture_own_mounts():
    mounts.needs_mounts()


def fill(directory, leave):
    """Fills the file system up, all but `leave` bytes."""
    with open(directory / "filler", "wb") as filler:
        try:
            while True:
                filler.write(b"\0" * 65536)
                filler.flush()
        except OSError:
            pass
    os.truncate(directory / "filler", max(0, (directory / "filler").stat().st_size - leave))


def use_all_inodes(directory):
    """Leaves no file name to be had."""
    count = 0
    try:
        while count < 100_000:
            (directory / f"inode{count}").touch(exist_ok=False)
            count += 1
    except OSError:
        return
    raise AssertionError("there are too many inodes")


def assert_refused(saves, reason):
    """The save fails with that reason, and every file that was there is as it was."""
    backup = saves.sibling(".bak").read_bytes()
    done = saves.run()
    assert done.returncode == 3, done
    told = (done.stdout + done.stderr).decode()
    assert reason in told, told
    assert saves.is_old(), "the state file has changed"
    assert saves.sibling(".bak").read_bytes() == backup
    assert not saves.sibling(".stage3-tmp").exists()
    return done


@pytest.mark.parametrize("leave", [0, 65536, 200_000])
def test_full_tmpfs(own_mounts, leave):
    with mounts.tmpfs("size=4m") as place, library_that_saves(devices=BIG, directory=place) as saves:
        fill(place, leave)
        assert_refused(saves, "No space left on device")
        (place / "filler").unlink()
        assert saves.run().returncode == 0 and saves.is_new()


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_full_disk(own_mounts, kind):
    with mounts.disk(kind) as disk, library_that_saves(devices=BIG, directory=disk.path) as saves:
        fill(disk.path, 65536)
        assert_refused(saves, "No space left on device")
        (disk.path / "filler").unlink()
        assert saves.run().returncode == 0 and saves.is_new()


def test_no_inodes_left(own_mounts):
    with mounts.tmpfs("size=4m,nr_inodes=200") as place, library_that_saves(directory=place) as saves:
        use_all_inodes(place)
        assert_refused(saves, "No space left on device")


@contextlib.contextmanager
def mounted_by_itself(place):
    """As `docker run -v FILE:FILE` does it."""
    file = place / "data/ip_state.json"
    assert mounts.call("mount", "--bind", str(file), str(file)).returncode == 0
    try:
        yield
    finally:
        assert mounts.call("umount", str(file)).returncode == 0


@contextlib.contextmanager
def with_flag(flag, path):
    assert mounts.call("chattr", f"+{flag}", str(path)).returncode == 0
    try:
        yield
    finally:
        assert mounts.call("chattr", f"-{flag}", str(path)).returncode == 0


@contextlib.contextmanager
def full_but_for_locks(place):
    for suffix in (".lock", ".run.lock"):
        (place / f"data/ip_state.json{suffix}").touch(mode=0o600)
    fill(place, 0)
    yield


# How a save can be made impossible, and a word of the reason.
OBSTACLES = {
    "full": (full_but_for_locks, "No space left on device"),
    "mounted by itself": (mounted_by_itself, "mount its directory instead"),
    "append-only": (lambda place: with_flag("a", place / "data/ip_state.json"), "append-only"),
    "immutable": (lambda place: with_flag("i", place / "data/ip_state.json"), "immutable"),
    "append-only directory": (lambda place: with_flag("a", place / "data"), "its directory is append-only"),
    "immutable backup": (lambda place: with_flag("i", place / "data/ip_state.json.bak"), "json.bak is immutable"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_command_finds_it_before_the_first_packet(own_mounts, obstacle):
    """Promise 21."""
    with mounts.disk("ext4") as disk, command_that_saves(devices=30, directory=disk.path) as saves:
        saves.sibling(".run.lock").touch(mode=0o600)  # an append-only directory takes none
        make, reason = OBSTACLES[obstacle]
        with make(saves.dir):
            done = assert_refused(saves, reason)
            assert b"cannot write state file data/ip_state.json: " in done.stderr
            check = subprocess.run([*saves.command, "--check-state"], cwd=saves.dir, capture_output=True, check=False)
            assert check.returncode == 3 and reason.encode() in check.stderr, check
        assert done.stdout == b"" and saves.fleet.requests() == []
    figures.tell(21, f"{obstacle}: refused before the first packet")


@pytest.mark.parametrize("limit", [0, 1000])
def test_limit_on_file_sizes_is_found_before_the_first_packet(limit):
    with command_that_saves(devices=30) as saves:
        done = saves.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        assert done.returncode == 3 and b"ulimit -f" in done.stderr, done
        assert saves.is_old() and saves.fleet.requests() == []


def is_found_in_time(*options):
    """Whether the library, tried before its run on a disk that is full, refuses to begin."""
    with mounts.tmpfs("size=4m") as place, library_that_saves("--trial", *options, devices=BIG, directory=place) as saves:
        with full_but_for_locks(saves.dir):
            done = saves.run()
            assert done.returncode == 3 and saves.is_old(), done
            return b"ready" not in done.stdout


def test_trial_finds_it_and_is_missed(own_mounts):
    assert is_found_in_time()
    assert not is_found_in_time("--mutant", "no-trial")


def test_read_only_mount(own_mounts):
    with mounts.tmpfs("size=4m") as place, command_that_saves(directory=place) as saves:
        assert mounts.call("mount", "-o", "remount,ro", str(place)).returncode == 0
        done = assert_refused(saves, "cannot write state file data/ip_state.json: ")
        assert done.stdout == b"" and saves.fleet.requests() == []
        assert mounts.call("mount", "-o", "remount,rw", str(place)).returncode == 0


@needs_root
def test_read_only_directory():
    with public_fleet([device("Neu")]) as fleet:
        before = fleet.state_path.read_bytes()
        fleet.state_path.parent.chmod(0o555)
        run = fleet.run(prefix=as_nobody())
        assert run.exit == 3 and "cannot write state file data/ip_state.json: " in run.err
        assert fleet.calls() == [] and fleet.state_path.read_bytes() == before


def test_no_descriptors_left():
    """From none at all to as many as it takes: each limit is an error or a success, nothing between."""
    with library_that_saves() as saves:
        statuses = []
        for limit in range(1, 16):
            saves.reset()
            done = saves.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            assert saves.damage() == "", (limit, done)
            assert done.returncode != 0 or saves.is_new(), (limit, done)
            statuses.append(done.returncode)
    assert 3 in statuses and statuses[-1] == 0, statuses


@pytest.mark.parametrize("protection", ["in-place", "deaf"])
def test_lost_files_are_noticed(own_mounts, protection):
    with mounts.tmpfs("size=4m") as place, \
            library_that_saves("--mutant", protection, devices=BIG, directory=place) as saves:
        fill(place, 0)
        with pytest.raises(AssertionError):
            assert_refused(saves, "No space left on device")
