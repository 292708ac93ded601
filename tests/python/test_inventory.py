"""partition and merge_results: pieces of a fleet, run elsewhere and gathered again."""

import dataclasses
import datetime
import json
import logging
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

import stage3
from fleet import device

ROOT = Path(__file__).resolve().parents[2]
KEY, OTHER_KEY = "sha256//" + "A" * 43 + "=", "sha256//" + "B" * 42 + "A="
FIRST, LATER, LAST = (f"2026-11-23T14:31:0{second}Z" for second in (1, 2, 3))


def entry(number, **more):
    return {"ip": f"127.0.0.{number}", **more}


def inventory_of(count):
    return {f"A8032A{number:06X}": entry(number) for number in range(1, count + 1)}


def result_of(key, finished=FIRST, outcome="ok", **more):
    return {"v": 1, "type": "device", "key": key, "mac": key, "address": "127.0.0.1", "outcome": outcome,
            "name_changed": False, "update_sent": False, "update_held": False, "finished": finished, "errors": [], **more}


SEEN = {"ota_status": "up_to_date", "friendly_status": "ok", "fw": "1.4.4", "fw_id": "20241011-114455/1.4.4-g6d2a586",
        "app": "Plus1", "id": "shellyplus1-a8032a000001", "device_name": "Flur"}

OTA = {"state": "unchanged", "from": "1.4.4", "to": "1.7.5", "build": "b/1.7.5", "sent_at": "2026-11-01T00:00:00Z",
       "ended_at": "2026-11-01T00:10:00Z", "attempts": 2, "error": "still 1.4.4"}
NEWER = {"state": "sent", "to": "1.8.0", "sent_at": LATER, "attempts": 1}
SENT_AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
RECORD = stage3.UpdateRecord(stage3.UpdateState.unchanged, "1.4.4", "1.7.5", "b/1.7.5", SENT_AT,
                             SENT_AT + datetime.timedelta(minutes=10), 2, "still 1.4.4")


@pytest.mark.parametrize("count", [1, 3, 7, 50])
def test_even_parts(count):
    inventory = inventory_of(20)
    parts = stage3.partition(inventory, count)
    sizes = [len(part) for part in parts]
    assert len(parts) == min(count, 20) and max(sizes) - min(sizes) <= 1
    assert {key: value for part in parts for key, value in part.items()} == inventory
    assert sum(sizes) == 20
    assert all(list(part) == sorted(part) for part in parts)
    assert parts[0]["A8032A000001"] is inventory["A8032A000001"]


def test_select_keeps_entries_and_wrapper():
    inventory = inventory_of(3)
    inventory["A8032A000001"]["stage3"] = {"ota_status": "offline"}
    inventory["A8032A000002"]["site"] = "Haus 1"
    inventory["A8032A000003"].update(label="Flur", stage3={"ota_status": "up_to_date", "friendly_status": "error"})
    failed = stage3.select(inventory, "status=failed,offline")
    assert list(failed) == ["A8032A000001", "A8032A000003"]
    assert failed["A8032A000001"] is inventory["A8032A000001"]
    assert list(stage3.select(inventory, "status=failed,offline", "ip=127.0.0.2-9")) == ["A8032A000003"]
    assert list(stage3.select(inventory, "site=Haus ?")) == ["A8032A000002"]
    assert list(stage3.select(inventory, "name=Flur", name_field="label")) == ["A8032A000003"]
    assert stage3.select(inventory, "name=Flur") == {}
    assert stage3.select(inventory) == inventory
    wrapped = {"version": 1, "devices": inventory}
    assert stage3.select(wrapped, "status=new") == {"version": 1, "devices": {"A8032A000002": inventory["A8032A000002"]}}
    with pytest.raises(stage3.ArgumentError, match="did you mean 'status'"):
        stage3.select(inventory, "stauts=ok")
    with pytest.raises(TypeError, match="each of terms must be a str, not int"):
        stage3.select(inventory, 5)


