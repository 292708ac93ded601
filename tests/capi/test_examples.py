"""The programs of examples/, which embed the library, on a simulated fleet: device by device."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fleet import Fleet, device
from promptly import PATIENCE, check_within, repeated_when_late

SOURCE = Path(os.environ["STAGE3_SOURCE"])
BUILT = dict(line.split("=", 1) for line in os.environ["STAGE3_EXAMPLES"].split("\n"))
LEFT_OUT = dict(line.split("=", 1) for line in os.environ.get("STAGE3_EXAMPLES_LEFT_OUT", "").split("\n") if line)

LOOPS = ["epoll_loop.c", "sd_event_loop.c", "uv_loop.c", "glib_loop.c"]
BLOCKING = ["minimal.c", "decide_later.c", "minimal.cpp", "sync.cpp"]
WITH_STATE = [*BLOCKING, *LOOPS]
INTERRUPTIBLE = ["stage1_link.c", "sync.cpp", *LOOPS]
NEEDS = {"glib_loop.c": "glib-2.0", "sd_event_loop.c": "libsystemd", "uv_loop.c": "libuv"}

PASSWORD = "geheim"
LATENCY = {"*": 20, "Shelly.CheckForUpdate": 450}


def program(name):
    if name in LEFT_OUT:
        pytest.skip(f"examples/*/{name} was not built: there is no {LEFT_OUT[name]}")
    return BUILT[name]


def mixed_fleet():
    """Devices, each with the outcome and the ota_status that it must come to."""
    kinds = [
        (20, "ok", "up_to_date", {}),
        (8, "ok", "update_available", {"update": {"stable": "9.0.0"}}),
        (5, "ok", "up_to_date", {"auth": {"password": PASSWORD}}),
        (3, "failed", "check_failed", {"faults": [{"kind": "status", "rpc": "Shelly.CheckForUpdate"}]}),
        (3, "failed", "error", {"auth": {"password": "another one"}}),
        (2, "failed", "error", {"kind": "gen1"}),
        (5, "failed", "error", {"state": {}}),  # its entry expects another device
        (4, "offline", "offline", {"presence": "refused"}),
        (2, "offline", "offline", {"presence": "reset"}),
    ]
    devices, wanted = [], []
    for count, outcome, ota_status, settings in kinds:
        for _ in range(count):
            key = f"34945472A6{len(devices):02X}" if "state" in settings else None
            devices.append(device(f"Lampe {len(devices)}", key=key, name=f"Alt {len(devices)}",
                                  **{"latency_ms": LATENCY, **settings}))
            wanted.append((outcome, ota_status))
    return devices, wanted


@pytest.fixture
def make_fleet(tmp_path):
    fleets = []

    def make(devices, config=None):
        fleets.append(Fleet(tmp_path, devices, {"auth": {"secrets_file": "secrets.yaml"}, **(config or {})}))
        secrets = tmp_path / "secrets.yaml"
        secrets.write_text(f"shelly: {{password: {PASSWORD}}}\n")
        secrets.chmod(0o600)
        return fleets[-1]

    yield make
    for fleet in fleets:
        fleet.close()


def start(name, fleet):
    """Starts a program in the fleet's directory; stage1_link.c is told the devices instead of the state file."""
    known = "".join(f"{key} {entry['ip']} {entry.get('friendly_name', '')}\n" for key, entry in fleet.entries().items())
    process = subprocess.Popen([program(name)], cwd=fleet.dir, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "SHELLY_PASSWORD": PASSWORD})
    process.stdin.write(known if name == "stage1_link.c" else "")
    process.stdin.flush()
    process.stdin.close()
    process.stdin = None
    return process


def run(name, fleet):
    process = start(name, fleet)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def outcomes(out):
    """The second word of each line by its first one, the MAC."""
    lines = [line.split(" ")[:2] for line in out.splitlines()]
    assert len(dict(lines)) == len(lines), out
    return dict(lines)


def ticks(err, total):
    """How many devices were done at each tick of the host's timer; there is nothing else in `err`."""
    found = re.findall(rf"^(\d+) of {total} done$", err, re.MULTILINE)
    assert len(found) == len(err.splitlines()), err
    return [int(done) for done in found]


def names_to_be(fleet, wanted):
    """The names that are written, by MAC: also on a device whose update check fails later."""
    return {fleet.macs[i]: f"Lampe {i}" for i, (outcome, ota) in enumerate(wanted)
            if outcome == "ok" or ota == "check_failed"}


def names_on_devices(fleet):
    """The names of the devices that somebody has written to, by MAC. Ends the simulator."""
    return {mac: changed["name"] for mac, changed in fleet.sim.stop()["changed_devices"].items()}


@pytest.mark.parametrize("name", WITH_STATE)
def test_a_mixed_fleet_is_told_and_recorded_device_by_device(name, make_fleet):
    devices, wanted = mixed_fleet()
    fleet = make_fleet(devices)
    status, out, err = run(name, fleet)
    assert outcomes(out) == {fleet.key(i): outcome for i, (outcome, _) in enumerate(wanted)}
    assert status == 0
    if name in LOOPS:
        done = ticks(err, len(devices))
        assert len(done) >= 3 and done == sorted(done)
    else:
        assert err == ""
    assert [fleet.recorded(i).get("ota_status") for i in range(len(devices))] == [ota for _, ota in wanted]
    assert names_on_devices(fleet) == names_to_be(fleet, wanted)


