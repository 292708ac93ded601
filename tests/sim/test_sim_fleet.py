"""Many devices: addresses, patterns, the state file, the log, captures."""

import json
import os
import pathlib
import select
import socket
import time

import pytest

from promptly import PATIENCE, check_in_time, repeated_when_late
from sim_client import (Response, Simulator, address_of, call, exchange, get, mac_of, request_bytes,
                        set_name)


def fleet(devices, *rules, **options):
    return Simulator(devices=devices, scenario={"rules": list(rules)}, **options)


def rule(match, **settings):
    return {"match": match, "set": settings}


def names(sim, count):
    return [get(sim, i, "/shelly").json()["name"] for i in range(count)]


def split(text):
    """The address and port of an "ip" in the state file."""
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def identity(address):
    return Response(exchange(address, request_bytes("/shelly"))).json()["mac"]


@pytest.mark.parametrize("match, expected", [
    ({}, "xxxxxxxx"), ({"index": 3}, "...x...."), ({"index": "2-4"}, "..xxx..."),
    ({"index": [0, "6-7"]}, "x.....xx"), ({"every": 3}, "x..x..x."),
    ({"every": 3, "offset": 1}, ".x..x..x"), ({"ip": "127.1.0.[12]"}, "xx......"),
    ({"mac": "*4"}, "...x...."), ({"app": "Plus*"}, "xxxxxxxx"), ({"app": "Pro*"}, "........"),
    ({"fraction": 0}, "........"), ({"fraction": 1}, "xxxxxxxx"),
    ({"index": "0-5", "every": 2}, "x.x.x...")])
def test_match(match, expected):
    with fleet(8, rule(match, name="x")) as sim:
        assert [n or "." for n in names(sim, 8)] == list(expected)


def test_a_fraction_is_about_right_and_repeats():
    def chosen(seed):
        rules = [rule({"fraction": 0.25}, name="x")]
        with Simulator(devices=400, scenario={"seed": seed, "rules": rules}) as sim:
            return [mac for mac, entry in sim.state().items() if "friendly_name" in entry]

    assert 60 < len(chosen(1)) < 140
    assert chosen(1) == chosen(1) != chosen(2)


def test_later_rules_override_and_match_what_earlier_ones_set():
    with fleet(2, rule({"index": 1}, app="Pro3EM", model="SPEM-003CEBEU", gen=3, name="a"),
               rule({"app": "Pro*"}, name="b {index} {mac} {mac_lower} {ip}")) as sim:
        info = get(sim, 1, "/shelly").json()
        low = mac_of(1).lower()
        assert info["name"] == f"b 1 {mac_of(1)} {low} {sim.ip(1)}"
        assert (info["app"], info["model"], info["gen"]) == ("Pro3EM", "SPEM-003CEBEU", 3)
        assert info["id"] == "shellypro3em-" + low
        assert names(sim, 1) == [None]


def test_identity_can_be_set():
    with fleet(2, rule({"index": 1}, mac="e08cfe96ccc4", id="shellypro3em63-{mac_lower}",
                       ver="2.0.0", fw_id="20260710-101221/2.0.0-g87fbfa4")) as sim:
        info = get(sim, 1, "/shelly").json()
        assert info["mac"] == "E08CFE96CCC4" and info["id"] == "shellypro3em63-e08cfe96ccc4"
        assert info["fw_id"] == "20260710-101221/2.0.0-g87fbfa4"
        assert "E08CFE96CCC4" in sim.state()


def test_range_extender_and_ipv6():
    rules = [rule({"index": "1-2"}, ip="127.1.0.1", port=0), rule({"index": 3}, ip="::1"),
             rule({"index": 4}, port=0, state={"port_field": True})]
    with fleet(5, *rules) as sim:
        entries = list(sim.state().values())
        places = [split(entry["ip"]) for entry in entries[:4]]
        assert [place[0] for place in places] == ["127.1.0.1"] * 3 + ["::1"]
        assert len(set(places)) == 4 and places[0] == ("127.1.0.1", sim.port)
        assert [identity(place) for place in places] == [mac_of(i) for i in range(4)]
        assert entries[4]["ip"] == sim.ip(4)
        assert identity((entries[4]["ip"], entries[4]["port"])) == mac_of(4)
        assert sim.wait_for(mac=mac_of(3))[0]["ip"] == "::1"


