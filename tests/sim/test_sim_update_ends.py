"""The ways in which an update ends, or does not, and what is told of it afterwards."""

import socket
import time

import pytest

from promptly import check_in_time, repeated_when_late
from sim_client import (SimulatorError, address_of, call, challenge, exchange, get, logged_in, mac_of, request_bytes,
                        set_name, version)
from update_client import fleet, offers, update, uptime, wait_for_reboot, wait_until

AT_ONCE = {"apply_seconds": 0, "reboot_seconds": 0}


def ended(sim, index=0):
    """What the summary tells of the updates of a device: result, and the version that ran in the end."""
    told = sim.stop()["updates"][mac_of(index)]
    return [(u["result"], u.get("ver")) for u in told["started"]]


def test_a_download_that_is_cut_short_changes_nothing():
    with fleet({"stable": "1.7.5", "result": ["cut_short", "install"], **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        assert version(sim, 0) == "1.4.4" and uptime(sim, 0) >= 3600, "no reboot"
        assert offers(sim, 0) == {"stable": "1.7.5"}
        assert update(sim, 0) is None
        assert version(sim, 0) == "1.7.5" and uptime(sim, 0) < 1000
        assert ended(sim) == [("cut_short", "1.4.4"), ("install", "1.7.5")]


def test_a_result_alone_is_that_of_every_update():
    with fleet({"stable": "1.7.5", "result": "cut_short", **AT_ONCE}) as sim:
        assert [update(sim, 0) for _ in range(3)] == [None] * 3
        assert ended(sim) == [("cut_short", "1.4.4")] * 3


def test_a_download_that_is_cut_short_answers_meanwhile():
    with fleet({"stable": "1.7.5", "result": "cut_short", "apply_seconds": 1000}) as sim:
        assert update(sim, 0) is None
        assert version(sim, 0) == "1.4.4"
        assert update(sim, 0) == "Failed precondition: Already in progress!"
        assert ended(sim) == [("cut_short", None)]


@pytest.mark.parametrize("busy, code, message", [
    (None, -109, "Failed precondition: Already in progress!"), ("no_info", -114, "Resource unavailable: No update info!"),
    ({"code": -114, "message": "Already in progress"}, -114, "Already in progress")])
def test_a_stuck_update_is_in_progress_for_ever(busy, code, message):
    with fleet({"stable": "1.7.5", "result": "stuck", **AT_ONCE, **({"busy": busy} if busy else {})}) as sim:
        assert update(sim, 0) is None
        assert version(sim, 0) == "1.4.4" and uptime(sim, 0) >= 3600
        refused = call(sim, 0, "Shelly.Update")
        assert refused.status == 500 and refused.json() == {"code": code, "message": message}
        told = sim.stop()["updates"][mac_of(0)]
        assert (told["received"], told["accepted"], told["installed"]) == (2, 1, 0)
        assert told["started"][0]["ended"] is None


def test_a_reboot_frees_a_stuck_device():
    with fleet({"stable": "1.7.5", "result": ["stuck", "install"], **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        assert call(sim, 0, "Shelly.Reboot").json() is None
        assert version(sim, 0) == "1.4.4" and uptime(sim, 0) < 1000
        assert update(sim, 0) is None
        assert version(sim, 0) == "1.7.5"
        assert ended(sim) == [("stuck", "1.4.4"), ("install", "1.7.5")]


def test_a_lost_device_never_comes_back():
    with fleet({"stable": "1.7.5", "result": "lost", **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        for _ in range(3):
            with pytest.raises(ConnectionError):
                version(sim, 0)
        assert ended(sim) == [("lost", None)]


def test_a_device_that_is_away_can_be_silent():
    with fleet({"stable": "1.7.5", "result": "lost", "away": "silent", **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        with pytest.raises(TimeoutError):
            exchange(address_of(sim, 0), request_bytes("/shelly"), timeout=0.2)
        assert sim.wait_for(fault="rebooting")[0]["status"] == 0


@repeated_when_late
def test_a_boot_loop_answers_in_between():
    loop = {"every_seconds": 0.3, "times": 3}
    with fleet({"stable": "1.7.5", "reboots_again": loop, "apply_seconds": 0, "reboot_seconds": 0.2}) as sim:
        assert update(sim, 0) is None
        for _ in range(4):
            assert wait_for_reboot(sim, 0) == "1.7.5"
        time.sleep(0.5)
        assert [version(sim, 0) for _ in range(3)] == ["1.7.5"] * 3, "it has ended"
        assert ended(sim) == [("install", "1.7.5")], "told once, at the first time"


@repeated_when_late
def test_a_boot_loop_for_ever_takes_another_update():
    with fleet({"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_updates": 1}], "apply_seconds": 0,
                "reboots_again": {"every_seconds": 0.2}, "reboot_seconds": 0.01}) as sim:
        assert update(sim, 0) is None
        wait_until(lambda: answers(sim, "1.7.5"), "it did not come back")
        assert uptime(sim, 0) == 0
        wait_until(lambda: update_told(sim) is None, "it was away all the time")
        wait_until(lambda: answers(sim, "1.7.6"), "it did not come back")


def answers(sim, expected):
    try:
        return version(sim, 0) == expected
    except ConnectionError:
        return False


def update_told(sim):
    try:
        return update(sim, 0)
    except ConnectionError as error:
        return error


def test_the_uptime_starts_anew_with_each_turn_of_a_boot_loop():
    with fleet({"stable": "1.7.5", "reboots_again": {"every_seconds": 0.5}, **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        time.sleep(1.6)
        assert uptime(sim, 0) == 0


@repeated_when_late
def test_a_reboot_ends_a_boot_loop():
    loop = {"every_seconds": 1, "times": 1, "goes_back": True}
    with fleet({"stable": "1.7.5", "reboots_again": loop, **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        assert call(sim, 0, "Shelly.Reboot").json() is None
        time.sleep(1.2)
        check_in_time(version(sim, 0) == "1.7.5", "rebooted too late")


def test_the_old_firmware_can_come_back():
    loop = {"every_seconds": 0.01, "times": 2, "goes_back": True}
    with fleet({"stable": "1.7.5", "reboots_again": loop, **AT_ONCE}) as sim:
        assert update(sim, 0) is None
        time.sleep(0.1)
        assert version(sim, 0) == "1.4.4" and offers(sim, 0) == {"stable": "1.7.5"}
        told = sim.stop()["updates"][mac_of(0)]
        assert (told["ver"], told["started"][0]["ver"], told["installed"]) == ("1.4.4", "1.7.5", 1)


def test_the_name_can_be_lost():
    with fleet({"stable": "1.7.5", "loses_name": True, **AT_ONCE}, {"stable": "1.7.5", **AT_ONCE},
               {"stable": "1.7.5", "loses_name": True, "result": "discard", **AT_ONCE}, name="Lamp") as sim:
        assert [update(sim, i) for i in range(3)] == [None] * 3
        names = [get(sim, i, "/shelly").json()["name"] for i in range(3)]
        assert names == [None, "Lamp", "Lamp"]
        assert set_name(sim, 0, "Lamp").status == 200
        assert call(sim, 0, "Sys.GetConfig").json()["device"]["name"] == "Lamp"


def test_the_password_stays_and_the_nonces_do_not():
    target = "/rpc/Shelly.Update"
    with fleet({"stable": "2.0.1", "loses_name": True, **AT_ONCE}, ver="2.0.0", auth={"password": "secret"}) as sim:
        given = challenge(sim, 0)
        assert logged_in(sim, 0, target, given, "secret").status == 200
        refused = logged_in(sim, 0, "/rpc/Sys.GetConfig", given, "secret", count=2)
        assert refused.status == 401 and "stale=true" in refused.header["www-authenticate"]
        assert logged_in(sim, 0, "/rpc/Sys.GetConfig", challenge(sim, 0), "secret").status == 200


def test_a_refusal_can_be_for_the_first_attempts():
    with fleet({"stable": "1.7.5", "refusal": ["in_progress", {"code": -114, "message": "Already in progress"}, "none"],
                "apply_seconds": 1000}) as sim:
        first, second = (call(sim, 0, "Shelly.Update").json() for _ in range(2))
        assert first == {"code": -109, "message": "Failed precondition: Already in progress!"}
        assert second == {"code": -114, "message": "Already in progress"}
        assert update(sim, 0) is None
        assert sim.stop()["updates"][mac_of(0)]["accepted"] == 1


@repeated_when_late
def test_devices_update_themselves():
    with fleet({"stable": "1.7.5", "self_update_seconds": 0.3, **AT_ONCE}, {"stable": "1.7.5", "self_update_seconds": 1000},
               {"stable": "1.7.5", "self_update_seconds": 0, "apply_seconds": 1000},
               {"self_update_seconds": 0}) as sim:
        check_in_time(version(sim, 0) == "1.4.4", "looked too late")
        wait_until(lambda: version(sim, 0) == "1.7.5", "it did not update itself")
        assert uptime(sim, 0) < 1000 and offers(sim, 0) == {}
        assert update(sim, 2) == "Failed precondition: Already in progress!"
        told = sim.stop()["updates"]
        assert sorted(told) == [mac_of(0), mac_of(2)]
        assert [(told[mac_of(i)]["received"], told[mac_of(i)]["accepted"], told[mac_of(i)]["installed"])
                for i in (0, 2)] == [(0, 0, 1), (1, 0, 0)]
        assert [u["asked"] for u in told[mac_of(0)]["started"]] == [False]


def test_a_device_updates_itself_once_and_in_time_though_nobody_looks():
    plan = {"stable": "1.7.5", "result": "cut_short", **AT_ONCE}
    with fleet({**plan, "self_update_seconds": 0.1}, {**plan, "self_update_seconds": 0.3}) as sim:
        time.sleep(0.4)
        assert version(sim, 0) == "1.4.4"
        started = [u["t"] for i in range(2) for u in sim.stop()["updates"][mac_of(i)]["started"]]
    assert len(started) == 2 and started[1] - started[0] == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("fault, executed", [
    ({"kind": "status", "status": 503}, True), ({"kind": "status", "status": 503}, False),
    ({"kind": "reset"}, True), ({"kind": "close"}, True), ({"kind": "hang"}, True), ({"kind": "hang"}, False)])
def test_an_update_whose_answer_is_lost(fault, executed):
    faults = [{**fault, "rpc": "Shelly.Update", "count": 1, "executed": executed}]
    with fleet({"stable": "1.7.5", "apply_seconds": 1000}, faults=faults) as sim:
        with socket.create_connection(address_of(sim, 0)) as connection:
            connection.sendall(request_bytes("/rpc/Shelly.Update"))
            sim.wait_for(rpc="Shelly.Update", fault=fault["kind"])
        if executed:
            assert update(sim, 0) == "Failed precondition: Already in progress!"
        else:
            assert update(sim, 0) is None
        told = sim.stop()["updates"][mac_of(0)]
        assert (told["received"], told["accepted"]) == (2, 1)
        logged = sim.log(rpc="Shelly.Update")
        assert ["started" in record for record in logged] == [executed, not executed]


def test_log_and_summary_tell_the_same_of_what_was_started():
    build = {"version": "1.7.5", "build_id": "20260101-101112/gaaaaaa"}
    with fleet({"stable": build, "result": ["discard", "install"], **AT_ONCE}) as sim:
        for _ in range(3):
            update(sim, 0)
        told = sim.stop()["updates"][mac_of(0)]
        logged = [record for record in sim.log(rpc="Shelly.Update") if "started" in record]
        assert [{"t": r["t"], **r["started"]} for r in logged] == [
            {key: u[key] for key in ("t", "version", "build_id")} for u in told["started"]]
        assert [r["started"] for r in logged] == [build, build]
        assert (told["received"], told["accepted"], told["installed"]) == (3, 2, 1)
        assert all(u["t"] <= u["ended"] and u["asked"] for u in told["started"])
        assert told["ver"] == "1.7.5" and told["fw_id"] == build["build_id"]


def test_status_tells_what_an_update_needs_to_know():
    with fleet({}, uptime=90, restart_required=True, wakeup_period=7200) as sim:
        told = call(sim, 0, "Sys.GetStatus").json()
        assert told["restart_required"] is True and told["wakeup_period"] == 7200
        assert 90 <= told["uptime"] < 1000 and abs(told["unixtime"] - time.time()) < 1000
        assert call(sim, 0, "Shelly.GetStatus").json()["sys"]["wakeup_period"] == 7200
        assert call(sim, 0, "Shelly.Reboot").json() is None
        wait_until(lambda: answers(sim, "1.4.4"), "it did not come back", timeout=60)
        assert call(sim, 0, "Sys.GetStatus").json()["restart_required"] is False
    with fleet({}, uptime=90) as sim:
        told = call(sim, 0, "Sys.GetStatus").json()
        assert told["restart_required"] is False and "wakeup_period" not in told


def test_each_awakening_of_a_sleeper_is_a_boot():
    with fleet({}, uptime=5000, sleep={"period_seconds": 600, "awake_seconds": 600}) as sim:
        told = call(sim, 0, "Sys.GetStatus").json()
        assert told["uptime"] < 600 and told["wakeup_period"] == 600
        assert told["wakeup_reason"] == {"boot": "deepsleep_wake", "cause": "periodic"}


@pytest.mark.parametrize("plan, complaint", [
    ({"result": []}, "update.result: must not be empty"), ({"result": ["install", "fail"]}, r"result\[1\]: must be one of"),
    ({"busy": "none"}, "update.busy: a second update is always refused"), ({"refusal": {"message": "x"}}, '"code" must be'),
    ({"reboots_again": {}}, '"every_seconds" is missing'),
    ({"reboots_again": {"every_seconds": 1, "goes_back": True}}, '"goes_back" needs "times"')])
def test_mistakes(plan, complaint):
    with pytest.raises(SimulatorError, match=complaint), fleet(plan):
        pass
