"""What a run must not leave to others: root's powers after --user, and passwords in a core dump.

The mutants are runs whose system calls only seem to succeed.
"""

import contextlib
import os
import resource
import signal
from pathlib import Path

import pytest

import figures
import straced
from fleet import device
from privileges import NOBODY, left_of_root, needs_root, public_fleet
from promptly import PATIENCE

AUTH = {"auth": {"secrets_file": "data/secrets.yaml"}}
CANARY = "k4nari-v0gel-im-speicher"
BECOME = ("--user", NOBODY)


@contextlib.contextmanager
def locked_fleet(config):
    with public_fleet([device("Neu", auth={"password": CANARY}, latency_ms={"*": 2000})], config) as fleet:
        path = fleet.dir / "data/secrets.yaml"
        path.write_text(f"shelly: {{password: {CANARY}}}\n")
        path.chmod(0o600)
        yield fleet


@contextlib.contextmanager
def talking(fleet, *args, inject=(), prefix=()):
    """A run that has sent its first request: the process started, and the id of the run itself.

    `inject` are the system calls to spoil.
    """
    if inject:
        strace = [straced.STRACE, "-f", "-o", "/dev/null"]
        prefix = [*prefix, *strace, *(word for what in inject for word in ("-e", f"inject={what}"))]
    requests = len(fleet.sim.log())
    process = fleet.start(*args, prefix=prefix)
    run = process.pid
    try:
        fleet.sim.wait_for(requests + 1)
        if inject:
            run = int(Path(f"/proc/{run}/task/{run}/children").read_text(encoding="ascii"))
        yield process, run
    finally:
        if process.poll() is None:
            os.kill(run, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def core_of(fleet, *args, inject=()):
    """The core, as bytes, of a run that is aborted while it talks to a device; None if it leaves none."""
    with talking(fleet, *args, inject=inject, prefix=["prlimit", "--core=unlimited"]) as (process, run):
        os.kill(run, signal.SIGABRT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGABRT
    cores = [path for path in fleet.dir.iterdir() if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    return cores[0].read_bytes() if cores else None


def limit_ignored(fleet):
    """What to inject to make nothing of the run's limit on cores, and of no other limit."""
    trace = fleet.dir / "trace"
    fleet.run("--check-config", prefix=[straced.STRACE, "-o", str(trace), "-e", "trace=prlimit64"])
    calls = [line for line in trace.read_text().splitlines() if line.startswith("prlimit64(")]
    [nth] = [n for n, line in enumerate(calls, 1) if "RLIMIT_CORE, {" in line]
    return f"prlimit64:retval=0:when={nth}"


def why_no_cores():
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="ascii").strip()
    if pattern.startswith(("|", "/")) or not pattern:
        return f"cores do not come to the working directory here (kernel.core_pattern is {pattern!r})"
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        return "cores are limited here (ulimit -Hc)"
    return ""


needs_cores = pytest.mark.skipif(bool(why_no_cores()), reason=why_no_cores())


@needs_root
@needs_cores
def test_no_core_holds_a_password():
    with locked_fleet({}) as fleet:
        assert core_of(fleet), "without secrets there should be a core"
    runs = [(), ("--threads", "4"), ("--dry-run",), BECOME]
    for arguments in runs:
        with locked_fleet(AUTH) as fleet:
            assert core_of(fleet, *arguments) is None
    figures.tell(14, f"{len(runs)} kinds of runs aborted with a password in memory: 0 cores")


@needs_root
@needs_cores
@straced.needs_strace
def test_either_protection_does_without_the_other():
    """A program that cores are piped into heeds no limit."""
    with locked_fleet(AUTH) as fleet:
        assert core_of(fleet, inject=[limit_ignored(fleet)]) is None
        assert core_of(fleet, inject=["prctl:retval=0"]) is None


@needs_root
@needs_cores
@straced.needs_strace
def test_is_noticed_when_the_core_is_not_forbidden():
    with locked_fleet(AUTH) as fleet:
        core = core_of(fleet, inject=["prctl:retval=0", limit_ignored(fleet)])
        assert core and CANARY.encode() in core


@needs_root
@straced.needs_strace
@pytest.mark.parametrize("call", ["setgroups", "setresgid", "setresuid", "capset", "prctl"])
def test_root_that_cannot_be_given_up_ends_the_run_before_the_first_packet(call):
    with public_fleet([device("Neu")]) as fleet:
        run = fleet.run(*BECOME, prefix=[straced.STRACE, "-o", "/dev/null", "-e", f"inject={call}:error=EPERM"])
        assert run.exit == 2, run
        assert f"--user: cannot become {NOBODY}: " in run.err and "Operation not permitted" in run.err
        assert run.out == "" and fleet.calls() == [] and fleet.recorded() == {}


@needs_root
@straced.needs_strace
@pytest.mark.parametrize("prefix, call, complaint", [
    ([], "setresuid", "a user id has stayed"),
    ([], "setresgid", "a group id has stayed"),
    (["setpriv", "--securebits=+no_setuid_fixup"], "capset", "root can be regained"),
])
def test_root_that_only_seems_to_be_given_up_is_noticed_by_the_run(prefix, call, complaint):
    with public_fleet([device("Neu")]) as fleet:
        run = fleet.run(*BECOME, prefix=[*prefix, straced.STRACE, "-o", "/dev/null", "-e", f"inject={call}:retval=0"])
        assert run.exit == 2, run
        assert complaint in run.err
        assert run.out == "" and fleet.calls() == [] and fleet.recorded() == {}


@needs_root
def test_nothing_of_root_is_left():
    with locked_fleet(AUTH) as fleet, talking(fleet, *BECOME, "--threads", "4") as (_, run):
        assert left_of_root(run) == []


@needs_root
@straced.needs_strace
@pytest.mark.parametrize("call, left", [("setgroups", "Groups"), ("prctl", "NoNewPrivs")])
def test_is_noticed_when_something_of_root_is_left(call, left):
    with locked_fleet({}) as fleet, talking(fleet, *BECOME, inject=[f"{call}:retval=0"],
                                            prefix=["setpriv", "--groups=0,4"]) as (_, run):
        assert any(line.startswith(left) for line in left_of_root(run))
