"""stage3.run and stage3.Runner: what comes out, what is saved and locked when."""

import datetime
import json
import logging
import time

import pytest

import stage3
from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late, settled


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.02)


def as_time(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def run_in(fleet, **options):
    return stage3.run(fleet.config_path, state=fleet.state_path, **options)


def test_results_are_those_of_the_command(fleet):
    told = {line["mac"]: line for line in fleet.run("--dry-run", "--json").json if line["type"] == "device"}
    results = list(run_in(fleet, dry_run=True))
    assert len(results) == 5
    for result in results:
        ours, theirs = result.to_dict(), told[result.mac]
        for times in ("finished", "last_seen"):
            assert abs(as_time(ours.pop(times)) - as_time(theirs.pop(times))).total_seconds() < 10
        assert ours == theirs


def test_a_run_writes_names_and_saves(fleet):
    results = {result.key: result for result in run_in(fleet)}
    for index in range(5):
        result = results[fleet.key(index)]
        assert result.ota_status is stage3.OtaStatus.up_to_date
        assert result.ota_status == "up_to_date" and f"{result.ota_status}" == "up_to_date"
        assert result.friendly_status == "ok" and result.name_changed and result.device_name == f"Name {index}"
        assert (result.ip, result.port) == (fleet.sim.ip(index), fleet.sim.port)
        assert result.error == "" and result.errors == () and result.outcome == "ok"
        recorded = fleet.recorded(index)
        assert recorded["device_name"] == f"Name {index}"
        assert recorded["last_run"] == result.to_dict()["finished"]
        assert result.finished.utcoffset().total_seconds() == 0 and result.last_seen <= result.finished
    assert (fleet.dir / "data" / "ip_state.json.bak").exists()


def test_a_dry_run_writes_nothing(fleet):
    before = fleet.state_path.read_bytes()
    assert all(result.name_changed for result in run_in(fleet, dry_run=True))
    assert fleet.state_path.read_bytes() == before
    assert sorted(path.name for path in fleet.state_path.parent.iterdir()) == ["config.yaml", "ip_state.json"]
    assert fleet.sim.log(rpc="Sys.SetConfig") == []


def test_the_lock_is_held_from_opening_to_the_end(fleet):
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        with pytest.raises(stage3.LockedError, match="^this process .* holds .* already$") as caught:
            run_in(fleet)
        assert caught.value.path == f"{fleet.state_path}.run.lock"
        assert fleet.run().exit == 75
        assert len(list(run_in(fleet, dry_run=True))) == 5
        assert len(list(runner)) == 5
        assert fleet.recorded(4)["ota_status"] == "up_to_date"  # saved before the iteration ended
        with pytest.raises(stage3.LockedError):
            stage3.RunLock(fleet.state_path)
    stage3.RunLock(fleet.state_path).release()


def test_who_leaves_early_saves_what_is_known(make_fleet):
    fleet = make_fleet([device("Fast")] + [device("Slow", latency_ms={"*": 20000}) for _ in range(3)],
                       config={"timeouts": {"reach": 30}})
    for result in run_in(fleet):
        assert result.key == fleet.key(0)
        break
    assert fleet.recorded(0)["device_name"] == "Fast"
    assert fleet.recorded(1) == {}
    stage3.RunLock(fleet.state_path).release()


@repeated_when_late
def test_a_slow_caller_makes_no_device_late(make_fleet):
    fleet = make_fleet([device(f"Name {i}", latency_ms={"*": 30 * (i + 1)}) for i in range(4)],
                       config={"timeouts": {"reach": 0.5, "rpc": 0.5}, "ota": {"timeout": 0.5}})
    results = run_in(fleet)
    first = next(results)
    time.sleep(1)
    outcomes = [result.outcome for result in [first, *results]]
    # A simulator that is held up for half a second is late, too.
    check_in_time(outcomes == ["ok"] * 4, outcomes)


def test_summary_and_cancel(make_slow_fleet):
    slow_fleet = make_slow_fleet()
    with stage3.Runner(slow_fleet.config_path, state=slow_fleet.state_path) as runner:
        assert runner.summary == stage3.Summary(5, 0, 0, 0, 0, 0, 0)
        runner.cancel()
        results = list(runner)
    assert [result.outcome for result in results] == [stage3.Outcome.cancelled] * 5
    assert results[0].ota_status is None
    assert runner.summary.cancelled == runner.summary.reported == 5
    assert slow_fleet.recorded(0) == {}
    with pytest.raises(ValueError, match="closed"):
        next(runner)


def test_devices_in_memory(fleet):
    inventory = fleet.state
    fleet.state_path.unlink()
    results = list(stage3.run(devices=inventory))
    assert sorted(result.key for result in results) == sorted(inventory)
    assert not fleet.state_path.exists()
    wrapped = {"version": 1, "devices": {fleet.key(0): {**fleet.entries()[fleet.key(0)], "label": "Flur"}}}
    result, = stage3.run({"friendly.field_name": "label"}, devices=wrapped)
    assert result.device_name == "Flur"


def test_devices_added_while_it_runs(fleet):
    entries = list(fleet.state.items())
    with stage3.Runner(devices=dict(entries[:1])) as runner:
        assert [result.key for result in runner] == [entries[0][0]]
        runner.add(dict(entries[1:3]))
        keys = []
        for result in runner:
            if not keys:
                runner.add(dict(entries[3:]))
            keys.append(result.key)
        assert sorted(keys) == sorted(key for key, _ in entries[1:])
        assert [one.key for one in runner.devices] == [key for key, _ in entries]
        assert list(runner) == []
    with stage3.Runner(state=fleet.state_path, dry_run=True) as runner:
        with pytest.raises(ValueError, match="state file"):
            runner.add({})


@repeated_when_late
def test_devices_removed_while_it_runs(make_fleet):
    late = {"latency_ms": {"*": 20000}}
    fleet = make_fleet([device("Fast"), device("Slow", **late), device("Slow too", **late)], config=PATIENT)
    with stage3.Runner(fleet.config_path, state=fleet.state_path, dry_run=True) as runner:
        assert runner.remove(fleet.key(2)) == 1
        assert runner.remove(fleet.key(2)) == 0
        begin = time.monotonic()
        outcomes = {}
        for result in runner:
            outcomes[result.key] = result.outcome
            if result.key == fleet.key(0):
                assert runner.remove(fleet.key(1).lower()) == 1
        check_within(10, time.monotonic() - begin)
        assert outcomes == {fleet.key(0): "ok", fleet.key(1): "cancelled", fleet.key(2): "cancelled"}
        assert runner.summary.cancelled == 2
        assert runner.remove(fleet.key(0)) == 0
        with pytest.raises(stage3.ArgumentError, match="'hall' is not a MAC address"):
            runner.remove("hall")
        with pytest.raises(TypeError, match="mac must be a str"):
            runner.remove(b"A8032A000001")
    with pytest.raises(ValueError, match="closed"):
        runner.remove(fleet.key(0))


def test_ips(fleet):
    results = list(run_in(fleet, ips=[fleet.sim.ip(1), fleet.addresses[3]], dry_run=True))
    assert sorted(result.key for result in results) == [fleet.key(1), fleet.key(3)]
    with pytest.raises(stage3.ArgumentError, match="ips: no device has the address '127.9.9.9'"):
        run_in(fleet, ips=["127.9.9.9"])
    with pytest.raises(stage3.ArgumentError, match="^ips: '127.0.0.1-9' is a range of addresses: the selection ip="):
        run_in(fleet, ips=["127.0.0.1-9"])


def test_select(fleet):
    with pytest.raises(stage3.ArgumentError, match="select: no device is selected by 'status=failed,offline'"):
        run_in(fleet, select=["status=failed,offline"])
    with pytest.raises(stage3.ArgumentError, match="select: 'faild' fits no status .*, did you mean 'failed'?"):
        run_in(fleet, select=["status=faild"])
    mac = f"mac={fleet.macs[1]},{fleet.macs[2]}"
    assert {result.key for result in run_in(fleet, select=[mac, "status=new"])} == {fleet.key(1), fleet.key(2)}
    with pytest.raises(stage3.ArgumentError, match="^no device is selected by"):
        run_in(fleet, select=[mac], ips=[fleet.addresses[0]])
    assert [result.key for result in run_in(fleet, select=[mac], ips=[fleet.addresses[1]])] == [fleet.key(1)]
    in_memory = stage3.run(fleet.config_path, devices=fleet.entries(), select=["status=new", mac], dry_run=True)
    assert {result.key for result in in_memory} == {fleet.key(1), fleet.key(2)}


def test_unusable_entries(make_fleet):
    fleet = make_fleet([device("Name"), device("Name", entry={"ip": "nonsense"})])
    failed = [result for result in run_in(fleet) if result.outcome == "failed"]
    assert [(result.key, result.mac, result.ip, result.port) for result in failed] == [(fleet.key(1), None, None, None)]
    assert failed[0].errors[0].part == "entry"
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        assert runner.devices[1].defect and runner.devices[1].address_text == "nonsense"
        assert runner.devices[0]._replace(on_record=None) == stage3.Device(
            fleet.key(0), fleet.key(0), fleet.addresses[0], fleet.addresses[0], "S1", "Name", (), "")
        assert runner.devices[0].on_record.ota_status == "up_to_date"
        assert runner.devices[1].on_record is None


def test_updates(make_fleet):
    offer = {"update": {"stable": "9.9.9"}}
    fleet = make_fleet([device("Name", **offer)], config={"ota": {"mode": "check_and_update"}})
    result, = run_in(fleet, updates=False)
    assert (result.ota_status, result.update, result.update_sent) == ("update_available", "9.9.9", False)
    assert "Shelly.Update" not in fleet.calls()
    with stage3.Runner(fleet.config_path, state=fleet.state_path, on_permit=lambda *_: False) as runner:
        result, = runner
    assert result.update_held and runner.summary.held == 1
    asked = []
    result, = run_in(fleet, on_permit=lambda one, version: asked.append((one.mac, version)) or True)
    assert result.update_sent and asked == [(fleet.macs[0], "9.9.9")]
    assert fleet.calls().count("Shelly.Update") == 1


def test_disabled(fleet, caplog):
    fleet.write_config({"enabled": False})
    with caplog.at_level(logging.WARNING, "stage3"):
        assert list(run_in(fleet)) == []
    assert "disables stage 3" in caplog.text


def test_another_working_directory_makes_no_difference(fleet, tmp_path, monkeypatch):
    """The file is the one of the time of opening, and so are its lock and the place where it is saved."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "data").mkdir(parents=True)
    monkeypatch.chdir(fleet.dir)
    with stage3.Runner("data/config.yaml") as runner:
        monkeypatch.chdir(elsewhere)
        with pytest.raises(stage3.LockedError):
            stage3.RunLock(fleet.state_path)
        results = list(runner)
    assert len(results) == 5
    assert sum("stage3" in entry for entry in fleet.state.values()) == 5
    assert list((elsewhere / "data").iterdir()) == []
    monkeypatch.chdir(fleet.dir)
    store = stage3.StateStore("data/ip_state.json")
    monkeypatch.chdir(elsewhere)
    assert store.path == str(fleet.state_path)
    store.check_writable()


def test_what_cannot_be_saved_is_raised_at_the_end(fleet):
    with pytest.raises(stage3.StateError, match="cannot write state file"):
        for number, _ in enumerate(run_in(fleet), 1):
            if number == 1:
                (fleet.state_path.parent / "ip_state.json.stage3-tmp").mkdir()
    assert number == 5
    stage3.RunLock(fleet.state_path).release()


def test_an_unwritable_file_is_told_before_anything_is_sent(make_fleet):
    fleet = make_fleet([device("Name")])
    (fleet.state_path.parent / "ip_state.json.lock").mkdir()
    (fleet.state_path.parent / "ip_state.json.run.lock").mkdir()
    with pytest.raises(stage3.StateError, match="cannot write state file"):
        run_in(fleet)
    assert fleet.requests() == []


def test_logging(make_fleet, caplog):
    fleet = make_fleet([device("Name"), device("Name", entry={"ip": "no\nsense"})])
    with caplog.at_level(logging.INFO, "stage3"):
        list(run_in(fleet))
    assert f"{fleet.macs[0]} @ {fleet.addresses[0]}: outcome=ok ota_status=up_to_date friendly_status=ok" in caplog.text
    assert "outcome=failed" in caplog.text and "run ended: total=2 ok=1 failed=1" in caplog.text
    assert all("\n" not in record.message for record in caplog.records)


PATIENT = {"timeouts": {"reach": 30, "rpc": 30}}


def test_results_are_saved_on_the_way_though_nobody_comes_for_them(make_fleet):
    """After ten seconds."""
    fleet = make_fleet([device("Neu"), device("Neu", latency_ms={"Shelly.GetDeviceInfo": 25000})], config=PATIENT)
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        next(runner)
        wait_until(lambda: fleet.recorded(0))
        assert len(fleet.calls(1)) < 2, "no event was to come"
    assert json.loads((fleet.dir / "data" / "ip_state.json.bak").read_text())[fleet.key(0)].get("stage3") is None


def test_all_results_are_saved_once_they_have_come_though_nobody_does_for_them(make_fleet):
    fleet = make_fleet([device("Neu"), device("Neu", latency_ms={"*": 300})])
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        next(runner)
        wait_until(lambda: fleet.recorded(0) and fleet.recorded(1))
        assert len(list(runner)) == 1


def test_nothing_is_saved_once_the_lock_is_free(make_fleet):
    fleet = make_fleet([device("Neu")])
    with stage3.Runner(fleet.config_path, state=fleet.state_path) as runner:
        job = runner._job
        list(runner)
    fleet.state_path.unlink()
    job.checkpoint()
    job.save_all()
    assert not fleet.state_path.exists()


def writes(fleet):
    return sum(rpc in ("Sys.SetConfig", "Shelly.Update") for rpc in fleet.calls())


def in_the_middle(make_fleet):
    """A fleet that is named one after the other, and what keeps a save from succeeding."""
    fleet = make_fleet([device(f"Name {i}", latency_ms={"*": 60}) for i in range(60)], config={"concurrency": 1})
    return fleet, fleet.state_path.with_name("ip_state.json.stage3-tmp")


@repeated_when_late
def test_no_device_is_changed_while_results_cannot_be_saved(make_fleet, caplog):
    caplog.clear()
    fleet, obstacle = in_the_middle(make_fleet)
    results = run_in(fleet)
    with caplog.at_level(logging.WARNING, "stage3"):
        next(results)
        obstacle.mkdir()
        wait_until(lambda: "cannot write state file" in caplog.text)
        told_at = time.monotonic()
        before = settled(lambda: writes(fleet), 0.5)
        time.sleep(0.5)
        assert writes(fleet) == before < 60
        check_within(5, time.monotonic() - told_at)  # after 7 s it gives up
        obstacle.rmdir()
        assert len(list(results)) == 59
    assert writes(fleet) == 60 and fleet.recorded(59)["device_name"] == "Name 59"


def test_a_run_whose_results_cannot_be_saved_is_stopped(make_fleet):
    fleet, obstacle = in_the_middle(make_fleet)
    outcomes = []
    with pytest.raises(stage3.StateError, match="cannot write state file"):
        for result in run_in(fleet):
            if not outcomes:
                obstacle.mkdir()
            outcomes.append(result.outcome)
    assert len(outcomes) == 60 and outcomes.count("cancelled") > 10
    assert writes(fleet) <= 60 - outcomes.count("cancelled") + 1
    stage3.RunLock(fleet.state_path).release()


def test_results_that_have_no_place_any_more_are_raised(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 300}), device("Neu")])
    with pytest.raises(stage3.StateError, match="could be meant in more than one way"):
        for number, _ in enumerate(run_in(fleet), 1):
            if number == 1:
                fleet.write_state({**fleet.state, fleet.macs[0].lower(): {"ip": "127.9.9.9"}})


def test_a_device_that_comes_again_under_any_spelling_is_updated_once(make_fleet):
    fleet = make_fleet([device(update={"stable": "9.9.9", "apply_seconds": 100})])
    mac, entry = fleet.macs[0], fleet.entry()
    spellings = [mac, mac.lower(), "-".join(mac[i:i + 2] for i in range(0, 12, 2))]
    with stage3.Runner({"ota.mode": "check_and_update", "ota.rate": 0}, devices={}) as runner:
        results = []
        for _ in range(2):
            for spelling in spellings:
                runner.add({spelling: entry})
            results += runner
    assert len(results) == 6 and sum(result.update_sent for result in results) == 1
    assert all(result.ota_status == "update_available" for result in results)
    assert [result.errors[0].cause for result in results if not result.update_sent] == ["sent_already"] * 5
    assert len(fleet.requests(rpc="Shelly.Update")) == 1
