"""Promise 2: after a power cut at any moment the file is whole; once success was told, it is the new one."""

import pytest

import figures
import mounts
from harness import SAVER, Saves, sample

CUT = 9  # torture-saver's status when it cut the power


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


class Machine:
    """A machine whose power can be cut while it saves onto `disk`."""

    def __init__(self, disk, mutant, flush):
        self.disk = disk
        (disk.path / "data").mkdir(exist_ok=True)
        self.saves = Saves(disk.path, [], sample(), "save-1")
        self.options = ["--mutant", mutant, *(["--flush-journal"] if flush else [])]

    def save(self, *options):
        """Saves with these further options and cuts the power; returns the saver's status."""
        self.saves.reset()
        self.disk.sync()
        self.saves.command = [SAVER, *self.options, *options, "data/ip_state.json"]
        done = self.saves.run()
        assert done.returncode in (0, CUT), done
        if done.returncode == CUT:
            self.disk.power_up()
        return done.returncode

    def damage(self):
        wrongs = []
        call = 0
        while True:
            call += 1
            if self.save("--cut-at", str(call)) != CUT:
                break
            wrong = self.saves.damage()
            if wrong:
                wrongs.append(f"cut before call {call}: {wrong}")
        assert self.save("--cut-after") == CUT
        if not self.saves.is_new():
            wrongs.append("cut after success: the results are gone")
        return call, wrongs


@pytest.mark.parametrize("flush", [False, True], ids=["journal lost", "journal flushed"])
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_power_cut_at_every_call(kind, flush):
    with mounts.disk(kind) as disk:
        cuts, wrongs = Machine(disk, "none", flush).damage()
    assert wrongs == []
    assert cuts > 35
    figures.tell(2, f"{kind}, journal {'flushed' if flush else 'lost'}: power cut at {cuts} points: 0 bad files")


@pytest.mark.parametrize("protection, flush", [("no-fsync", True), ("no-directory-fsync", False)])
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_is_noticed_without(kind, protection, flush):
    with mounts.disk(kind) as disk:
        _, wrongs = Machine(disk, protection, flush).damage()
    assert wrongs != []