def test_devices_in_memory_are_told_and_leave_no_file(make_fleet):
    devices, wanted = mixed_fleet()
    fleet = make_fleet(devices)
    before = {path: path.read_bytes() for path in fleet.dir.rglob("*") if path.is_file()}
    status, out, err = run("stage1_link.c", fleet)
    assert (status, err) == (0, "")
    told = {line.split(" ")[0]: tuple(line.split(" ")[1:3]) for line in out.splitlines()}
    assert told == {fleet.key(i): kind for i, kind in enumerate(wanted)} and len(out.splitlines()) == len(devices)
    assert out.count("identity: expected") == 5 and out.count("auth: login refused") == 3
    assert {path: path.read_bytes() for path in fleet.dir.rglob("*") if path.is_file()} == before
    assert names_on_devices(fleet) == names_to_be(fleet, wanted)


@pytest.mark.parametrize("name", INTERRUPTIBLE)
@repeated_when_late
def test_an_interrupt_ends_the_run_and_keeps_what_is_known(name, make_fleet):
    count = 30
    hanging = {"latency_ms": {"Shelly.CheckForUpdate": 15000}}
    devices = [device("Lampe", name="Lampe", **(hanging if i % 2 else {})) for i in range(count)]
    # Some devices are still waiting for a place when the signal comes.
    fleet = make_fleet(devices, {"concurrency": 20})
    process = start(name, fleet)
    fleet.sim.wait_for(count // 2, rpc="Shelly.CheckForUpdate")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    out, _ = process.communicate(timeout=PATIENCE)
    check_within(5, time.monotonic() - begin)
    assert process.returncode == 1
    told = outcomes(out)
    assert set(told) == set(fleet.macs)
    assert all(told[fleet.macs[i]] == "cancelled" for i in range(1, count, 2))
    known = [i for i in range(count) if told[fleet.macs[i]] == "ok"]
    assert len(known) >= 5
    if name in WITH_STATE:
        assert [i for i in range(count) if fleet.recorded(i)] == known


@pytest.mark.parametrize("name", WITH_STATE)
def test_a_fleet_of_nobody_is_done_at_once(name, make_fleet):
    fleet = make_fleet([device()])
    fleet.write_state({})
    assert run(name, fleet) == (0, "", "")


@pytest.mark.parametrize("name", WITH_STATE)
def test_a_mistake_is_told(name, make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.write_text("stage3:\n  concurency: 8\n")
    assert run(name, fleet) == (
        1, "", "data/config.yaml:2:3: unknown key 'concurency', did you mean 'concurrency'?\n")


@pytest.mark.parametrize("name", WITH_STATE)
def test_a_second_run_is_refused(name, make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 3000})])
    first = start(name, fleet)
    fleet.sim.wait_for(1)
    status, out, err = run(name, fleet)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert (status, out) == (1, "") and f"process {first.pid}" in err


def test_a_conversation_needs_no_http():
    done = subprocess.run([program("own_transport.cpp")], text=True, capture_output=True, timeout=PATIENCE, check=False)
    *frames, told = done.stdout.splitlines()
    assert (done.returncode, told, done.stderr) == (0, "ok Kitchen 1.7.5", "")
    asked = [json.loads(frame) for frame in frames]
    assert [(frame["method"], frame.get("params")) for frame in asked] == [
        ("Shelly.GetDeviceInfo", None),
        ("Sys.SetConfig", {"config": {"device": {"name": "Kitchen"}}}),
        ("Shelly.GetDeviceInfo", None),
        ("Shelly.CheckForUpdate", None),
    ]


def test_an_address_that_is_none_is_told():
    done = subprocess.run([program("stage1_link.c")], input="A8032ABE54DC nowhere.example Lampe\n", text=True,
                          capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1 and done.stdout == "" and "nowhere.example" in done.stderr


@pytest.mark.parametrize("name", [*LOOPS, "minimal.c", "decide_later.c", "stage1_link.c"])
def test_it_is_plain_c99(name):
    program(name)
    flags = []
    if name in NEEDS:
        found = subprocess.run(["pkg-config", "--cflags", NEEDS[name]], capture_output=True, text=True, check=True)
        flags = found.stdout.replace("-I", "-isystem ").split()
    done = subprocess.run([*os.environ["STAGE3_CC"].split(), "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-pedantic",
                           "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only", f"-I{SOURCE}/include", *flags,
                           SOURCE / "examples" / "c" / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_guide_quotes_the_programs():
    guide = (SOURCE / "docs" / "embedding.md").read_text(encoding="utf-8")
    found = re.findall(r"`(examples/[\w/]+\.(?:c|cpp))`[^`]*:\n\n```(?:c|cpp)\n(.*?)```", guide, re.DOTALL)
    assert len(found) == len(re.findall(r"^```(?:c|cpp)$", guide, re.MULTILINE)) > 0
    for path, code in found:
        rest = [" ".join(line.split()) for line in (SOURCE / path).read_text(encoding="utf-8").splitlines()]
        for line in filter(None, (" ".join(line.split()) for line in code.splitlines())):
            assert line in rest, f"{path} has no such line, or not at this place: {line}"
            rest = rest[rest.index(line) + 1:]
