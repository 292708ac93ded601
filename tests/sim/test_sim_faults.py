"""Every kind of fault, and when it strikes."""

import socket
import time

import pytest

from promptly import PATIENCE, check_within, repeated_when_late
from sim_client import (Response, Simulator, address_of, call, exchange, get, mac_of, post,
                        request_bytes, rpc_target, set_name)

RPC = "Sys.GetConfig"
TARGET = rpc_target(RPC)


def faulty(*faults, **settings):
    """A fleet in which the device i has the fault i."""
    rules = [{"match": {"index": i}, "set": {"faults": [{"rpc": RPC, **f}], **settings}}
             for i, f in enumerate(faults)]
    return Simulator(devices=len(faults), scenario={"rules": rules})


def raw(sim, index, target=TARGET, timeout=PATIENCE):
    return exchange(address_of(sim, index), request_bytes(target), timeout)


def test_status():
    with faulty({"kind": "status", "status": 503}, {"kind": "status", "body": "<b>"},
                {"kind": "status", "status": 500, "code": -103, "message": "Invalid argument"},
                {"kind": "status", "status": 200, "body": {"device": 1}}) as sim:
        plain = get(sim, 0, TARGET)
        assert (plain.status, plain.body, plain.header["content-length"]) == (503, b"", "0")
        assert "content-type" not in plain.header
        assert (get(sim, 1, TARGET).status, get(sim, 1, TARGET).body) == (500, b"<b>")
        assert get(sim, 2, TARGET).json() == {"code": -103, "message": "Invalid argument"}
        assert get(sim, 3, TARGET).json() == {"device": 1}
        assert call(sim, 0, "Sys.GetStatus").status == 200, "other RPCs are well"
        assert sim.wait_for(fault="status", mac=mac_of(0))[0]["status"] == 503


def test_error():
    with faulty({"kind": "error", "code": -104, "message": "Timeout"},
                {"kind": "error", "code": 404}) as sim:
        answer = get(sim, 0, TARGET)
        assert answer.status == 500 and answer.json() == {"code": -104, "message": "Timeout"}
        frame = post(sim, 0, "/rpc", {"id": 1, "method": RPC})
        assert frame.status == 200 and frame.json()["error"]["code"] == -104
        assert get(sim, 1, TARGET).status == 404


def test_no_answer():
    with faulty({"kind": "hang"}, {"kind": "reset"}, {"kind": "close"}) as sim:
        with pytest.raises(TimeoutError):
            raw(sim, 0, timeout=0.3)
        with pytest.raises(ConnectionResetError):
            raw(sim, 1)
        assert raw(sim, 2) == b""
        assert {r["status"] for r in sim.wait_for(3)} == {0}
        assert [r["fault"] for r in sim.log()] == ["hang", "reset", "close"]


def test_truncate():
    with faulty({"kind": "truncate", "bytes": 10}) as sim:
        answer = get(sim, 0, TARGET)
        assert int(answer.header["content-length"]) == len(answer.body) + 10


def test_garbage():
    with faulty({"kind": "garbage"}, {"kind": "garbage", "part": "http"}) as sim:
        answer = get(sim, 0, TARGET)
        assert answer.status == 200 and answer.header["content-type"] == "application/json"
        with pytest.raises(ValueError):
            answer.json()
        assert not raw(sim, 1).startswith(b"HTTP")


