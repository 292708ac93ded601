"""Runs that come while an update is under way, after it, and long after it: what they send, say and record."""

import re
import time

import pytest

from fleet import device
from promptly import check_in_time, repeated_when_late
from updates import BUILD, judged, offering

UPDATE = "Shelly.Update"
DEADLINE = 3
OTA = {"mode": "check_and_update", "rate": 0, "quiet": 1, "poll": 0.5, "deadline": DEADLINE}
CONFIG = {"ota": OTA}
NIGHTS = [pytest.param([], id="without waiting"), pytest.param(["--wait"], id="waiting")]


def outdated(**settings):
    return device(ver="1.7.1", update=offering(**settings))


def state_of(fleet, index=0):
    return fleet.recorded(index)["ota"]["state"]


def wait_until_ended():
    """By clocks that count whole seconds."""
    time.sleep(DEADLINE + 0.2)


@repeated_when_late
def test_run_during_an_installation_sends_nothing(make_fleet):
    fleet = make_fleet([outdated(apply_seconds=5)], {"ota": {**OTA, "deadline": 60}})
    assert fleet.run().summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=1"
    before = fleet.recorded()["ota"]
    for _ in range(2):
        run = fleet.run("--json")
        told = run.json[0]
        check_in_time(told.get("fw") == "1.7.1", "it has been installed by now")
        assert run.exit == 0 and told["outcome"] == "ok" and told["ota_status"] == "update_available"
        assert not (told["update_sent"] or told["update_held"] or told["update_ended"]) and told["errors"] == []
        assert fleet.recorded()["ota"] == before and before["state"] == "sent"
    assert fleet.calls().count(UPDATE) == 1


def test_line_says_since_when(make_fleet):
    fleet = make_fleet([outdated(apply_seconds=100)], {**CONFIG, "logging": {"base_path": "data/log.txt"}})
    fleet.run()
    run = fleet.run()
    assert run.exit == 0 and "OTA=updateable" in run.line and "ERR" not in run.line
    lines = (fleet.dir / "data/log.txt").read_text().splitlines()
    assert re.search(r" FW=1\.7\.1 -> 1\.7\.5 started \d+ s ago$", lines[-3]), lines


@pytest.mark.parametrize("arguments", NIGHTS)
def test_run_after_it_sees_the_end(make_fleet, arguments):
    """And tells a failure once: in the run that has found it."""
    ends = {"install": "updated", "discard": "unchanged", "cut_short": "unchanged", "stuck": "unchanged", "lost": "lost"}
    fleet = make_fleet([outdated(result=result, apply_seconds=0.5, reboot_seconds=0.5) for result in ends], CONFIG)
    assert fleet.run().exit == 0
    assert [state_of(fleet, index) for index in range(5)] == 5 * ["sent"]
    wait_until_ended()
    for is_first in (True, False):
        run = fleet.run("--json", *arguments)
        told = {one["mac"]: one for one in run.json[:-1]}
        for index, (result, state) in enumerate(ends.items()):
            one = told[fleet.macs[index]]
            assert state_of(fleet, index) == state and fleet.recorded(index)["ota"]["attempts"] == 1, result
            assert one["update_ended"] == is_first and ("ota" in one) == is_first, (result, one)
            assert (one["outcome"] == "failed") == (is_first and result != "install"), (result, one)
            assert one["update_held"] == (state == "unchanged" and not is_first), (result, one)
        assert run.exit == (1 if is_first else 0), run
    assert judged(fleet, DEADLINE) == []


def test_what_has_failed_is_tried_again_long_after_and_not_for_ever(make_fleet):
    config = {"ota": {**OTA, "deadline": 1, "retry_after": 4}}
    fleet = make_fleet([outdated(result="cut_short", apply_seconds=0)], config)
    assert fleet.run().summary.endswith(" updates=1")
    time.sleep(1.2)
    assert fleet.run().exit == 1
    held = fleet.run("--json").json[0]
    assert held["update_held"] and re.fullmatch(r"unchanged \d s ago, again in \d s", held["held"]), held
    time.sleep(4)
    assert fleet.run("--wait").exit == 1 and fleet.recorded()["ota"]["attempts"] == 2
    time.sleep(4)
    run = fleet.run("--json")
    assert run.exit == 0 and run.json[0]["held"] == "tried 2 times, unchanged" and state_of(fleet) == "unchanged"
    first, second = fleet.requests(rpc=UPDATE)
    assert second["t"] - first["t"] >= 3, "retry_after, by clocks that count whole seconds"