def test_parts_by_key():
    inventory = {"version": 1, "note": "kept", "devices": {
        "A8032A000001": entry(1, site="north"), "A8032A000002": entry(2, site="south"),
        "A8032A000003": entry(3), "A8032A000004": entry(1, site="north"), "nonsense": 5}}
    by_name = stage3.partition(inventory, "site")
    assert list(by_name) == ["north", "south", None]
    assert {where: list(part["devices"]) for where, part in by_name.items()} == {
        "north": ["A8032A000001", "A8032A000004"], "south": ["A8032A000002"], None: ["A8032A000003", "nonsense"]}
    assert all(part["version"] == 1 and part["note"] == "kept" for part in by_name.values())
    assert [device.site for device in stage3.StateStore.parse(json.dumps(inventory)).devices] == ["north", "south", "", "north", ""]
    by_function = stage3.partition(inventory, lambda key, entry: key[-1])
    assert list(by_function) == ["1", "2", "3", "4", "e"]
    assert stage3.partition({}, "site") == {} and stage3.partition({}, 3) == []


def test_rivals_stay_together():
    inventory = inventory_of(8)
    inventory["a8:03:2a:00:00:01"] = entry(50)  # the same MAC, spelled otherwise
    inventory["A8032A000070"] = entry(70, mac_aliases=["A8-03-2A-00-00-02"])
    inventory["A8032A000071"] = {"ip": "127.0.0.3:80"}  # the same address
    inventory["A8032A000072"] = {"ip": "http://127.0.0.3"}  # and once more
    for count in (2, 3, 5, 11):
        part_of = {key: number for number, part in enumerate(stage3.partition(inventory, count)) for key in part}
        assert len(part_of) == len(inventory)
        for one, other in [("a8:03:2a:00:00:01", "A8032A000001"), ("A8032A000070", "A8032A000002"),
                           ("A8032A000071", "A8032A000003"), ("A8032A000072", "A8032A000003")]:
            assert part_of[one] == part_of[other]
    inventory["A8032A000001"]["site"] = "north"
    by_site = stage3.partition(inventory, "site")
    assert list(by_site["north"]) == ["A8032A000001", "a8:03:2a:00:00:01"]
    # Two sites may use the same addresses.
    inventory["A8032A000071"]["site"] = "north"
    assert "A8032A000003" in stage3.partition(inventory, "site")[None]


def test_wrong_arguments():
    for by, error in [(0, ValueError), (-1, ValueError), (True, TypeError), (2.5, TypeError), (None, TypeError)]:
        with pytest.raises(error, match="^by must be"):
            stage3.partition({}, by)
    for inventory in ([], {"devices": []}, None):
        with pytest.raises(TypeError, match="inventory"):
            stage3.partition(inventory, 2)
        with pytest.raises(TypeError, match="inventory"):
            stage3.merge_results(inventory)
    with pytest.raises(TypeError, match="part 2 must be"):
        stage3.merge_results({}, [], "x")
    with pytest.raises(ValueError, match="not the result of a device"):
        stage3.merge_results({}, [{}])


def test_a_result_becomes_what_a_run_records():
    key = "A8032A000001"
    inventory = {key: entry(1, fw="1.4.2", note="kept", stage3={"error": "old", "unknown": 1, "update": "9.9.9"})}
    merged = stage3.merge_results(inventory, [result_of(key, last_seen=FIRST, **SEEN)])
    assert merged == {key: entry(
        1, fw="1.4.4", note="kept", model="Plus1", hostname="shellyplus1-a8032a000001",
        stage3={"unknown": 1, "ota_status": "up_to_date", "friendly_status": "ok", "last_run": FIRST,
                "last_seen": FIRST, "fw": "1.4.4", "fw_id": SEEN["fw_id"], "app": "Plus1", "device_name": "Flur"})}
    assert inventory[key]["fw"] == "1.4.2" and "error" in inventory[key]["stage3"]
    inventory[key].update(fw="20240101-000000/1.4.2-gabcdef0", model="", hostname=None)
    merged = stage3.merge_results(inventory, [stage3.Result.from_dict(result_of(key, last_seen=FIRST, **SEEN))])
    assert (merged[key]["fw"], merged[key]["model"], merged[key]["hostname"]) == (SEEN["fw_id"], "", None)


