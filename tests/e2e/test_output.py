"""One line a device, the summary, and what hides or shortens them."""

import os
import re
import subprocess
import unicodedata
from datetime import datetime, timezone

import pytest

from fleet import device
from promptly import PATIENCE

LONG_ERROR = "Invalid argument 'config': the name is not acceptable for reasons that take long to tell"


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_in_sync_device(make_fleet):
    fleet = make_fleet([device("Wohnzimmer", {"model": "S2PMG3"}, name="Wohnzimmer")])
    run = fleet.run()
    assert run.line == f"● S2PMG3 @ {fleet.addresses[0]} - OTA=up_to_date | Friendly=ok (Wohnzimmer)"
    assert run.summary == "Stage 3 summary: total=1 ok=1 failed=0"
    assert run.err == ""
    assert run.exit == 0


def test_messages_escape_once(make_fleet):
    """What a message quotes is escaped already; what somebody has typed reads as typed; and nothing reaches the terminal as it is."""
    fleet = make_fleet([device("Neu")], {"logging": {"base_path": "no\\where/a\x1b.txt"}})
    assert r"there is no directory no\where/: make it" in fleet.run().err and "\x1b" not in fleet.run().err
    fleet.write_config({})
    assert fleet.run("--select", r"name=A\*").err == rf"stage3: no device is selected by '--select name=A\\*' in {fleet.state_path.resolve()}" + "\n"
    assert r"'stat\x1b\\us'" in fleet.run("--select", "stat\x1b\\us=failed").err
    assert fleet.run("--select", r"name=N[e]\u").err == r"stage3: 1 of 1 devices selected by name=N[e]\u" + "\n"
    fleet.config_path.write_text('stage3: {"o\\x1b\\\\": 1}\n')
    assert r"unknown key 'o\x1b\\'" in fleet.run().err


def test_no_wanted_name(make_fleet):
    fleet = make_fleet([device(update={"stable": "1.7.5"})])
    run = fleet.run()
    assert run.line.startswith(f"● S1 @ {fleet.addresses[0]} - OTA=updateable | Friendly=no_value")
    assert run.exit == 0


def test_update_shows_the_firmware_where_there_is_room(make_fleet):
    fleet = make_fleet([device(ver="1.7.1", update={"stable": "1.7.5"}),
                        device("A name that takes up much room", name="A name that takes up much room", ver="1.7.1", update={"stable": "1.7.5"})])
    run = fleet.run()
    short, long = sorted(run.lines, key=len)
    assert short.endswith(" | Friendly=no_value | FW=1.7.1 -> 1.7.5") and columns(short) < 80
    assert re.search(r"Friendly=ok \(A name .*\.\.\.\)$", long) and columns(long) < 80


def test_offline_has_no_friendly_part(make_fleet):
    fleet = make_fleet([device("Name", presence="refused")])
    run = fleet.run()
    assert run.line.startswith(f"● S1 @ {fleet.addresses[0]} - OTA=offline")
    assert "Friendly" not in run.line
    assert run.summary == "Stage 3 summary: total=1 ok=0 failed=0 offline=1"
    assert run.exit == 0


def test_model_is_the_entrys_then_the_devices_then_unknown(make_fleet):
    fleet = make_fleet([device(entry={"model": "Own"}), device(entry={"model": None}, app="Plus1PM"),
                        device(entry={"model": None}, presence="refused")])
    models = {line.split(" @ ")[1].split()[0]: line.split()[1] for line in fleet.run().lines}
    assert [models[address] for address in fleet.addresses] == ["Own", "Plus1PM", "?"]


def test_lines_come_in_the_order_of_finishing(make_fleet):
    slow = device(latency_ms={"*": 150})
    fleet = make_fleet([slow, device()])
    run = fleet.run()
    assert [line.split()[3] for line in run.lines] == fleet.addresses[::-1]


def test_error_is_shortened_to_stay_under_80_columns(make_fleet):
    fleet = make_fleet([device("N", key="A8032A0000FF"), device(presence="refused", entry={"ip": "1" * 100}),
                        device(faults=[{"kind": "error", "rpc": "Shelly.GetDeviceInfo", "code": -1,
                                        "message": LONG_ERROR}])])
    lines = fleet.run().lines
    assert len(lines) == 3
    for line in lines:
        assert columns(line) < 80
        assert re.search(r" \| ERR=(identity: (found A8032A000001|HTTP 500( \(-1\))?)|entry: .+)$", line)


