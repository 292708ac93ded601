"""Updates that are seen to their end (`--wait`): every kind of end, how long it takes, and what a cancel leaves."""

import json
import os
import signal
import time

import pytest

import figures
from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late
from updates import BUILD, OTHER_BUILD, judged, monotonic_of, offering

LONG = os.environ.get("STAGE3_LONG") == "1"
CHECK, UPDATE, WRITE = "Shelly.CheckForUpdate", "Shelly.Update", "Sys.SetConfig"
RATE = 10
CONFIG = {"ota": {"mode": "check_and_update", "rate": RATE, "quiet": 1, "poll": 0.5, "deadline": 60}}
# What is recorded, shown and told in a run that has seen such an end.
ENDS = {
    "updated": ("up_to_date", None, "OTA=up_to_date"),
    "unchanged": ("error", "OTA: unchanged: 1.7.5 was sent, still runs 1.7.1", "OTA=error"),
    "other": ("error", f"OTA: other: 1.7.5 was sent, runs another build of it ({OTHER_BUILD})", "OTA=error"),
    "unstable": ("error", "OTA: unstable: 1.7.5 was sent, and it reboots again and again", "OTA=error"),
    "lost": ("offline", "OTA: lost: 1.7.5 was sent {deadline} s ago, not seen since", "OTA=offline"),
}


def with_ota(**settings):
    return {"ota": {**CONFIG["ota"], **settings}}


def installing(number):
    """No two in a row take equally long: 1 to 3 seconds, and 1 to 2 for the reboot."""
    return device(ver="1.7.1", update=offering(apply_seconds=1 + number % 5 / 2, reboot_seconds=1 + number % 3 / 2))


def others(count):
    return [device(ver="1.7.5", update={"stable": "1.7.5"}) for _ in range(count)]


def seconds_needed(updates):
    """What nobody can be faster than in this order: each has its turn at that rate, and then takes its time."""
    in_order = sorted(updates, key=lambda update: update["t"])
    return max(turn / RATE + update["ended"] - update["t"] for turn, update in enumerate(in_order))


@repeated_when_late
def test_all_are_seen_to_their_end_as_fast_as_can_be(make_fleet):
    updates, count = (60, 300) if LONG else (20, 60)
    devices = [installing(number) for number in range(updates)]
    fleet = make_fleet(devices + others(count - updates), CONFIG)
    run = fleet.run("--wait")
    assert run.exit == 0 and run.summary == f"Stage 3 summary: total={count} ok={count} failed=0 updates={updates} updated={updates}", run
    started = fleet.sim.stop()["updates"]
    assert len(started) == updates
    for index in range(updates):
        record = fleet.recorded(index)["ota"]
        assert (record["state"], record["from"], record["to"], record["build"]) == ("updated", "1.7.1", "1.7.5", BUILD)
        assert record["attempts"] == 1 and "error" not in record
        [update] = started[fleet.macs[index]]["started"]
        # Uptimes and clocks that count whole seconds.
        assert abs(monotonic_of(record["ended_at"]) - update["ended"]) <= 2.1
        assert abs(monotonic_of(record["sent_at"]) - update["t"]) <= 2.1
        assert fleet.recorded(index)["ota_status"] == "up_to_date" and fleet.entry(index)["stage3"]["fw"] == "1.7.5"
    assert all("ota" not in fleet.recorded(index) for index in range(updates, count))
    needed = seconds_needed([seen["started"][0] for seen in started.values()])
    figures.tell(16, f"{updates} updates among {count} devices seen to their end in {run.seconds:.1f} s, "
                     f"{run.seconds / needed:.2f} times what the rate and the devices demand")
    # A short run is hardly longer than its start and the last look.
    check_within(1.1 * needed + (0 if LONG else 1), run.seconds)


def ending():
    """A device for each kind of end; a discarded update shows by the reboot, which takes a while."""
    becomes = {"ver": "1.7.5", "fw_id": OTHER_BUILD}
    return {
        "updated": offering(),
        "unchanged": offering(result="discard", apply_seconds=3),
        "other": offering(stable={"version": "1.7.5", "build_id": BUILD, "becomes": becomes}),
        "unstable": offering(reboots_again={"every_seconds": 1}),
        "lost": offering(result="lost"),
    }


def kinds_of_ends():
    counts = {"updated": 25, "unchanged": 20, "other": 5, "unstable": 5, "lost": 5} if LONG else dict.fromkeys(ENDS, 2)
    return [kind for kind, count in counts.items() for _ in range(count)]