def test_results_of_one_device_are_recorded_in_the_order_they_finished():
    key = "A8032A000001"
    seen = result_of(key, FIRST, last_seen=FIRST, **SEEN)
    offline = result_of(key, LATER, "offline", ota_status="offline",
                        errors=[{"part": "reach", "cause": "timeout", "text": "reach: timeout"}])
    for parts in ([[seen], [offline]], [[offline], [seen]], [[offline, seen]]):
        stage3_of = stage3.merge_results({key: entry(1)}, *parts)[key]["stage3"]
        assert stage3_of == {"ota_status": "offline", "friendly_status": "ok", "last_run": LATER, "last_seen": FIRST,
                             "fw": "1.4.4", "fw_id": SEEN["fw_id"], "app": "Plus1", "device_name": "Flur",
                             "error": "reach: timeout", "failing_since": LATER}
    once_more = stage3.merge_results(stage3.merge_results({key: entry(1)}, [seen], [offline]), [seen], [offline])
    assert once_more == stage3.merge_results({key: entry(1)}, [seen], [offline])


def test_what_is_left_out(caplog):
    key = "A8032A000001"
    known = {key: entry(1, stage3={"ota_status": "up_to_date", "last_run": LATER}),
             "A8032A000002": {"ip": "nonsense"}}
    with caplog.at_level(logging.WARNING, "stage3"):
        merged = stage3.merge_results(
            known, [result_of(key, FIRST, "offline", ota_status="offline"), result_of(key, LAST, "cancelled"),
                    {"type": "summary"}, result_of("A8032A000009", ota_status="skipped"),
                    {**result_of("A8032A000002", outcome="failed", ota_status="error"), "mac": "A8032A000002"}])
    assert merged == known
    assert [record.message.split()[0] for record in caplog.records] == ["A8032A000009", "A8032A000002"]


def test_the_state_of_a_part_is_merged():
    key, other = "A8032A000001", "a8:03:2a:00:00:02"
    inventory = {"version": 1, "devices": {key: entry(1, stage3={"unknown": 1, "error": "x", "last_run": FIRST}),
                                           other: entry(2, stage3={"last_run": LAST})}}
    part = {key: entry(77, note="not ours", model="Plus1",
                       stage3={"ota_status": "skipped", "last_run": LATER, "last_seen": FIRST, "app": "Plus1", "foreign": 2}),
            "A8032A000002": entry(2, stage3={"ota_status": "offline", "last_run": LATER})}
    merged = stage3.merge_results(inventory, part)
    assert merged == {"version": 1, "devices": {
        key: entry(1, model="Plus1", stage3={"unknown": 1, "last_run": LATER, "last_seen": FIRST, "ota_status": "skipped",
                                             "app": "Plus1"}),
        other: inventory["devices"][other]}}


def test_what_is_on_record_comes_with_the_device():
    full = {"ota_status": "check_failed", "friendly_status": "skipped", "last_run": "2020-01-01T00:00:01Z",
            "last_seen": "2020-01-01T00:00:00Z", "fw": "1.4.4", "fw_id": "20240101-000000/1.4.4-gabcdef0", "app": "Plus1",
            "update": "1.7.5", "update_build": "b/1.7.5", "device_name": "", "error": "OTA: x",
            "tls": {"port": 8443, "key": KEY}, "ota": OTA, "error_id": "ota.rpc", "failing_since": "2020-01-01T00:00:00Z"}
    damaged = {"ota_status": "new", "last_run": "2999-01-01T00:00:00Z", "fw": 7, "error": "x", "ota": {"state": "new"}}
    inventory = {"A8032A000001": entry(1, stage3=full), "A8032A000002": entry(2, stage3=damaged), "A8032A000003": entry(3)}
    devices = stage3.StateStore.parse(json.dumps(inventory)).devices
    at = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    assert devices[0].on_record == stage3.OnRecord(
        stage3.OtaStatus.check_failed, stage3.FriendlyStatus.skipped, at + datetime.timedelta(seconds=1), at, "1.4.4",
        "20240101-000000/1.4.4-gabcdef0", "Plus1", "1.7.5", "b/1.7.5", "", "OTA: x", stage3.Tls(8443, KEY), RECORD, "ota.rpc", at)
    assert devices[1].on_record == stage3.OnRecord(
        None, None, None, None, "", "", "", "", "", None, "x", None, stage3.UpdateRecord(stage3.UpdateState.unreadable))
    assert devices[2].on_record is None
    assert pickle.loads(pickle.dumps(devices)) == devices
    with stage3.Runner({"ota.mode": "check_only"}, devices=inventory) as runner:
        assert runner.devices == devices


