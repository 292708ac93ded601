"""Steps 5 and 6: the update check and the update."""

import time

import pytest

from fleet import device
from promptly import check_in_time, check_within, repeated_when_late

INFO, CHECK, STATUS, UPDATE = "Shelly.GetDeviceInfo", "Shelly.CheckForUpdate", "Sys.GetStatus", "Shelly.Update"
INSTALL = {"ota": {"mode": "check_and_update"}}


def timeout_for(fault):
    """Short for who is waited for in vain, and for nobody else."""
    return 0.4 if fault == "hang" else 20


def outdated(**settings):
    return device(**{"ver": "1.7.1", "update": {"stable": "1.7.5"}, **settings})


def test_check_only_is_the_default(make_fleet):
    fleet = make_fleet([outdated()])
    run = fleet.run()
    assert "OTA=updateable" in run.line and run.exit == 0
    assert fleet.calls() == [INFO, CHECK]
    recorded = fleet.recorded()
    assert (recorded["ota_status"], recorded["fw"], recorded["update"]) == ("update_available", "1.7.1", "1.7.5")
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0"


def test_nothing_offered(make_fleet):
    fleet = make_fleet([device(ver="1.7.5", fw_id="20260101-000000/1.7.5-gabcdef0")])
    assert "OTA=up_to_date" in fleet.run().line
    assert fleet.recorded()["fw"] == "1.7.5"
    assert "update" not in fleet.recorded()


@pytest.mark.parametrize("installed, offered, newer", [
    ("1.7.1", "1.7.5", True),
    ("1.9.0", "1.10.0", True),
    ("1.10.0", "1.9.9", False),
    ("1.5.1-beta1", "1.4.4", False),
    ("2.0.0-beta1", "1.7.0-miniemg4prod0", False),
    ("1.7.5", "1.7.5", False),
    ("1.5.0-beta1", "1.5.0", True),
    ("1.5.0", "1.5.0-beta2", False),
    ("1.5.0-rc1", "1.5.0", True),
    ("1.6.99-dev119039", "1.7.0", True),
    ("0.14.1", "1.0.0", True),
])
def test_only_a_newer_version_is_an_update(make_fleet, installed, offered, newer):
    fleet = make_fleet([device(ver=installed, update={"stable": offered, "step": None})], INSTALL)
    run = fleet.run()
    assert ("OTA=updateable" if newer else "OTA=up_to_date") in run.line
    assert fleet.calls().count(UPDATE) == (1 if newer else 0)


def test_equal_versions_with_other_dates_are_equal(make_fleet):
    fleet = make_fleet([device(ver="1.7.5", fw_id="20260101-000000/1.7.5-gaaaaaaa", update={
        "stable": {"version": "1.7.5", "build_id": "20260701-000000/1.7.5-gbbbbbbb"}})], INSTALL)
    assert "OTA=up_to_date" in fleet.run().line
    assert UPDATE not in fleet.calls()


def test_stage_stable_ignores_a_beta(make_fleet):
    fleet = make_fleet([outdated(update={"beta": "1.8.0-beta1"})], INSTALL)
    assert "OTA=up_to_date" in fleet.run().line
    assert UPDATE not in fleet.calls()


def test_stage_beta_installs_the_beta(make_fleet):
    fleet = make_fleet([outdated(update={"beta": "1.8.0-beta1", "stable": "1.7.5"})],
                       {"ota": {"mode": "check_and_update", "stage": "beta"}})
    fleet.run()
    assert fleet.recorded()["update"] == "1.8.0-beta1"
    assert fleet.requests(rpc=UPDATE)[0]["target"] == "/rpc/Shelly.Update?stage=beta"


def test_stage_beta_installs_a_stable_that_is_newer(make_fleet):
    fleet = make_fleet([outdated(update={"beta": "1.8.0-beta1", "stable": "1.8.0"})],
                       {"ota": {"mode": "check_and_update", "stage": "beta"}})
    fleet.run()
    assert fleet.recorded()["update"] == "1.8.0"
    assert fleet.requests(rpc=UPDATE)[0]["target"] == "/rpc/Shelly.Update?stage=stable"


@pytest.mark.parametrize("installed, built", [
    ("i4prod0", "20211101-134319/i4prod0-g2345cff-279-dirty"),
    ("1.7.99-g4prod3", "20250819-150404/ga0def2d"),
])
def test_factory_firmware_is_updated(make_fleet, installed, built):
    fleet = make_fleet([device(ver=installed, fw_id=built, update={"step": None, "stable": {
        "version": "1.7.5", "build_id": "20260311-095857/1.7.5-g9979d16"}})], INSTALL)
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=1", run
    assert fleet.calls().count(UPDATE) == 1


