"""The life cycle of an update, as a client sees it."""

import pathlib
import time

import pytest

from promptly import check_in_time, check_within, repeated_when_late
from sim_client import Simulator, call, get, mac_of, post, version
from update_client import fleet, offers, update, uptime, wait_for_reboot

def test_offers():
    with fleet({}, {"stable": "1.7.5"}, {"beta": "2.0.0-beta1"},
               {"stable": {"version": "1.7.5", "build_id": "20260101-000000/1.7.5-gabc"}},
               {"stable": "1.4.0", "beta": "1.4.4"},
               {"alt": {"Mini1PMG4ZB": {"stable": {"version": "1.7.5"}}}}) as sim:
        assert offers(sim, 0) == {}
        assert offers(sim, 1) == {"stable": "1.7.5"}
        assert offers(sim, 2) == {"beta": "2.0.0-beta1"}
        exact = call(sim, 3, "Shelly.CheckForUpdate").json()["stable"]
        assert exact == {"version": "1.7.5", "build_id": "20260101-000000/1.7.5-gabc"}
        assert offers(sim, 4) == {"stable": "1.4.0"}, "an older stable is offered"
        alternative = call(sim, 5, "Shelly.CheckForUpdate").json()
        assert alternative == {"alt": {"Mini1PMG4ZB": {"stable": {"version": "1.7.5"}}}}
        assert call(sim, 1, "Sys.GetStatus").json()["available_updates"] == {
            "stable": {"version": "1.7.5"}}
        made_up = call(sim, 1, "Shelly.CheckForUpdate").json()["stable"]["build_id"]
        assert made_up > get(sim, 1, "/shelly").json()["fw_id"], "later versions, later dates"


@repeated_when_late
def test_life_cycle():
    with fleet({"stable": "1.7.5", "beta": "2.0.0-beta1"}) as sim:
        before = call(sim, 0, "Sys.GetStatus").json()["uptime"]
        assert update(sim, 0, stage="stable") is None
        check_in_time(version(sim, 0) == "1.4.4", "it only starts")
        assert wait_for_reboot(sim, 0) == "1.7.5"
        assert "/1.7.5-" in get(sim, 0, "/shelly").json()["fw_id"]
        assert "/1.7.5-" in call(sim, 0, "Sys.GetConfig").json()["device"]["fw_id"]
        assert call(sim, 0, "Sys.GetStatus").json()["uptime"] < 5 < before
        assert offers(sim, 0) == {"beta": "2.0.0-beta1"}
        summary = sim.stop()
        assert summary["updates_accepted"] == summary["updates_installed"] == 1
        assert summary["changed_devices"][mac_of(0)]["ver"] == "1.7.5"


@pytest.mark.parametrize("parameters, expected", [
    ({"stage": "beta"}, "2.0.0-beta1"), ({}, "1.7.5"), ({"stange": "beta"}, "1.7.5")])
@repeated_when_late
def test_stage_parameter(parameters, expected):
    with fleet({"stable": "1.7.5", "beta": "2.0.0-beta1"}) as sim:
        assert update(sim, 0, **parameters) is None
        assert wait_for_reboot(sim, 0) == expected


@repeated_when_late
def test_update_by_frame():
    with fleet({"stable": "1.7.5"}) as sim:
        frame = {"id": 3, "method": "Shelly.Update", "params": {"stage": "stable"}}
        assert post(sim, 0, "/rpc", frame).json()["result"] is None
        assert wait_for_reboot(sim, 0) == "1.7.5"


def test_refusals():
    with fleet({}, {"beta": "2.0.0-beta1"}, {"stable": "1.7.5", "refusal": "no_info"},
               {"stable": "1.7.5", "refusal": "low_battery"},
               {"stable": "1.7.5", "refusal": "pending_restart"}) as sim:
        assert update(sim, 0, stage="stable") == "Resource unavailable: No update info!"
        assert update(sim, 1) == "Resource unavailable: FW stage stable not found!"
        assert offers(sim, 2) == {"stable": "1.7.5"}
        assert update(sim, 2) == "Resource unavailable: No update info!"
        assert "battery" in update(sim, 3).lower()
        assert call(sim, 0, "Shelly.Update").json()["code"] == -114
        assert call(sim, 0, "Shelly.Update").status == 500
        assert call(sim, 4, "Shelly.Update").json()["code"] == -109
        assert sim.stop()["updates_accepted"] == 0


def test_a_second_update_is_refused_while_one_runs():
    with fleet({"stable": "1.7.5", "apply_seconds": 20}) as sim:
        assert update(sim, 0) is None
        assert call(sim, 0, "Shelly.Update").json()["code"] == -109
        assert call(sim, 0, "Sys.GetConfig").status == 200
        assert sim.stop()["updates_accepted"] == 1


def test_a_pending_restart_answers_109():
    with fleet({"stable": "1.7.5", "apply_seconds": 0, "pending_seconds": 20}) as sim:
        assert update(sim, 0) is None
        for method in ("Sys.GetConfig", "Sys.SetConfig", "Shelly.CheckForUpdate", "Shelly.Update"):
            assert call(sim, 0, method).json()["code"] == -109
        assert version(sim, 0) == "1.4.4"


