"""What is read from ip_state.json, what is written, and that nothing else changes by a byte."""

import json
import re

import pytest

from fleet import device

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_members_that_are_written(make_fleet):
    fleet = make_fleet([device("Neu", {"model": None, "fw": "1.0.0"}, ver="1.7.1", update={"stable": "1.7.5"},
                               app="Plus1PM", id="shellyplus1pm-{mac_lower}")])
    fleet.run()
    entry = fleet.entry()
    recorded = entry.pop("stage3")
    assert entry == {"ip": fleet.addresses[0], "friendly_name": "Neu", "fw": "1.7.1", "model": "Plus1PM",
                     "hostname": "shellyplus1pm-a8032a000001"}
    assert re.fullmatch(STAMP, recorded.pop("last_run")) and re.fullmatch(STAMP, recorded.pop("last_seen"))
    builds = {name: recorded[name] for name in ("fw_id", "update_build")}
    assert [re.sub(r".*/|-g[0-9a-f]+$", "", build) for build in builds.values()] == ["1.7.1", "1.7.5"]
    assert recorded == {"ota_status": "update_available", "friendly_status": "ok", "fw": "1.7.1",
                        "update": "1.7.5", "device_name": "Neu", "app": "Plus1PM", **builds}


def test_other_stages_members_are_left_alone(make_fleet):
    entry = {"model": "Mine", "hostname": "mine.local", "friendly_name": " Neu ", "room": {"a": [1, 2]}}
    fleet = make_fleet([device(entry=entry)])
    fleet.run()
    after = fleet.entry()
    assert {key: after[key] for key in entry} == entry
    assert "fw" not in after


@pytest.mark.parametrize("old, new", [
    ("1.0.0", "1.7.1"), ("20230308-091102/1.0.0-g22a4cb7", "20260710-101221/1.7.1-g87fbfa4"), ("1.7.1", "1.7.1")])
def test_fw_keeps_its_style(make_fleet, old, new):
    fleet = make_fleet([device(entry={"fw": old}, ver="1.7.1", fw_id="20260710-101221/1.7.1-g87fbfa4")])
    fleet.run()
    assert fleet.entry()["fw"] == new


def test_unknown_members_inside_stage3_stay(make_fleet):
    fleet = make_fleet([device(entry={"stage3": {"note": "mine", "ota_status": "error", "error": "old", "n": 1.50}})])
    fleet.run()
    assert fleet.recorded()["note"] == "mine" and fleet.recorded()["n"] == 1.5
    assert fleet.recorded()["ota_status"] == "up_to_date" and "error" not in fleet.recorded()


def test_wrapped_file(make_fleet):
    fleet = make_fleet([device("Neu")])
    fleet.write_state({"version": 1, "note": "kept", "devices": fleet.entries()})
    assert fleet.run().exit == 0
    assert fleet.recorded()["device_name"] == "Neu"
    assert (fleet.state["version"], fleet.state["note"]) == (1, "kept")


ODD = """\
 \t{ "first" : 18446744073709551616,  "neg":-0, "e" : 1E+2,"f":0.10 ,
\r
  "version":1, "devices" :\t{
"b0b0b0b0b0b0":   {"ip":"ADDRESS","x":"\\u00e4\\/\\ud83d\\ude00ä","z":{"b":1,"a":2, "b2" : []}, "stage3":\
{"mine":-0.0e-1,"friendly_status":"skipped" , "last_run":"x" } },
   "A8-03-2A-00-00-01" : {"friendly_name":"N\\u0065u","ip" :"ADDRESS"
 ,"model":"S1","hostname" : "h"},
 "A8032A0000EE":{"ip":"127.1"},"other":{ }
  } , "last": [ 1 ,2,{"q":null}],"":""}\t

"""

WRITTEN = r'"(ota_status|friendly_status|last_run|last_seen|fw|fw_id|app|update|update_build|device_name|error|error_id|failing_since)"\s*:\s*"(\\.|[^"\\])*"'


