"""What the log file tells of a run: its frame, whole lines, and the same as JSON."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from fleet import device
from json_schema import violations
from promptly import PATIENCE

LOG = {"logging": {"base_path": "data/log.txt"}}
JSON_LOG = {"logging": {"base_path": "data/log.txt", "format": "json"}}
SCHEMA = json.loads(Path(os.environ["STAGE3_SCHEMA"]).read_text())
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
BEGIN = STAMP + (r" run ([0-9a-f]{8}) begin version=\d+\.\d+\.\d+ mode=(\w+) config=(\S+) state=(\S+) devices=(\d+)"
                 r"( \(dry run\))?")
END = STAMP + r" run ([0-9a-f]{8}) end (total=.*) duration=(\d+\.\d{3}) s( \(dry run\))?"


def lines_of(fleet):
    return (fleet.dir / "data/log.txt").read_text().splitlines()


def objects_of(fleet):
    """The log as JSON, each object checked against its schema."""
    objects = [json.loads(line) for line in lines_of(fleet)]
    for one in objects:
        for definition in (one["type"], "in_a_log"):
            assert violations(one, {"$ref": "#/$defs/" + definition}, SCHEMA) == [], one
    return objects


def test_a_run_is_framed(make_fleet):
    fleet = make_fleet([device("Neu"), device(presence="refused")], LOG)
    run = fleet.run()
    first, *devices, summary, last = lines_of(fleet)
    begin, end = re.fullmatch(BEGIN, first), re.fullmatch(END, last)
    assert begin.groups()[1:] == ("check_only", "data/config.yaml", "data/ip_state.json", "2", None)
    assert end[1] == begin[1] and f"Stage 3 summary: {end[2]}" == run.summary == summary[21:]
    assert float(end[3]) < PATIENCE and len(devices) == 2


@pytest.mark.parametrize("config, mode", [({"mode": "check_and_update"}, "check_and_update"), ({"enabled": False}, "off")])
def test_the_frame_tells_the_mode_and_what_was_asked_for(make_fleet, config, mode):
    fleet = make_fleet([device(), device()], {**LOG, "ota": config})
    fleet.config_path.rename(fleet.dir / "my\x1b.yaml")
    fleet.run("--config", "my\x1b.yaml", "--ip", fleet.addresses[1])
    begin = re.fullmatch(BEGIN, lines_of(fleet)[0])
    assert begin.groups()[1:] == (mode, "my\\x1b.yaml", "data/ip_state.json", "1", None)


def test_each_run_has_an_id_of_its_own(make_fleet):
    fleet = make_fleet([device()], LOG)
    for _ in range(3):
        fleet.run()
    ids = [re.search(r" run (\w+) ", line)[1] for line in lines_of(fleet) if " run " in line]
    assert ids[0::2] == ids[1::2] and len(set(ids)) == 3


def test_every_line_of_a_dry_run_says_so(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt"), device(presence="refused")], LOG)
    fleet.run("--dry-run")
    lines = lines_of(fleet)
    assert len(lines) == 5 and all(line.endswith(" (dry run)") for line in lines)
    assert re.fullmatch(BEGIN, lines[0])[6] and re.fullmatch(END, lines[-1])[4]
    assert any("Friendly=ok (Alt -> Neu)" in line for line in lines)


def test_nothing_in_a_line_looks_like_the_mark_of_a_dry_run(make_fleet):
    """A device called "dry run" stands in brackets: a real run's line would end as one of a dry run does."""
    told = {"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1, "message": "no (dry run)"}
    fleet = make_fleet([*(device(name, name=name) for name in ("dry run", "Lamp (dry run)", "(dry run) (dry run)")), device("Bad", faults=[told])], LOG)
    fleet.run()
    real = lines_of(fleet)
    assert not any("(dry run)" in line for line in real) and sum(line.count(r"(dry\x20run)") for line in real) == 5
    assert any(line.endswith(r" | Friendly=ok (dry\x20run)") for line in real)
    fleet.run("--dry-run")
    dry = lines_of(fleet)[len(real):]
    assert len(dry) == 7 and all(line.endswith(" (dry run)") and line.count("(dry run)") == 1 for line in dry)


@pytest.mark.parametrize("log", [LOG, JSON_LOG])
def test_what_standard_error_says_beside_the_results_is_in_the_log(make_fleet, log):
    expired = {"http": "refused", "certificate": {"validity": "expired"}}
    fleet = make_fleet([device("Neu", tls=expired), device("Alt")], log)
    run = fleet.run()
    notice = run.err.removeprefix("stage3: ").rstrip("\n")
    assert run.exit == 0 and "its TLS certificate is expired" in notice and "\n" not in notice
    if log is LOG:
        assert [line[21:] for line in lines_of(fleet) if "certificate" in line] == [f"notice: {notice}"]
    else:
        begin, *between, _ = objects_of(fleet)
        assert [(one["text"], one["run"]) for one in between if one["type"] == "notice"] == [(notice, begin["run"])]
    before = len(lines_of(fleet))
    assert fleet.run().err == "" and len(lines_of(fleet)) == before + (5 if log is LOG else 4)


def test_a_line_tells_what_has_changed(make_fleet):
    """Not only in a dry run: a name that is written takes the place of one that nobody else remembers."""
    fleet = make_fleet([device("N" * 60, name="A" * 60), device("Same", name="Same")], LOG)
    fleet.run()
    text = "\n".join(lines_of(fleet))
    assert f"Friendly=ok ({'A' * 60} -> {'N' * 60})" in text and "Friendly=ok (Same)" in text


def test_errors_and_versions_are_whole(make_fleet):
    """However long: the screen has 80 columns, the log as many as it takes."""
    message = "".join(chr(97 + at % 26) for at in range(700)) + "!"
    bad = device(faults=[{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1, "message": message}])
    fleet = make_fleet([bad, device("N" * 60, update={"stable": "9.0.0"})], {**LOG, "ota": {"mode": "check_and_update"}})
    run = fleet.run()
    text = "\n".join(lines_of(fleet))
    assert message in text and message[:100] not in run.out
    assert re.search(r"Friendly=ok \(.*N{60}\).* FW=\S+ -> 9\.0\.0 sent$", text, re.MULTILINE)


def test_names_models_and_what_is_no_address_are_whole(make_fleet):
    names = {"name": "Alt" * 20, "model": "M" * 60, "place": "kein Ort " * 10}
    fleet = make_fleet([device("N" * 60, {"model": names["model"]}, name=names["name"]), device("X", {"ip": names["place"]})], LOG)
    fleet.run()
    text = "\n".join(lines_of(fleet))
    assert f"{names['model']} @ " in text and f"({names['name']} -> {'N' * 60})" in text and f"@ {names['place']} - " in text


def test_a_run_that_is_refused_leaves_no_frame(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 20000})], {**LOG, "timeouts": {"reach": 30}})
    process = fleet.start()
    fleet.sim.wait_for(1)
    assert fleet.run().exit == 75
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    lines = lines_of(fleet)
    assert sum(" begin " in line for line in lines) == 1 and len(lines) == 4
    assert "stopped by a signal" in lines[1] and "cancelled=1 duration=" in lines[-1]


