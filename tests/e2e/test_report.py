"""`stage3 status`, `stage3 report` and what each run leaves for others to read: from the file alone, no device is asked."""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from fleet import device, run_cli
from json_schema import undescribed, violations
from promptly import PATIENCE
from updates import offering

PAGE = "fleet.html"
METRICS = "stage3.prom"
MONITORING = Path(__file__).parents[2] / "examples/monitoring"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/status-output.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def mixed(make_fleet):
    """A fleet with one well device, one of another MAC and one that is off, after a run."""
    def make(config=None):
        fleet = make_fleet([device("Lamp"), device("Door", entry={"mac_aliases": []}, key="A8032AFFFFF1"),
                            device("Off", presence="refused")], config=config)
        assert fleet.run().exit == 1
        return fleet
    return make


def metric(fleet, name):
    found = re.findall(rf"^{re.escape(name)} (.+)$", (fleet.dir / METRICS).read_text(), re.MULTILINE)
    assert len(found) == 1, (name, found)
    return float(found[0])


def test_status_tells_what_is_on_record(mixed):
    fleet = mixed()
    asked = len(fleet.sim.log())
    run = fleet.run("status")
    assert run.exit == 1 and run.err == ""
    assert run.out.startswith("1 of 3 devices failed; 1 offline.\nLast run ")
    assert "\n  Door @ " in run.out and "\n  -> " in run.out
    assert len(fleet.sim.log()) == asked


def test_status_as_json(mixed):
    status = json.loads(mixed().run("status", "--json").out)
    assert (status["v"], status["type"]) == (1, "status")
    assert {key: status[key] for key in ("devices", "ok", "failed", "offline", "unknown")} == {
        "devices": 3, "ok": 1, "failed": 1, "offline": 1, "unknown": 0}
    (failure,) = status["failures"]
    assert [entry["key"] for entry in failure["devices"]] == ["A8032AFFFFF1"]


def recorded(**members):
    """An entry of a state file, with what is on record of it."""
    return {"ip": "127.0.0.1:1", "stage3": {"last_run": "2026-01-01T00:00:00Z", **members}}


def test_status_as_json_fits_its_schema_whatever_is_on_record(mixed, make_fleet):
    fleet = make_fleet([device("Lamp")])
    states = ["sent", "updated", "unchanged", "unstable", "other", "refused", "lost", "unheard-of"]
    entries = [recorded(ota_status="up_to_date", friendly_status="ok", app="Plus1", fw="1.7.5", update="1.8.0"),
               recorded(ota_status="update_available", friendly_status="no_value", device_name="Lamp"),
               recorded(ota_status="check_failed", friendly_status="skipped", error="OTA: HTTP 500", error_id="ota.rpc",
                        failing_since="2026-01-01T00:00:00Z"),
               recorded(ota_status="error", friendly_status="error", error="friendly: timeout"),
               recorded(ota_status="error", error="what nobody knows"), recorded(ota_status="offline"),
               recorded(ota_status="skipped"), {"ip": "nonsense"}, {},
               *(recorded(ota_status="up_to_date", ota={"state": state, "to": "1.7.5", "sent_at": "2026-01-01T00:00:00Z"})
                 for state in states)]
    fleet.write_state({f"A8032A{number:06X}": entry for number, entry in enumerate(entries)})
    every = json.loads(fleet.run("status", "--json").out)
    fleet.write_state({})
    for status in [every, json.loads(fleet.run("status", "--json").out), json.loads(mixed().run("status", "--json").out)]:
        assert violations(status, SCHEMA) == []
        assert undescribed(status, SCHEMA) == []
    for words in ("ota_status", "friendly_status", "update_states"):
        assert list(every[words]) == list(SCHEMA["$defs"]["status"]["properties"][words]["properties"])
    for name, described in (("status", every), ("app", every["apps"][0])):
        assert set(described) == set(SCHEMA["$defs"][name]["properties"])
    for name, described in (("failure", every["failures"]), ("device", [one for each in every["failures"] for one in each["devices"]])):
        assert set().union(*described) == set(SCHEMA["$defs"][name]["properties"])


def test_the_check_of_the_schema_finds_faults(mixed):
    status = json.loads(mixed().run("status", "--json").out)
    for wrong in ({**status, "v": 2}, {**status, "ok": -1}, {**status, "now": "today"}, {**status, "failures": [{}]},
                  {**status, "ota_status": {"offline": "1"}}, {key: status[key] for key in status if key != "apps"}):
        assert violations(wrong, SCHEMA)
    assert undescribed({**status, "new": 1}, SCHEMA) == ["$.new"]
    assert undescribed({**status, "ota_status": {"fine": 1}}, SCHEMA) == ["$.ota_status.fine"]


