"""Whole fleets: every captured device, and everything that can go wrong at once."""

import json
import os
from pathlib import Path

import pytest

from fleet import Fleet, device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late

DEVICES = os.environ.get("STAGE3_DEVICES_DIR", "")

needs_captures = pytest.mark.skipif(not Path(DEVICES).is_dir() or not DEVICES,
                                    reason="STAGE3_DEVICES_DIR names no directory of captured devices")


def captured():
    """The captured answers, in the order in which the simulator takes them."""
    return [json.loads(path.read_text()) for path in sorted(Path(DEVICES).glob("*.json"))]


@pytest.fixture
def captured_fleet(tmp_path):
    fleet = Fleet(tmp_path, [], captures=DEVICES)
    fleet.write_state(fleet.sim.state())
    yield fleet
    fleet.close()


@needs_captures
def test_every_captured_device_is_understood(captured_fleet):
    run = captured_fleet.run("--json")
    *devices, summary = run.json
    known = {capture["shelly"]["mac"]: capture for capture in captured()}
    assert summary["ok"] == len(known) > 0 and run.exit == 0, run
    for told in devices:
        info = known[told["mac"]]["shelly"]
        assert (told["id"], told["fw"], told["fw_id"]) == (info["id"], info["ver"], info["fw_id"])
        assert told.get("app", "") == info["app"]
        offers = known[told["mac"]]["status"]["sys"]["available_updates"]
        if "stable" not in offers:
            assert told["ota_status"] == "up_to_date"


# What is offered to the captured devices that are offered anything, and is newer than what they run.
STABLE = {"441793D0B104": "1.3.3"}
BETA = {**STABLE, "A085E3BCA4C8": "2.0.0-beta1", "34CDB0770C4C": "2.0.0-beta1", "A0A3B35C7024": "2.0.0-beta1",
        "E08CFE8BD798": "2.0.0-beta1", "D4D4DA3B1F18": "1.5.1-beta1", "441793CCDDD4": "1.5.1-beta1",
        "84FCE63957F4": "2.0.0-beta1", "EC62608AB9A4": "2.0.0-beta2", "A0DD6CA0C27C": "2.0.0-beta2",
        "34987A4957C4": "2.0.0-beta2",
        # Shipped with 1.7.99-powerstripg4prod1: told by the dates.
        "D885ACE52518": "2.0.0-beta1"}


@needs_captures
@pytest.mark.parametrize("stage, newer", [("stable", STABLE), ("beta", BETA)])
def test_what_is_newer_for_each_captured_device(captured_fleet, stage, newer):
    captured_fleet.write_config({"ota": {"stage": stage}})
    *devices, _ = captured_fleet.run("--json").json
    assert {told["mac"]: told["update"] for told in devices if "update" in told} == newer


@needs_captures
def test_every_captured_device_takes_a_name_and_tells_no_second_change(captured_fleet):
    state = {mac: {**entry, "friendly_name": f"Gerät {i}"} for i, (mac, entry)
             in enumerate(captured_fleet.sim.state().items())}
    captured_fleet.write_state(state)
    run = captured_fleet.run()
    assert run.exit == 0, run
    after = captured_fleet.state
    assert {mac: entry["stage3"]["device_name"] for mac, entry in after.items()} == {
        mac: entry["friendly_name"] for mac, entry in state.items()}
    writes = captured_fleet.calls().count("Sys.SetConfig")
    assert captured_fleet.run().exit == 0
    assert captured_fleet.calls().count("Sys.SetConfig") == writes == len(state)


INSTALL = {"ota": {"mode": "check_and_update", "timeout": 0.6, "rate": 0},
           "timeouts": {"rpc": 0.6, "reach": 0.6}}
INFO = "Shelly.GetDeviceInfo"

