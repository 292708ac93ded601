"""What the vendor offers, and how it changes."""

import pytest

from promptly import repeated_when_late
from sim_client import SimulatorError, call, get, mac_of
from update_client import fleet, offers, update, uptime, wait_for_reboot, wait_until

OLD, NEW = "20260101-101112/1.7.5-gaaaaaaa", "20260701-101112/1.7.5-gbbbbbbb"
OFFER = {"version": "1.7.5", "build_id": OLD}


def build_offered(sim, index):
    return call(sim, index, "Shelly.CheckForUpdate").json().get("stable", {}).get("build_id")


def offered(count, *changes, **plan):
    """What a device offers at so many checks, one after the other."""
    with fleet({"stable": "1.7.5", "changes": list(changes), **plan}) as sim:
        return [offers(sim, 0).get("stable") for _ in range(count)]


def test_an_offer_changes_after_checks():
    assert offered(4, {"stable": "1.7.6", "after_checks": 2}) == ["1.7.5", "1.7.5", "1.7.6", "1.7.6"]
    assert offered(3, {"stable": None, "after_checks": 1}) == ["1.7.5", None, None], "withdrawn"
    assert offered(2, {"stable": "1.4.0", "after_checks": 1}) == ["1.7.5", "1.4.0"], "gone back"
    assert offered(4, {"stable": "1.7.6", "after_checks": 1, "for_checks": 2}) == ["1.7.5", "1.7.6", "1.7.6", "1.7.5"]


def test_an_offer_flips():
    flips = {"stable": "1.7.6", "after_checks": 1, "period_checks": 2}
    assert offered(5, flips) == ["1.7.5", "1.7.6", "1.7.5", "1.7.6", "1.7.5"]


def test_the_last_change_that_applies_wins_and_changes_only_what_it_names():
    changes = [{"stable": "1.7.6", "beta": "1.8.0-beta1", "after_checks": 1}, {"stable": "1.7.7", "after_checks": 2}]
    with fleet({"stable": "1.7.5", "changes": changes}) as sim:
        assert [offers(sim, 0) for _ in range(3)] == [
            {"stable": "1.7.5"}, {"stable": "1.7.6", "beta": "1.8.0-beta1"}, {"stable": "1.7.7", "beta": "1.8.0-beta1"}]


@repeated_when_late
def test_an_offer_changes_with_time():
    with fleet({"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_seconds": 0.3, "for_seconds": 1000}]},
               {"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_seconds": 1000}]},
               {"stable": "1.7.5", "changes": [{"stable": "1.7.6", "for_seconds": 0.3}]},
               {"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_seconds": 0.1, "period_seconds": 0.2}]}) as sim:
        wait_until(lambda: offers(sim, 0) == {"stable": "1.7.6"}, "it did not change")
        assert offers(sim, 1) == offers(sim, 2) == {"stable": "1.7.5"}
        for version in ("1.7.5", "1.7.6", "1.7.5"):
            wait_until(lambda: offers(sim, 3) == {"stable": version}, "it did not flip")


def test_the_offer_can_change_between_the_check_and_the_update():
    with fleet({"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_checks": 1}]},
               {"stable": "1.7.5", "changes": [{"stable": None, "after_checks": 1}]},
               {"stable": "1.7.5", "changes": [{"stable": "1.7.6", "after_updates": 1}]}) as sim:
        assert [offers(sim, i)["stable"] for i in range(3)] == ["1.7.5"] * 3
        assert update(sim, 0) is None
        assert update(sim, 1) == "Resource unavailable: No update info!"
        assert update(sim, 2) is None
        assert offers(sim, 2) == {"stable": "1.7.6"}
        started = [sim.stop()["updates"][mac_of(i)]["started"] for i in range(3)]
        assert [[u["version"] for u in us] for us in started] == [["1.7.6"], [], ["1.7.5"]]


def test_another_build_of_the_installed_version_is_offered():
    for installed, plan, is_offered in [
            (OLD, {"build_id": NEW}, True), (OLD, {"build_id": OLD}, False), (OLD, {}, False),
            ("20260101-101112/gccccccc", {"build_id": OLD}, False), ("20251231-000000/gaaaaaaa", {"build_id": OLD}, False),
            ("20251231-000000/gccccccc", {"build_id": OLD}, True), ("20260101-101112", {"build_id": OLD}, False),
            ("20251231-000000/prod0", {"build_id": "20260101-101112/prod0"}, True)]:
        with fleet({"stable": {"version": "1.7.5", **plan}}, ver="1.7.5", fw_id=installed) as sim:
            assert (build_offered(sim, 0) is not None) == is_offered, (installed, plan)


@repeated_when_late
def test_what_runs_afterwards_can_differ_from_what_was_offered():
    with fleet({"stable": {**OFFER, "becomes": {"ver": "1.7.6"}}}, {"stable": {**OFFER, "becomes": {"fw_id": NEW}}},
               {"stable": {**OFFER, "becomes": {"fw_id": "20260101-101112/gccccccc"}}},
               {"stable": {**OFFER, "becomes": {"fw_id": "20251231-000000/gaaaaaaa"}}}) as sim:
        for index in range(4):
            assert update(sim, index) is None
        assert wait_for_reboot(sim, 0) == "1.7.6"
        wait_until(lambda: all(uptime_is_new(sim, i) for i in range(1, 4)), "they did not come back")
        found = [get(sim, i, "/shelly").json() for i in range(4)]
        assert [info["ver"] for info in found] == ["1.7.6", "1.7.5", "1.7.5", "1.7.5"]
        assert [info["fw_id"] for info in found[1:]] == [NEW, "20260101-101112/gccccccc", "20251231-000000/gaaaaaaa"]
        assert offers(sim, 0) == offers(sim, 1) == {"stable": "1.7.5"}, "another build runs"
        assert offers(sim, 2) == offers(sim, 3) == {}, "the date or the hash says that it is the same"


def uptime_is_new(sim, index):
    try:
        return uptime(sim, index) < 1000
    except ConnectionError:
        return False


@repeated_when_late
def test_the_offer_after_a_step_is_the_next_one():
    with fleet({"stable": "1.7.5"}, ver="1.0.7") as sim:
        for version in ("1.3.3", "1.7.5"):
            assert offers(sim, 0) == {"stable": version}
            assert update(sim, 0) is None
            assert wait_for_reboot(sim, 0) == version
        assert offers(sim, 0) == {}
        assert [u["ver"] for u in sim.stop()["updates"][mac_of(0)]["started"]] == ["1.3.3", "1.7.5"]


@pytest.mark.parametrize("plan, complaint", [
    ({"changes": [{"after_checks": 1}]}, r'update.changes\[0\]: "stable" or "beta"'),
    ({"changes": [{"stable": "1.7.6", "after": 1}]}, r"changes\[0\].after: unknown key"),
    ({"changes": [{"stable": "1.7.6", "period_checks": 0}]}, "period_checks: must be an integer from 1"),
    ({"stable": {"version": "1.7.5", "becomes": {"version": "1"}}}, "becomes.version: unknown key")])
def test_mistakes(plan, complaint):
    with pytest.raises(SimulatorError, match=complaint), fleet(plan):
        pass