def test_http_status_is_never_cut(make_fleet):
    faults = [{"kind": "error", "rpc": "Sys.SetConfig", "code": -103, "message": LONG_ERROR}]
    fleet = make_fleet([device("A rather long name for a lamp", faults=faults), device("Name", faults=faults)])
    run = fleet.run()
    assert run.exit == 1
    for line in run.lines:
        assert re.search(r" \| Friendly=error \((A \.\.\.|Name)\) \| ERR=friendly: HTTP 500(\D|$)", line)


def test_two_errors_are_joined(make_fleet):
    faults = [{"kind": "error", "rpc": ["Sys.SetConfig", "Shelly.CheckForUpdate"], "code": -1, "message": "No"}]
    fleet = make_fleet([device("N", faults=faults)])
    run = fleet.run()
    assert "OTA=check_failed | Friendly=error (N) | ERR=friendly: HTTP 500" in run.line
    assert fleet.recorded()["error"] == "friendly: HTTP 500 (-1 No); OTA: HTTP 500 (-1 No)"


def test_wide_characters_count_twice(make_fleet):
    fleet = make_fleet([device("中文名字", name="中文名字",
                               faults=[{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1,
                                        "message": "漢字" * 30}], entry={"model": "A"})])
    line = fleet.run().line
    assert line.endswith(" | Friendly=ok (中...) | ERR=OTA: HTTP 500")


def test_control_characters_are_escaped(make_fleet):
    evil = "\x1b[1mA\n\u202eB"
    fleet = make_fleet([device(entry={"model": evil}, name=evil),
                        device(entry={"model": None}, app=evil),
                        device(faults=[{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -1,
                                        "message": evil + "\x9b\x7f"}])],
                       {"friendly": {"backfill": True}, "logging": {"base_path": "log.txt"}})
    run = fleet.run("--color", "never")
    texts = run.out + run.err + (fleet.dir / "log.txt").read_text()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", texts)
    assert len(run.lines) == 3
    assert len((fleet.dir / "log.txt").read_text().splitlines()) == 6
    assert "\\x1b[1mA\\n\\u202eB" in run.out


def test_online_hides_offline_lines_only(make_fleet):
    fleet = make_fleet([device(), device(presence="refused")])
    run = fleet.run("--online")
    assert [fleet.addresses[0] in line for line in run.lines] == [True]
    assert run.summary == "Stage 3 summary: total=2 ok=1 failed=0 offline=1"
    assert fleet.recorded(1)["ota_status"] == "offline"


def test_quiet_shows_failed_devices_and_the_summary(make_fleet):
    bad = device(faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}])
    fleet = make_fleet([device(), device(presence="refused"), bad])
    run = fleet.run("--quiet")
    assert len(run.out.splitlines()) == 2
    assert fleet.addresses[2] in run.line and "OTA=check_failed" in run.line
    assert run.summary == "Stage 3 summary: total=3 ok=1 failed=1 offline=1"
    assert run.exit == 1


def test_summary_of_an_empty_state_file(make_fleet):
    run = make_fleet([], state={}).run()
    assert run.out == "Stage 3 summary: total=0 ok=0 failed=0\n"
    assert run.exit == 0


@pytest.mark.parametrize("arguments, colored", [
    (["--color", "always"], True), (["--color", "never"], False), (["--color", "auto"], False), ([], False)])
def test_colour_option_without_a_terminal(make_fleet, arguments, colored):
    fleet = make_fleet([device(update={"stable": "1.7.5"}), device(), device(presence="refused"),
                        device(faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}])],
                       {"friendly": {"enabled": False}})
    run = fleet.run(*arguments)
    assert ("\x1b" in run.out) == colored
    if not colored:
        return
    by_address = {line.split(" @ ")[1].split()[0]: line for line in run.out.splitlines()[:-1]}
    for address, color, word in zip(fleet.addresses, (33, 32, 31, 31),
                                    ("updateable", "up_to_date", "offline", "check_failed")):
        line = by_address[address]
        assert line.startswith(f"\x1b[{color}m●\x1b[0m S1 @ ")
        assert f" - \x1b[{color}mOTA={word}\x1b[0m" in line
        assert line.count("\x1b") == 4