# What an entry meets, and how it must be told.
ZOO = [
    (device("Neu", name="Alt"), "ok", "up_to_date"),
    (device("Neu", kind="wall_display"), "ok", "up_to_date"),
    (device(update={"stable": "9.0.0"}), "ok", "update_available"),
    (device(ver="2.0.0-beta1", update={"stable": "1.7.0-miniemg4prod0"}), "ok", "up_to_date"),
    (device("Neu", kind="gen1"), "failed", "error"),
    (device("Neu", key="A8032A0000FF"), "failed", "error"),
    (device("Neu", auth={"password": "secret"}), "failed", "error"),
    (device(presence="refused"), "offline", "offline"),
    (device(presence="reset"), "offline", "offline"),
    (device(presence="silent"), "offline", "offline"),
    (device(update={"internet": False}), "failed", "check_failed"),
    (device(entry={"ip": "127.1"}), "failed", "error"),
    (device(faults=[{"kind": "endless"}]), "failed", "error"),
    (device(faults=[{"kind": "headers", "lines": 50}]), "failed", "error"),
    (device(faults=[{"kind": "drip", "bytes": 30, "interval_ms": 200}]), "failed", "error"),
    (device(faults=[{"kind": "garbage", "part": "http"}]), "failed", "error"),
    (device(faults=[{"kind": "redirect"}]), "failed", "error"),
    (device(faults=[{"kind": "raw", "text": "HTTP/1.1 100 Continue\r\n\r\n", "repeat": 5000}]), "failed", "error"),
    (device(faults=[{"kind": "raw", "text": "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"}]),
     "failed", "error"),
    (device(faults=[{"kind": "status", "rpc": INFO, "status": 200, "body": "[" * 5000}]), "failed", "error"),
    (device(faults=[{"kind": "truncate"}]), "failed", "error"),
    (device(faults=[{"kind": "challenge", "rpc": ["Shelly.CheckForUpdate"]}]), "failed", "error"),
    (device("Neu", name_write="ignore"), "failed", "up_to_date"),
]


@repeated_when_late
def test_zoo_is_told_truthfully(make_fleet):
    fleet = make_fleet([animal for animal, _, _ in ZOO], INSTALL)
    run = fleet.run("--json", "--threads", "2")
    *told, summary = run.json
    outcomes = {result["key"]: (result["outcome"], result.get("ota_status", "error")) for result in told}
    for index, (_, outcome, status) in enumerate(ZOO):
        found, recorded = outcomes[fleet.key(index)], fleet.recorded(index)
        # A simulator that is held up for longer than the time limits is late, too.
        is_late = found[1] == "offline" or "timeout" in recorded.get("error", "")
        check_in_time(found == (outcome, status) or not is_late, (index, recorded))
        assert found == (outcome, status), (index, recorded)
    expected = [outcome for _, outcome, _ in ZOO]
    assert [summary[word] for word in ("total", "ok", "failed", "offline", "updates")] == [
        len(ZOO), expected.count("ok"), expected.count("failed"), expected.count("offline"), 1]
    assert run.exit == 1
    check_within(10, run.seconds)


@repeated_when_late
def test_healthy_devices_do_not_wait_for_broken_ones(make_fleet):
    broken = [device(faults=[{"kind": kind}]) for kind in ("endless", "hang", "drip", "headers", "reset")]
    fleet = make_fleet(broken * 4 + [device("Neu") for _ in range(20)],
                       {"timeouts": {"rpc": 1.5, "reach": 1.5}})
    process = fleet.start()
    seen = []
    while len(seen) < 20:
        line = process.stdout.readline().decode()
        assert line
        if "Neu)" in line:
            seen.append(line)
    is_under_way = process.poll() is None
    process.communicate(timeout=PATIENCE)
    check_in_time(is_under_way, "the healthy devices were told when all was over")
    assert process.returncode == 1


def test_many_devices_with_few_descriptors(make_fleet):
    fleet = make_fleet([device("Neu") for _ in range(300)])
    run = fleet.run("--quiet", prefix=["prlimit", "--nofile=40:40"])
    assert run.summary == "Stage 3 summary: total=300 ok=300 failed=0 names=300"
    assert all(entry["stage3"]["device_name"] == "Neu" for entry in fleet.state.values())
