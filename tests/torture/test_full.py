"""Promise 3 once more, with the real thing: full disks, no inodes, nothing writable, no descriptors left."""

import os
import resource

import pytest

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


def test_command_on_a_full_disk_shows_its_results(own_mounts):
    with mounts.tmpfs("size=4m") as place, command_that_saves(devices=30, directory=place) as saves:
        saves.sibling(".lock").touch()
        saves.sibling(".run.lock").touch()
        fill(place, 0)
        done = assert_refused(saves, "cannot write state file data/ip_state.json: ")
        assert done.stdout.decode().count("Friendly=ok (Neu)") == 30


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