def test_status_of_a_fleet_without_failures(make_fleet):
    fleet = make_fleet([device("Lamp")])
    assert fleet.run("status").out.startswith("No run has recorded anything")
    assert fleet.run().exit == 0
    run = fleet.run("status", "--language", "de")
    assert run.exit == 0 and run.out.startswith("Kein Fehler bei diesem Gerät.\n")


def test_status_needs_the_state_file(make_fleet):
    fleet = make_fleet([device("Lamp")])
    fleet.state_path.unlink()
    assert fleet.run("status").exit == 3
    fleet.write_state("{")
    assert fleet.run("report", "--html", PAGE).exit == 3
    assert not (fleet.dir / PAGE).exists()


def test_a_named_state_file_needs_no_configuration(mixed, tmp_path):
    fleet = mixed()
    state = str(fleet.state_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    status = run_cli("status", "--state", state, cwd=bare)
    assert (status.exit, status.err) == (1, "") and status.out == fleet.run("status").out
    assert run_cli("report", "--state", state, "--html", PAGE, cwd=bare).exit == 0
    assert [path.name for path in bare.iterdir()] == [PAGE]
    for arguments in (["status"], ["status", "--state", state, "--config", "data/config.yaml"], ["--state", state], ["--check-state", "--state", state]):
        run = run_cli(*arguments, cwd=bare)
        assert run.exit == 2 and "no such configuration file" in run.err, arguments
    run = run_cli("report", "--state", state, cwd=bare)
    assert run.exit == 2 and "--html" in run.err
    fleet.write_config({"report": {"language": "de"}})
    assert fleet.run("status", "--state", state).out.startswith("Fehler bei "), "one that is there counts"


def test_offers_are_told_apart_by_when_they_were_seen(make_fleet):
    offer = {"ver": "1.7.1", "update": {"stable": "1.7.5", "step": None}}
    fleet = make_fleet([device("Lamp", **offer), device("Door", **offer)])
    fleet.run()
    assert fleet.run("status").out.startswith("None of 2 devices failed; 2 with an update on offer.\n")
    state = fleet.state
    state[fleet.key(1)]["stage3"]["ota_status"] = "offline"
    state[fleet.key(0)]["stage3"]["ota"] = {"state": "sent", "from": "1.7.1", "to": "1.7.5", "sent_at": "2026-11-23T03:00:00Z", "attempts": 1}
    fleet.write_state(state)
    text = fleet.run("status").out
    assert "; 1 offline, 2 with an update on offer (1 of them found by an earlier run).\n" in text
    assert f"\nSent, and its end not seen yet 1\n  Lamp @ {fleet.addresses[0]}, since 2026-11-23 03:00 UTC: 1.7.1 -> 1.7.5\n" in text
    assert "Sent, and its end not seen yet: 1</h3>" in fleet.run("report", "--html", "-").out


def test_report_writes_one_page(mixed):
    fleet = mixed()
    run = fleet.run("report", "--html", PAGE)
    assert (run.exit, run.out, run.err) == (0, f"{PAGE}: written\n", "")
    page = (fleet.dir / PAGE).read_text()
    assert page.startswith("<!doctype html>\n<html lang=\"en\">") and "1 of 3 devices failed; 1 offline." in page
    assert fleet.run("report", "--html", "-").out.startswith("<!doctype html>")
    assert sorted(path.name for path in fleet.dir.iterdir()) == ["data", PAGE]


def rename(fleet, old, new):
    fleet.write_state(fleet.state_path.read_text().replace(f'"friendly_name": "{old}', f'"friendly_name": "{new}'))


def test_report_tells_what_the_last_run_has_changed(make_fleet):
    fleet = make_fleet([device("Lamp", name="Alt")])
    assert fleet.run("report", "--html", "-").out.count("There is no earlier state") == 1
    fleet.run()
    rename(fleet, "Lamp", "Hall")
    fleet.run()
    page = fleet.run("report", "--html", "-").out
    assert "Has another name: 1" in page and "<bdi>Lamp</bdi> → <bdi>Hall</bdi>" in page
    time.sleep(1.1)  # what is recorded within the same second is the same, and nothing is saved
    fleet.run()
    assert "Nothing has changed." in fleet.run("report", "--html", "-").out


def test_a_run_that_saves_several_times_compares_with_what_was_before_it(make_fleet):
    """`.bak` is the file before the run, not before its last save."""
    config = {"ota": {"mode": "check_and_update", "wait": True, "quiet": 0, "poll": 0.2, "rate": 2}}
    fleet = make_fleet([device(f"Lamp {i}", name=f"Alt {i}", ver="1.7.1", update=offering(apply_seconds=0.3, reboot_seconds=0.3))
                        for i in range(4)], config=config)
    fleet.run("--dry-run")
    before = fleet.state_path.read_bytes()
    assert fleet.run().exit == 0
    assert (fleet.dir / "data/ip_state.json.bak").read_bytes() == before
    assert all(fleet.recorded(i)["ota"]["state"] == "updated" for i in range(4))
    rename(fleet, "Lamp", "Hall")
    before = fleet.state_path.read_bytes()
    fleet.run()
    assert (fleet.dir / "data/ip_state.json.bak").read_bytes() == before
    assert "Has another name: 4" in fleet.run("report", "--html", "-").out


@pytest.mark.parametrize("make, complaint", [
    (lambda path: path.mkdir(), "no regular file"),
    (os.mkfifo, "no regular file"),
    (lambda path: path.symlink_to("data/config.yaml"), "symbolic link"),
    (lambda path: os.link(path.parent / "data/config.yaml", path), "it is data/config.yaml"),
])
def test_report_replaces_files_only(make_fleet, make, complaint):
    fleet = make_fleet([device("Lamp")], config={"report": {"html_file": PAGE}})
    make(fleet.dir / PAGE)
    config = fleet.config_path.read_bytes()
    for arguments in (["report"], ["--check-config"], []):
        run = fleet.run(*arguments)
        assert run.exit == 2 and complaint in run.err, (arguments, run)
    assert fleet.config_path.read_bytes() == config
    assert not fleet.sim.log(rpc="Shelly.GetDeviceInfo")


@pytest.mark.parametrize("other", ["data/fleet.out", "data/../data/fleet.out"])
def test_page_and_metrics_are_two_files(make_fleet, other):
    fleet = make_fleet([device("Lamp")], config={"report": {"html_file": "data/fleet.out"}, "metrics": {"textfile": other}})
    (fleet.dir / "data/fleet.out").write_text("before")
    for arguments in ([], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 2 and "report.html_file" in run.err and f"it is {other}, which would be lost" in run.err
    assert (fleet.dir / "data/fleet.out").read_text() == "before" and fleet.calls() == []


@pytest.mark.parametrize("path", ["data/ip_state.json", "data/ip_state.json.bak", "data/config.yaml", "data/log.txt"])
def test_report_spares_the_other_files(make_fleet, path):
    fleet = make_fleet([device("Lamp")], config={"logging": {"base_path": "data/log.txt"}})
    run = fleet.run("report", "--html", path)
    assert run.exit == 2 and f"it is {path}, which would be lost" in run.err


def test_report_needs_a_name_and_a_directory(make_fleet):
    fleet = make_fleet([device("Lamp")])
    run = fleet.run("report")
    assert run.exit == 2 and "--html" in run.err and "report.html_file" in run.err
    run = fleet.run("report", "--html", "no/where.html")
    assert run.exit == 2 and "there is no directory no/: make it" in run.err


def test_each_run_leaves_page_and_metrics(mixed):
    fleet = mixed({"report": {"html_file": PAGE, "language": "de"}, "metrics": {"textfile": METRICS}})
    assert "Fehler bei 1 von 3 Geräten; 1 offline." in (fleet.dir / PAGE).read_text()
    assert metric(fleet, 'stage3_devices{ota_status="offline"}') == 1
    assert metric(fleet, 'stage3_devices_failed{part="identity"}') == 1
    assert metric(fleet, "stage3_run_duration_seconds") > 0
    assert metric(fleet, "stage3_last_success_timestamp_seconds") == 0
    assert sorted(path.name for path in fleet.dir.iterdir()) == ["data", PAGE, METRICS]


@pytest.mark.parametrize("page, metrics, named", [
    ("data/out.prom", "./data/out.prom", "out.prom"), ("data/../data/ip_state.json.bak", "", "ip_state.json.bak"),
    ("./data/ip_state.json.rescued", "", "ip_state.json.rescued"),
])
def test_no_spelling_of_a_name_hides_whose_it_is(make_fleet, page, metrics, named):
    fleet = make_fleet([device("Lamp")], config={"report": {"html_file": page}, "metrics": {"textfile": metrics}})
    before = sorted(path.name for path in (fleet.dir / "data").iterdir())
    for arguments in (["--check-config"], [], *([["report", "--html", page]] if not metrics else [])):
        run = fleet.run(*arguments)
        assert run.exit == 2 and f"{named}, which would be lost" in run.err, run
    left = sorted(path.name for path in (fleet.dir / "data").iterdir() if not path.name.endswith("lock"))
    assert left == before and not fleet.calls()


def test_metrics_that_nobody_would_read_are_refused(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"metrics": {"textfile": "data/m.txt"}})
    for arguments in (["--check-config"], []):
        run = fleet.run(*arguments)
        assert run.exit == 2 and "end with .prom" in run.err and not fleet.calls()


def test_metrics_do_without_a_page_that_cannot_be_written(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"report": {"html_file": "x" * 245}, "metrics": {"textfile": METRICS}})
    run = fleet.run()
    assert run.exit == 1 and "File name too long" in run.err
    assert metric(fleet, 'stage3_devices{ota_status="up_to_date"}') == 1
    assert metric(fleet, "stage3_last_success_timestamp_seconds") == 0


