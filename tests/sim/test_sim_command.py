"""The command line: what it refuses and how it ends."""

import json
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from promptly import PATIENCE
from sim_client import Simulator, SimulatorError, binary, call, get


GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "simulator.md"


def run(*args):
    return subprocess.run([binary(), "--port", "0", "--lifetime", "0.1", *map(str, args)],
                          capture_output=True, text=True, timeout=PATIENCE)


def complaint(tmp_path, scenario):
    """What is said about a scenario; the path of the file is shown as F."""
    path = tmp_path / "scenario.json"
    path.write_text(scenario if isinstance(scenario, str) else json.dumps(scenario))
    done = run("--scenario", path)
    assert done.returncode == 2 and done.stdout == ""
    return done.stderr.replace(str(path), "F")


def setting(**values):
    return {"rules": [{"match": {"index": 99}, "set": values}]}


@pytest.mark.parametrize("scenario, expected", [
    ({"rulez": []}, "F.rulez: unknown key; known here: comment, seed, rules"),
    ({"rules": {}}, "F.rules: must be an array"),
    ({"rules": [{"match": {}}]}, 'F.rules[0]: "set" is missing'),
    ({"rules": [{"set": {}, "mach": {}}]}, "F.rules[0].mach: unknown key"),
    ({"rules": [{"set": {}, "match": {"macs": "*"}}]}, "F.rules[0].match.macs: unknown key"),
    ({"rules": [{"set": {}, "match": {"index": "a-b"}}]}, "F.rules[0].match.index: must be an index"),
    ({"rules": [{"set": {}, "match": {"every": 0}}]}, "F.rules[0].match.every: must be an integer"),
    ({"rules": [{"set": {}, "match": {"fraction": 2}}]}, "must be a number from 0 to 1"),
    (setting(nam="x"), "F.rules[0].set.nam: unknown key"),
    (setting(name=12), "F.rules[0].set.name: must be a string"),
    (setting(kind="gen9"), "kind: must be one of: shelly, gen1, wall_display"),
    (setting(mac="A8"), "F.rules[0].set.mac: must be 12 hexadecimal digits"),
    (setting(ip="10.0.0.1"), "F.rules[0].set.ip: must be an address in 127.0.0.0/8"),
    (setting(port=70000), "F.rules[0].set.port: must be an integer from 0 to 65535"),
    (setting(auth={}), 'F.rules[0].set.auth: "password" is missing'),
    (setting(auth={"pasword": "x"}), "F.rules[0].set.auth.pasword: unknown key"),
    (setting(update={"stable": 1}), "F.rules[0].set.update.stable: must be"),
    (setting(sleep={"awake_seconds": 1}), '"period_seconds" is missing'),
    (setting(latency_ms={"Sys.Get": 1}), "F.rules[0].set.latency_ms.Sys.Get: no such RPC"),
    (setting(latency_ms={"*": [5, 1]}), "latency_ms.*[1]: must be a number from 5"),
    (setting(faults=[{}]), 'F.rules[0].set.faults[0]: "kind" is missing'),
    (setting(faults=[{"kind": "explode"}]), "faults[0].kind: must be one of: status, error"),
    (setting(faults=[{"kind": "hang", "status": 1}]), "faults[0].status: unknown key"),
    (setting(faults=[{"kind": "hang", "rpc": "X"}]), "faults[0].rpc: no such RPC: X"),
    (setting(faults=[{"kind": "mac"}]), '"mac" must be 12 hexadecimal digits'),
    (setting(faults=[{"kind": "raw"}]), '"text" or "file" must give something'),
    (setting(tls=True), "F.rules[0].set.tls: must be an object"),
    (setting(tls={"http": "closed"}), "tls.http: must be one of: served, refused, redirected"),
    (setting(tls={"port": -1}), "tls.port: must be an integer from 0 to 65535"),
    (setting(tls={"version": 1.2}), "tls.version: must be a string"),
    (setting(tls={"resumption": "maybe"}), "tls.resumption: must be one of: tickets, cache, none"),
    (setting(tls={"redirect": {"status": 200}}), "redirect.status: must be an integer from 300 to 399"),
    (setting(tls={"redirect": {"location": 1}}), "redirect.location: must be an array"),
    (setting(tls={"certificate": {"chain": 9}}), "chain: must be an integer from 1 to 8"),
    (setting(tls={"certificate": {"chain": 2, "issuer": "self"}}), 'a "chain" needs the "issuer" ca'),
    (setting(tls={"faults": [{}]}), 'tls.faults[0]: "kind" is missing'),
    (setting(tls={"faults": [{"kind": "explode"}]}), "tls.faults[0].kind: must be one of: key, alert"),
    (setting(tls={"faults": [{"kind": "alert", "bytes": 1}]}), "tls.faults[0].bytes: unknown key"),
    (setting(tls={"faults": [{"kind": "alert", "alert": 256}]}), "alert: must be an integer from 0 to 255"),
    (setting(tls={"faults": [{"kind": "key", "rpc": "X"}]}), "tls.faults[0].rpc: no such RPC: X"),
    (setting(tls={"faults": [{"kind": "downgrade", "version": "1.2"}]}), "must be one of: 1.0, 1.1"),
    (setting(state={"filds": {}}), "F.rules[0].set.state.filds: unknown key"),
    ('{"rules": [\n  {"set": }]}', "F:2:11: not JSON"),
])
def test_bad_scenarios(tmp_path, scenario, expected):
    text = complaint(tmp_path, scenario)
    assert text.startswith("stage3-sim: F") and expected in text


