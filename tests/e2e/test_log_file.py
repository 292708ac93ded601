"""logging.base_path."""

import os
import re
import socket
import stat

import pytest

from fleet import device
from privileges import as_nobody, needs_root, public_fleet

LOG = {"logging": {"base_path": "data/log.txt"}}
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "


def log_of(fleet):
    return (fleet.dir / "data/log.txt").read_text().splitlines()


def test_one_stamped_line_a_device_then_the_summary(make_fleet):
    fleet = make_fleet([device("Neu"), device(presence="refused")], LOG)
    run = fleet.run()
    lines = log_of(fleet)
    assert all(re.match(STAMP, line) for line in lines)
    begin, *texts, end = [line[21:] for line in lines]
    assert begin.startswith("run ") and end.startswith("run ")
    assert [text.split(" - ")[0] for text in texts[:2]] == [line.split(" - ")[0] for line in run.lines]
    assert texts[2] == run.summary and len(texts) == 3


def test_runs_are_appended_and_dry_runs_logged_too(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")], LOG)
    (fleet.dir / "data/log.txt").write_text("before\n")
    fleet.run("--dry-run")
    fleet.run()
    lines = log_of(fleet)
    assert lines[0] == "before" and len(lines) == 9
    assert "Friendly=ok (Alt -> Neu)" in lines[2]
    assert [line.endswith(" (dry run)") for line in lines] == [False] + 4 * [True] + 4 * [False]


def test_log_holds_what_the_screen_does_not(make_fleet):
    message = "a very long explanation of what went wrong " * 2
    bad = device(faults=[{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1, "message": message.strip()}])
    fleet = make_fleet([bad, device(presence="refused")], LOG)
    fleet.run("--quiet", "--online", "--color", "always")
    lines = log_of(fleet)
    assert len(lines) == 5
    assert any(message.strip() in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_json_runs_log_lines(make_fleet):
    fleet = make_fleet([device()], LOG)
    fleet.run("--json")
    assert "● S1 @ " in log_of(fleet)[1]


def test_mode_of_a_new_log(make_fleet):
    fleet = make_fleet([device()], LOG)
    old = os.umask(0)
    try:
        fleet.run()
    finally:
        os.umask(old)
    assert stat.S_IMODE((fleet.dir / "data/log.txt").stat().st_mode) == 0o640


def check_refused(fleet):
    run = fleet.run()
    assert run.exit == 2
    assert "data/log.txt" in run.err or "nowhere/log.txt" in run.err
    assert "logging.base_path" in run.err
    assert fleet.calls() == [] and fleet.recorded() == {}


def test_log_that_cannot_be_opened(make_fleet):
    check_refused(make_fleet([device("Neu")], {"logging": {"base_path": "nowhere/log.txt"}}))


@pytest.mark.parametrize("chain", [["data/log.txt"], ["data/log.txt", "between"]])
@pytest.mark.parametrize("exists", [True, False])
def test_own_link_is_followed(make_fleet, chain, exists):
    fleet = make_fleet([device("Neu")], LOG)
    (fleet.dir / "logs").mkdir()
    target = fleet.dir / "logs/stage3.log"
    if exists:
        target.write_text("before\n")
    for link, to in zip(chain, [*chain[1:], "logs/stage3.log"]):
        (fleet.dir / link).symlink_to(os.path.relpath(to, os.path.dirname(link)))
    assert fleet.run().exit == 0
    assert len(target.read_text().splitlines()) == 4 + exists
    assert (fleet.dir / "data/log.txt").is_symlink()


def test_link_into_no_directory_says_where_it_leads(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    log = fleet.dir / "data/log.txt"
    log.symlink_to("../logs/stage3.log")
    check_refused(fleet)
    assert (f"it is a symbolic link to data/../logs/stage3.log: there is no directory data/../logs/: make it "
            f"(the working directory is {fleet.dir})") in fleet.run().err
    assert not (fleet.dir / "logs").exists()


def test_what_is_no_file_is_told_for_what_it_is(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    log = fleet.dir / "data/log.txt"
    todo = ", and a log is a regular file: name another file, or remove it"
    os.mkfifo(log)
    assert "it is a FIFO" + todo in fleet.run().err
    log.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(log))
        assert "it is a socket" + todo in fleet.run().err
    log.unlink()
    log.mkdir()
    assert "it is a directory" + todo in fleet.run().err
    log.rmdir()
    log.symlink_to("/dev/null")
    assert "it is a symbolic link to /dev/null: it is a device" + todo in fleet.run().err


def test_links_that_lead_nowhere(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    log = fleet.dir / "data/log.txt"
    for target in ("log.txt", "none/log.txt", "."):
        log.unlink(missing_ok=True)
        log.symlink_to(target)
        check_refused(fleet)


@needs_root
@pytest.mark.parametrize("hop", ["data/log.txt", "between"])
def test_strangers_link_is_refused(make_fleet, hop):
    fleet = make_fleet([device("Neu")], LOG)
    victim = fleet.dir / "victim"
    victim.write_text("precious")
    (fleet.dir / "between").symlink_to(victim)
    (fleet.dir / "data/log.txt").symlink_to("../between")
    os.chown(fleet.dir / hop, 1234, 1234, follow_symlinks=False)
    check_refused(fleet)
    assert "belongs to another user" in fleet.run().err
    assert victim.read_text() == "precious"


@needs_root
def test_roots_link_is_good_enough_for_any_user():
    with public_fleet([device("Neu")], LOG) as fleet:
        (fleet.dir / "data/log.txt").symlink_to("real.txt")
        assert fleet.run(prefix=as_nobody()).exit == 0
        assert len((fleet.dir / "data/real.txt").read_text().splitlines()) == 4


def test_log_that_cannot_be_written_is_told_once(make_fleet):
    fleet = make_fleet([device("Neu") for _ in range(5)], LOG)
    with open(fleet.dir / "data/log.txt", "wb") as log:
        log.truncate(1_000_000)
    run = fleet.run(prefix=["prlimit", "--fsize=1000000"])
    assert run.exit == 1
    assert run.err == "stage3: cannot write log file data/log.txt: File too large\n"
    assert len(run.lines) == 5 and fleet.recorded()["device_name"] == "Neu"


def test_planted_hard_link_is_refused(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    victim = fleet.dir / "victim"
    victim.write_text("precious")
    os.link(victim, fleet.dir / "data/log.txt")
    check_refused(fleet)
    assert victim.read_text() == "precious"


def test_planted_fifo_is_refused_at_once(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    os.mkfifo(fleet.dir / "data/log.txt")
    check_refused(fleet)
    reader = os.open(fleet.dir / "data/log.txt", os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_refused(fleet)
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "suffix",
    [".bak", ".lock", ".run.lock", ".tmp", ".rescued", ".rescued.9", ".stage3-late", ".stage3-tmp", ".stage3-bak", ".stage3-try", ".stage3-try2"],
)
@pytest.mark.parametrize("is_there", [False, True])
def test_files_beside_the_state_file_are_no_log(make_fleet, suffix, is_there):
    name = "data/ip_state.json" + suffix
    fleet = make_fleet([device("Neu")], {"logging": {"base_path": name}})
    if is_there:
        (fleet.dir / name).write_text("{}")
    for arguments in ([], ["--dry-run"], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 2 and "would ruin" in run.err
    fleet.write_config({"logging": {"base_path": "./data/../" + name}})
    run = fleet.run()
    assert run.exit == 2 and f"it is {name}, which log lines would ruin" in run.err, "another spelling is the same file"
    path = fleet.dir / name
    assert path.read_text() == "{}" if is_there else not path.exists(), "nothing is made of it"
    assert fleet.calls() == []


@pytest.mark.parametrize("name", ["data/ip_state.json", "data/../data/ip_state.json", "data/config.yaml", "secrets.yaml"])
def test_files_that_log_lines_would_ruin_are_refused(make_fleet, name):
    fleet = make_fleet([device("Neu")], {"logging": {"base_path": name}, "auth": {"secrets_file": "secrets.yaml"}})
    (fleet.dir / "secrets.yaml").write_text("shelly: {password: geheim}\n")
    (fleet.dir / "secrets.yaml").chmod(0o600)
    before = (fleet.dir / name).read_bytes()
    run = fleet.run()
    assert run.exit == 2
    assert "logging.base_path" in run.err and "would ruin" in run.err
    assert (fleet.dir / name).read_bytes() == before and fleet.calls() == []


def test_directory_is_refused(make_fleet):
    fleet = make_fleet([device("Neu")], LOG)
    (fleet.dir / "data/log.txt").mkdir()
    check_refused(fleet)
