"""auth.secrets_file: whose it is, who may read and write it, and that nobody looks into the run that has read it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fleet import device
from privileges import NOBODY, as_nobody, needs_root, public_fleet
from promptly import PATIENCE

AUTH = {"auth": {"secrets_file": "data/secrets.yaml"}}
CANARY = "k4nari-v0gel"
STRANGER = "daemon"


def write_secrets(fleet, mode=0o600, owner=None, name="data/secrets.yaml"):
    path = fleet.dir / name
    path.write_text(f"shelly: {{password: {CANARY}}}\n")
    path.chmod(mode)
    if owner is not None:
        shutil.chown(path, owner)
    return path


def locked(**settings):
    return device("Neu", auth={"password": CANARY}, **settings)


def check_accepted(fleet, *args, **options):
    run = fleet.run(*args, **options)
    assert (run.exit, run.err) == (0, ""), run
    assert fleet.recorded()["device_name"] == "Neu"


def check_refused(fleet, complaint, **options):
    run = fleet.run(**options)
    assert run.exit == 2, run
    assert "secrets.yaml" in run.err and complaint in run.err and CANARY not in run.err
    assert fleet.calls() == [] and fleet.recorded() == {}


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o660, 0o664, 0o666])
def test_file_that_others_may_write_is_refused(make_fleet, mode):
    fleet = make_fleet([locked()], AUTH)
    write_secrets(fleet, mode)
    check_refused(fleet, "may be written by others: chmod 600")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_file_that_others_may_read_is_told(make_fleet, mode):
    fleet = make_fleet([locked()], AUTH)
    write_secrets(fleet, mode)
    for arguments in ([], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 0
        assert run.err == "stage3: secrets file data/secrets.yaml may be read by others: chmod 600\n"


@needs_root
def test_strangers_file_is_refused(make_fleet):
    fleet = make_fleet([locked()], AUTH)
    write_secrets(fleet, owner=STRANGER)
    check_refused(fleet, "belongs to another user")
    with public_fleet([locked()], AUTH) as users:
        path = write_secrets(users, 0o644, owner=STRANGER)
        check_refused(users, "belongs to another user", prefix=as_nobody())
        check_refused(users, "belongs to another user")
        shutil.chown(path, NOBODY)
        path.chmod(0o600)
        check_accepted(users, prefix=as_nobody())


@needs_root
def test_under_sudo_root_takes_the_file_of_the_folders_owner():
    with public_fleet([locked()], AUTH) as fleet:
        write_secrets(fleet, owner=NOBODY)
        check_accepted(fleet)


@needs_root
def test_roots_file_is_read_before_root_is_given_up():
    with public_fleet([locked()], AUTH) as fleet:
        write_secrets(fleet, owner="root")
        check_accepted(fleet, "--user", NOBODY)


def test_link_counts_as_what_it_leads_to(make_fleet):
    fleet = make_fleet([locked()], AUTH)
    target = write_secrets(fleet, name="elsewhere.yaml")
    (fleet.dir / "data/secrets.yaml").symlink_to("../elsewhere.yaml")
    check_accepted(fleet)
    target.chmod(0o666)
    assert "may be written by others" in fleet.run().err


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("secrets.yaml", path)],
                         ids=["directory", "FIFO", "link to itself"])
def test_what_is_no_file_is_refused_at_once(make_fleet, make):
    fleet = make_fleet([locked()], AUTH)
    make(fleet.dir / "data/secrets.yaml")
    check_refused(fleet, "cannot read secrets file")


@needs_root
@pytest.mark.parametrize("secrets", [False, True])
def test_memory_is_closed_to_others_once_it_holds_secrets(secrets):
    """A process that may be dumped or looked into belongs to its user in /proc, any other to root."""
    with public_fleet([locked(latency_ms={"*": 300})], AUTH if secrets else {}) as fleet:
        write_secrets(fleet, owner=NOBODY)
        process = fleet.start(prefix=[*as_nobody(), "prlimit", "--core=1000000000:unlimited"])
        fleet.sim.wait_for(1)
        look = subprocess.run([*as_nobody(), "cat", f"/proc/{process.pid}/maps", f"/proc/{process.pid}/environ"],
                              capture_output=True, check=False)
        limits = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
        process.communicate(timeout=PATIENCE)
        assert (look.returncode != 0) == secrets
        assert bool(re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)) == secrets
        assert process.returncode == (0 if secrets else 1)
