"""What else a process does: Ctrl-C, fork, sub-interpreters, threads, its end, and many runs without a leak."""

import os
import signal
import subprocess
import sys
import time

import stage3
from fleet import device
from promptly import PATIENCE, check_within, repeated_when_late

BEGIN = """
import os, signal, sys, time
import stage3
config, state = sys.argv[1:3]
def say(*words):
    print(*words, flush=True)
"""


def start(program, fleet, **options):
    return subprocess.Popen([sys.executable, "-B", "-c", BEGIN + program, fleet.config_path, fleet.state_path],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def interrupted(process, fleet):
    """Sends Ctrl-C while the run is waiting; returns after how many seconds the program said so, and what it said."""
    assert process.stdout.readline() == "begun\n"
    fleet.sim.wait_for(1)
    time.sleep(0.2)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    seconds = time.monotonic() - begin
    # Not communicate(): it passes over what readline() has buffered.
    out, err = process.stdout.read(), process.stderr.read()
    process.wait(PATIENCE)
    return seconds, out, err


@repeated_when_late
def test_ctrl_c(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    seconds, out, err = interrupted(start("""
with stage3.Runner(config, state=state) as runner:
    say("begun")
    try:
        list(runner)
    except KeyboardInterrupt:
        say("interrupted")
begin = time.monotonic()
stage3.RunLock(state)
say(runner.summary.cancelled)
""", slow_fleet), slow_fleet)
    print(f"KeyboardInterrupt after {1000 * seconds:.0f} ms")
    check_within(0.2, seconds)
    assert (out, err) == ("5\n", "")


@repeated_when_late
def test_ctrl_c_unhandled(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    process = start("""
say("begun")
for result in stage3.run(config, state=state):
    say("interrupted")  # a result instead of KeyboardInterrupt would be wrong
""", slow_fleet)
    assert process.stdout.readline() == "begun\n"
    slow_fleet.sim.wait_for(1)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    check_within(2, time.monotonic() - begin)
    assert out == "" and err.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT
    stage3.RunLock(slow_fleet.state_path).release()


@repeated_when_late
def test_second_ctrl_c_cuts_the_wait_short(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    process = start("""
say("begun")
list(stage3.run(config, state=state))
""", slow_fleet)
    assert process.stdout.readline() == "begun\n"
    slow_fleet.sim.wait_for(1)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    check_within(0.6, time.monotonic() - begin)
    assert process.returncode == -signal.SIGINT and err.count("KeyboardInterrupt") == 2, err
    stage3.RunLock(slow_fleet.state_path).release()


@repeated_when_late
def test_ctrl_c_in_a_loop(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    seconds, out, err = interrupted(start("""
import asyncio
async def main():
    say("begun")
    try:
        async for result in stage3.aio.run(config, state=state):
            pass
    finally:
        stage3.RunLock(state)
        say("interrupted")
        say("saved and unlocked")
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
""", slow_fleet), slow_fleet)
    check_within(1.5, seconds)  # with the wait for what is in flight
    assert (out, err) == ("saved and unlocked\n", "")


def test_the_end_of_a_program_that_closes_nothing(make_fleet):
    fleet = make_fleet([device("Fast"), device("Slow", latency_ms={"*": 20000})], config={"timeouts": {"reach": 30}})
    program = """
runner = stage3.Runner(config, state=state)
say(next(runner).key)
"""
    in_loop = """
import asyncio
runner = stage3.aio.Runner(config, state=state)
async def main():
    await runner.__aenter__()
    say((await runner.__anext__()).key)
asyncio.run(main())
"""
    for text in (program, in_loop):
        fleet.write_state(fleet.entries())
        process = start(text, fleet)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, fleet.key(0) + "\n", "")
        assert fleet.recorded(0)["device_name"] == "Fast"


def test_fork(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    process = start("""
import asyncio
def refused(call):
    try:
        call()
    except stage3.ForkedError as error:
        return "parent process of a fork" in str(error)
runner = stage3.Runner(config, state=state)
store = stage3.StateStore(state)
asynchronous = stage3.aio.Runner(devices={})
async def enter():
    await asynchronous.__aenter__()
    if os.fork() == 0:
        told = [refused(lambda: next(runner)), refused(lambda: runner.add({})), refused(store.save),
                refused(lambda: asynchronous.add({}))]
        runner.close()
        asynchronous._close_at_exit()
        say(told)
        # What is new works.
        say(len(list(stage3.run(devices={}))))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
    await asynchronous.aclose()
asyncio.run(enter())
import threading
waiting = threading.Timer(0.3, runner.cancel)
waiting.start()
say(len(list(runner)))
runner.close()
stage3.RunLock(state)
""", slow_fleet)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "[True, True, True, True]\n0\n5\n", "")


def test_a_child_that_just_ends_does_the_parent_no_harm(make_fleet):
    fleet = make_fleet([device(f"Name {i}", latency_ms={"*": 100}) for i in range(4)])
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        results = [next(runner)]
        child = os.fork()
        if child == 0:
            del runner
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        results += runner
    assert [result.outcome for result in results] == ["ok"] * 4
    assert fleet.recorded(3)["device_name"] == "Name 3"


def test_sub_interpreters(python):
    for first in ("", "import stage3\n"):
        told = python(first + """
import _xxsubinterpreters as interpreters
try:
    interpreters.run_string(interpreters.create(), "import stage3")
except Exception as error:
    print(error)
""").stdout
        assert "ImportError" in told and "main interpreter only" in told


THREADS = """
import sys, threading
import stage3
sys.setswitchinterval(1e-6)

def one(number):
    for _ in range(800):
        stage3.StateStore(sys.argv[1]).devices
        with stage3.RunLock(f"{sys.argv[1]}.{number}"):
            list(stage3.run(devices={}))

threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


def test_objects_made_by_many_threads(python, tmp_path):
    """pybind11 keeps a table of its objects, and aborts the process if it was written without the GIL."""
    state = tmp_path / "state.json"
    state.write_text("{}")
    assert python(THREADS, state).stdout == "done\n"


LEAK = """
import asyncio, gc, os, tracemalloc
import stage3
inventory = INVENTORY

def blocking():
    assert len(list(stage3.run(devices=inventory, on_event=lambda event: None))) == 2

def left_early():
    next(stage3.run(devices=inventory))

async def in_loop():
    assert len([result async for result in stage3.aio.run(devices=inventory, on_permit=lambda *_: True)]) == 2

def broken():
    try:
        list(stage3.run(devices=inventory, on_event=lambda event: 1 / 0))
    except ZeroDivisionError:
        pass

def rounds(count):
    for number in range(count):
        blocking()
        asyncio.run(in_loop())
        if number % 5 == 0:
            left_early()
            broken()
    gc.collect()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def descriptors():
    return len(os.listdir("/proc/self/fd"))

rounds(100)
before = resident(), descriptors()
rounds(350)
after = resident(), descriptors()
tracemalloc.start()
rounds(10)
first = tracemalloc.get_traced_memory()[0]
rounds(50)
grown = tracemalloc.get_traced_memory()[0] - first
print(after[0] - before[0], after[1] - before[1], grown)
"""


def test_no_leak_over_1000_runs(make_fleet, python):
    fleet = make_fleet([device("Name"), device("Name")], log=False)
    done = python(LEAK.replace("INVENTORY", repr(fleet.entries())))
    resident, descriptors, traced = map(int, done.stdout.split())
    print(f"840 runs, after 240 others: {resident / 1024:.0f} KiB resident, {descriptors} descriptors; "
          f"120 runs: {traced} bytes of Python's")
    assert resident < 2 * 1024 * 1024 and descriptors == 0 and traced < 40 * 1024
