"""stage3.h and a device by HTTPS: what is learnt comes out, goes in again, and is changed only where a callback says so."""

import os
import socket
import subprocess

import pytest

from fleet import device
from fleet_fixture import make_fleet  # noqa: F401

TLS_KEY_CHANGED = 8


@pytest.fixture
def one(make_fleet):
    """A fleet of one device, which goes over to HTTPS."""
    return make_fleet([device(name="Flur", tls={"http": "redirected"})])


@pytest.fixture
def renewed(make_fleet):
    """The same with another key than the one on record."""
    return make_fleet([device(name="Flur", tls={"http": "redirected", "faults": [{"kind": "key"}]})])


def run(fleet, key="-", port=0, answer="none", index=0):
    """The lines of the program, for the first device."""
    done = subprocess.run([os.environ["STAGE3_KEY_CHANGE"], fleet.addresses[index], key, str(port), str(answer)],
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def pin(fleet):
    """What is on record: the device's own key, and its port."""
    return fleet.sim.keys()[fleet.macs[0]], fleet.sim.tls_port


def other_key(fleet):
    return fleet.sim.keys()[f"{fleet.macs[0]}/1"]


def asked(fleet):
    key, port = pin(fleet)
    return f"asked {fleet.macs[0]} {other_key(fleet)}, on record {key} {port}"


def told(fleet, key, flags=0, certificate="valid"):
    return f"result '' {fleet.sim.tls_port} '{key}' '{certificate}' {flags}"


def calls(fleet):
    """Which RPCs came, and whether by TLS; not what a handshake came to."""
    return [(request["rpc"], request["tls"] is not None) for request in fleet.requests() if request["method"]]


REFUSED = "result 'identity: TLS key changed' 0 '' '' 0"
END = ["run 0 ''", "destroyed 1"]


def test_a_key_is_learnt_and_then_pinned(one):
    key, port = pin(one)
    assert run(one) == [told(one, key), *END]
    for answer in ("none", 1):
        assert run(one, key, port, answer) == [told(one, key), *END]
    assert [rpc for rpc, by_tls in calls(one) if not by_tls] == ["Shelly.GetDeviceInfo"]


def test_a_closed_port_is_offline_and_no_reason_for_plain_http(one):
    with socket.create_server((one.sim.ip(0), 0)) as server:
        closed = server.getsockname()[1]
    result, *end = run(one, pin(one)[0], closed)
    # Without the permission to ping there is nothing to be told.
    assert result in [f"result '{told}' 0 '' '' 0" for told in ("", "reach: answers ping, not HTTPS: connection refused")]
    assert end == END and calls(one) == []


def test_a_certificate_that_has_expired_is_told(make_fleet):
    fleet = make_fleet([device(name="Flur", tls={"http": "redirected", "certificate": {"validity": "expired"}})])
    assert run(fleet) == [told(fleet, pin(fleet)[0], certificate="expired"), *END]


def test_without_a_callback_no_other_key_is_taken(renewed):
    assert run(renewed, *pin(renewed)) == [REFUSED, *END]
    assert calls(renewed) == []


@pytest.mark.parametrize("answer", [0, 2, -1, 256, 2147483647])
def test_all_but_1_refuses_another_key(renewed, answer):
    assert run(renewed, *pin(renewed), answer) == [asked(renewed), REFUSED, *END]
    assert calls(renewed) == []


@pytest.mark.parametrize("answer", [1, "work"])
def test_1_takes_another_key(renewed, answer):
    assert run(renewed, *pin(renewed), answer) == [asked(renewed), told(renewed, other_key(renewed), TLS_KEY_CHANGED), *END]
    assert calls(renewed) == [("Shelly.GetDeviceInfo", True), ("Shelly.CheckForUpdate", True)]


def test_the_key_of_another_device_is_none_of_it(make_fleet):
    """It was taken, and then it was seen who has it."""
    fleet = make_fleet([device(), device(tls={"http": "redirected", "faults": [{"kind": "key"}]})])
    key, stranger = fleet.sim.keys()[fleet.macs[1]], fleet.sim.keys()[f"{fleet.macs[1]}/1"]
    first, result, *end = run(fleet, key, fleet.sim.tls_port, 1, index=1)
    assert first == f"asked {fleet.macs[0]} {stranger}, on record {key} {fleet.sim.tls_port}" and end == END
    assert result == f"result 'identity: expected {fleet.macs[0]}, found {fleet.macs[1]}' 0 '' '' 0"


def test_a_callback_that_cancels_takes_nothing(renewed):
    first, result, *rest = run(renewed, *pin(renewed), "cancel")
    assert first == asked(renewed) and rest == END
    assert result.startswith("result ") and result.endswith(" 0 '' '' 0")
    assert calls(renewed) == []


def test_an_exception_is_told_and_takes_nothing(renewed):
    first, result, *rest = run(renewed, *pin(renewed), "throw")
    assert first == asked(renewed)
    assert result.startswith("result ") and result.endswith(" 0 '' '' 0")
    assert rest == ["run -1 'on_key_change has thrown an exception: thrown by the test'", "destroyed 1"]
    assert calls(renewed) == []


def test_freeing_the_runner_ends_the_callbacks(renewed):
    assert run(renewed, *pin(renewed), "free") == [asked(renewed), *END]


# A round makes two connections by TLS: who are you, and is there an update.
@pytest.mark.parametrize("after", [{"faults": [{"kind": "key", "from": 3}]}, {"faults": [{"kind": "alert", "from": 3}]}])
def test_a_daemon_that_keeps_a_store_holds_a_device_to_what_its_first_round_has_learnt(make_fleet, after):
    fleet = make_fleet([device(name="Flur", tls={"http": "redirected", **after})])
    key, port = pin(fleet)
    done = subprocess.run([os.environ["STAGE3_DAEMON"], str(fleet.state_path)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first, known, second, still = done.stdout.splitlines()
    assert first == f"result '' '{key}'"
    assert known == still == f"on record {key} {port}"
    if after["faults"][0]["kind"] == "key":
        assert second == "result 'identity: TLS key changed' ''"
        assert [request["rpc"] for request in fleet.requests() if request["fault"] == "key" and request["rpc"]] == []
    else:
        assert second.startswith("result '") and key not in second
    # In clear only the first question of all was asked.
    assert [rpc for rpc, by_tls in calls(fleet) if not by_tls] == ["Shelly.GetDeviceInfo"]
    assert fleet.entry()["stage3"]["tls"] == {"port": port, "key": key}