def test_presence():
    with fleet(5, *(rule({"index": i + 1}, presence=p)
                    for i, p in enumerate(["silent", "reset", "refused"]))) as sim:
        assert get(sim, 0, "/shelly").status == 200
        with pytest.raises(TimeoutError):
            exchange(address_of(sim, 1), request_bytes("/shelly"), timeout=0.3)
        with pytest.raises(ConnectionError):
            get(sim, 2, "/shelly")
        refused = split(sim.state()[mac_of(3)]["ip"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(refused, timeout=PATIENCE)
        with pytest.raises(ConnectionError):
            get(sim, 5, "/shelly")
        assert sim.wait_for(2, status=0)[0]["fault"] == "silent"
        assert sim.stop()["connections_to_nobody"] == 1


@repeated_when_late
def test_sleep():
    plan = {"period_seconds": 1.0, "awake_seconds": 0.4, "offset_seconds": 0.5}
    with fleet(1, rule({}, sleep=plan)) as sim:
        seen = []
        end = time.monotonic() + 2.3
        while time.monotonic() < end:
            try:
                assert exchange(address_of(sim, 0), request_bytes("/shelly"), timeout=0.05)
                seen.append("awake")
            except TimeoutError:
                seen.append("asleep")
            time.sleep(0.02)
        changes = [word for word, before in zip(seen, [None] + seen) if word != before]
        check_in_time(changes[:4] == ["asleep", "awake", "asleep", "awake"], changes)


def test_state_file():
    rules = [
        rule({"index": 0}, name="Alt", state={"fields": {"friendly_name": "Neu {index}", "n": 7}}),
        rule({"index": 1}, name="Gleich"),
        rule({"index": 2}, name="Geheim", state={"omit": ["friendly_name", "fw", "hostname"]}),
        rule({"index": 3}, state={"mac": "34:94:54:72:A6:43"}),
        rule({"index": 4}, state={"ip": "127.1.0.1:9"}),
        rule({"index": 5}, state={"present": False}),
    ]
    extra = {"34945472A644": {"ip": "127.9.9.9", "friendly_name": "weg"}}
    scenario = {"rules": rules, "state_entries": extra}
    with Simulator(devices=6, scenario=scenario, wrapped=True) as sim:
        text = sim.state()
        assert text["version"] == 1
        entries = text["devices"]
        assert list(entries) == [mac_of(0), mac_of(1), mac_of(2), "34:94:54:72:A6:43", mac_of(4),
                                 "34945472A644"]
        assert entries[mac_of(0)] == {
            "ip": f"{sim.ip(0)}:{sim.port}", "model": "Plus1PM", "fw": "1.4.4",
            "hostname": "shellyplus1pm-" + mac_of(0).lower(), "friendly_name": "Neu 0", "n": 7}
        assert entries[mac_of(1)]["friendly_name"] == "Gleich"
        assert entries[mac_of(2)] == {"ip": f"{sim.ip(2)}:{sim.port}", "model": "Plus1PM"}
        assert entries["34:94:54:72:A6:43"]["ip"] == f"{sim.ip(3)}:{sim.port}"
        assert entries[mac_of(4)]["ip"] == "127.1.0.1:9"
        assert entries["34945472A644"] == extra["34945472A644"]


def test_log():
    with fleet(2) as sim:
        before = time.monotonic()
        set_name(sim, 1, "ä b")
        record = sim.wait_for()[0]
        assert before <= record.pop("t") <= time.monotonic()
        assert record == {
            "mac": mac_of(1), "ip": sim.ip(1), "port": sim.port, "method": "GET",
            "rpc": "Sys.SetConfig", "status": 200, "auth": None, "accepted": None, "fault": None,
            "open": 1, "tls": None, "resumed": None, "target": "/rpc/Sys.SetConfig?config=%7B%22device%22%3A%7B%22name%22%3A%22"
                                 "%C3%A4%20b%22%7D%7D"}
        call(sim, 0, "No.Such")
        assert sim.wait_for(rpc="No.Such")[0]["status"] == 404


def test_the_log_counts_connections_per_device():
    with fleet(2) as sim:
        first = socket.create_connection(address_of(sim, 0), timeout=PATIENCE)
        get(sim, 0, "/shelly")
        get(sim, 1, "/shelly")
        first.close()
        get(sim, 0, "/shelly")
        assert [r["open"] for r in sim.wait_for(3)] == [2, 1, 1]
        assert sim.stop()["max_connections_per_device"] == 2


def test_a_client_that_gives_up_and_comes_again_has_one_connection():
    with fleet(1, rule({}, faults=[{"kind": "hang"}])) as sim:
        for _ in range(60):
            with socket.create_connection(address_of(sim, 0), timeout=PATIENCE) as connection:
                connection.sendall(request_bytes("/shelly"))
        assert sim.stop()["max_connections_per_device"] == 1


def captures_directory():
    path = os.environ.get("STAGE3_DEVICES_DIR")
    if not path:
        pytest.skip("STAGE3_DEVICES_DIR is not set: it names the directory of captured devices")
    return pathlib.Path(path)


def test_captures():
    directory = captures_directory()
    captured = [json.loads(path.read_text()) for path in sorted(directory.glob("*.json"))]
    with Simulator(captures=directory, devices=1) as sim:
        assert sim.device_count == len(captured) + 1
        for index, capture in enumerate(captured):
            sys = capture["status"]["sys"]
            assert get(sim, index, "/shelly").json() == capture["shelly"]
            assert call(sim, index, "Shelly.GetConfig").json() == capture["settings"]
            assert call(sim, index, "Shelly.GetStatus").json().keys() == capture["status"].keys()
            offers = call(sim, index, "Shelly.CheckForUpdate").json()
            assert offers.pop("alt", None) == sys.get("alt")
            assert {k: v["version"] for k, v in offers.items()} == {
                k: v["version"] for k, v in sys["available_updates"].items()}
            assert set_name(sim, index, "N").status == 200
        assert identity(address_of(sim, len(captured))) == mac_of(0)


def test_captures_with_a_scenario():
    directory = captures_directory()
    first = json.loads(sorted(directory.glob("*.json"))[0].read_text())["shelly"]
    rules = [rule({"mac": first["mac"]}, name="Neu", auth={"password": "p"})]
    with Simulator(captures=directory, scenario={"rules": rules}) as sim:
        info = get(sim, 0, "/shelly").json()
        assert info["name"] == "Neu" and info["auth_en"] is True and info["id"] == first["id"]
        assert call(sim, 0, "Sys.GetStatus").status == 401
        assert get(sim, 1, "/shelly").json()["auth_en"] is False


def test_two_thousand_devices_at_once():
    count = 2000
    with fleet(count, rule({}, latency_ms={"*": [10, 60]})) as sim:
        waiting = {}
        poll = select.poll()
        for index in range(count):
            connection = socket.create_connection(address_of(sim, index), timeout=PATIENCE)
            connection.sendall(request_bytes("/shelly"))
            waiting[connection.fileno()] = (index, connection, [])
            poll.register(connection, select.POLLIN)
        while waiting:
            ready = poll.poll(1000 * PATIENCE)
            assert ready, f"{len(waiting)} devices do not answer"
            for descriptor, _ in ready:
                index, connection, chunks = waiting[descriptor]
                chunk = connection.recv(65536)
                chunks.append(chunk)
                if not chunk:
                    poll.unregister(descriptor)
                    connection.close()
                    del waiting[descriptor]
                    assert Response(b"".join(chunks)).json()["mac"] == mac_of(index)
        summary = sim.stop()
        assert summary["requests"] == summary["statuses"]["200"] == count
        assert summary["max_connections_per_device"] == 1 and len(sim.log()) == count