def test_json_has_the_same(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt"), device(presence="refused"), device("\x1b\u202e\"\\")], JSON_LOG)
    fleet.run()
    begin, *devices, end = objects_of(fleet)
    assert begin["type"] == "begin" and end["type"] == "summary" and len(devices) == 3
    assert (begin["mode"], begin["config"], begin["state"], begin["devices"]) == \
        ("check_only", "data/config.yaml", "data/ip_state.json", 3)
    by_mac = {one["mac"]: one for one in devices}
    changed = by_mac[fleet.macs[0]]
    assert (changed["previous_name"], changed["device_name"], changed["name_changed"]) == ("Alt", "Neu", True)
    assert end["ok"] == 2 and end["offline"] == 1 and 0 <= end["duration"] < PATIENCE
    assert {one["run"] for one in [begin, *devices, end]} == {begin["run"]} and re.fullmatch("[0-9a-f]{8}", begin["run"])
    assert not any(one["dry_run"] for one in [begin, *devices, end])
    assert all(re.fullmatch(STAMP, one["time"]) for one in (begin, end))
    assert (fleet.dir / "data/log.txt").read_bytes().isascii()


def test_json_of_a_dry_run(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt")], JSON_LOG)
    fleet.run("--dry-run")
    assert [one["dry_run"] for one in objects_of(fleet)] == [True, True, True]


def test_json_of_a_stopped_run(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 20000})], {**JSON_LOG, "timeouts": {"reach": 30}})
    process = fleet.start()
    fleet.sim.wait_for(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    begin, stopped, end = objects_of(fleet)
    assert stopped["why"] == "stopped by a signal (Interrupt); not processed: 1 of 1 devices"
    assert (begin["type"], stopped["type"], end["cancelled"]) == ("begin", "stopped", 1)


def test_odd_paths_are_told_in_json(make_fleet):
    fleet = make_fleet([device()], JSON_LOG)
    name = "a\"b\\c\x1b\u202eä.yaml"
    fleet.config_path.rename(fleet.dir / name)
    assert fleet.run("--config", name).exit == 0
    assert objects_of(fleet)[0]["config"] == "a\"b\\\\c\\x1b\\u202eä.yaml"
