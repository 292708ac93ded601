"""Step 4: the wanted name."""

import json
from urllib.parse import unquote

import pytest

from fleet import device

INFO, READ, WRITE, CHECK = "Shelly.GetDeviceInfo", "Sys.GetConfig", "Sys.SetConfig", "Shelly.CheckForUpdate"


def written_names(fleet, index=0):
    """The names that went out to a device."""
    writes = [request for request in fleet.requests(index) if request["rpc"] == WRITE]
    return [json.loads(unquote(w["target"].split("config=")[1]))["device"]["name"] for w in writes]


def test_same_name_sends_nothing(make_fleet):
    fleet = make_fleet([device("Küche", name="Küche")])
    assert "Friendly=ok (Küche)" in fleet.run().line
    assert fleet.calls() == [INFO, CHECK]


def test_new_name_is_written_and_read_back(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")])
    run = fleet.run()
    assert "Friendly=ok (Alt -> Neu)" in run.line and run.exit == 0
    assert fleet.calls() == [INFO, WRITE, INFO, CHECK]
    assert fleet.recorded()["friendly_status"] == "ok"
    assert fleet.recorded()["device_name"] == "Neu"
    changed = fleet.sim.stop()["changed_devices"]
    assert [d["name"] for d in changed.values()] == ["Neu"]


def test_write_is_compact_and_percent_encoded(make_fleet):
    fleet = make_fleet([device("Küche & Bad", rejects_json_spaces=True)])
    assert "Friendly=ok" in fleet.run().line
    write = fleet.requests(rpc=WRITE)[0]
    assert write["method"] == "GET"
    assert write["target"].upper() == ("/RPC/SYS.SETCONFIG?CONFIG=%7B%22DEVICE%22%3A%7B%22NAME%22%3A%22"
                                       "K%C3%BCCHE%20%26%20BAD%22%7D%7D")


@pytest.mark.parametrize("name", ['12', 'true', '"quoted"', "back\\slash", "a+b=c&d?e#f/g%h", "💡 Lampe", "中文"])
def test_every_name_arrives_as_a_string(make_fleet, name):
    fleet = make_fleet([device(name)])
    assert fleet.run().exit == 0
    assert fleet.recorded()["device_name"] == name
    assert written_names(fleet) == [name]


@pytest.mark.parametrize("wanted, normal", [
    ("  Wohn  zimmer\t", "Wohn zimmer"),
    ("Wohn\n\t zimmer", "Wohn zimmer"),
    ("Wohn\u00a0zimmer\u3000Süd", "Wohn zimmer Süd"),
    ("A\u202eB\u2066C\u200bD\ufeff", "ABCD"),
    ("A\x00B\x07C\x7fD\x85", "ABCD"),
    ("x" * 70, "x" * 64),
    ("ä" * 63 + " b", "ä" * 63),
])
def test_name_is_normalised_and_the_file_keeps_its_spelling(make_fleet, wanted, normal):
    fleet = make_fleet([device(wanted)])
    run = fleet.run()
    assert run.exit == 0, run
    assert written_names(fleet) == [normal]
    assert fleet.entry()["friendly_name"] == wanted
    assert fleet.recorded()["device_name"] == normal


def test_normalised_name_in_sync_sends_nothing(make_fleet):
    fleet = make_fleet([device("  Wohn  zimmer ", name="Wohn zimmer")])
    fleet.run()
    assert fleet.calls() == [INFO, CHECK]


def test_max_length_counts_code_points(make_fleet):
    fleet = make_fleet([device("Ärgernis")], {"friendly": {"max_length": 3}})
    fleet.run()
    assert written_names(fleet) == ["Ärg"]


@pytest.mark.parametrize("wanted", ["", "   ", "\u202e\x07"])
def test_empty_name_is_no_value(make_fleet, wanted):
    fleet = make_fleet([device(wanted, name="Alt")])
    run = fleet.run()
    assert run.line.endswith("| Friendly=no_value") and run.exit == 0
    assert fleet.calls() == [INFO, CHECK]
    assert fleet.recorded()["friendly_status"] == "no_value"
    assert fleet.recorded()["device_name"] == "Alt"


def test_absent_name_is_no_value(make_fleet):
    fleet = make_fleet([device()])
    assert fleet.run().line.endswith("| Friendly=no_value")


@pytest.mark.parametrize("wanted", [12, 1.5, True, ["Name"], {"name": "Name"}])
def test_name_that_is_no_string_is_an_error(make_fleet, wanted):
    fleet = make_fleet([device(entry={"friendly_name": wanted})])
    run = fleet.run()
    assert "OTA=up_to_date | Friendly=error | ERR=friendly: " in run.line
    assert run.exit == 1
    assert fleet.calls() == [INFO, CHECK]
    assert fleet.entry()["friendly_name"] == wanted


def test_other_field_name(make_fleet):
    fleet = make_fleet([device("Wrong", {"label": "Right"})], {"friendly": {"field_name": "label"}})
    fleet.run()
    assert written_names(fleet) == ["Right"]


def test_disabled_is_skipped(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")], {"friendly": {"enabled": False}})
    assert fleet.run().line.endswith("OTA=up_to_date | Friendly=skipped")
    assert fleet.calls() == [INFO, CHECK]
    assert fleet.recorded()["friendly_status"] == "skipped"


def test_backfill_keeps_a_name_on_the_device(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")], {"friendly": {"backfill": True}})
    assert "Friendly=ok (Alt)" in fleet.run().line
    assert fleet.calls() == [INFO, CHECK]
    assert fleet.recorded()["device_name"] == "Alt"
    assert fleet.entry()["friendly_name"] == "Neu"


@pytest.mark.parametrize("name", [None, ""])
def test_backfill_writes_to_a_device_without_a_name(make_fleet, name):
    fleet = make_fleet([device("Neu", name=name)], {"friendly": {"backfill": True}})
    assert "Friendly=ok ( -> Neu)" in fleet.run().line
    assert written_names(fleet) == ["Neu"]


def test_name_that_is_not_in_the_identity_is_read_from_the_configuration(make_fleet):
    fleet = make_fleet([device("Neu", kind="wall_display", name="Alt"),
                        device("Alt", kind="wall_display", name="Alt")])
    assert fleet.run().exit == 0
    assert fleet.calls(0) == [INFO, READ, WRITE, READ, CHECK]
    assert fleet.calls(1) == [INFO, READ, CHECK]


def test_name_that_cannot_be_read_is_written(make_fleet):
    unreadable = {"kind": "error", "rpc": READ, "code": -1}
    fleet = make_fleet([device("Neu", kind="wall_display", faults=[unreadable])])
    run = fleet.run()
    assert "Friendly=ok (? -> Neu)" in run.line and run.exit == 0
    assert written_names(fleet) == ["Neu"]
    assert "device_name" not in fleet.recorded()


def test_backfill_does_not_write_over_an_unknown_name(make_fleet):
    unreadable = {"kind": "error", "rpc": READ, "code": -1}
    fleet = make_fleet([device("Neu", kind="wall_display", faults=[unreadable])],
                       {"friendly": {"backfill": True}})
    run = fleet.run()
    assert run.exit == 1
    assert fleet.recorded()["error"] == "friendly: name cannot be read"
    assert fleet.recorded()["friendly_status"] == "error"
    assert written_names(fleet) == []


@pytest.mark.parametrize("write, limit, kept", [("ignore", 20, "Alt"), ("truncate", 5, "Neuer")])
def test_read_back_finds_another_name(make_fleet, write, limit, kept):
    fleet = make_fleet([device("Neuer Name", name="Alt", name_write=write, name_limit=limit)])
    run = fleet.run()
    assert "Friendly=error (Ne...) | ERR=friendly: " in run.line and run.exit == 1
    assert fleet.recorded()["error"].startswith("friendly: ")
    assert fleet.recorded()["device_name"] == kept
    assert fleet.calls() == [INFO, WRITE, INFO, CHECK]


def test_failed_read_back_is_no_error(make_fleet):
    fleet = make_fleet([device("Neu", faults=[{"kind": "error", "rpc": INFO, "from": 2, "code": -1}])])
    run = fleet.run()
    assert "Friendly=ok ( -> Neu)" in run.line and run.exit == 0
    assert fleet.recorded()["friendly_status"] == "ok"
    assert "device_name" not in fleet.recorded()


def test_refused_name(make_fleet):
    fleet = make_fleet([device("Zu lang", name_limit=3)])
    run = fleet.run()
    assert run.exit == 1
    assert fleet.recorded()["error"].startswith("friendly: HTTP 500 (-103 Invalid argument")
    assert fleet.recorded()["ota_status"] == "up_to_date"
    assert fleet.calls() == [INFO, WRITE, CHECK]


@pytest.mark.parametrize("fault", [
    {"kind": "reset"}, {"kind": "close"}, {"kind": "hang"}, {"kind": "status", "status": 503},
    {"kind": "reset", "executed": True}])
def test_write_is_never_repeated(make_fleet, fault):
    fleet = make_fleet([device("Neu", faults=[{"rpc": WRITE, **fault}])], {"timeouts": {"rpc": 0.4}})
    run = fleet.run()
    assert "Friendly=error (Neu) | ERR=" in run.line and run.exit == 1
    assert fleet.recorded()["error"].startswith("friendly: ")
    assert fleet.calls().count(WRITE) == 1


def test_dry_run_tells_a_name_that_cannot_be_read_from_none(make_fleet):
    unreadable = {"kind": "error", "rpc": READ, "code": -1}
    fleet = make_fleet([device("Neu", kind="wall_display", faults=[unreadable])])
    assert "Friendly=ok (? -> Neu)" in fleet.run("--dry-run").line
    shown = json.loads(fleet.run("--dry-run", "--json").out.splitlines()[0])
    assert shown["name_changed"] and "previous_name" not in shown


def test_dry_run_shows_the_change_and_sends_nothing(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt"), device("Gleich", name="Gleich"), device("Neu")])
    before = fleet.state_path.read_bytes()
    run = fleet.run("--dry-run")
    lines = {line.split()[3]: line for line in run.lines}
    shown = [lines[address].split("Friendly=")[1] for address in fleet.addresses]
    assert shown == ["ok (Alt -> Neu)", "ok (Gleich)", "ok ( -> Neu)"]
    assert set(fleet.calls()) == {INFO, CHECK}
    assert fleet.state_path.read_bytes() == before
    assert [path.name for path in fleet.state_path.parent.iterdir() if "state" in path.name] == ["ip_state.json"]
    assert fleet.sim.stop()["changed_devices"] == {}