def test_drip():
    with faulty({"kind": "drip", "bytes": 100, "interval_ms": 40}) as sim:
        start = time.monotonic()
        answer = get(sim, 0, TARGET)
        pieces = -(-len(answer.raw) // 100)
        assert answer.json()["device"]["mac"] == mac_of(0)
        assert time.monotonic() - start >= 0.04 * (pieces - 1) * 0.9


def test_endless():
    with faulty({"kind": "endless"}) as sim:
        with socket.create_connection(address_of(sim, 0), timeout=PATIENCE) as connection:
            connection.sendall(request_bytes(TARGET))
            received = 0
            while received < 5_000_000:
                received += len(connection.recv(1 << 20))
        summary = sim.stop()
        assert summary["requests"] == 1


def test_mac_swap_in_mid_run():
    swap = {"kind": "mac", "mac": "34945472A643", "from": 2, "count": 2}
    with Simulator(scenario={"rules": [{"set": {"faults": [swap]}}]}) as sim:
        seen = [get(sim, 0, "/shelly").json()["mac"] for _ in range(2)]
        assert call(sim, 0, "Sys.GetStatus").json()["mac"] == "34945472A643", "it stays swapped"
        assert call(sim, 0, RPC).json()["device"]["mac"] == "34945472A643"
        stranger = call(sim, 0, "Shelly.GetDeviceInfo").json()
        assert stranger["id"] == "shellyplus1pm-34945472a643"
        seen += [stranger["mac"], get(sim, 0, "/shelly").json()["mac"]]
        assert seen == [mac_of(0), "34945472A643", "34945472A643", mac_of(0)]
        assert {r["mac"] for r in sim.wait_for(6)} == {mac_of(0)}, "the log keeps the real one"


def test_a_stranger_has_its_own_realm():
    swap = {"kind": "mac", "mac": "34945472A643", "id": "shellyplug-x"}
    settings = {"faults": [swap], "auth": {"password": "p"}}
    with Simulator(scenario={"rules": [{"set": settings}]}) as sim:
        assert get(sim, 0, "/shelly").json()["id"] == "shellyplug-x"
        assert 'realm="shellyplug-x"' in get(sim, 0, TARGET).header["www-authenticate"]


def test_headers():
    with faulty({"kind": "headers", "bytes": 40000}, {"kind": "headers", "bytes": 10, "lines": 500}
                ) as sim:
        assert max(map(len, get(sim, 0, TARGET).header.values())) == 40000
        many = get(sim, 1, TARGET)
        assert sum(name.startswith("X-Filler") for name in many.names) == 500
        assert many.json()["device"]["mac"] == mac_of(1)


def test_redirect():
    with faulty({"kind": "redirect"}, {"kind": "redirect", "status": 307, "location": "http://x/"}
                ) as sim:
        assert get(sim, 0, TARGET).status == 302
        assert get(sim, 0, TARGET).header["location"].startswith("http://" + sim.ip(0))
        assert get(sim, 1, TARGET).status == 307
        assert get(sim, 1, TARGET).header["location"] == "http://x/"


@pytest.mark.parametrize("options, start", [
    ({}, 'Basic realm="shellyplus1pm-'), ({"scheme": "md5"}, "Digest "), ({"scheme": "ntlm"}, "NTLM"),
    ({"scheme": "realm"}, 'Digest qop="auth", realm="shellyplus1-000000000000"'),
    ({"header": 'Bearer realm="{mac}"'}, f'Bearer realm="{mac_of(0)}"')])
def test_challenge(options, start):
    with faulty({"kind": "challenge", **options}) as sim:
        answer = get(sim, 0, TARGET)
        assert answer.status == 401 and answer.header["www-authenticate"].startswith(start)
        assert ("algorithm=MD5" in answer.header["www-authenticate"]) == ("md5" in options.values())


def test_raw(tmp_path):
    binary = tmp_path / "answer.bin"
    binary.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x00\xff")
    with faulty({"kind": "raw", "text": "HTTP/1.1 100 Continue\r\n\r\n", "repeat": 50},
                {"kind": "raw", "file": str(binary)}) as sim:
        assert raw(sim, 0).count(b"100 Continue") == 50
        assert raw(sim, 1) == binary.read_bytes()


def test_from_and_count():
    with faulty({"kind": "status", "from": 2, "count": 2}) as sim:
        assert [get(sim, 0, TARGET).status for _ in range(5)] == [200, 500, 500, 200, 200]


def test_rpc_sets():
    faults = [{"kind": "status", "status": 502, "rpc": [RPC, "Sys.GetStatus"]},
              {"kind": "status", "status": 503, "rpc": "*", "from": 5}]
    with Simulator(scenario={"rules": [{"set": {"faults": faults}}]}) as sim:
        assert call(sim, 0, RPC).status == call(sim, 0, "Sys.GetStatus").status == 502
        assert call(sim, 0, "Shelly.GetStatus").status == get(sim, 0, "/shelly").status == 200
        assert call(sim, 0, RPC).status == 502, "the first fault that matches wins"
        assert call(sim, 0, "Shelly.GetStatus").status == get(sim, 0, "/").status == 503


def test_faults_of_several_rules_add_up():
    rules = [{"set": {"faults": [{"kind": "status", "status": 502, "rpc": RPC}]}},
             {"set": {"faults": [{"kind": "status", "status": 503, "rpc": "Sys.GetStatus"}]}}]
    with Simulator(scenario={"rules": rules}) as sim:
        assert (call(sim, 0, RPC).status, call(sim, 0, "Sys.GetStatus").status) == (502, 503)


def test_a_lost_answer_can_have_taken_effect():
    rule = {"name": "Alt", "faults": [
        {"kind": "close", "rpc": "Sys.SetConfig", "executed": True, "count": 1},
        {"kind": "status", "rpc": "Sys.SetConfig"}]}
    with Simulator(scenario={"rules": [{"set": rule}]}) as sim:
        with pytest.raises(IndexError):
            set_name(sim, 0, "Neu")
        assert call(sim, 0, RPC).json()["device"]["name"] == "Neu"
        assert set_name(sim, 0, "Neuer").status == 500
        assert call(sim, 0, RPC).json()["device"]["name"] == "Neu"


def test_faults_strike_before_the_login():
    with faulty({"kind": "status", "status": 503}, auth={"password": "p"}) as sim:
        assert get(sim, 0, TARGET).status == 503
        assert call(sim, 0, "Sys.GetStatus").status == 401


@repeated_when_late
def test_latency():
    latency = {"*": 0, RPC: 150, "Sys.GetStatus": [20, 60]}
    with Simulator(scenario={"rules": [{"set": {"latency_ms": latency}}]}) as sim:
        def seconds(method):
            start = time.monotonic()
            assert call(sim, 0, method).status == 200
            return time.monotonic() - start

        taken = seconds(RPC)
        assert taken > 0.14
        check_within(1, taken)
        several = [seconds("Sys.GetStatus") for _ in range(5)]
        assert min(several) > 0.015
        check_within(0.5, max(several))


def test_a_repeated_header_block_is_whole():
    with faulty({"kind": "headers", "bytes": 5, "lines": 2}, ver="0.14.1") as sim:
        answer = Response(raw(sim, 0))
        assert answer.header["x-filler-1"] == "xxxxx" and answer.body.endswith(b"}\r\n")