def test_skipped_is_green(make_fleet):
    fleet = make_fleet([device()], {"ota": {"enabled": False}})
    assert "\x1b[32mOTA=skipped\x1b[0m" in fleet.run("--color", "always").out


def test_no_color_yields_to_the_option(make_fleet):
    fleet = make_fleet([device()])
    assert "\x1b" in fleet.run("--color", "always", env={"NO_COLOR": "1"}).out


def test_closed_output_does_not_stop_the_run(make_fleet):
    fleet = make_fleet([device("New") for _ in range(20)])
    reader, writer = os.pipe()
    os.close(reader)
    process = fleet.start(stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert all(fleet.recorded(i)["device_name"] == "New" for i in range(20))


def test_reader_that_leaves_does_not_stop_the_run(make_fleet):
    fleet = make_fleet([device("New") for _ in range(20)])
    process = fleet.start()
    head = subprocess.run(["head", "-n1"], stdin=process.stdout, capture_output=True, check=True)
    process.stdout.close()
    assert process.wait(timeout=PATIENCE) == 0
    assert head.stdout.startswith("●".encode())
    assert all(fleet.recorded(i)["device_name"] == "New" for i in range(20))


def test_full_output_is_told(make_fleet):
    fleet = make_fleet([device("New")])
    with open("/dev/full", "wb") as full:
        process = fleet.start(stdout=full)
    _, err = process.communicate(timeout=PATIENCE)
    assert err == b"stage3: cannot write to standard output: No space left on device\n"
    assert process.returncode == 1
    assert fleet.recorded()["device_name"] == "New"


@pytest.mark.parametrize("arguments", [["--json"], ["--quiet"], ["--check-config"], ["--check-state"]])
def test_output_that_cannot_be_written_is_no_success(make_fleet, arguments):
    fleet = make_fleet([device("New")])
    run = fleet.run(*arguments, prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    assert run.exit == 1
    assert run.err == "stage3: cannot write to standard output: No space left on device\n"


def test_fleet_that_is_all_offline(make_fleet):
    fleet = make_fleet([device(presence="refused"), device(presence="refused"), device()])
    assert fleet.run().err == ""
    run = fleet.run("--ip", *fleet.addresses[:2])
    assert run.exit == 0
    if "ping ok" in run.out:  # ICMP is allowed here, and this machine answers for all of 127/8
        advice = "they answer the ping, but not HTTP: does a firewall in between let their ports through?"
    else:
        advice = "is this host in their network?"
    assert run.err == f"stage3: all 2 selected devices are offline: {advice}\n"
    assert fleet.run("--ip", fleet.addresses[0]).err == "", "one that is off is nothing special"


def test_missing_standard_descriptors_harm_no_file(make_fleet):
    fleet = make_fleet([device("New")], {"logging": {"base_path": "log.txt"}})
    run = fleet.run(prefix=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"])
    assert run.exit == 0
    assert fleet.recorded()["device_name"] == "New"
    assert all(line[10] == "T" for line in (fleet.dir / "log.txt").read_text().splitlines())


@pytest.mark.parametrize("env", [
    {"TZ": "America/Lima", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE"}, {"TZ": ":/nowhere", "LC_ALL": "C"}, {"TZ": "", "LANG": "x"}])
def test_locale_and_time_zone_make_no_difference(make_fleet, env):
    fleet = make_fleet([device("Küche")], {"timeouts": {"ping": 0.5}, "logging": {"base_path": "log.txt"}})
    run = fleet.run(env=env)
    assert (run.exit, run.err) == (0, "") and "Friendly=ok ( -> Küche)" in run.line
    for stamp in (fleet.recorded()["last_run"], (fleet.dir / "log.txt").read_text()[:20]):
        told = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        assert abs((datetime.now(timezone.utc) - told).total_seconds()) < 60
