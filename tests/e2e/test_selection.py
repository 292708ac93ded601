"""Which devices a run is about by what is on record, which of them are shown, and when the exit status is 1."""

import json
import time

import pytest

from fleet import device

BAD_CHECK = {"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}


def failing(wanted=None, **more):
    return device(wanted, faults=[BAD_CHECK], **more)


def mixed(make_fleet, config=None):
    """One that is right, one that fails, one that is off, with a run behind them."""
    fleet = make_fleet([device("Flur"), failing("Bad"), device("Keller", presence="refused")], config)
    assert fleet.run().summary == "Stage 3 summary: total=3 ok=1 failed=1 offline=1 names=2"
    return fleet


def asked(run, fleet):
    """The indices of the devices that a run has a line of."""
    return [index for index, address in enumerate(fleet.addresses) if any(f" {address} " in line for line in run.lines)]


def record(fleet, index, **members):
    """Puts into the file what an earlier run would have left."""
    state = fleet.state
    state[fleet.key(index)].setdefault("stage3", {}).update(members)
    fleet.write_state(state)


# --- Who is processed

def test_retry_takes_what_failed_or_was_offline(make_fleet):
    fleet = mixed(make_fleet)
    before = len(fleet.calls(0))
    run = fleet.run("--retry")
    assert asked(run, fleet) == [1, 2] and run.exit == 1
    assert run.err == "stage3: 2 of 3 devices selected by status=failed,offline\n"
    assert len(fleet.calls(0)) == before, "one that is not chosen is not asked"
    assert run.summary == "Stage 3 summary: total=2 ok=0 failed=1 offline=1"


def test_nothing_to_retry_is_told(make_fleet):
    fleet = make_fleet([device()])
    for what in ("new", "ok"):
        run = fleet.run("--retry")
        assert (run.exit, run.out) == (2, ""), what
        assert run.err == f"stage3: no device is selected by '--retry' in {fleet.state_path.resolve()}\n"
        assert fleet.run("--select", f"status={what}").exit == 0


def test_an_entry_that_cannot_be_used_has_failed(make_fleet):
    fleet = make_fleet([device(), device(entry={"ip": "kitchen.local"})])
    assert fleet.run().exit == 1
    run = fleet.run("--retry")
    assert run.exit == 1 and len(run.lines) == 1 and "kitchen.local" in run.line


@pytest.mark.parametrize("terms, chosen", [
    (["status=ok"], [0]),
    (["status=ok,offline"], [0, 2]),
    (["status=*f*"], [1, 2]),
    (["ota=check_failed"], [1]),
    (["friendly=ok"], [0, 1]),
    (["name=Flur,Bad"], [0, 1]),
    (["name=[!FB]*"], [2]),
    (["site=Haus *"], [0, 2]),
    (["model=S1", "site=Haus 2"], [2]),
    (["fw=1.7.*"], [0]),
    (["app=Plus?"], [0, 1]),
    (["ip=0.0.0.0/0"], [0, 1, 2]),
    (["mac=*"], [0, 1, 2]),
])
def test_each_key(make_fleet, terms, chosen):
    fleet = make_fleet([device("Flur", entry={"site": "Haus 1"}, ver="1.7.5", app="Plus1"),
                        failing("Bad", ver="1.4.4", app="Plus2"),
                        device("Keller", entry={"site": "Haus 2"}, presence="refused")])
    assert len(fleet.run().lines) == 3
    for arguments in (["--select", *terms], [word for term in terms for word in ("--select", term)]):
        run = fleet.run(*arguments, "--dry-run")
        assert asked(run, fleet) == chosen
        assert run.err == f"stage3: {len(chosen)} of 3 devices selected by {', '.join(terms)}\n"


def test_by_address_and_mac(make_fleet):
    fleet = make_fleet([device() for _ in range(4)])
    at = [address.split(":")[0] for address in fleet.addresses]
    assert asked(fleet.run("--select", f"ip={at[1]}-{at[2]}"), fleet) == [1, 2]
    assert asked(fleet.run("--select", f"ip={at[3]}/32,{fleet.addresses[0]}"), fleet) == [0, 3]
    assert asked(fleet.run("--select", f"mac={fleet.macs[2].lower()}"), fleet) == [2]
    pairs = ":".join(fleet.macs[1][i:i + 2] for i in range(0, 12, 2))
    assert asked(fleet.run("--select", f"mac={pairs}"), fleet) == [1]


def test_all_that_is_asked_for_must_hold(make_fleet):
    fleet = mixed(make_fleet)
    assert asked(fleet.run("--retry", "--select", "name=B*"), fleet) == [1]
    assert asked(fleet.run("--retry", "--ip", fleet.addresses[2]), fleet) == [2]
    where = f" in {fleet.state_path.resolve()}\n"
    for more in ([], ["--check-config"], ["--dry-run"]):
        none = fleet.run("--retry", "--ip", fleet.addresses[0], *more)
        assert (none.exit, none.err) == (2, f"stage3: no device is selected by '--ip {fleet.addresses[0]} --retry'{where}"), more
    none = fleet.run("--retry", "--select", "name=Flur", "site=" + 80 * "x")
    assert none.err == f"stage3: no device is selected by '--select name=Flur site={80 * 'x'} --retry'{where}", "however long"
    nowhere = fleet.run("--retry", "--ip", "127.9.9.9")
    assert (nowhere.exit, nowhere.err) == (2, f"stage3: no device has the address '127.9.9.9'{where}")
    assert fleet.run("--ip", "127.9.9.9").err == f"stage3: --ip: no device has the address '127.9.9.9'{where}"


def test_selected_devices_may_have_another_key(make_fleet):
    fleet = make_fleet([device("Neu", name="Neu", tls={"http": "refused", "faults": [{"kind": "key", "from": 3}]})])
    fleet.run()
    assert "identity: TLS key changed" in fleet.run().line
    assert fleet.run("--retry", "--accept-key").exit == 2, "whoever has failed is nobody who was looked at"
    assert fleet.run("--select", "name=Neu", "--accept-key").exit == 0


@pytest.mark.parametrize("arguments, complaint", [
    (["--select"], "--select"),
    (["--select", "failed"], "'failed' is not KEY=GLOB"),
    (["--select", "failed"], "did you mean 'status=failed'?"),
    (["--select", "stauts=failed"], "did you mean 'status'?"),
    (["--select", "colour=red"], "(there is status, ota, friendly, app, model, name, ip, mac, fw, site)"),
    (["--select", "status=faild"], "did you mean 'failed'?"),
    (["--select", "ota=updateable"], "did you mean 'update_available'?"),
    (["--select", "ip=a8:03:2a:00:00:01"], "is a MAC address"),
    (["--select", "name="], "nothing behind its '='"),
    (["--select", "ip=10.0.0.*"], "a network (10.0.0.0/24)"),
    (["--select", "ip=kitchen.local"], "is a host name"),
    (["--select", "name=[a"], "is no pattern"),
    (["--retry=no"], "retry"),
    (["--retyr"], "did you mean --retry?"),
    (["--selct", "a=b"], "did you mean --select?"),
    (["--change"], "did you mean --changes?"),
    (["--fail-onn", "held"], "did you mean --fail-on?"),
    (["--fail-on", "faild"], "did you mean 'failed'?"),
    (["--fail-on", "status=failed"], "is none of failed, offline, held, updates, updated"),
    (["--fail-on", ""], "is none of"),
    (["--fail-on", "failed,"], "is none of"),
    (["--fail-on", "offline=0"], "a number from 1 on"),
    (["--fail-on", "offline=101%"], "a share from 1% to 100%"),
    (["--fail-on", "offline="], "a number from 1 on"),
    (["--fail-on", "offline=-1"], "a number from 1 on"),
    (["--accept-key", "--retry"], "--accept-key requires --ip or --select"),
])
def test_usage_errors(make_fleet, arguments, complaint):
    fleet = make_fleet([device("New")])
    run = fleet.run(*arguments)
    assert (run.exit, run.out) == (2, "")
    assert run.err.startswith("stage3: ") and complaint in run.err
    assert fleet.calls() == []


def test_check_config_looks_at_the_selection(make_fleet):
    fleet = make_fleet([device()])
    assert fleet.run("--check-config", "--select", "status=new").exit == 0
    for arguments in (["--retry"], ["--select", "name=nobody"]):
        run = fleet.run("--check-config", *arguments)
        assert run.exit == 2 and "no device is selected by" in run.err
    assert fleet.calls() == []


def test_json_keeps_to_itself(make_fleet):
    fleet = mixed(make_fleet)
    run = fleet.run("--retry", "--json")
    assert [line["type"] for line in run.json] == ["device", "device", "summary"]
    assert run.err == "stage3: 2 of 3 devices selected by status=failed,offline\n"


# --- What is shown

def test_changes_shows_nothing_where_nothing_differs(make_fleet):
    fleet = mixed(make_fleet)
    for arguments in ([], ["--json"], ["--quiet"], ["--retry"], ["--dry-run"]):
        run = fleet.run("--changes", *arguments)
        assert (run.exit, run.out, run.err) == (1, "", ""), arguments


def test_changes_shows_what_differs_and_the_summary(make_fleet):
    fleet = mixed(make_fleet, {"logging": {"base_path": "log.txt"}})
    record(fleet, 0, ota_status="offline")
    record(fleet, 1, friendly_status="error")
    logged = len((fleet.dir / "log.txt").read_text().splitlines())
    run = fleet.run("--changes")
    assert asked(run, fleet) == [0, 1]
    assert run.summary == "Stage 3 summary: total=3 ok=1 failed=1 offline=1"
    assert len((fleet.dir / "log.txt").read_text().splitlines()) == logged + 6, "the log has all"
    assert fleet.run("--changes").out == "", "by now it is on record"
    record(fleet, 1, ota_status="up_to_date")
    run = fleet.run("--changes", "--select", "name=Bad", "--json")
    assert [line["type"] for line in run.json] == ["device", "summary"]
    assert run.err == "stage3: 1 of 3 devices selected by name=Bad\n"


def test_first_results_and_what_a_run_does_are_changes(make_fleet):
    fleet = make_fleet([device("Alt", ver="1.7.1", update={"stable": "1.7.5", "step": None}), device("Flur")])
    assert len(fleet.run("--changes").lines) == 2
    state = fleet.state
    state[fleet.key(0)]["friendly_name"] = "Neu"
    fleet.write_state(state)
    run = fleet.run("--changes")
    assert asked(run, fleet) == [0] and "Friendly=ok (" in run.line
    fleet.write_config({"ota": {"mode": "check_and_update"}})
    assert asked(fleet.run("--changes"), fleet) == [0], "an update was sent"


def next_second():
    """What is recorded within the same second is the same."""
    time.sleep(1.05)


def test_an_entry_that_cannot_be_used_is_told_once(make_fleet):
    fleet = make_fleet([device(), device(), device(entry={"ip": "kitchen.local"})])
    assert "kitchen.local" in fleet.run("--changes").out
    for arguments in ([], ["--json"], ["--dry-run"]):
        next_second()
        again = fleet.run("--changes", *arguments)
        assert (again.exit, again.out) == (1, ""), "it still fails, and is no news"
    assert "kitchen.local" in fleet.run().out, "without --changes all are shown"
    fleet.write_state(fleet.state_path.read_text().replace("kitchen.local", "hall.local"))
    next_second()
    other = fleet.run("--changes")
    assert "hall.local" in other.line and other.exit == 1, "another defect is news"
    next_second()
    assert fleet.run("--changes").out == ""


def test_what_only_a_part_of_the_fleet_was_asked_for_does_not_make_known(make_fleet):
    """A run over some devices has not told what is wrong elsewhere in the file, nor has a program that is no run."""
    fleet = make_fleet([device(), device(), device(entry={"ip": "kitchen.local"})])
    fleet.run("--ip", fleet.addresses[0])
    assert "kitchen.local" in fleet.run("--changes").out
    backup = fleet.dir / "data/ip_state.json.bak"
    for known in (None, "{", fleet.state_path.read_text()):
        backup.unlink() if known is None else backup.write_text(known)
        assert "kitchen.local" in fleet.run("--changes", "--dry-run").out, known
    fleet.write_state({fleet.key(2): {"ip": "kitchen.local"}})
    backup.write_text(fleet.state_path.read_text())
    assert "kitchen.local" in fleet.run("--changes").out, "a run with nobody to ask leaves no trace"


# --- Exit status

@pytest.mark.parametrize("condition, status", [
    (None, 1), ("failed", 1), ("failed=1", 1), ("failed=2", 0), ("offline", 1), ("offline=1", 1), ("offline=2", 0),
    ("offline=33%", 1), ("offline=34%", 0), ("offline=100%", 0), ("held", 0), ("held,offline=2", 0), ("failed=2,offline", 1),
    ("updates,updated", 0), ("failed=9999999", 0)])
def test_what_makes_exit_status_1(make_fleet, condition, status):
    fleet = make_fleet([device(), failing(), device(presence="refused")])
    run = fleet.run(*([] if condition is None else ["--fail-on", condition]))
    assert run.exit == status, run
    assert run.summary == "Stage 3 summary: total=3 ok=1 failed=1 offline=1"


def test_an_update_that_is_held_can_fail_a_run(make_fleet):
    fleet = make_fleet([device(ver="1.7.1", update={"stable": "1.7.5", "step": None})],
                       {"ota": {"mode": "check_and_update", "block": ["1.7.5"]}})
    assert fleet.run().exit == 0
    assert fleet.run("--fail-on", "held").exit == 1
    assert fleet.run("--fail-on", "held=100%,failed").exit == 1
    assert fleet.run("--fail-on", "updates,offline").exit == 0


def test_no_device_meets_no_share(make_fleet):
    assert make_fleet([], state={}).run("--fail-on", "failed=1%,offline=1%").exit == 0


def test_output_that_cannot_be_written_fails_whatever_is_asked(make_fleet):
    fleet = make_fleet([device()])
    run = fleet.run("--fail-on", "held", prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    assert run.exit == 1


def test_state_is_written_for_the_chosen_only(make_fleet):
    fleet = mixed(make_fleet)
    before = json.loads(fleet.state_path.read_text())
    record(fleet, 0, ota_status="error")
    record(fleet, 0, last_run="2020-01-01T00:00:00Z")
    assert fleet.run("--select", "name=Bad,Keller").exit == 1
    assert fleet.recorded(0)["last_run"] == "2020-01-01T00:00:00Z"
    assert fleet.recorded(1)["ota_status"] == before[fleet.key(1)]["stage3"]["ota_status"]
