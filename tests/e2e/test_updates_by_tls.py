"""Devices that are seen to the end of an update (`--wait`), and speak HTTPS before it, after it, or with another key."""

from fleet import device
from updates import offering

GET_INFO, UPDATE = "Shelly.GetDeviceInfo", "Shelly.Update"
WAITING = {"ota": {"mode": "check_and_update", "rate": 0, "quiet": 0, "poll": 0.3, "deadline": 60}}


def waiting(**settings):
    return {**WAITING, **settings}


def with_deadline(seconds):
    return {"ota": {**WAITING["ota"], "deadline": seconds}}


def old(**settings):
    return device(ver="1.7.1", update=offering(), **settings)


def sent(fleet):
    """A first run sends the update and does not wait; what it has learnt of keys is forgotten."""
    assert fleet.run().exit == 0
    assert fleet.recorded()["ota"]["state"] == "sent"
    state = fleet.state
    for entry in state.values():
        entry["stage3"].pop("tls", None)
    fleet.write_state(state)


def check_updated_by_tls(fleet, run):
    assert run.exit == 0, run
    assert [result["errors"] for result in run.json[:-1]] == [[]], run
    recorded = fleet.recorded()
    assert recorded["ota"]["state"] == "updated"
    assert recorded["tls"] == {"port": fleet.sim.tls_port, "key": fleet.sim.keys()[fleet.macs[0]]}


def test_one_that_comes_back_by_https_only_is_followed_there(make_fleet):
    for is_found in (False, True):
        fleet = make_fleet([old(tls={"http": "redirected", "redirect": {"after_updates": 1}})], WAITING)
        if is_found:
            sent(fleet)
        check_updated_by_tls(fleet, fleet.run("--json", "--wait"))
        assert fleet.calls().count(UPDATE) == 1
        requests = fleet.requests()
        first = next(number for number, request in enumerate(requests) if request["tls"])
        assert all(request["tls"] for request in requests[first:]), "nothing goes to it in clear any more"


def test_a_key_that_was_learnt_is_on_record_before_the_update_is_sent(make_fleet):
    """Who is killed while the device is away leaves the next run the key to hold it to."""
    fleet = make_fleet([old(tls={"http": "refused"})], WAITING)
    with fleet.start("--wait") as run:
        fleet.sim.wait_for(rpc=UPDATE)
        run.kill()
    recorded = fleet.recorded()
    assert recorded["ota"]["state"] == "sent"
    assert recorded["tls"] == {"port": fleet.sim.tls_port, "key": fleet.sim.keys()[fleet.macs[0]]}


def test_one_that_must_speak_tls_may_be_away_at_the_first_look(make_fleet):
    fleet = make_fleet([old(tls={"http": "refused"})], waiting(network={"tls": "require"}))
    sent(fleet)
    check_updated_by_tls(fleet, fleet.run("--json", "--wait"))


def test_the_key_of_a_stranger_is_not_held_to(make_fleet):
    stranger = {"kind": "mac", "mac": "34945472A643", "rpc": GET_INFO, "from": 3, "count": 3}
    its_key = {"kind": "key", "rpc": [GET_INFO, UPDATE], "after_calls": 3, "for_calls": 3}
    fleet = make_fleet([old(tls={"http": "refused", "faults": [its_key]}, faults=[stranger])], WAITING)
    sent(fleet)
    assert fleet.calls().count(GET_INFO) == 2
    check_updated_by_tls(fleet, fleet.run("--json", "--wait"))
    others = fleet.requests(fault="key") + fleet.requests(fault="mac")
    assert {request["rpc"] for request in others} <= {GET_INFO}
    assert all(request["auth"] is None for request in others)


def test_a_key_that_changed_with_the_update_is_told_and_can_be_taken(make_fleet):
    made = old(tls={"http": "refused", "faults": [{"kind": "key", "rpc": UPDATE}]})
    fleet = make_fleet([made], with_deadline(6))
    run = fleet.run("--json", "--wait")
    assert run.exit == 1, run
    result = run.json[0]
    assert result["error_id"] == "identity.tls_key ota.lost", result
    assert result["errors"][0]["text"] == "identity: TLS key changed"
    assert result["errors"][1]["text"].startswith("OTA: lost: 1.7.5 was sent ")
    assert result["ota_status"] == "error"
    recorded = fleet.recorded()
    assert recorded["ota"]["state"] == "lost"
    assert recorded["tls"]["key"] == fleet.sim.keys()[fleet.macs[0]], "the key that it had stays on record"
    assert fleet.requests(fault="key") == [], "nothing goes to whoever has another key"

    accepted = fleet.run("--json", "--accept-key", "--ip", fleet.entry()["ip"])
    assert accepted.exit == 0, accepted
    assert fleet.recorded()["ota"]["state"] == "updated"
    assert fleet.recorded()["tls"]["key"] == fleet.sim.keys()[fleet.macs[0] + "/1"]
    assert fleet.calls().count(UPDATE) == 1