def check_told(run, fleet, index, told, kind, deadline):
    """In the line, in what programs read, and in the file, the same."""
    status, error, shown = ENDS[kind]
    recorded = fleet.recorded(index)
    text = recorded.get("error")
    assert (recorded["ota_status"], recorded["ota"]["state"]) == (status, kind)
    # A machine with much else to do looks later than at the deadline.
    late = [error and error.format(deadline=deadline + seconds) for seconds in range(5)]
    assert text in late
    assert told["ota"] == recorded["ota"] and told["ota_status"] == status and told["update_ended"]
    assert told["update_sent"] and [problem["text"] for problem in told["errors"]] == ([text] if text else [])
    assert told["outcome"] == ("ok" if kind == "updated" else "failed")
    assert shown in run and (f"ERR=OTA: {kind}" in run) == (text is not None)


def run_twice(make_fleet, kinds, config):
    """The same fleet once for people and once for programs: (lines by address, told by MAC, fleet) of both."""
    out = []
    for arguments in ([], ["--json"]):
        made = ending()
        fleet = make_fleet([device(ver="1.7.1", update=made[kind]) for kind in kinds] + others(len(kinds)), config)
        out.append((fleet, fleet.start("--wait", *arguments)))
    return [(fleet, process.communicate(timeout=PATIENCE)[0].decode(), process.returncode) for fleet, process in out]


def test_each_end_is_told_as_what_it_is(make_fleet):
    kinds = kinds_of_ends()
    deadline = 10
    (shown, lines, status), (fleet, told, also) = run_twice(make_fleet, kinds, with_ota(rate=0, deadline=deadline, settle=4))
    assert (status, also) == (1, 1)
    updated = kinds.count("updated")
    failed = len(kinds) - updated
    summary = (f"Stage 3 summary: total={2 * len(kinds)} ok={len(kinds) + updated} failed={failed} "
               f"updates={len(kinds)} updated={updated}")
    assert lines.splitlines()[-1] == summary
    results = {one["mac"]: one for one in map(json.loads, told.splitlines()) if one["type"] == "device"}
    for index, kind in enumerate(kinds):
        [line] = [text for text in lines.splitlines() if f"@ {shown.addresses[index]} " in text]
        check_told(line, fleet, index, results[fleet.macs[index]], kind, deadline)
        assert shown.recorded(index)["ota"]["state"] == kind
    assert judged(fleet, deadline) == [] and judged(shown, deadline) == []


def test_old_device_walks_through_what_has_to_come_before(make_fleet):
    """And gets the name back that an update has cost it."""
    update = offering(apply_seconds=0.5, reboot_seconds=0.5, loses_name=True)
    fleet = make_fleet([device("Küche", ver="1.0.7", update=update)], CONFIG)
    run = fleet.run("--wait")
    assert run.exit == 0 and run.summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=2 updated=1 names=1", run
    record = fleet.recorded()["ota"]
    assert (record["state"], record["from"], record["to"]) == ("updated", "1.3.3", "1.7.5")
    assert fleet.recorded()["device_name"] == "Küche" and "OTA=up_to_date" in run.line
    assert fleet.calls().count(WRITE) == 3
    ended = fleet.sim.stop()
    assert [update["version"] for update in ended["updates"][fleet.macs[0]]["started"]] == ["1.3.3", "1.7.5"]
    assert ended["changed_devices"][fleet.macs[0]]["name"] == "Küche"


def test_steps_are_bounded(make_fleet):
    fleet = make_fleet([device(ver="1.0.7", update=offering(apply_seconds=0.5, reboot_seconds=0.5))], with_ota(max_steps=1))
    run = fleet.run("--wait")
    assert run.exit == 0 and run.summary.endswith(" updates=1 updated=1 held=1"), run
    assert "OTA=updateable" in run.line and fleet.recorded()["ota_status"] == "update_available"
    assert (fleet.recorded()["ota"]["state"], fleet.recorded()["ota"]["to"]) == ("updated", "1.3.3")
    assert fleet.calls().count(UPDATE) == 1


@repeated_when_late
def test_ctrl_c_ends_the_waiting_at_once(make_fleet):
    made = [device("Neu", ver="1.7.1", update=offering(apply_seconds=1, reboot_seconds=1)) for _ in range(3)]
    fleet = make_fleet(made, with_ota(quiet=100))
    process = fleet.start("--wait")
    fleet.sim.wait_for(3, rpc=UPDATE)
    time.sleep(0.3)
    assert process.poll() is None
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=PATIENCE)[0].decode()
    took = time.monotonic() - begin
    assert process.returncode == 130 and "updates=3" in out, out
    for index in range(3):
        recorded = fleet.recorded(index)
        assert recorded["ota_status"] == "update_available" and recorded["device_name"] == "Neu"
        assert recorded["ota"]["state"] == "sent" and "error" not in recorded["ota"]
    check_within(1, took)
    time.sleep(2)
    run = fleet.run()
    assert run.exit == 0 and run.summary == "Stage 3 summary: total=3 ok=3 failed=0 updated=3", run
    assert [fleet.recorded(index)["ota"]["state"] for index in range(3)] == 3 * ["updated"]
    assert fleet.calls().count(UPDATE) == 3
