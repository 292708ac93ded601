"""Addresses where nobody answers at all, in a network namespace of its own."""

import json
import os
import shutil
import subprocess

import pytest

from fleet import run_cli, yaml_of

NAMESPACE = f"stage3-{os.getpid()}"
IN_NAMESPACE = ["ip", "netns", "exec", NAMESPACE]
DEAD_MAC = "02:00:00:00:00:99"


def ip(*words, check=True):
    return subprocess.run(["ip", *words], capture_output=True, check=check)


@pytest.fixture(name="silent_network", scope="module")
def silent_network_fixture():
    """A namespace with one interface whose neighbours are known and never answer."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and ip(8): makes a network namespace")
    if ip("netns", "add", NAMESPACE, check=False).returncode != 0:
        pytest.skip("this machine makes no network namespaces")
    try:
        if ip("-n", NAMESPACE, "link", "set", "lo", "up", check=False).returncode != 0:
            pytest.skip("network namespaces cannot be entered here (is /sys mounted?)")
        ip("-n", NAMESPACE, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        for link in ("v0", "v1"):
            ip("-n", NAMESPACE, "link", "set", link, "up")
        ip("-n", NAMESPACE, "address", "add", "10.99.0.1/16", "dev", "v0")
        batch = "".join(f"neigh replace {address} lladdr {DEAD_MAC} dev v0 nud permanent\n" for address in silent())
        subprocess.run(["ip", "-n", NAMESPACE, "-batch", "-"], input=batch.encode(), check=True)
        yield
    finally:
        ip("netns", "delete", NAMESPACE, check=False)


def silent(count=300):
    return [f"10.99.{1 + i // 250}.{1 + i % 250}" for i in range(count)]


def write_files(directory, addresses, config=None):
    (directory / "data").mkdir()
    (directory / "data/config.yaml").write_text(yaml_of({"stage3": config or {}}) + "\n")
    state = {f"A8032A{i:06X}": {"ip": address, "friendly_name": "Neu"} for i, address in enumerate(addresses)}
    (directory / "data/ip_state.json").write_text(json.dumps(state))


@pytest.mark.usefixtures("silent_network")
@pytest.mark.parametrize("count", [1, 100, 300])
def test_silent_fleet_costs_the_same_at_any_size(tmp_path, count):
    write_files(tmp_path, silent(count), {"concurrency": 400})
    run = run_cli("--quiet", cwd=tmp_path, prefix=IN_NAMESPACE)
    assert run.summary == f"Stage 3 summary: total={count} ok=0 failed=0 offline={count}"
    assert run.exit == 0
    assert 1.2 <= run.seconds < 3


@pytest.mark.usefixtures("silent_network")
def test_silent_device_has_no_error_text(tmp_path):
    write_files(tmp_path, silent(1))
    run = run_cli(cwd=tmp_path, prefix=IN_NAMESPACE)
    assert run.line == "● ? @ 10.99.1.1 - OTA=offline"
    state = json.loads((tmp_path / "data/ip_state.json").read_text())
    recorded = state["A8032A000000"]["stage3"]
    assert recorded.keys() == {"ota_status", "last_run"} and recorded["ota_status"] == "offline"


@pytest.mark.usefixtures("silent_network")
def test_timeouts_of_ping_and_reach_add_up(tmp_path):
    write_files(tmp_path, silent(5), {"timeouts": {"ping": 0.1, "reach": 0.3}})
    assert 0.4 <= run_cli(cwd=tmp_path, prefix=IN_NAMESPACE).seconds < 1.5


@pytest.mark.usefixtures("silent_network")
def test_no_route_is_offline_at_once(tmp_path):
    write_files(tmp_path, ["192.0.2.1", "2001:db8::1"])
    run = run_cli(cwd=tmp_path, prefix=IN_NAMESPACE)
    assert run.summary == "Stage 3 summary: total=2 ok=0 failed=0 offline=2"
    assert run.seconds < 1.2