def test_a_run_whose_output_is_lost_is_no_success(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"metrics": {"textfile": METRICS}})
    with open("/dev/full", "wb") as full:
        assert fleet.start(stdout=full).wait(PATIENCE) == 1
    assert metric(fleet, "stage3_last_success_timestamp_seconds") == 0


def test_a_run_over_some_devices_is_no_success_of_the_fleet(make_fleet):
    fleet = make_fleet([device("Lamp"), device("Fan")], config={"metrics": {"textfile": METRICS}})
    for some in (["--ip", fleet.addresses[0]], ["--select", "name=Lamp"]):
        assert fleet.run(*some).exit == 0
        assert metric(fleet, "stage3_last_success_timestamp_seconds") == 0
    assert fleet.run().exit == 0
    assert metric(fleet, "stage3_last_success_timestamp_seconds") > 0


def test_the_last_success_outlives_a_failure(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"metrics": {"textfile": METRICS}})
    assert fleet.run().exit == 0
    success = metric(fleet, "stage3_last_success_timestamp_seconds")
    fleet.write_state({"A8032AFFFFF1": {"ip": fleet.addresses[0]}})
    assert fleet.run().exit == 1
    assert metric(fleet, "stage3_last_success_timestamp_seconds") == success
    assert metric(fleet, 'stage3_devices_failed{part="identity"}') == 1


needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (prometheus)")


@needs_promtool
def test_prometheus_takes_the_metrics(make_fleet):
    evil = 'a"} 1\n# TYPE x\\ \u00fc'
    fleet = make_fleet([device("Lamp")], config={"metrics": {"textfile": METRICS}})
    state = {fleet.macs[0]: {"ip": fleet.addresses[0]}, "A8032AFFFFF1": {"ip": "127.0.0.9", "stage3": {"app": evil, "fw": evil}}}
    fleet.write_state(state)
    fleet.run()
    text = (fleet.dir / METRICS).read_bytes()
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")
    assert b'app="a\\"} 1\\n# TYPE x\\\\ \xc3\xbc"' in text
    broken = subprocess.run(["promtool", "check", "metrics"], input=text.replace(b'app="a\\"}', b'app="a"}'), capture_output=True, check=False)
    assert broken.returncode != 0


@needs_promtool
def test_each_alert_comes_and_stays_away():
    tested = subprocess.run(["promtool", "test", "rules", "stage3.test.yml"], cwd=MONITORING, capture_output=True, check=False)
    assert tested.returncode == 0, tested.stdout
    alerts = re.findall(r"alert: (\w+)", (MONITORING / "stage3.rules.yml").read_text())
    test = (MONITORING / "stage3.test.yml").read_text()
    assert alerts and all(test.count(f"alertname: {alert}") == 2 for alert in alerts)


def test_alerts_and_panel_name_what_there_is(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"metrics": {"textfile": METRICS}})
    assert fleet.run().exit == 0
    known = set(re.findall(r"^# TYPE (\w+) gauge$", (fleet.dir / METRICS).read_text(), re.MULTILINE))
    for name in ("stage3.rules.yml", "stage3.test.yml", "grafana-panel.json"):
        used = set(re.findall(r"\bstage3_\w+", (MONITORING / name).read_text()))
        assert used and used <= known, name
    told = set(re.findall(r"`(stage3_\w+)[`{]", (MONITORING / "../../docs/operating.md").read_text()))
    assert told == known
    json.loads((MONITORING / "grafana-panel.json").read_text())


def test_a_dry_run_leaves_neither(make_fleet):
    fleet = make_fleet([device("Lamp")], config={"report": {"html_file": PAGE}, "metrics": {"textfile": METRICS}})
    assert fleet.run("--dry-run").exit == 0
    assert sorted(path.name for path in fleet.dir.iterdir()) == ["data"]


def test_a_page_that_cannot_be_written_is_told(make_fleet):
    """The directory goes away while the run is at work: all else is done and recorded."""
    fleet = make_fleet([device("Lamp", latency_ms={"*": 1500})], config={"report": {"html_file": "pages/fleet.html"}})
    (fleet.dir / "pages").mkdir()
    process = fleet.start()
    fleet.sim.wait_for(rpc="Shelly.GetDeviceInfo")
    (fleet.dir / "pages").rmdir()
    out, err = process.communicate()
    assert process.returncode == 1 and b"report.html_file" in err, (out, err)
    assert fleet.recorded()["device_name"] == "Lamp"
