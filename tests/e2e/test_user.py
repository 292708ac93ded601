"""--user: root is given up before the first packet."""

import os
import pwd
from pathlib import Path

from fleet import device
from privileges import NOBODY, as_nobody, needs_root, public_fleet


def status_of(pid):
    """The fields of /proc/<pid>/status."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@needs_root
def test_every_id_is_dropped_and_results_are_saved():
    user = pwd.getpwnam(NOBODY)
    with public_fleet([device("Neu", latency_ms={"*": 300})], {"logging": {"base_path": "data/log.txt"}}) as fleet:
        process = fleet.start("--user", NOBODY, "--threads", "3")
        fleet.sim.wait_for(1)
        for thread in os.listdir(f"/proc/{process.pid}/task"):
            status = status_of(f"{process.pid}/task/{thread}")
            assert status["Uid"].split() == [str(user.pw_uid)] * 4
            assert status["Gid"].split() == [str(user.pw_gid)] * 4
            assert "0" not in status["Groups"].split()
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        assert fleet.recorded()["device_name"] == "Neu"
        assert fleet.state_path.stat().st_uid == user.pw_uid
        assert "summary" in (fleet.dir / "data/log.txt").read_text()


@needs_root
def test_user_that_may_not_write_the_state(make_fleet):
    fleet = make_fleet([device("Neu")])
    run = fleet.run("--user", NOBODY)
    assert run.exit == 3
    assert "cannot write state file" in run.err
    assert fleet.calls() == []


def test_unknown_user(make_fleet):
    fleet = make_fleet([device("Neu")])
    run = fleet.run("--user", "no-such-user")
    assert run.exit == 2 and "--user" in run.err
    assert fleet.calls() == []


@needs_root
def test_only_root_can_become_another_user():
    with public_fleet([device("Neu")]) as fleet:
        run = fleet.run("--user", "root", prefix=as_nobody())
        assert run.exit == 2 and "only root" in run.err
        assert fleet.calls() == []


@needs_root
def test_without_icmp_and_root_the_run_works_too():
    with public_fleet([device("Neu"), device(presence="refused")]) as fleet:
        run = fleet.run(prefix=as_nobody())
        assert run.summary == "Stage 3 summary: total=2 ok=1 failed=0 offline=1"
        assert fleet.recorded(0)["device_name"] == "Neu"


@needs_root
def test_dry_run_of_a_user_that_may_not_write():
    with public_fleet([device("Neu", name="Alt")]) as fleet:
        os.chmod(fleet.state_path.parent, 0o555)
        run = fleet.run("--dry-run", "--user", NOBODY)
        assert run.exit == 0 and "Friendly=ok (Alt -> Neu)" in run.line


@needs_root
def test_fewer_threads_than_asked_for():
    with public_fleet([device("Neu") for _ in range(20)]) as fleet:
        run = fleet.run("--quiet", "--threads", "100", prefix=[*as_nobody(), "prlimit", "--nproc=40:40"])
        assert run.err.count("cannot start a thread: ") == 1
        assert run.summary == "Stage 3 summary: total=20 ok=20 failed=0"
        assert run.exit == 0