@repeated_when_late
def test_an_update_can_be_discarded():
    with fleet({"stable": "1.7.5", "result": "discard"}) as sim:
        assert update(sim, 0) is None
        assert wait_for_reboot(sim, 0) == "1.4.4"
        assert offers(sim, 0) == {"stable": "1.7.5"}
        summary = sim.stop()
        assert (summary["updates_accepted"], summary["updates_installed"]) == (1, 0)


def test_no_internet():
    with fleet({"internet": False, "stable": "1.7.5"}) as sim:
        assert call(sim, 0, "Shelly.CheckForUpdate").status == 500
    with fleet({"internet": False, "stable": "1.7.5"}, ver="0.14.1") as sim:
        assert offers(sim, 0) == {}


@repeated_when_late
def test_1_3_3_comes_before_1_4_0():
    with fleet({"stable": "1.7.5"}, {"stable": "1.7.5", "offers_step": False},
               {"stable": "1.7.5", "step": None}, {"stable": "1.2.0"}, ver="1.0.8") as sim:
        assert offers(sim, 0) == {"stable": "1.3.3"}
        assert offers(sim, 1) == offers(sim, 2) == {"stable": "1.7.5"}
        assert offers(sim, 3) == {"stable": "1.2.0"}
        for index in range(3):
            assert update(sim, index) is None
        assert wait_for_reboot(sim, 0) == "1.3.3"
        time.sleep(0.1)
        assert version(sim, 1) == "1.0.8", "skipping the step is silently discarded"
        assert version(sim, 2) == "1.7.5"
        assert offers(sim, 0) == {"stable": "1.7.5"}
        assert update(sim, 0) is None
        assert wait_for_reboot(sim, 0) == "1.7.5"


def test_a_step_of_ones_own():
    with fleet({"stable": "1.7.5", "step": "1.5.0"}) as sim:
        assert offers(sim, 0) == {"stable": "1.5.0"}


def test_the_summary_counts_updates_that_nobody_has_watched():
    with fleet({"stable": "1.7.5", "apply_seconds": 0, "reboot_seconds": 0}) as sim:
        assert update(sim, 0) is None
        summary = sim.stop()
        assert summary["updates_installed"] == 1
        assert summary["changed_devices"][mac_of(0)]["ver"] == "1.7.5"


@repeated_when_late
def test_reboot():
    with fleet({}) as sim:
        assert call(sim, 0, "Shelly.Reboot").json() is None
        assert wait_for_reboot(sim, 0) == "1.4.4"
        assert call(sim, 0, "Sys.GetStatus").json()["uptime"] < 5


def test_the_log_tells_of_the_reboot():
    with fleet({"stable": "1.7.5", "apply_seconds": 0, "reboot_seconds": 20}) as sim:
        assert update(sim, 0) is None
        with pytest.raises(ConnectionError):
            version(sim, 0)
        assert sim.wait_for(fault="rebooting")[0]["status"] == 0


def update_told(sim, index):
    """What `update` makes of it, or the kind of failure."""
    try:
        return update(sim, index)
    except (ConnectionError, ValueError) as error:
        return type(error).__name__


def kinds_of(told):
    """How each device's updates have ended so far: the result, and what ran then."""
    return {int(mac, 16) - int(mac_of(0), 16): [(u["result"], u.get("ver")) for u in of["started"]]
            for mac, of in told["updates"].items()}


@repeated_when_late
def test_the_fleet_with_every_kind_of_update():
    scenario, began = pathlib.Path(__file__).with_name("updates.json"), time.monotonic()
    with Simulator(devices=300, scenario=scenario) as sim:
        offered = [i for i in range(300) if offers(sim, i)]
        assert offered == list(range(62))
        asked = [i for i in offered if i not in (10, 11, 49, 58)]  # slow, changing with time, without an answer
        answers = {i: update_told(sim, i) for i in asked}
        assert [i for i, answer in answers.items() if answer] == [46, 50, 51, 52, 53, 54, 55, 56, 57, 59]
        time.sleep(3)
        assert update(sim, 12) is update(sim, 40) is update(sim, 53) is None
        time.sleep(3)
        ended = kinds_of(sim.stop())
    check_within(25, time.monotonic() - began)  # then the slow ones have ended, too
    good = [("install", "1.7.5")]
    assert [i for i in ended if ended[i] == good] == [*range(10), *range(28, 40), 45, 53, 56, 59, 60, 61]
    assert {i: ends for i, ends in ended.items() if ends != good} == {
        12: [("cut_short", "1.4.4"), ("install", "1.7.5")], **dict.fromkeys([13, 14, 15], [("cut_short", "1.4.4")]),
        **dict.fromkeys([16, 17], [("stuck", None)]), **dict.fromkeys([18, 19], [("discard", "1.4.4")]),
        **dict.fromkeys([20, 21, 22, 23], [("lost", None)]), **dict.fromkeys([24, 25, 50, 51], [("install", None)]),
        **dict.fromkeys([26, 27], [("install", "1.7.4")]), 40: [("install", "1.3.3"), ("install", "1.7.5")],
        **dict.fromkeys([41, 42], [("install", "1.3.3")]), 43: [("discard", "1.0.7")], 44: [("install", "1.7.6")],
        47: [("install", "1.4.0")], 48: [("install", "2.0.0")], **dict.fromkeys([46, 52, 54, 55, 57], [])}
