"""What is tried out before a run harms nobody: neither another run, nor a stage that writes, nor who comes after a crash."""

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import straced
from disturbed import fleet_of
from fleet import CLI, device
from harness import LONG, Saves

HERE = Path(__file__).parent
SECONDS = 30 if LONG else 1.5
OURS = re.compile(r"config\.yaml|ip_state\.json(\.bak|\.lock|\.run\.lock)?")


def strangers(fleet):
    return [path.name for path in fleet.state_path.parent.iterdir() if not OURS.fullmatch(path.name)]


def over_and_over(run, until):
    done = []
    while time.monotonic() < until or not done:
        done.append(run())
    return done


def test_checks_beside_runs():
    """Four at once, and a run beside them: each says what is so."""
    with fleet_of([device("Neu") for _ in range(20)]) as fleet, ThreadPoolExecutor(5) as pool:
        until = time.monotonic() + SECONDS
        checks = [pool.submit(over_and_over, lambda: fleet.run("--check-state"), until) for _ in range(4)]
        runs = over_and_over(fleet.run, until)
        checked = [run for one in checks for run in one.result()]
        assert strangers(fleet) == []
    assert [run for run in runs if run.exit != 0] == []
    assert [run for run in checked if run.exit != 0] == []


def test_checks_and_runs_beside_a_stage():
    """One that follows the runbook, and one that writes in place."""
    for how in (("runbook_writer.py", SECONDS, 3, "window"), ("foreign_writer.py", "in-place", int(SECONDS * 100), 3000)):
        with fleet_of([device("Neu") for _ in range(20)]) as fleet:
            words = [sys.executable, str(HERE / how[0]), str(fleet.state_path), *(str(word) for word in how[1:])]
            with subprocess.Popen(words, cwd=fleet.dir, stdout=subprocess.PIPE, text=True) as stage:
                runs = []
                while stage.poll() is None or not runs:
                    runs += [fleet.run("--check-state"), fleet.run()]
                told = json.loads(stage.stdout.read())
        assert [run for run in runs if run.exit != 0] == [], how[0]
        assert told["lost"] == 0 and not told.get("errors"), told


# By which something is changed on a file system.
CHANGING = "openat,write,pwrite64,fallocate,ftruncate,fchown,fchmod,fsetxattr,fremovexattr,fsync,renameat,renameat2,unlinkat"


def traced(saves, *injections):
    words = [straced.STRACE, "--quiet=all", "-f", "-o", str(saves.dir / "strace.log"), "-e", f"trace={CHANGING}"]
    return [*words, *(word for injection in injections for word in ("-e", f"inject={injection}"))]


def calls_of(saves):
    """Those from the first on the state file."""
    done = saves.run(traced(saves))
    assert done.returncode == 0, done
    counts = {}
    calls = []
    for name, rest in re.findall(r"^\d+ +(\w+)\((.*)$", straced.log_of(saves), re.M):
        counts[name] = counts.get(name, 0) + 1
        if calls or "ip_state.json" in rest:
            calls.append(straced.Call(name, counts[name], rest[:100]))
    return calls


@straced.needs_strace
def test_check_that_is_killed():
    """Before each of its calls: the next one finds nothing in its way, and the next run leaves nothing."""
    with fleet_of([device("Neu")]) as fleet:
        saves = Saves(fleet.dir, [CLI, "--check-state"], fleet.state_path.read_bytes(), "Neu")
        saves.run()  # there are lock files from now on
        calls = calls_of(saves)
        assert len(calls) > 10, "the check tries nothing"
        left = set()
        for call in calls if LONG else calls[::2]:
            killed = saves.run(traced(saves, call.once("signal=KILL")))
            left.update(strangers(fleet))
            after = saves.run()
            assert killed.returncode != 0 and after.returncode == 0, (call, killed, after)
        run = fleet.run()
        assert run.exit == 0 and strangers(fleet) == [], (run, strangers(fleet))
        assert left, "it was killed where there was nothing to leave"


@contextlib.contextmanager
def written_in_place(path, pauses):
    """Somebody has just emptied the file and writes half of it, then the rest, with pauses in seconds before each."""
    content = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        file.truncate(0)

        def write():
            for pause, piece in zip(pauses, (content[:len(content) // 2], content[len(content) // 2:])):
                time.sleep(pause)
                file.write(piece)
        writing = threading.Thread(target=write)
        writing.start()
        yield
        writing.join()


def test_file_that_is_being_written_at_the_start():
    """Loading waits for it, as saving does."""
    for arguments in ((), ("--check-state",), ("--dry-run",)):
        with fleet_of([device("Neu")]) as fleet, written_in_place(fleet.state_path, (0.5, 0.7)):
            run = fleet.run(*arguments)
        assert run.exit == 0, (arguments, run)


def test_file_that_is_never_finished():
    """It does not wait for ever."""
    with fleet_of([device("Neu")]) as fleet:
        fleet.state_path.write_bytes(fleet.state_path.read_bytes()[:-10])
        run = fleet.run()
        assert run.exit == 3 and run.seconds < 10 and fleet.requests() == [], run
