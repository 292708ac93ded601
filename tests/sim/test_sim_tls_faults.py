"""Broken handshakes, and devices that change their key."""

import socket
import ssl
import time

import pytest

from sim_client import Response, Simulator, exchange, get, mac_of, request_bytes, rpc_target
from tls_client import RSA_KEY, SHELLY, Secure, context, spoilt, tls_address, tls_get


def broken(*faults, **settings):
    """A fleet in which the device i has the fault i in its handshakes."""
    rules = [{"match": {"index": i}, "set": {"tls": {"faults": [fault]}, **settings}}
             for i, fault in enumerate(faults)]
    return Simulator(devices=len(faults), scenario={"rules": rules})


def pin(sim, index):
    return pin_and_call(sim, index, "Shelly.GetDeviceInfo")


def pin_and_call(sim, index, method):
    with Secure(tls_address(sim, index)) as connection:
        seen = connection.pin()
        connection.ask(request_bytes(rpc_target(method)))
        return seen


def test_alert():
    with broken({"kind": "alert"}, {"kind": "alert", "alert": 80}) as sim:
        assert "HANDSHAKE_FAILURE" in str(spoilt(sim, 0)) and "INTERNAL_ERROR" in str(spoilt(sim, 1))
        assert sim.wait_for(mac=mac_of(0))[0]["fault"] == "handshake alert"
        summary = sim.stop()
        assert (summary["handshakes_begun"], summary["handshakes_completed"]) == (2, 0)
        assert summary["requests"] == 0


@pytest.mark.parametrize("after", [0, 40, 500])
def test_the_handshake_ends(after):
    faults = [{"kind": kind, "after_bytes": after} for kind in ("close", "reset", "hang")]
    with broken(*faults) as sim:
        assert isinstance(spoilt(sim, 0), ssl.SSLError)
        assert isinstance(spoilt(sim, 1), ConnectionResetError)
        assert isinstance(spoilt(sim, 2, timeout=0.3), TimeoutError)
        assert [r["fault"] for r in sim.wait_for(3)] == ["handshake " + f["kind"] for f in faults]