def test_alt_firmware_is_no_update(make_fleet):
    alt = {"Mini1PMG4ZB": {"stable": {"version": "9.9.9", "build_id": "20990101-000000/9.9.9-g0000000"}}}
    fleet = make_fleet([device(update={"alt": alt})], INSTALL)
    assert "OTA=up_to_date" in fleet.run().line
    assert UPDATE not in fleet.calls()


def test_disabled_is_skipped(make_fleet):
    fleet = make_fleet([outdated()], {"ota": {"enabled": False, "mode": "check_and_update"}})
    run = fleet.run()
    assert "OTA=skipped" in run.line and run.exit == 0
    assert fleet.calls() == [INFO]
    assert fleet.recorded()["ota_status"] == "skipped"


@pytest.mark.parametrize("fault, error", [
    ({"kind": "error", "code": -114, "message": "No luck"}, "OTA: HTTP 500 (-114 No luck)"),
    ({"kind": "status", "status": 404, "body": ""}, "OTA: HTTP 404"),
    ({"kind": "status", "status": 200, "body": "[]"}, "OTA: "),
    ({"kind": "status", "status": 200, "body": ""}, "OTA: "),
    ({"kind": "status", "status": 200, "body": "{\"stable\":5}"}, "OTA: "),
    ({"kind": "garbage"}, "OTA: "),
    ({"kind": "garbage", "part": "http"}, "OTA: "),
    ({"kind": "truncate"}, "OTA: "),
    ({"kind": "hang"}, "OTA: timeout"),
    ({"kind": "reset"}, "OTA: connection reset"),
])
def test_failed_check_is_never_up_to_date(make_fleet, fault, error):
    fleet = make_fleet([outdated(faults=[{"rpc": CHECK, **fault}])],
                       {"ota": {"mode": "check_and_update", "timeout": timeout_for(fault["kind"])}})
    run = fleet.run()
    assert "OTA=check_failed" in run.line and run.exit == 1
    assert fleet.recorded()["ota_status"] == "check_failed"
    assert fleet.recorded()["error"].startswith(error)
    assert UPDATE not in fleet.calls()


def test_device_without_internet(make_fleet):
    fleet = make_fleet([outdated(update={"stable": "1.7.5", "internet": False})])
    run = fleet.run()
    assert "OTA=check_failed" in run.line and "ERR=OTA: HTTP 500" in run.line
    assert run.exit == 1
    assert fleet.calls() == [INFO, CHECK]


def test_slow_check_gets_the_ota_timeout(make_fleet):
    fleet = make_fleet([outdated(latency_ms={CHECK: 700})], {"ota": {"timeout": 3}, "timeouts": {"rpc": 0.3}})
    assert "OTA=updateable" in fleet.run().line


def test_update_is_sent_last_after_another_look(make_fleet):
    fleet = make_fleet([outdated(wanted="Neu")], INSTALL)
    run = fleet.run()
    assert "OTA=updateable" in run.line and run.exit == 0
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=1 names=1"
    assert fleet.calls() == [INFO, "Sys.SetConfig", INFO, CHECK, STATUS, INFO, UPDATE]
    assert fleet.requests(rpc=UPDATE)[0]["target"] == "/rpc/Shelly.Update?stage=stable"
    assert fleet.recorded()["ota_status"] == "update_available"


@repeated_when_late
def test_next_run_finds_it_up_to_date(make_fleet):
    fleet = make_fleet([outdated(entry={"fw": "1.7.1"},
                                 update={"stable": "1.7.5", "apply_seconds": 0, "reboot_seconds": 0.1})], INSTALL)
    fleet.run()
    time.sleep(0.3)
    run = fleet.run()
    check_in_time("OTA=offline" not in run.line, "it was not back yet")
    assert "OTA=up_to_date" in run.line
    recorded = fleet.recorded()
    assert recorded["fw"] == fleet.entry()["fw"] == "1.7.5"
    assert "update" not in recorded
    assert fleet.calls().count(UPDATE) == 1


@pytest.mark.parametrize("body", ["null", "{}", ""])
def test_every_kind_of_success(make_fleet, body):
    fleet = make_fleet([outdated(faults=[{"kind": "status", "rpc": UPDATE, "status": 200, "body": body}])], INSTALL)
    run = fleet.run()
    assert "OTA=updateable" in run.line and "ERR" not in run.line
    assert run.summary.endswith(" updates=1")


