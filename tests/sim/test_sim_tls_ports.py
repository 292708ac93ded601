"""HTTPS beside HTTP and instead of it: ports, redirects, the state file."""

import pathlib
import socket
import subprocess
import sys
import time

import pytest

from sim_client import (Response, Simulator, SimulatorError, exchange, get, mac_of, request_bytes,
                        rpc_target)
from silence import Unavailable, silent_network
from tls_client import SHELLY, Secure, secure, tls_address, tls_get


def test_https_beside_http():
    with secure({}, devices=2) as sim:
        assert get(sim, 0, SHELLY).json()["mac"] == mac_of(0)
        assert tls_get(sim, 0, SHELLY).json()["mac"] == mac_of(0)
        assert tls_get(sim, 0, rpc_target("Sys.GetConfig")).json()["device"]["mac"] == mac_of(0)
        assert get(sim, 1, SHELLY).status == 200
        with pytest.raises(ConnectionError):
            tls_get(sim, 1, SHELLY)
        clear, over_tls = sim.wait_for(2, mac=mac_of(0))[:2]
        assert (clear["tls"], clear["resumed"], clear["port"]) == (None, None, sim.port)
        assert (over_tls["tls"], over_tls["resumed"], over_tls["port"]) == ("1.3", False, sim.tls_port)
        assert sim.state()[mac_of(0)]["ip"] == f"{sim.ip(0)}:{sim.port}"


def test_without_tls_there_is_no_port_for_it():
    with Simulator() as sim:
        get(sim, 0, SHELLY)
        assert sim.tls_port is None
        summary = sim.stop()
    assert summary["requests_in_clear"] == 1 and summary["tls_devices"] == {}


def test_http_refused():
    with secure({"http": "refused"}, devices=2) as sim:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sim.ip(0), sim.port), timeout=5)
        assert get(sim, 1, SHELLY).status == 200, "the others listen at that port"
        assert tls_get(sim, 0, SHELLY).status == 200
        assert sim.state()[mac_of(0)]["ip"] == f"https://{sim.ip(0)}:{sim.tls_port}"


def test_http_refused_at_a_port_of_its_own():
    rules = [{"match": {"index": 0}, "set": {"port": 0, "tls": {"http": "refused", "port": 0}}},
             {"match": {"index": 1}, "set": {"ip": "::1", "tls": {"http": "refused"}}},
             {"match": {"index": 2}, "set": {"presence": "refused", "tls": {}}}]
    with Simulator(devices=4, scenario={"rules": rules}) as sim:
        own = sim.state()[mac_of(0)]["ip"].rpartition(":")[2]
        assert int(own) != sim.tls_port
        with Secure((sim.ip(0), int(own))) as connection:
            assert Response(connection.ask(request_bytes(SHELLY))).json()["mac"] == mac_of(0)
        assert sim.state()[mac_of(1)]["ip"].startswith("https://[::1]:")
        refused = int(sim.state()[mac_of(2)]["ip"].rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sim.ip(2), refused), timeout=5)
        assert get(sim, 3, SHELLY).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect(status):
    with secure({"http": "redirected", "redirect": {"status": status}}) as sim:
        target = rpc_target("Sys.SetConfig", config={"device": {"name": "Neu"}})
        answer = get(sim, 0, target)
        assert answer.status == status
        assert answer.header["location"] == f"https://{sim.ip(0)}:{sim.tls_port}{target}"
        assert tls_get(sim, 0, SHELLY).json()["name"] is None, "nothing was done in clear"
        assert sim.wait_for(1)[0]["status"] == status


@pytest.mark.parametrize("location, expected", [
    ("https://{id}.local:{tls_port}{target}", ["https://shellyplus1pm-{low}.local:{tls}/shelly"]),
    ("https://192.0.2.7:443/", ["https://192.0.2.7:443/"]), ("http://{ip}:{port}/x", ["http://{ip}:{clear}/x"]),
    ("", [""]), (None, []), ("https://[", ["https://["]), (["https://a/", "http://b/"], ["https://a/", "http://b/"])])
def test_location(location, expected):
    with secure({"http": "redirected", "redirect": {"location": location}}) as sim:
        raw = get(sim, 0, SHELLY).raw.decode()
        lines = [line[10:] for line in raw.split("\r\n") if line.startswith("Location: ")]
        values = {"low": mac_of(0).lower(), "tls": sim.tls_port, "ip": sim.ip(0), "clear": sim.port}
        assert lines == [text.format(**values) for text in expected]