def hello_bytes():
    """The first message of a client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context().wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


def test_so_much_of_the_flight_is_sent():
    with broken({"kind": "close", "after_bytes": 100}, {"kind": "close", "after_bytes": 100000}) as sim:
        hello = hello_bytes()
        short, whole = (exchange(tls_address(sim, i), hello, timeout=20) for i in range(2))
        assert len(short) == 100 and len(whole) > 400 and short[:5] == whole[:5]


def test_drip():
    with broken({"kind": "drip", "bytes": 50, "interval_ms": 40}) as sim:
        start = time.monotonic()
        received = exchange(tls_address(sim, 0), hello_bytes(), timeout=20)
        assert time.monotonic() - start >= 0.04 * (len(received) // 50 - 1) * 0.9
        assert isinstance(spoilt(sim, 0, timeout=0.2), TimeoutError)


def test_garbage_and_http():
    with broken({"kind": "garbage"}, {"kind": "http"}) as sim:
        assert isinstance(spoilt(sim, 0), ssl.SSLError) and isinstance(spoilt(sim, 1), ssl.SSLError)
        answer = Response(exchange(tls_address(sim, 1), request_bytes(SHELLY)))
        assert answer.json()["mac"] == mac_of(1)
        seen = sim.wait_for(2, mac=mac_of(1))[-1]
        assert (seen["tls"], seen["fault"], seen["port"]) == (None, "handshake http", sim.tls_port)
        assert sim.stop()["tls_devices"][mac_of(1)]["requests_in_clear"] == 2


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
@pytest.mark.parametrize("version, expected", [("1.0", b"\x03\x01"), ("1.1", b"\x03\x02")])
def test_downgrade(version, expected):
    with broken({"kind": "downgrade", "version": version}) as sim:
        modern = context(minimum_version=ssl.TLSVersion.TLSv1_2)
        assert "UNSUPPORTED_PROTOCOL" in str(spoilt(sim, 0, modern))
        with socket.create_connection(tls_address(sim, 0), timeout=5) as connection:
            connection.sendall(hello_bytes())
            assert connection.recv(11)[9:] == expected
        old = context(minimum_version=ssl.TLSVersion.TLSv1)
        old.set_ciphers("ALL:@SECLEVEL=0")
        assert isinstance(spoilt(sim, 0, old, timeout=0.5), TimeoutError), "it would be taken"


def test_an_endless_certificate():
    with broken({"kind": "endless"}) as sim:
        assert "EXCESSIVE_MESSAGE_SIZE" in str(spoilt(sim, 0))
        with socket.create_connection(tls_address(sim, 0), timeout=5) as connection:
            connection.sendall(hello_bytes())
            received = 0
            while received < 20_000_000:
                received += len(connection.recv(1 << 20))
        assert sim.stop()["handshakes_completed"] == 0


def test_a_huge_certificate():
    plan = {"certificate": {"padding": 200_000, "chain": 3}}
    with Simulator(scenario={"rules": [{"set": {"tls": plan}}]}) as sim:
        assert "EXCESSIVE_MESSAGE_SIZE" in str(spoilt(sim, 0))


def test_when_a_handshake_breaks():
    with broken({"kind": "alert", "from": 2, "count": 2}) as sim:
        assert tls_get(sim, 0, SHELLY).status == 200
        spoilt(sim, 0)
        spoilt(sim, 0)
        assert tls_get(sim, 0, SHELLY).status == 200


def test_another_key():
    with broken({"kind": "key"}, {"kind": "key", "from": 2, "count": 1}) as sim:
        keys = sim.keys()
        own, other = keys[mac_of(0)], keys[mac_of(0) + "/1"]
        assert own != other and [pin(sim, 0) for _ in range(2)] == [other, other]
        assert tls_get(sim, 0, SHELLY).json()["mac"] == mac_of(0), "the right MAC with another key"
        own, other = keys[mac_of(1)], keys[mac_of(1) + "/1"]
        assert [pin(sim, 1) for _ in range(3)] == [own, other, own]
        assert [r["fault"] for r in sim.wait_for(3, mac=mac_of(1))] == [None, "key", None]


def test_another_key_after_calls():
    faults = [{"kind": "key", "after_calls": 2}, {"kind": "key", "rpc": "Shelly.CheckForUpdate"},
              {"kind": "key", "rpc": "Shelly.GetDeviceInfo", "after_calls": 2, "for_calls": 1}]
    with broken(*faults) as sim:
        def changes(index, *methods):
            pins = [pin_and_call(sim, index, method) for method in methods]
            return [seen != sim.keys()[mac_of(index)] for seen in pins]

        info, check = "Shelly.GetDeviceInfo", "Shelly.CheckForUpdate"
        assert get(sim, 0, SHELLY).status == 200, "calls in clear count, too"
        assert changes(0, info, info, info) == [False, True, True]
        assert changes(1, info, check, info, "Shelly.Update") == [False, False, True, True]
        assert changes(2, info, check, info, check, info, check) == [False, False, False, True, True, False]


def test_another_key_after_a_time():
    with broken({"kind": "key", "after_seconds": 0.8, "for_seconds": 1000},
                {"kind": "key", "for_seconds": 0}) as sim:
        own = sim.keys()[mac_of(0)]
        deadline = time.monotonic() + 20
        while (seen := pin(sim, 0)) == own and time.monotonic() < deadline:
            time.sleep(0.05)
        assert seen == sim.keys()[mac_of(0) + "/1"]
        assert pin(sim, 1) == sim.keys()[mac_of(1)]


@pytest.mark.parametrize("certificate", [{}, {"kind": "rsa"}, {"issuer": "ca"}])
def test_another_key_has_its_certificate(certificate):
    plan = {"certificate": {"kind": "ec", "issuer": "factory"},
            "faults": [{"kind": "key", "certificate": certificate}]}
    with Simulator(scenario={"rules": [{"set": {"tls": plan}}]}) as sim:
        with Secure(tls_address(sim, 0)) as connection:
            shown = connection.certificate()
        assert (RSA_KEY in shown) == ("kind" in certificate)
        assert (b"stage3-sim CA" in shown) == ("issuer" in certificate)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_no_two_keys_of_a_device_are_the_same(kind):
    shared = {"kind": kind, "own_key": False}
    plan = {"certificate": shared, "faults": [{"kind": "key"}, {"kind": "key"}]}
    with Simulator(scenario={"rules": [{"set": {"tls": plan}}]}) as sim:
        assert len(set(sim.keys().values())) == 3


@pytest.mark.parametrize("resumption", ["tickets", "cache"])
def test_no_session_outlives_its_key(resumption):
    plan = {"resumption": resumption, "faults": [{"kind": "key", "from": 2}]}
    with Simulator(scenario={"rules": [{"set": {"tls": plan}}]}) as sim:
        client = context()
        with Secure(tls_address(sim, 0), client) as first:
            first.ask(request_bytes(SHELLY))
        with Secure(tls_address(sim, 0), client, session=first.session) as second:
            assert second.pin() == sim.keys()[mac_of(0) + "/1"]
            second.ask(request_bytes(SHELLY))
        assert not second.resumed