def test_refused_update_is_an_error(make_fleet):
    fleet = make_fleet([outdated(update={"stable": "1.7.5", "refusal": "no_info"})], INSTALL)
    run = fleet.run()
    assert "OTA=error" in run.line and run.exit == 1
    assert fleet.recorded()["error"].startswith("OTA: HTTP 500 (-114 ")
    assert run.summary == "Stage 3 summary: total=1 ok=0 failed=1"
    assert fleet.calls().count(UPDATE) == 1


@pytest.mark.parametrize("refusal", ["low_battery", "pending_restart", "in_progress"])
def test_update_refused_for_the_moment_is_no_failure(make_fleet, refusal):
    fleet = make_fleet([outdated(update={"stable": "1.7.5", "refusal": refusal})], INSTALL)
    run = fleet.run()
    assert "OTA=updateable" in run.line and "ERR=OTA: HTTP 500" in run.line and run.exit == 0
    assert fleet.recorded()["ota_status"] == "update_available"
    assert fleet.recorded()["error"].startswith("OTA: HTTP 500 (-109 ")
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0"
    assert fleet.calls().count(UPDATE) == 1


def test_update_that_is_under_way_is_not_sent_again(make_fleet):
    fleet = make_fleet([outdated(update={"stable": "1.7.5", "apply_seconds": 100})], INSTALL)
    assert fleet.run().summary.endswith(" updates=1")
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0" and run.exit == 0
    assert "OTA=updateable" in run.line
    assert fleet.recorded()["ota"]["state"] == "sent" and "error" not in fleet.recorded()
    assert fleet.calls().count(UPDATE) == 1


@pytest.mark.parametrize("fault", ["hang", "reset", "close"])
@repeated_when_late
def test_update_without_an_answer_may_have_started(make_fleet, fault):
    fleet = make_fleet([outdated(faults=[{"kind": fault, "rpc": UPDATE, "executed": True}])],
                       {"ota": {"mode": "check_and_update", "timeout": timeout_for(fault)}})
    run = fleet.run()
    check_in_time("OTA: timeout" not in run.line, "the update check took too long")
    assert "OTA=updateable" in run.line and run.exit == 0
    assert fleet.recorded()["error"] == "OTA: may have started, no answer"
    assert fleet.recorded()["ota_status"] == "update_available"
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=1"
    assert fleet.calls().count(UPDATE) == 1


def test_dry_run_sends_no_update(make_fleet):
    fleet = make_fleet([outdated()], INSTALL)
    run = fleet.run("--dry-run")
    assert "OTA=updateable" in run.line and "FW=1.7.1 -> 1.7.5" in run.line
    assert "updates=" not in run.summary
    assert fleet.calls() == [INFO, CHECK]


@repeated_when_late
def test_rate_spreads_the_updates(make_fleet):
    fleet = make_fleet([outdated() for _ in range(6)], {"ota": {"mode": "check_and_update", "rate": 10}})
    assert fleet.run().summary.endswith(" updates=6")
    times = sorted(request["t"] for request in fleet.requests(rpc=UPDATE))
    # A simulator that notes some of them late notes them too close together.
    check_in_time(times[-1] - times[0] >= 0.38, times)
    check_in_time(all(later - earlier >= 0.05 for earlier, later in zip(times, times[1:])), times)


@repeated_when_late
def test_no_rate_means_no_pause(make_fleet):
    fleet = make_fleet([outdated() for _ in range(12)], {"ota": {"mode": "check_and_update", "rate": 0}})
    assert fleet.run().summary.endswith(" updates=12")
    times = [request["t"] for request in fleet.requests(rpc=UPDATE)]
    check_within(1, max(times) - min(times))


def test_max_per_run_holds_the_others(make_fleet):
    fleet = make_fleet([outdated() for _ in range(5)],
                       {"ota": {"mode": "check_and_update", "rate": 0, "max_per_run": 2}})
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=5 ok=5 failed=0 updates=2 held=3"
    assert run.exit == 0
    assert fleet.calls().count(UPDATE) == 2
    assert [fleet.recorded(i)["ota_status"] for i in range(5)] == ["update_available"] * 5


def test_address_that_changed_hands_gets_no_update(make_fleet):
    swap = {"kind": "mac", "rpc": INFO, "from": 2, "mac": "B0B0B0B0B0B0"}
    fleet = make_fleet([outdated(faults=[swap])], INSTALL)
    run = fleet.run()
    assert "OTA=error" in run.line and run.exit == 1
    assert fleet.recorded()["error"] == "identity: expected A8032A000001, found B0B0B0B0B0B0"
    assert UPDATE not in fleet.calls()
