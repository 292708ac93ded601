"""--user: root is given up before the first packet."""

import os
import pwd
import shutil

import pytest

from fleet import device
from privileges import NOBODY, as_nobody, left_of_root, needs_root, public_fleet
from promptly import PATIENCE


@needs_root
@pytest.mark.parametrize("prefix", [[], ["setpriv", "--securebits=+no_setuid_fixup"], ["setpriv", "--inh-caps=+net_raw"]],
                         ids=["plain", "sticky capabilities", "inheritable capabilities"])
def test_every_power_is_dropped_and_results_are_saved(prefix):
    with public_fleet([device("Neu", latency_ms={"*": 300})], {"logging": {"base_path": "data/log.txt"}}) as fleet:
        process = fleet.start("--user", NOBODY, "--threads", "3", prefix=prefix, extra_groups=[0, 4, 27])
        fleet.sim.wait_for(1)
        # The main thread, three that work, one for the output and one for the log.
        assert len(os.listdir(f"/proc/{process.pid}/task")) == 6
        assert left_of_root(process.pid) == []
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert fleet.recorded()["device_name"] == "Neu"
        assert fleet.state_path.stat().st_uid == pwd.getpwnam(NOBODY).pw_uid
        assert "summary" in (fleet.dir / "data/log.txt").read_text()


@needs_root
def test_what_only_root_may_open_is_open_by_then():
    config = {"auth": {"secrets_file": "private/secrets.yaml"}, "logging": {"base_path": "private/log.txt"}}
    with public_fleet([device("Neu", auth={"password": "geheim"}), device(presence="refused")], config) as fleet:
        private = fleet.dir / "private"
        private.mkdir(mode=0o700)
        (private / "secrets.yaml").write_text("shelly: {password: geheim}\n")
        (private / "secrets.yaml").chmod(0o600)
        run = fleet.run("--user", NOBODY)
        assert (run.exit, run.err) == (0, "")
        assert fleet.recorded(0)["device_name"] == "Neu"
        assert "answers ping" in fleet.recorded(1)["error"]
        assert len((private / "log.txt").read_text().splitlines()) == 5


@needs_root
def test_user_that_may_not_write_the_state(make_fleet):
    fleet = make_fleet([device("Neu")])
    run = fleet.run("--user", NOBODY)
    assert run.exit == 3
    assert "cannot write state file" in run.err
    assert f"chown {NOBODY}: {fleet.dir}/data/ {fleet.dir}/data/ip_state.json*" in run.err
    assert fleet.calls() == []


@needs_root
def test_check_state_looks_whether_that_user_may_write_it(make_fleet):
    """As the run does, in the same words; what the user may write is theirs to check."""
    fleet = make_fleet([device("Neu")])
    assert fleet.run("--check-state").exit == 0
    check = fleet.run("--check-state", "--user", NOBODY)
    assert (check.exit, check.out) == (3, "")
    assert check.err == fleet.run("--user", NOBODY).err
    assert fleet.run("--check-state", "--user", "no-such-user").exit == 2
    with public_fleet([device("Neu")]) as own:
        check = own.run("--check-state", "--user", NOBODY)
        assert (check.exit, check.out, check.err) == (0, "data/ip_state.json: no problems found\n", "")
        assert not (own.dir / "data/ip_state.json.run.lock").exists()


@needs_root
@pytest.mark.parametrize("config", [{"report": {"html_file": "pages/fleet.html"}}, {"metrics": {"textfile": "pages/stage3.prom"}}])
def test_check_config_tries_page_and_metrics_as_that_user(config):
    with public_fleet([device("Neu")], config) as fleet:
        pages = fleet.dir / "pages"
        pages.mkdir(mode=0o755)
        assert fleet.run("--check-config").exit == 0, "root may write there"
        run = fleet.run("--user", NOBODY)
        assert run.exit == 2 and "pages/: Permission denied" in run.err and fleet.calls() == []
        for arguments in (["--check-config"], ["--check-config", "--check-state"]):
            check = fleet.run(*arguments, "--user", NOBODY)
            assert (check.exit, check.out, check.err) == (2, "", run.err), arguments
        shutil.chown(pages, NOBODY)
        for arguments in (["--check-config"], ["--check-config", "--check-state"]):
            check = fleet.run(*arguments, "--user", NOBODY)
            assert check.exit == 0 and check.out.startswith("data/config.yaml: no problems found\n"), check
        assert fleet.run("--user", NOBODY).exit == 0