FAULT_KINDS = ["status", "error", "hang", "truncate", "garbage", "drip", "mac", "headers",
               "redirect", "challenge", "raw"]
UNKNOWN_KEYS = [{"zz": 1}, {"rules": [{"zz": 1}]}, {"rules": [{"set": {}, "match": {"zz": 1}}]},
                setting(zz=1), setting(auth={"zz": 1}), setting(update={"zz": 1}),
                setting(update={"stable": {"zz": 1}}), setting(update={"changes": [{"zz": 1}]}),
                setting(update={"stable": {"version": "1", "becomes": {"zz": 1}}}), setting(update={"refusal": {"zz": 1}}),
                setting(update={"reboots_again": {"zz": 1}}), setting(sleep={"zz": 1}),
                setting(tls={"zz": 1}), setting(tls={"redirect": {"zz": 1}}),
                setting(tls={"certificate": {"zz": 1}}),
                setting(state={"zz": 1})]
UNKNOWN_KEYS += [setting(tls={"faults": [{"kind": kind, "zz": 1}]})
                 for kind in ("key", "alert", "close", "drip", "http", "downgrade")]
UNKNOWN_KEYS += [setting(faults=[{"kind": kind, "zz": 1}]) for kind in FAULT_KINDS]


@pytest.mark.parametrize("scenario", UNKNOWN_KEYS)
def test_every_key_is_documented(tmp_path, scenario):
    known = complaint(tmp_path, scenario).split("known here: ")[1].split()
    text = GUIDE.read_text(encoding="utf-8")
    assert known
    for key in (word.strip(",") for word in known):
        assert f"`{key}`" in text or f'"{key}"' in text, key


def test_the_documented_example_runs(tmp_path):
    example = GUIDE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    with Simulator(devices=1000, scenario=json.loads(example)) as sim:
        assert len(sim.state()) == 1001
        assert get(sim, 0, "/shelly").json()["name"] == "Lamp 0"


def test_the_documented_example_of_updates_runs():
    example = GUIDE.read_text(encoding="utf-8").split("```json\n")[2].split("```")[0]
    with Simulator(devices=6, scenario=json.loads(example)) as sim:
        offered = [call(sim, i, "Shelly.CheckForUpdate").json()["stable"]["version"] for i in range(6)]
        assert offered == ["1.7.5"] * 5 + ["1.3.3"]


def test_the_documented_example_of_https_runs():
    example = GUIDE.read_text(encoding="utf-8").split("```json\n")[3].split("```")[0]
    with Simulator(devices=30, scenario=json.loads(example)) as sim:
        answer = get(sim, 20, "/shelly")
        assert answer.status == 302 and answer.header["location"] == "https://127.9.9.9/shelly"
        assert len(sim.keys()) == 20 + 1, "15 even ones, 5 odd ones from 10 to 19, and another key of one"


def test_conflicting_devices():
    for settings, expected in (({"mac": "A8032A0000FF"}, "two devices have the MAC A8032A0000FF"),
                               ({"ip": "127.1.0.1"}, "two devices are at 127.1.0.1:")):
        with pytest.raises(SimulatorError, match=expected):
            Simulator(devices=2, scenario={"rules": [{"set": settings}]}).__enter__()


@pytest.mark.parametrize("args, expected", [
    (["--devices", 100001], "--devices"), (["--base", "10.0.0.1"], "--base"),
    (["--mac-base", "x"], "--mac-base"), (["--nonsense"], "--nonsense"),
    (["--scenario", "/none/s.json"], "/none/s.json: cannot be read"),
    (["--captures", "/none"], "/none: cannot be read"),
    (["--log", "/none/log"], "/none/log: cannot write"),
    (["--write-state", "/none/state"], "/none/state: cannot write"),
    (["--write-ca", "/none/ca"], "/none/ca: cannot write the CA"),
    (["--write-keys", "/none/keys"], "/none/keys: cannot write the keys"),
    (["--tls-port", 70000], "--tls-port"),
    (["--base", "127.255.255.250"], "127.255.255.250"),
])
def test_bad_arguments(args, expected):
    done = run("--devices", 10, *args) if "--devices" not in args else run(*args)
    assert done.returncode == 2 and expected in done.stderr


def test_a_port_in_use():
    with Simulator() as sim, pytest.raises(SimulatorError, match=f"listen on port {sim.port}"):
        Simulator(port=sim.port).__enter__()


def test_help():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--devices", "--scenario", "--captures", "--write-state", "--lifetime"):
        assert option in done.stdout


def test_it_ends_by_itself():
    start = time.monotonic()
    done = run()
    assert done.returncode == 0 and time.monotonic() - start > 0.09
    assert done.stdout.startswith("stage3-sim: ready port=")


def test_it_ends_on_a_signal():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Simulator() as sim:
            connection = socket.create_connection((sim.ip(0), sim.port), timeout=PATIENCE)
            get(sim, 0, "/shelly")
            assert sim.stop(number=number)["requests"] == 1
            assert connection.recv(1) == b""
            connection.close()


def own_address():
    """An address of this machine outside of 127/8, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def test_it_cannot_be_reached_from_outside():
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address outside of 127.0.0.0/8")
    with Simulator() as sim:
        with pytest.raises(ConnectionError), socket.create_connection((address, sim.port)) as peer:
            peer.sendall(b"GET /shelly HTTP/1.1\r\n\r\n")
            peer.recv(1)
            raise ConnectionResetError("closed without a byte")
        assert sim.stop()["connections_to_nobody"] == 1
