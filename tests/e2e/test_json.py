"""--json, checked against its schema in docs/."""

import json
import os
from pathlib import Path

import pytest

from fleet import device
from json_schema import violations

SCHEMA = json.loads(Path(os.environ["STAGE3_SCHEMA"]).read_text())


def checked(run):
    """The objects of a run's output, after a look at each."""
    for line in run.out.splitlines():
        assert line.isascii() and line.isprintable()
        assert violations(json.loads(line), SCHEMA) == []
    return run.json


def test_the_check_itself_finds_faults(make_fleet):
    good = make_fleet([device()]).run("--json").json
    assert violations(good[0], SCHEMA) == [] == violations(good[1], SCHEMA)
    assert violations({**good[0], "outcome": "fine"}, SCHEMA)
    assert violations({**good[0], "v": "1"}, SCHEMA)
    assert violations({k: v for k, v in good[0].items() if k != "outcome"}, SCHEMA)
    assert violations({**good[1], "total": -1}, SCHEMA)
    assert violations({"v": 1, "type": "other"}, SCHEMA)
    assert violations([], SCHEMA)


def test_every_kind_of_result_fits_the_schema(make_fleet):
    fleet = make_fleet([
        device("Neu", name="Alt"), device(update={"stable": "9.0.0"}), device(presence="refused"),
        device("Neu", key="A8032A0000FF"), device("Neu", auth={"password": "x"}), device(kind="gen1"),
        device(entry={"ip": "nonsense"}), device(entry={"friendly_name": 5}), device("Neu", name_write="ignore"),
        device(faults=[{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1, "message": "\x1b\u202e\"\\"}])])
    run = fleet.run("--json")
    objects = checked(run)
    assert [o["type"] for o in objects] == ["device"] * 10 + ["summary"]
    assert {o["outcome"] for o in objects[:-1]} == {"ok", "failed", "offline"}
    summary = objects[-1]
    assert summary["total"] == 10 == summary["ok"] + summary["failed"] + summary["offline"]
    assert run.exit == 1 and run.err == ""


def test_members_of_a_device(make_fleet):
    fleet = make_fleet([device("Küche", name="Alt", ver="1.7.1", update={"stable": "1.7.5"})])
    told, summary = checked(fleet.run("--json"))
    assert told["v"] == 1
    assert (told["mac"], told["address"]) == (fleet.macs[0], fleet.addresses[0])
    assert (told["outcome"], told["ota_status"], told["friendly_status"]) == ("ok", "update_available", "ok")
    assert summary == {"v": 1, "type": "summary", "total": 1, "ok": 1, "failed": 0, "offline": 0, "updates": 0,
                       "updated": 0, "held": 0, "cancelled": 0, "names": 1, "would_update": 0, "would_rename": 0,
                       "dry_run": False}


def test_filters_hold_for_json(make_fleet):
    bad = device(faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}])
    fleet = make_fleet([device(), device(presence="refused"), bad])
    assert [o.get("outcome") for o in checked(fleet.run("--json", "--quiet"))] == ["failed", None]
    assert len(checked(fleet.run("--json", "--online"))) == 3


def test_dry_run_is_told(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")])
    assert checked(fleet.run("--json", "--dry-run"))[-1]["dry_run"] is True


@pytest.mark.parametrize("arguments", [["--json", "--color", "always"]])
def test_json_has_no_colours(make_fleet, arguments):
    run = make_fleet([device()]).run(*arguments)
    assert "\x1b" not in run.out
    checked(run)


def test_messages_go_to_standard_error(make_fleet):
    fleet = make_fleet([device()], {"enabled": False})
    run = fleet.run("--json")
    assert [told["type"] for told in checked(run)] == ["summary"] and run.err != ""


def test_a_run_without_work_has_a_summary_of_zeros(make_fleet):
    zeros = {"v": 1, "type": "summary", "total": 0, "ok": 0, "failed": 0, "offline": 0, "updates": 0, "updated": 0, "held": 0,
             "cancelled": 0, "names": 0, "would_update": 0, "would_rename": 0, "dry_run": False}
    disabled = make_fleet([device("Neu")], {"enabled": False})
    run = disabled.run("--json")
    assert checked(run) == [zeros] and run.exit == 0 and "enabled: false" in run.err and disabled.calls() == []
    assert checked(disabled.run("--json", "--dry-run")) == [{**zeros, "dry_run": True}]
    assert disabled.run().out == ""
    empty = make_fleet([], state="{}").run("--json")
    assert checked(empty) == [zeros] and empty.exit == 0 and "holds no device" in empty.err