def test_a_store_in_memory():
    text = '{"A8032A000001":{"ip":"127.0.0.1","x":[ 1 ]},"A8032A000002":{"ip":"nonsense"}}'
    store = stage3.StateStore.parse(text)
    assert store.path == "" and store.merged() == text.encode()
    assert [bool(device.defect) for device in store.devices] == [False, True]
    assert stage3.StateStore.parse(text.encode(), "ip_name").merged() == text.encode()
    store.record(stage3.Result.from_dict(result_of("A8032A000001", outcome="offline", ota_status="offline")))
    merged = text.replace('[ 1 ]', f'[ 1 ],"stage3":{{"ota_status":"offline","last_run":"{FIRST}","failing_since":"{FIRST}"}}').encode()
    assert store.merged() == merged == store.merged()
    for call in (store.save, store.check_writable):
        with pytest.raises(stage3.ArgumentError, match="state is in memory only and has no file"):
            call()
    with pytest.raises(stage3.StateError) as caught:
        stage3.StateStore.parse("{\n]", name="part 1")
    assert (caught.value.path, caught.value.line, caught.value.column) == ("part 1", 2, 1)
    for arguments in [(5,), ("{}", 5), ("{}", "friendly_name", 5)]:
        with pytest.raises(TypeError, match="must be"):
            stage3.StateStore.parse(*arguments)


def without_times(inventory):
    """Of the time since which a device fails it is left that there is one."""
    text = json.dumps(inventory, sort_keys=True)
    return json.loads(text, object_hook=lambda o: {k: "some time" if k == "failing_since" else v for k, v in o.items()
                                                   if k not in ("last_run", "last_seen")})


@pytest.fixture
def mixed(make_fleet):
    """A fleet with a bit of everything, and what one run over all of it makes of its state file."""
    devices = [device(f"Name {i}", entry={"fw": "1.0.0"} if i % 3 == 0 else {"model": None}) for i in range(12)]
    devices[3]["settings"].update(update={"stable": "9.9.9"})
    devices[4]["entry"].update(ip="127.9.9.9:9")
    devices[5]["entry"].update(ip="nonsense")
    devices[6]["entry"].update(friendly_name=7)
    devices[7]["entry"].update(stage3={"error": "old", "mine": [1]})
    devices[8]["key"] = "a8:03:2a:00:00:09"
    return make_fleet(devices, config={"ota": {"mode": "check_only"}})


def test_parts_make_the_same_of_a_fleet_as_one_run(mixed):
    inventory = mixed.state
    results = []
    for part in stage3.partition(inventory, 4):
        part = pickle.loads(pickle.dumps(part))
        results.append(pickle.loads(pickle.dumps(list(stage3.run(mixed.config_path, devices=part, updates=False)))))
    random.Random(1).shuffle(results)
    merged = stage3.merge_results(inventory, *results)
    assert len([result for part in results for result in part]) == 12
    list(stage3.run(mixed.config_path, state=mixed.state_path))
    assert without_times(merged) == without_times(mixed.state)


def test_gathered_results_in_the_state_file(mixed):
    """The same by way of the lines of the command and the state file itself, of which nothing else changes."""
    before = mixed.state_path.read_text()
    lines = mixed.run("--dry-run", "--json").json
    results = [stage3.Result.from_dict(line) for line in lines if line["type"] == "device"]
    with stage3.RunLock(mixed.state_path):
        store = stage3.StateStore(mixed.state_path)
        assert store.path == str(mixed.state_path) and len(store.devices) == 12
        store.check_writable()
        store.record(results[0])
        store.record(results[1:])
        assert store.save() == stage3.SaveReport(True, [], [], [])
    merged = stage3.merge_results(json.loads(before), results)
    assert merged == mixed.state
    with pytest.raises(stage3.ArgumentError, match="no entry"):
        store.record(stage3.Result.from_dict(result_of("A8032AFFFFFF")))
    with pytest.raises(TypeError, match="each of results must be a Result, not dict"):
        store.record([lines[0]])
    problems = stage3.StateStore.check(mixed.state_path)
    assert problems and not any(problem.fatal for problem in problems)
    assert any("nonsense" in problem.message and problem.line > 1 for problem in problems)