@needs_root
def test_lock_file_that_root_has_left_becomes_the_owners_of_the_state_file():
    with public_fleet([device("Neu")]) as fleet:
        lock = fleet.dir / "data/ip_state.json.lock"
        lock.touch(mode=0o600)
        assert fleet.run("--user", NOBODY).exit == 0
        assert lock.stat().st_uid == pwd.getpwnam(NOBODY).pw_uid and lock.stat().st_mode & 0o777 == 0o600


@needs_root
def test_what_root_cannot_write_either_is_no_matter_of_owners(make_fleet):
    fleet = make_fleet([device("Neu")])
    (fleet.dir / "data/ip_state.json.stage3-tmp").mkdir()
    run = fleet.run("--user", NOBODY)
    assert run.exit == 3
    assert "in the way" in run.err and "chown" not in run.err


@needs_root
def test_user_by_number():
    with public_fleet([device("Neu", latency_ms={"*": 300})]) as fleet:
        process = fleet.start("--user", str(pwd.getpwnam(NOBODY).pw_uid))
        fleet.sim.wait_for(1)
        assert left_of_root(process.pid) == []
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


@needs_root
@pytest.mark.parametrize("name, complaint", [
    ("no-such-user", "no-such-user: there is no such user"), ("4294967290", "no such user"), ("99999999999", "no such user"),
    ("-1", "no such user"), ("nobody:nogroup", "no such user"), ("no\nsuch", r"no\nsuch: there"), ("", "the name is empty"),
    ("root", "this is root"), ("0", "this is root")])
def test_users_that_cannot_be_meant(make_fleet, name, complaint):
    fleet = make_fleet([device("Neu")])
    run = fleet.run("--user", name)
    assert run.exit == 2
    assert run.err.startswith("stage3: --user") and complaint in run.err
    assert fleet.calls() == []


@needs_root
def test_only_root_can_become_another_user():
    with public_fleet([device("Neu")]) as fleet:
        run = fleet.run("--user", NOBODY, prefix=as_nobody())
        assert run.exit == 2 and "only root" in run.err
        assert fleet.calls() == []


@needs_root
def test_without_icmp_and_root_the_run_works_too():
    with public_fleet([device("Neu"), device(presence="refused")]) as fleet:
        run = fleet.run(prefix=as_nobody())
        assert run.summary == "Stage 3 summary: total=2 ok=1 failed=0 offline=1 names=1"
        assert fleet.recorded(0)["device_name"] == "Neu"


@needs_root
def test_dry_run_of_a_user_that_may_not_write():
    with public_fleet([device("Neu", name="Alt")]) as fleet:
        os.chmod(fleet.state_path.parent, 0o555)
        run = fleet.run("--dry-run", "--user", NOBODY)
        assert run.exit == 0 and "Friendly=ok (Alt -> Neu)" in run.line


@needs_root
def test_fewer_threads_than_asked_for():
    # Slow enough that no thread has come to its end before the last one is started.
    with public_fleet([device("Neu", latency_ms={"*": 100}) for _ in range(20)]) as fleet:
        run = fleet.run("--quiet", "--threads", "100", prefix=[*as_nobody(), "prlimit", "--nproc=40:40"])
        assert run.err.count("cannot start a thread: ") == 1
        assert run.summary == "Stage 3 summary: total=20 ok=20 failed=0 names=20"
        assert run.exit == 0