def skeleton(text):
    """The text without what stage3 may write and without the white space and commas around it."""
    text = re.sub(r'"stage3"\s*:\s*', "", re.sub(WRITTEN, "", text))
    return re.sub(r"\{[\s,]*\}", "", re.sub(r"[\s,]+", "", text))


def test_nothing_else_changes_by_a_byte(make_fleet):
    fleet = make_fleet([device(key="A8-03-2A-00-00-01")])
    before = ODD.replace("ADDRESS", fleet.addresses[0])
    fleet.write_state(before.encode())
    fleet.run()
    after = fleet.state_path.read_bytes().decode()
    assert json.loads(after)["devices"]["A8-03-2A-00-00-01"]["stage3"]["device_name"] == "Neu"
    assert skeleton(after) == skeleton(before)
    for piece in ('"first" : 18446744073709551616,  "neg":-0, "e" : 1E+2,"f":0.10 ,\n\r\n', ' \t{ "first"',
                  '"x":"\\u00e4\\/\\ud83d\\ude00ä","z":{"b":1,"a":2, "b2" : []}', '"mine":-0.0e-1',
                  '"friendly_name":"N\\u0065u","ip" :"', '"A8032A0000EE":{"ip":"127.1"},"other":{ }',
                  '"last": [ 1 ,2,{"q":null}],"":""}\t\n\n', '"friendly_status":"skipped"'):
        assert piece in after, piece


@pytest.mark.parametrize("layout", [{"indent": 4}, {"indent": "\t"}, {"separators": (",", ":")}, {}])
def test_layout_of_the_file_is_kept(make_fleet, layout):
    fleet = make_fleet([device("Neu", {"stage3": {"note": 1}, "x": [1, {"y": 2.50}], "hostname": "a"}),
                        device(entry={"hostname": "b"})])
    before = json.dumps({"version": 1, "devices": fleet.entries()}, **layout).replace("\n", "\r\n")
    fleet.write_state(before.encode())
    assert fleet.run().exit == 0
    after = fleet.state_path.read_bytes().decode()
    assert fleet.recorded(0)["device_name"] == "Neu" and fleet.recorded(0)["note"] == 1
    assert skeleton(after) == skeleton(before)
    rest = iter(after)
    assert all(character in rest for character in before), "something was taken away, not only put in"


def test_second_run_changes_values_only(make_fleet):
    fleet = make_fleet([device("Neu"), device(presence="refused")])
    fleet.run()
    first = fleet.state_path.read_text()
    fleet.run()
    second = fleet.state_path.read_text()
    assert re.sub(STAMP, "T", first) == re.sub(STAMP, "T", second)


def test_port_member(make_fleet):
    fleet = make_fleet([device("Neu")])
    ip, port = fleet.addresses[0].split(":")
    fleet.write_state({fleet.key(0): {"ip": ip, "port": int(port), "friendly_name": "Neu"}})
    run = fleet.run()
    assert run.exit == 0 and f"@ {fleet.addresses[0]} - OTA=up_to_date" in run.line


def test_ipv6_address(make_fleet):
    fleet = make_fleet([device("Neu", ip="::1", port=0)])
    assert fleet.addresses[0].startswith("[::1]:")
    run = fleet.run()
    assert run.exit == 0 and f"@ {fleet.addresses[0]} - OTA=up_to_date" in run.line


@pytest.mark.parametrize("entry", [
    {}, {"ip": ""}, {"ip": "127.1"}, {"ip": "127.0.0.010"}, {"ip": "kitchen.local"}, {"ip": 5}, {"ip": None},
    {"ip": "127.1.0.1:0"}, {"ip": "127.1.0.1:65536"}, {"ip": "127.1.0.1", "port": 0}, {"ip": "127.1.0.1", "port": "x"},
    {"ip": "::1%lo"}, {"ip": " 127.1.0.1"}, [], "text", 5, None,
    {"ip": "127.1.0.1", "mac_aliases": 5}, {"ip": "127.1.0.1", "mac_aliases": ["nonsense"]}])