def test_a_part_elsewhere(mixed):
    """Another process runs a part from a state file of its own and hands that back."""
    inventory = mixed.state
    parts = stage3.partition(inventory, lambda key, entry: key[-1] in "123456")
    states = []
    for number, part in enumerate(parts.values()):
        path = mixed.dir / f"part{number}.json"
        path.write_text(json.dumps(part))
        subprocess.run([sys.executable, "-B", "-c", "import stage3, sys; list(stage3.run(sys.argv[1], state=sys.argv[2]))",
                        mixed.config_path, path], check=True, timeout=60)
        states.append(json.loads(path.read_text()))
    merged = stage3.merge_results(inventory, *states)
    list(stage3.run(mixed.config_path, state=mixed.state_path))
    assert without_times(merged) == without_times(mixed.state)


def test_all_that_a_result_can_have_is_recorded_alike(tmp_path):
    """By the library and by merge_results(): each field of the schema is given, each that is recorded comes out."""
    key, schema = "A8032A000001", json.loads((ROOT / "docs/json-output.schema.json").read_text(encoding="utf-8"))
    texts = {name: rule["enum"][0] if "enum" in rule else name for name, rule in schema["$defs"]["device"]["properties"].items()
             if rule.get("type") == "string" or "enum" in rule}
    error = {"part": "reach", "cause": "timeout", "text": "reach: timeout"}
    result = result_of(**{**texts, "key": key, "mac": key, "finished": FIRST, "last_seen": FIRST, "errors": [error],
                          "outcome": "failed", "failing_since": FIRST,
                          "tls_port": 443, "tls_key": KEY, "ota": OTA})
    path = tmp_path / "ip_state.json"
    path.write_text(json.dumps({key: entry(1)}))
    with stage3.RunLock(path):
        store = stage3.StateStore(path)
        store.record(stage3.Result.from_dict(result))
        store.save()
        recorded = json.loads(path.read_text())
        on_record = stage3.StateStore(path).devices[0].on_record
    assert len(recorded[key]["stage3"]) > 5
    # Each member comes back under its own name.
    assert set(recorded[key]["stage3"]) == {name for name in on_record._fields if getattr(on_record, name) not in (None, "")}
    assert stage3.merge_results({key: entry(1)}, [stage3.Result.from_dict(result)]) == recorded
    assert stage3.merge_results({key: entry(1)}, recorded) == recorded


@pytest.mark.parametrize("tls, told", [
    ({"tls_port": 443}, "tls_key is not given beside tls_port"),
    ({"tls_key": KEY}, "tls_port is not 1 to 65535"),
    *[({"tls_key": KEY, "tls_port": port}, "tls_port is not 1 to 65535") for port in (0, -1, 65536, 2 ** 70, True, "443", 443.0)],
    *[({"tls_key": key, "tls_port": 443}, "tls_key is not like sha256//, with 44 characters of base64")
      for key in ("", KEY[:-1], KEY + "=", KEY.replace("=", "A"), KEY.replace("sha256", "SHA256"), KEY[:-2] + "B=")],
    ({"tls_key": 7, "tls_port": 443}, "tls_key is not a string"),
])
def test_a_pin_that_is_none_is_refused(tls, told):
    """Recorded without it, whoever is there now would do."""
    key = "A8032A000001"
    result = stage3.Result.from_dict(result_of(key, last_seen=FIRST, **SEEN, **tls))
    with pytest.raises(stage3.ArgumentError, match=f"^result: {told}$"):
        stage3.merge_results({key: entry(1)}, [result])


@pytest.mark.parametrize("tls", [{}, {"port": 443}, {"key": KEY}, {"port": 0, "key": KEY}, {"port": 443, "key": KEY[:-1]},
                                 {"port": "443", "key": KEY}, {"port": 443, "key": [KEY]}, KEY, 443, [], False])
def test_an_entry_with_a_pin_that_is_none_cannot_be_used(tls):
    device, = stage3.StateStore.parse(json.dumps({"A8032A000001": entry(1, stage3={"tls": tls, "fw": "1.4.4"})})).devices
    assert "stage3.tls is not like" in device.defect and device.on_record.tls is None