def test_resume_counts_failures_as_never_tried(make_fleet):
    fleet = make_fleet([outdated(result=["cut_short", "install"], apply_seconds=0.5, reboot_seconds=0.5)], CONFIG)
    assert fleet.run("--wait").exit == 1 and state_of(fleet) == "unchanged"
    assert fleet.run().summary.endswith(" held=1") and fleet.calls().count(UPDATE) == 1
    run = fleet.run("--wait", "--resume")
    assert run.exit == 0 and state_of(fleet) == "updated" and fleet.recorded()["ota"]["attempts"] == 1, run


def test_another_offer_meanwhile_is_not_sent_either(make_fleet):
    """Nothing is sent to a device that installs, not even another build."""
    fleet = make_fleet([outdated(apply_seconds=100, changes=[{"stable": "1.7.6", "after_updates": 1}])], CONFIG)
    fleet.run()
    run = fleet.run()
    assert run.exit == 0 and fleet.recorded()["update"] == "1.7.6" and fleet.recorded()["ota"]["to"] == "1.7.5"
    assert fleet.calls().count(UPDATE) == 1


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--dry-run", "--wait"]])
def test_dry_run_sees_the_end_and_records_none(make_fleet, arguments):
    fleet = make_fleet([outdated(apply_seconds=0, reboot_seconds=0)], CONFIG)
    fleet.run()
    before = fleet.state
    assert "OTA=up_to_date" in fleet.run(*arguments).line
    assert fleet.state == before and state_of(fleet) == "sent"


def test_check_only_ends_records_too(make_fleet):
    fleet = make_fleet([outdated(apply_seconds=0, reboot_seconds=0)], CONFIG)
    fleet.run()
    fleet.write_config({"ota": {**OTA, "mode": "check_only"}})
    assert fleet.run().exit == 0 and state_of(fleet) == "updated"


@pytest.mark.parametrize("record", [5, "sent", [], {"state": "sent"}, {"state": "installing"}, {}])
def test_record_that_cannot_be_read_stays_as_it_is(make_fleet, record):
    fleet = make_fleet([device(ver="1.7.1", update=offering(), entry={"stage3": {"ota": record}})], CONFIG)
    told = fleet.run("--json").json[0]
    assert told["update_held"] and told["held"] == "stage3.ota cannot be read", told
    assert fleet.recorded()["ota"] == record and UPDATE not in fleet.calls()


def test_record_that_somebody_takes_out_was_never_there(make_fleet):
    fleet = make_fleet([outdated(result="cut_short")], CONFIG)
    fleet.run()
    wait_until_ended()
    assert fleet.run().exit == 1
    state = fleet.state
    del state[fleet.macs[0]]["stage3"]["ota"]
    fleet.write_state(state)
    assert fleet.run().summary.endswith(" updates=1") and fleet.recorded()["ota"]["attempts"] == 1


def test_joins_what_an_earlier_run_has_sent(make_fleet):
    fleet = make_fleet([outdated(apply_seconds=1) for _ in range(3)], {"ota": {**OTA, "deadline": 60}})
    assert fleet.run().summary.endswith(" updates=3")
    run = fleet.run("--wait")
    assert run.exit == 0 and run.summary == "Stage 3 summary: total=3 ok=3 failed=0 updated=3", run
    assert [state_of(fleet, index) for index in range(3)] == 3 * ["updated"]
    assert judged(fleet, 60) == []


def test_time_that_lies_ahead_is_now(make_fleet):
    record = {"state": "sent", "from": "1.7.1", "to": "1.7.5", "build": BUILD, "sent_at": "2199-01-01T00:00:00Z", "attempts": 1}
    fleet = make_fleet([device(ver="1.7.1", update=offering(), entry={"stage3": {"ota": record}})], CONFIG)
    assert fleet.run().exit == 0
    mended = fleet.recorded()["ota"]["sent_at"]
    assert mended < "2199" and state_of(fleet) == "sent"
    assert fleet.run().exit == 0 and fleet.recorded()["ota"]["sent_at"] == mended
    wait_until_ended()
    assert fleet.run().exit == 1 and state_of(fleet) == "unchanged" and UPDATE not in fleet.calls()