def test_unusable_entry_fails_alone(make_fleet, entry):
    fleet = make_fleet([device("Neu")])
    fleet.write_state({"A8032A0000EE": entry, **fleet.entries()})
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=2 ok=1 failed=1 names=1"
    assert run.exit == 1
    bad = next(line for line in run.lines if "ERR=" in line)
    assert "OTA=error" in bad and "ERR=entry: " in bad
    assert fleet.state["A8032A0000EE"] == entry
    assert fleet.recorded()["device_name"] == "Neu"


@pytest.mark.parametrize("key", ["", "nonsense", "A8032A00000", "A8032A0000011", "A8:032A000001", "a8 03 2a 00 00 01"])
def test_bad_mac_fails_alone(make_fleet, key):
    fleet = make_fleet([device("Neu")])
    bad = dict(fleet.entries()[fleet.key(0)])
    fleet.write_state({key: bad, **fleet.entries()})
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=2 ok=1 failed=1 names=1"
    assert fleet.state[key] == bad


def test_same_mac_twice_fails_both(make_fleet):
    fleet = make_fleet([device("Neu"), device("Neu")])
    entries = fleet.entries()
    entries["a8:03:2a:00:00:01"] = dict(entries["A8032A000001"])
    fleet.write_state(entries)
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=3 ok=1 failed=2 names=1"
    assert fleet.calls(0) == []
    assert fleet.state["A8032A000001"] == fleet.state["a8:03:2a:00:00:01"] == fleet.entries()["A8032A000001"]


MALFORMED = {
    "empty": "", "white space": " \n", "not JSON": "hello", "list": "[]", "string": '"x"', "number": "5",
    "unclosed": '{"A8032A000001": {"ip": "127.1.0.1"', "comma": '{"A8032A000001": {"ip": "127.1.0.1",}}',
    "two values": "{} {}", "trailing": "{}x", "single quotes": "{'a': 1}", "comment": "{} // x",
    "NaN": '{"a": NaN}', "leading zero": '{"a": 01}', "raw newline": '{"a": "x\ny"}', "raw tab": '{"a": "\t"}',
    "bad escape": '{"a": "\\x"}', "half an escape": '{"a": "\\ud80"}', "huge number": '{"a": 1e309}',
    "huge negative": '{"a": -1e400}', "huge digits": '{"a": ' + "9" * 400 + "}",
    "version 2": '{"version": 2, "devices": {}}', "version text": '{"version": "1", "devices": {}}',
    "devices list": '{"version": 1, "devices": []}', "devices null": '{"devices": null}',
    "deep": '{"a": ' + "[" * 40 + "]" * 40 + "}", "control": '{"a": "\x01"}',
}
MALFORMED_BYTES = {
    "NUL": b'{"a": 1}\0', "NUL inside": b'{"a": "\0"}', "latin-1": b'{"a": "\xe4"}', "overlong": b'{"a": "\xc0\xaf"}',
    "surrogate": b'{"a": "\xed\xa0\x80"}', "truncated": b'{"a": "\xc3', "UTF-16": '{"a": 1}'.encode("utf-16"),
}


@pytest.mark.parametrize("text", [
    *(pytest.param(text.encode(), id=name) for name, text in MALFORMED.items()),
    *(pytest.param(data, id=name) for name, data in MALFORMED_BYTES.items())])
def test_malformed_file_is_refused_untouched(make_fleet, text):
    fleet = make_fleet([])
    fleet.write_state(text)
    backup = fleet.state_path.with_suffix(".json.bak")
    backup.write_text("old backup")
    run = fleet.run()
    assert run.exit == 3
    assert run.out == ""
    assert re.match(r"stage3: data/ip_state\.json:\d+:\d+: \S", run.err), run.err
    assert fleet.state_path.read_bytes() == text and backup.read_text() == "old backup"
    assert sorted(path.name for path in fleet.state_path.parent.iterdir()) == [
        "config.yaml", "ip_state.json", "ip_state.json.bak"]