LOOK = """
import socket, sys
sys.path.insert(0, {folder!r})
from sim_client import Response, exchange, request_bytes
from tls_client import Secure
for host, port in {places!r}:
    try:
        if port == 443:
            with Secure((host, port)) as connection:
                print(Response(connection.ask(request_bytes("/shelly"))).status)
        else:
            answer = Response(exchange((host, port), request_bytes("/shelly")))
            print(answer.status, answer.header.get("location", ""))
    except OSError as error:
        print(type(error).__name__)
"""


def test_the_usual_ports():
    rules = [{"match": {"index": 0}, "set": {"tls": {"http": "refused"}}},
             {"match": {"index": 1}, "set": {"tls": {"http": "redirected"}}}]
    try:
        with silent_network([]) as prefix, Simulator(
                devices=3, scenario={"rules": rules}, port=80, tls_port=443, prefix=prefix) as sim:
            assert [entry["ip"] for entry in sim.state().values()] == [sim.ip(i) for i in range(3)]
            places = [(sim.ip(i), port) for i in range(3) for port in (80, 443)]
            script = LOOK.format(folder=str(pathlib.Path(__file__).parent), places=places)
            seen = subprocess.run([*prefix, sys.executable, "-B", "-c", script], capture_output=True, text=True,
                                  timeout=60, check=True).stdout.splitlines()
            assert seen == ["ConnectionRefusedError", "200", f"302 https://{sim.ip(1)}/shelly", "200", "200 ",
                            "ConnectionResetError"]
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_two_at_one_port():
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
    with pytest.raises(SimulatorError, match=f"HTTP and HTTPS of {mac_of(0)} are both at 127.1.0.1:"):
        secure({}, tls_port=port, port=port).__enter__()
    rules = [{"set": {"ip": "127.1.0.1", "port": 0, "tls": {}}}]
    with pytest.raises(SimulatorError, match="two devices are at 127.1.0.1:"):
        Simulator(devices=2, scenario={"rules": rules}).__enter__()


def test_the_state_file_can_name_the_port():
    rules = [{"set": {"tls": {}, "state": {"ip": "https://{ip}:{tls_port}", "fields": {"clear": "{port}"}}}}]
    with Simulator(scenario={"rules": rules}) as sim:
        entry = sim.state()[mac_of(0)]
        assert entry["ip"] == f"https://{sim.ip(0)}:{sim.tls_port}" and entry["clear"] == str(sim.port)


def test_a_redirect_takes_its_time():
    rules = [{"set": {"tls": {"http": "redirected"}, "latency_ms": {"*": 200}}}]
    with Simulator(scenario={"rules": rules}) as sim:
        start = time.monotonic()
        assert get(sim, 0, SHELLY).status == 302
        assert time.monotonic() - start >= 0.19


def test_rules_add_up_and_null_takes_it_away():
    rules = [{"set": {"tls": {"version": "1.2"}}}, {"set": {"tls": {"http": "redirected"}}},
             {"match": {"index": 1}, "set": {"tls": None}}]
    with Simulator(devices=2, scenario={"rules": rules}) as sim:
        assert get(sim, 0, SHELLY).status == 302 and get(sim, 1, SHELLY).status == 200
        tls_get(sim, 0, SHELLY)
        assert sim.wait_for(3)[2]["tls"] == "1.2"
        assert list(sim.keys()) == [mac_of(0)]


def test_http_to_the_tls_port():
    with secure({}) as sim:
        try:
            assert not exchange(tls_address(sim, 0), request_bytes(SHELLY)).startswith(b"HTTP")
        except ConnectionResetError:
            pass
        socket.create_connection(tls_address(sim, 0), timeout=5).close()
        summary = sim.stop()
        assert (summary["handshakes_begun"], summary["handshakes_completed"]) == (1, 0)
        assert [r["fault"] for r in sim.log()] == ["handshake failed"]


def test_a_redirect_begins_with_an_update():
    plan = {"stable": "1.7.5", "apply_seconds": 0, "reboot_seconds": 0.2}
    rules = [{"set": {"update": plan, "tls": {"http": "redirected", "redirect": {"after_updates": 1}}}}]
    with Simulator(scenario={"rules": rules}) as sim:
        assert get(sim, 0, SHELLY).status == 200
        assert get(sim, 0, rpc_target("Shelly.Update")).status == 200
        deadline = time.monotonic() + 30
        answer = None
        while answer is None or answer.status == 200:
            assert time.monotonic() < deadline
            try:
                answer = get(sim, 0, SHELLY)
            except ConnectionError:
                time.sleep(0.05)
        assert answer.status == 302
        assert tls_get(sim, 0, SHELLY).json()["ver"] == "1.7.5"