def test_the_record_of_an_update_of_a_result():
    result = stage3.Result.from_dict(result_of("A8032A000001", update_build="b", held="tried 2 times", update_ended=True, ota=OTA))
    assert (result.update_build, result.held, result.update_ended, result.ota) == ("b", "tried 2 times", True, RECORD)
    assert pickle.loads(pickle.dumps(result)).ota == RECORD == pickle.loads(pickle.dumps(RECORD))
    assert result.to_dict()["ota"] == OTA
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECORD.state = stage3.UpdateState.lost
    bare = stage3.Result.from_dict(result_of("A8032A000001"))
    assert (bare.update_build, bare.held, bare.update_ended, bare.ota) == ("", "", False, None)
    assert stage3.Result.from_dict(result_of("A8032A000001", ota=None)).ota == stage3.UpdateRecord(stage3.UpdateState.none)


@pytest.mark.parametrize("ota", [
    7, [], "sent", {}, {**OTA, "state": "new"}, {**OTA, "state": "unreadable"}, {**OTA, "state": "none"}, {**OTA, "to": 7},
    {**OTA, "from": None}, {**OTA, "sent_at": "yesterday"}, {**OTA, "ended_at": 7}, {**OTA, "attempts": 0},
    {**OTA, "attempts": True}, {**OTA, "attempts": "1"}])
def test_a_record_that_is_none_is_refused(ota):
    with pytest.raises(ValueError, match="not the result of a device"):
        stage3.Result.from_dict(result_of("A8032A000001", ota=ota))
    result = stage3.Result._of(result_of("A8032A000001", ota=ota))
    with pytest.raises(stage3.ArgumentError, match="^result: (ota|state|to|from|sent_at|ended_at)"):
        stage3.merge_results({"A8032A000001": entry(1)}, [result])


def update_of(inventory):
    return inventory["A8032A000001"].get("stage3", {}).get("ota", "none")


def test_results_of_parts_keep_replace_and_take_out_the_record_of_an_update():
    inventory = {"A8032A000001": entry(1, stage3={"ota": {**OTA, "state": "sent", "note": 1}})}
    kept, ended, gone = ([result_of("A8032A000001", at, **more)] for at, more in
                         [(FIRST, {}), (LATER, {"ota": OTA}), (LAST, {"ota": None})])
    assert update_of(stage3.merge_results(inventory, kept)) == update_of(inventory)
    assert update_of(stage3.merge_results(inventory, kept, ended)) == {**OTA, "note": 1}
    assert update_of(stage3.merge_results(inventory, kept, ended, gone)) == "none"
    unreadable = {"A8032A000001": entry(1, stage3={"ota": {"state": "new"}})}
    assert update_of(stage3.merge_results(unreadable, ended, gone)) == {"state": "new"}


@pytest.mark.parametrize("known, part, expected", [
    ({}, {"ota": OTA}, OTA),  # killed before it was done with anything
    ({"last_run": FIRST}, {"ota": OTA}, "none"),  # of the time before that run
    ({"ota": NEWER}, {"ota": OTA}, NEWER),
    ({"ota": OTA}, {"ota": NEWER}, NEWER),
    ({"last_run": FIRST}, {"last_run": FIRST, "ota": NEWER}, NEWER),  # killed in the next run
    ({"last_run": FIRST, "ota": NEWER}, {"last_run": FIRST, "ota": OTA}, NEWER),  # a part from before it was sent
    ({"last_run": FIRST, "ota": NEWER}, {"last_run": LATER, "ota": OTA}, OTA),  # it was not sent after all
    ({"last_run": FIRST, "ota": OTA}, {"last_run": LATER}, OTA),
    ({"last_run": FIRST, "ota": OTA}, {"last_run": LATER, "ota": {"state": "new"}}, OTA),
])
def test_what_a_run_over_a_part_has_written_down_of_an_update_is_merged(known, part, expected):
    key = "A8032A000001"
    assert update_of(stage3.merge_results({key: entry(1, stage3=known)}, {key: entry(1, stage3=part)})) == expected


def test_a_part_with_another_key_is_told_and_its_results_have_the_word(caplog):
    """An inventory does not say whether the key was accepted, or learnt by a run that knew of none."""
    key = "A8032A000001"
    old, new = ({"port": 443, "key": one} for one in (KEY, OTHER_KEY))
    inventory = {key: entry(1, stage3={"last_run": FIRST, "tls": old})}
    part = {key: entry(1, stage3={"last_run": LATER, "last_seen": LATER, "tls": new})}
    assert stage3.merge_results(inventory, part)[key]["stage3"]["tls"] == old
    assert [(record.levelname, record.message.split()[0]) for record in caplog.records] == [("WARNING", key)]
    accepted = result_of(key, LATER, last_seen=LATER, tls_port=443, tls_key=OTHER_KEY, tls_key_changed=True)
    assert stage3.merge_results(inventory, [accepted])[key]["stage3"]["tls"] == new
    assert len(caplog.records) == 1
    stage3.merge_results({key: entry(1)}, part)
    stage3.merge_results(inventory, inventory)
    assert len(caplog.records) == 1


