"""Promise 26: who has a device's MAC and not its TLS key gets nothing, and the device is never asked by plain HTTP instead."""

import contextlib

import pytest

import figures
from disturbed import fleet_of, without
from fleet import device
from harness import LONG

MANY = 1000 if LONG else 40
FEW = 4
SECRET = "correct horse"
CHANGED = ["identity: TLS key changed"]

# When the key changes, and how the devices are reached.
KINDS = {
    "after a redirect": ({"kind": "key", "rpc": "Shelly.GetDeviceInfo"}, {"http": "redirected"}),
    "in mid-run": ({"kind": "key", "rpc": "Shelly.GetDeviceInfo"}, {}),
    "just before the update": ({"kind": "key", "rpc": "Shelly.CheckForUpdate"}, {}),
}
# What may have gone to the device itself, before the key changed.
BEFORE = {"just before the update": {"Shelly.GetDeviceInfo", "Sys.SetConfig", "Shelly.CheckForUpdate"}}
FIRST_CONTACT = {"kind": "key", "after_seconds": 0, "rpc": "Shelly.CheckForUpdate"}


def protected(number, faults, tls):
    settings = {"tls": {"http": "refused", **tls, "faults": faults}, "update": {"stable": "9.9.9"}}
    if number % 2:
        settings["auth"] = {"password": SECRET}
    return device("Neu", name="Alt", **settings)


def configure(fleet, mode="check_and_update"):
    secrets = fleet.dir / "secrets.yaml"
    secrets.write_text(f"shelly:\n  password: '{SECRET}'\n")
    secrets.chmod(0o600)
    fleet.write_config({"ota": {"mode": mode, "rate": 0}, "auth": {"secrets_file": "secrets.yaml"}})


@contextlib.contextmanager
def protected_fleet(count, *faults, **tls):
    with fleet_of([protected(number, list(faults), tls) for number in range(count)]) as fleet:
        configure(fleet)
        yield fleet


def errors_of(run):
    return [[error["text"] for error in result["errors"]] for result in run.json[:-1]]


def went_to_impostors(fleet):
    """The requests that came to who has another key; the simulation has ended."""
    fleet.sim.stop()
    return fleet.sim.log(fault="key")


def check_refused(fleet, run, count):
    assert run.exit == 1, run
    assert errors_of(run) == [CHANGED] * count
    assert not any(result["update_sent"] for result in run.json[:-1])
    assert went_to_impostors(fleet) == []
    assert all(request["tls"] for request in fleet.sim.log() if request["rpc"] != "Shelly.GetDeviceInfo")


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_changes_within_a_run(kind):
    fault, tls = KINDS[kind]
    with protected_fleet(MANY, fault, **tls) as fleet:
        check_refused(fleet, fleet.run("--json"), MANY)
        asked = {request["rpc"] for request in fleet.sim.log()}
        assert "Shelly.Update" not in asked and asked <= BEFORE.get(kind, {"Shelly.GetDeviceInfo"}) | {"Sys.GetConfig"}
        if kind not in BEFORE:
            assert all(request["auth"] is None for request in fleet.sim.log())
    figures.tell(26, f"{MANY} impostors with the right MAC, {kind}: 0 were sent anything, by TLS or in the clear")


def learn(fleet):
    """A run that learns the keys, and changes nothing that another one would."""
    configure(fleet, "check_only")
    learning = fleet.run()
    assert learning.exit == 0, learning
    configure(fleet)


def test_a_key_that_is_another_one_than_on_record():
    with protected_fleet(MANY, FIRST_CONTACT) as fleet:
        learn(fleet)
        before = len(fleet.requests())
        run = fleet.run("--json")
        assert len(fleet.requests()) == before
        assert all("id" not in result for result in run.json[:-1]), "nothing is known of them"
        check_refused(fleet, run, MANY)
    figures.tell(26, f"{MANY} impostors with the right MAC, at the first contact of a run: 0 were sent anything, by TLS or in the clear")


@contextlib.contextmanager
def in_the_clear(count, forgotten=False):
    """Devices at the same addresses, with the right MACs, that answer HTTP and have no TLS, once the keys of others are on
    record; or these are forgotten again."""
    with protected_fleet(count) as fleet:
        learn(fleet)
        state = fleet.state
    with fleet_of([device("Neu") for _ in range(count)], state=state) as impostors:
        for number, entry in enumerate(state.values()):
            entry["ip"] = impostors.addresses[number]
            if forgotten:
                del entry["stage3"]["tls"]
        impostors.write_state(state)
        yield impostors, state


def test_who_answers_in_the_clear_for_a_device_on_record():
    with in_the_clear(MANY) as (impostors, state):
        run = impostors.run("--json")
        assert run.exit == 0, run
        assert run.json[-1]["offline"] == MANY
        assert {error["text"] for result in run.json[:-1] for error in result["errors"]} <= {
            "reach: answers ping, not HTTPS: connection refused"}
        assert impostors.sim.stop()["requests"] == 0
        assert [entry["stage3"]["tls"] for entry in impostors.state.values()] == [
            entry["stage3"]["tls"] for entry in state.values()], "what was learnt stays"
    figures.tell(26, f"{MANY} impostors with the right MAC that answer HTTP only, their keys on record: 0 were asked anything")


# --- What these would notice

@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_looked_at_is_noticed(kind):
    fault, tls = KINDS[kind]
    with protected_fleet(FEW, fault, **tls) as fleet:
        fleet.run("--json", env=without("keys"))
        assert went_to_impostors(fleet)


def test_a_key_on_record_that_is_not_looked_at_is_noticed():
    with protected_fleet(FEW, FIRST_CONTACT) as fleet:
        learn(fleet)
        fleet.run("--json", env=without("keys"))
        assert went_to_impostors(fleet)


def test_a_key_that_is_not_on_record_is_noticed():
    with in_the_clear(FEW, forgotten=True) as (impostors, _):
        assert impostors.run("--json").exit == 0
        assert impostors.sim.stop()["requests"] > 0