def test_place_of_the_fault(make_fleet):
    fleet = make_fleet([], state='{\n  "A8032A000001": {\n    "ip": 127.1.0.1\n  }\n}\n')
    assert "data/ip_state.json:3:" in fleet.run().err


def test_missing_file(make_fleet):
    fleet = make_fleet([])
    fleet.state_path.unlink()
    run = fleet.run()
    assert run.exit == 3
    assert "data/ip_state.json: " in run.err
    assert [path.name for path in fleet.state_path.parent.iterdir()] == ["config.yaml"]


def test_no_packet_before_the_file_is_known_to_be_good(make_fleet):
    fleet = make_fleet([device("Neu")])
    fleet.write_state(json.dumps(fleet.entries())[:-1])
    assert fleet.run().exit == 3
    assert fleet.calls() == []


def errors_of(run):
    return [error["text"] for line in run.json if line["type"] == "device" for error in line["errors"]]


def test_half_characters_of_other_stages_stay_as_they_are(make_fleet):
    """Python's json.dump() writes a lone \\ud800; only an entry that is read from it is refused."""
    fleet = make_fleet([device("Neu", {"room": "\ud800 x"}), device(entry={"friendly_name": "\udfff"})])
    assert b'"\\ud800 x"' in fleet.state_path.read_bytes()
    run = fleet.run("--json")
    assert run.exit == 1 and b'"\\ud800 x"' in fleet.state_path.read_bytes()
    assert fleet.recorded(0)["device_name"] == "Neu"
    [told] = errors_of(run)
    assert told.startswith("entry: friendly_name holds half of a surrogate pair")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_json_is_named(make_fleet, word):
    fleet = make_fleet([])
    fleet.write_state('{\n "A8032A000001": {"rssi": ' + word + "}}")
    run = fleet.run()
    assert run.exit == 3 and run.err.startswith(f"stage3: data/ip_state.json:2:27: {word} is not JSON: write null or a number")


@pytest.mark.parametrize("ip, told", [
    ("0.0.0.0", "unspecified address"), ("::", "unspecified address"), ("255.255.255.255", "broadcast address"),
    ("224.0.0.251", "multicast address"), ("ff02::1", "multicast address"), ("shelly.local", "host name"),
    ("127.1.0.1 ", "white space"), ("fe80::1%eth0", "zone")])
def test_addresses_that_cannot_be_a_devices_are_told_for_what_they_are(make_fleet, ip, told):
    fleet = make_fleet([device("Neu"), device(entry={"ip": ip})])
    run = fleet.run("--json")
    [error] = errors_of(run)
    assert run.exit == 1 and error.startswith(f'entry: ip "{ip}" ') and told in error


@pytest.mark.parametrize("nothing", ["{}", '{"devices": {}}', '{"version": 1, "devices": {}}'])
def test_file_without_devices_is_told(make_fleet, nothing):
    fleet = make_fleet([], state=nothing)
    run = fleet.run()
    assert run.exit == 0 and run.summary == "Stage 3 summary: total=0 ok=0 failed=0"
    assert "ip_state.json holds no device: nothing to do" in run.err
    assert fleet.state_path.read_text() == nothing


def test_zero_with_a_large_exponent_is_a_number_like_any_other(make_fleet):
    fleet = make_fleet([device("Neu", entry={"room": 4711})])
    text = fleet.state_path.read_text().replace("4711", "[0e999999, -0.0E+309, 1e308, 1e-999999]")
    fleet.write_state(text)
    assert fleet.run().exit == 0
    assert "[0e999999, -0.0E+309, 1e308, 1e-999999]" in fleet.state_path.read_text()
    for number in ("1.8e308", "-1e309"):
        fleet.write_state(text.replace("0e999999", number))
        assert fleet.run().exit == 3