def test_a_key_that_was_learnt_before_a_part_was_killed_over_an_update_is_merged():
    key = "A8032A000001"
    tls = {"port": 8443, "key": KEY}
    merged = stage3.merge_results({key: entry(1)}, {key: entry(1, stage3={"ota": OTA, "tls": tls})})
    assert merged[key]["stage3"] == {"tls": tls, "ota": OTA}


def test_a_store_says_what_is_on_record_by_now(tmp_path):
    key, path = "A8032A000001", tmp_path / "ip_state.json"
    path.write_text(json.dumps({key: entry(1)}))
    store = stage3.StateStore(path)
    before, = store.devices
    store.record_update(key, dataclasses.replace(RECORD, tls_key=KEY, tls_port=8443))
    assert before.on_record is None
    assert store.devices[0].on_record.tls == stage3.Tls(8443, KEY) and store.devices[0].on_record.ota == RECORD
    assert store.save().written
    state = json.loads(path.read_text())
    assert state[key]["stage3"] == {"tls": {"port": 8443, "key": KEY}, "ota": OTA}
    # The next round is held to it, and what others have written meanwhile is known as well.
    store.record(stage3.Result.from_dict(result_of(key, LATER, tls_port=8443, tls_key=OTHER_KEY, last_seen=LATER)))
    state[key]["stage3"]["failing_since"] = FIRST
    path.write_text(json.dumps(state))
    store.save()
    assert json.loads(path.read_text())[key]["stage3"]["tls"] == {"port": 8443, "key": KEY}
    known = store.devices[0].on_record
    assert known.tls == stage3.Tls(8443, KEY) and known.last_run is not None
    assert "of this device" in store.report()


def test_no_update_is_sent_past_a_key_that_others_have_put_on_record(tmp_path):
    key, path = "A8032A000001", tmp_path / "ip_state.json"
    path.write_text(json.dumps({key: entry(1)}))
    store = stage3.StateStore(path)
    theirs = {key: entry(1, stage3={"tls": {"port": 443, "key": OTHER_KEY}})}
    path.write_text(json.dumps(theirs))
    store.record_update(key, dataclasses.replace(RECORD, state=stage3.UpdateState.sent))
    report = store.save()
    assert (report.written, report.ambiguous) == (False, [key]) and "stage3.tls" in report.notices[0]
    assert json.loads(path.read_text()) == theirs


def test_an_update_is_written_down_before_it_is_sent(tmp_path):
    key, path = "A8032A000001", tmp_path / "ip_state.json"
    path.write_text(json.dumps({key: entry(1, stage3={"last_run": FIRST, "error": "x"})}))
    store = stage3.StateStore(path)
    store.record_update(key, RECORD)
    assert store.save().written
    assert json.loads(path.read_text()) == {key: entry(1, stage3={"last_run": FIRST, "error": "x", "ota": OTA})}
    store.record_update(key, stage3.UpdateRecord(stage3.UpdateState.none))
    assert store.save().written and update_of(json.loads(path.read_text())) == "none"
    path.write_text(json.dumps({key: entry(1, stage3={"ota": 7})}))
    store.record_update(key, RECORD)
    assert store.save() == stage3.SaveReport(False, [], [], [key])
    for wrong in (RECORD.state, OTA, None):
        with pytest.raises(TypeError, match="record must be an UpdateRecord"):
            store.record_update(key, wrong)
    for wrong in (dataclasses.replace(RECORD, to=""), dataclasses.replace(RECORD, sent_at=None),
                  stage3.UpdateRecord(stage3.UpdateState.unreadable)):
        with pytest.raises(stage3.ArgumentError):
            store.record_update(key, wrong)
    with pytest.raises(stage3.ArgumentError, match="no entry"):
        store.record_update("A8032A000009", RECORD)


