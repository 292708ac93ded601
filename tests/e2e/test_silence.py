"""Addresses where nobody answers at all, in a network namespace of its own."""

import json
import subprocess

import pytest

import silence
from fleet import run_cli, yaml_of
from promptly import check_within, repeated_when_late

@pytest.fixture(name="silent_network", scope="module")
def silent_network_fixture():
    try:
        with silence.silent_network(silent()) as inside:
            yield inside
    except silence.Unavailable as error:
        pytest.skip(str(error))


def silent(count=300):
    return [f"10.99.{1 + i // 250}.{1 + i % 250}" for i in range(count)]


def write_files(directory, addresses, config=None):
    (directory / "data").mkdir(exist_ok=True)
    (directory / "data/config.yaml").write_text(yaml_of({"stage3": config or {}}) + "\n")
    state = {f"A8032A{i:06X}": {"ip": address, "friendly_name": "Neu"} for i, address in enumerate(addresses)}
    (directory / "data/ip_state.json").write_text(json.dumps(state))


@pytest.mark.parametrize("count", [1, 100, 300])
@repeated_when_late
def test_silent_fleet_costs_the_same_at_any_size(silent_network, tmp_path, count):
    write_files(tmp_path, silent(count), {"concurrency": 400})
    run = run_cli("--quiet", cwd=tmp_path, prefix=silent_network)
    assert run.summary == f"Stage 3 summary: total={count} ok=0 failed=0 offline={count}"
    assert run.exit == 0
    assert run.err == ("" if count == 1 else
                       f"stage3: all {count} selected devices are offline: is this host in their network?\n")
    assert run.seconds >= 1.2
    check_within(3, run.seconds)


def test_silent_device_has_no_error_text(silent_network, tmp_path):
    write_files(tmp_path, silent(1))
    run = run_cli(cwd=tmp_path, prefix=silent_network)
    assert run.line == "● ? @ 10.99.1.1 - OTA=offline"
    state = json.loads((tmp_path / "data/ip_state.json").read_text())
    recorded = state["A8032A000000"]["stage3"]
    assert recorded.keys() == {"ota_status", "last_run", "failing_since"} and recorded["ota_status"] == "offline"


@repeated_when_late
def test_timeouts_of_ping_and_reach_add_up(silent_network, tmp_path):
    write_files(tmp_path, silent(5), {"timeouts": {"ping": 0.1, "reach": 0.3}})
    seconds = run_cli(cwd=tmp_path, prefix=silent_network).seconds
    assert seconds >= 0.4
    check_within(1.5, seconds)


@pytest.mark.parametrize("words, address", [
    ("blackhole 198.51.100.0/26", "198.51.100.1"), ("prohibit 198.51.100.64/26", "198.51.100.65"),
    ("unreachable 198.51.100.128/26", "198.51.100.129"), ("throw 198.51.100.192/26", "198.51.100.193"),
    ("blackhole 2001:db8:1::/48", "2001:db8:1::1"), ("prohibit 2001:db8:2::/48", "2001:db8:2::1"),
    ("unreachable 2001:db8:3::/48", "2001:db8:3::1"), ("throw 2001:db8:4::/48", "2001:db8:4::1")])
def test_route_that_leads_nowhere_is_offline(silent_network, tmp_path, words, address):
    subprocess.run([*silent_network, "ip", "route", "replace", *words.split()], check=True)
    write_files(tmp_path, [address])
    run = run_cli(cwd=tmp_path, prefix=silent_network)
    assert run.exit == 0 and run.line == f"● ? @ {address} - OTA=offline"


def test_link_local_address_without_its_interface_is_offline(silent_network, tmp_path):
    write_files(tmp_path, ["fe80::1"])
    run = run_cli(cwd=tmp_path, prefix=silent_network)
    assert run.exit == 0 and run.line == "● ? @ fe80::1 - OTA=offline"


def test_lack_of_local_addresses_is_an_error(silent_network, tmp_path):
    disabled = [*silent_network, "sysctl", "-q", "-w"]
    subprocess.run([*disabled, "net.ipv6.conf.all.disable_ipv6=1"], check=True)
    try:
        write_files(tmp_path, ["2001:db8::1"])
        run = run_cli("--json", cwd=tmp_path, prefix=silent_network)
    finally:
        subprocess.run([*disabled, "net.ipv6.conf.all.disable_ipv6=0"], check=True)
    assert run.exit == 1
    assert "no local address or port to connect from" in run.out


@repeated_when_late
def test_no_route_is_offline_at_once(silent_network, tmp_path):
    write_files(tmp_path, ["192.0.2.1", "2001:db8::1"])
    run = run_cli(cwd=tmp_path, prefix=silent_network)
    assert run.summary == "Stage 3 summary: total=2 ok=0 failed=0 offline=2"
    check_within(1.2, run.seconds)