def test_a_part_leaves_the_pin_alone_but_for_its_port():
    key, pin = "A8032A000001", {"port": 443, "key": KEY, "note": "kept"}
    inventory = {key: entry(1, stage3={"tls": pin})}
    merged = stage3.merge_results(inventory, [result_of(key, last_seen=FIRST, **SEEN)], {key: entry(1, stage3={"last_run": LATER})})
    assert merged[key]["stage3"]["tls"] == pin
    later = {key: entry(1, stage3={"last_run": LAST, "last_seen": LAST, "tls": {"port": 444, "key": KEY}})}
    assert stage3.merge_results(merged, later)[key]["stage3"]["tls"] == {**pin, "port": 444}


def test_another_key_takes_the_place_of_a_pin_only_where_somebody_has_taken_it():
    """Whoever ran over an older copy may have met an impostor for the first time."""
    key, pin = "A8032A000001", {"port": 443, "key": KEY}
    inventory = {key: entry(1, stage3={"tls": pin})}
    later = {key: entry(1, stage3={"last_run": LAST, "last_seen": LAST, "tls": {"port": 444, "key": OTHER_KEY}})}
    assert stage3.merge_results(inventory, later)[key]["stage3"]["tls"] == pin
    seen = result_of(key, last_seen=LAST, tls_port=444, tls_key=OTHER_KEY, **SEEN)
    assert stage3.merge_results(inventory, [seen])[key]["stage3"]["tls"] == pin
    taken = {**seen, "tls_key_changed": True}
    assert stage3.merge_results(inventory, [taken])[key]["stage3"]["tls"] == {"port": 444, "key": OTHER_KEY}


def test_text_that_is_not_unicode_costs_only_itself():
    key, other = "A8032A000001", "A8032A000002"
    inventory = {key: entry(1), other: entry(2)}
    part = {key: {"ip": "127.0.0.1", "hostname": "\ud800", "fw": "\ud800",
                  "stage3": {"last_run": FIRST, "last_seen": FIRST, "ota_status": "up_to_date"}}}
    merged = stage3.merge_results(inventory, part, [result_of(other, **SEEN)])
    assert merged[key]["stage3"]["ota_status"] == "up_to_date" and "hostname" not in merged[key]
    assert merged[other]["stage3"]["ota_status"] == "up_to_date"
    with pytest.raises(ValueError, match="not the result of a device"):
        stage3.Result.from_dict(result_of(key, device_name="\ud800"))


def test_a_mac_is_found_however_it_is_spelled(caplog):
    merged = stage3.merge_results({"A8032A000001": entry(1)}, [
        {**result_of("A8032A000001", **SEEN), "mac": "a8:03:2a:00:00:01"}])
    assert merged["A8032A000001"]["stage3"]["ota_status"] == "up_to_date"
    with caplog.at_level(logging.WARNING, "stage3"):
        assert stage3.merge_results({}, [{**result_of("A8032A000001", **SEEN), "mac": None}]) == {}
    assert "is not in the inventory" in caplog.text


FAILED = {"A8032A000001": {"ip": "127.0.0.1", "stage3": {
    "ota_status": "error", "error": "auth: login refused", "error_id": "auth.login_refused", "last_run": "2026-11-23T10:00:00Z"}}}
TWO_HOURS_LATER = 1795435200


def test_what_is_on_record_is_reported():
    store = stage3.StateStore.parse(json.dumps(FAILED))
    assert store.report(now=TWO_HOURS_LATER).startswith("1 of 1 devices failed.\nLast run 2026-11-23 10:00 UTC, 2 h ago.\n")
    assert store.report(language="de").startswith("Fehler bei 1 von 1 Geräten.\n")
    assert json.loads(store.report("json"))["failures"][0]["error_id"] == "auth.login_refused"
    assert '\nstage3_devices_failed{part="auth"} 1\n' in store.report("metrics")
    earlier = stage3.StateStore.parse('{"A8032A000001": {"ip": "127.0.0.1"}}')
    assert "There is no earlier state" in store.report("html")
    assert "Failed, and had not before: 1" in store.report("html", earlier=earlier)


@pytest.mark.parametrize("error, arguments", [
    (ValueError, {"format": "pdf"}), (ValueError, {"language": "fr"}), (TypeError, {"earlier": "ip_state.json"})])
def test_a_report_of_another_kind(error, arguments):
    with pytest.raises(error, match=next(iter(arguments))):
        stage3.StateStore.parse("{}").report(**arguments)
