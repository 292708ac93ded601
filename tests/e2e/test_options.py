"""The command line: each option, and what is wrong with it."""

import re

import pytest

from fleet import device, run_cli

OPTIONS = ["--config", "--state", "--dry-run", "--ip", "--online", "--quiet", "--concurrency", "--threads",
           "--color", "--json", "--check-config", "--check-state", "--user", "--version", "--help"]


def test_version(tmp_path):
    run = run_cli("--version", cwd=tmp_path)
    assert (run.exit, run.err) == (0, "")
    assert re.fullmatch(r"stage3 \d+\.\d+\.\d+\n", run.out)


def test_help_names_every_option_and_exit_status(tmp_path):
    run = run_cli("--help", cwd=tmp_path)
    assert (run.exit, run.err) == (0, "")
    for option in OPTIONS:
        assert re.search(rf"^ *{option}\b", run.out, re.MULTILINE), option
    for status in ("0", "1", "2", "3", "75", r"128\+n"):
        assert re.search(rf"^ *{status} ", run.out, re.MULTILINE), status
    assert max(len(line) for line in run.out.splitlines()) <= 110


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_printed(tmp_path, option):
    run = run_cli(option, cwd=tmp_path, prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    assert (run.exit, run.err) == (2, "stage3: cannot write to standard output\n")


@pytest.mark.parametrize("arguments, complaint", [
    (["--nonsense"], "--nonsense"),
    (["surplus"], "surplus"),
    (["--config"], "--config"),
    (["--config", ""], "--config: the name is empty"),
    (["--state", ""], "--state: the name is empty"),
    (["--dry-run=false"], "dry-run"),
    (["--dry-run=off"], "dry-run"),
    (["--color", "pink"], "--color"),
    (["--threads", "0"], "--threads"),
    (["--threads", "1.5"], "--threads"),
    (["--threads", "many"], "--threads"),
    (["--concurrency", "0"], "--concurrency"),
    (["--concurrency", "65537"], "--concurrency"),
    (["--concurrency", "x"], "--concurrency"),
    (["--ip"], "--ip"),
    (["--ip", "kitchen.local"], "kitchen.local"),
    (["--ip", "127.1"], "127.1"),
    (["--ip", "127.0.0.01"], "127.0.0.01"),
    (["--config", "a.yaml", "--config", "b.yaml"], "--config"),
])
def test_usage_errors(make_fleet, arguments, complaint):
    fleet = make_fleet([device("New")])
    run = fleet.run(*arguments)
    assert run.exit == 2
    assert run.out == ""
    assert run.err.startswith("stage3: ") and complaint in run.err
    assert fleet.calls() == []


def test_missing_default_configuration_is_explained(tmp_path):
    run = run_cli(cwd=tmp_path)
    assert run.exit == 2
    assert run.err.startswith("stage3: data/config.yaml: ") and "--config" in run.err


def test_config_names_another_file(make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.rename(fleet.dir / "other.yaml")
    assert fleet.run().exit == 2
    assert fleet.run("--config", "other.yaml").exit == 0


def test_missing_named_configuration(make_fleet):
    run = make_fleet([device()]).run("--config", "none.yaml")
    assert run.exit == 2
    assert "none.yaml: " in run.err


def test_state_overrides_the_configuration(make_fleet):
    fleet = make_fleet([device("New")], {"ip_state_file": "nowhere.json"})
    assert fleet.run().exit == 3
    assert fleet.run("--state", "data/ip_state.json").exit == 0
    assert fleet.recorded()["friendly_status"] == "ok"


def test_ip_takes_several_and_filters_what_is_processed(make_fleet):
    fleet = make_fleet([device("New") for _ in range(4)])
    run = fleet.run("--ip", fleet.addresses[0], fleet.addresses[2], "--quiet")
    assert run.summary == "Stage 3 summary: total=2 ok=2 failed=0"
    assert [bool(fleet.calls(i)) for i in range(4)] == [True, False, True, False]
    assert [bool(fleet.recorded(i)) for i in range(4)] == [True, False, True, False]


def test_ip_can_be_repeated(make_fleet):
    fleet = make_fleet([device() for _ in range(3)])
    run = fleet.run("--ip", fleet.addresses[0], "--ip", fleet.addresses[1])
    assert len(run.lines) == 2


def test_ip_without_port_means_every_port(make_fleet):
    fleet = make_fleet([device(), device(ip="127.1.0.1", port=0), device()])
    ip = fleet.addresses[0].split(":")[0]
    assert len(fleet.run("--ip", ip).lines) == 2
    assert len(fleet.run("--ip", fleet.addresses[1]).lines) == 1


def test_ip_that_no_entry_has(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--ip", fleet.addresses[0], "127.9.9.9")
    assert run.exit == 2
    assert "127.9.9.9" in run.err and fleet.addresses[0] not in run.err
    assert run.out == "" and fleet.calls() == []


def test_ip_of_ipv6(make_fleet):
    fleet = make_fleet([device(ip="::1", port=0), device()])
    run = fleet.run("--ip", "::1")
    assert run.line.startswith(f"● S1 @ {fleet.addresses[0]} - OTA=up_to_date")


def test_concurrency_limits_devices_in_flight(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 40}) for _ in range(8)])
    fleet.run("--concurrency", "2")
    assert fleet.sim.stop()["max_open_connections"] <= 2


def test_more_concurrency_means_more_at_once(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 200}) for _ in range(8)])
    fleet.run("--concurrency", "8")
    assert fleet.sim.stop()["max_open_connections"] == 8


@pytest.mark.parametrize("threads", ["1", "2", "8"])
def test_threads_share_the_devices(make_fleet, threads):
    fleet = make_fleet([device("New", latency_ms={"*": 5}) for _ in range(60)])
    run = fleet.run("--threads", threads)
    assert run.summary == "Stage 3 summary: total=60 ok=60 failed=0"
    assert len(run.lines) == 60
    assert all(len(fleet.calls(i)) == 4 for i in range(0, 60, 7))
    assert all(fleet.recorded(i)["device_name"] == "New" for i in range(60))


def test_check_config_says_so_and_stops(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--check-config")
    assert (run.exit, run.err) == (0, "")
    assert run.out == "data/config.yaml: no problems found\n"
    assert fleet.calls() == [] and fleet.recorded() == {}


def test_check_config_tells_a_typo(make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.write_text("stage3:\n  ota:\n    moed: check_only\n")
    run = fleet.run("--check-config")
    assert run.exit == 2
    assert "data/config.yaml:3:5: " in run.err and "ota.mode" in run.err


def test_check_config_looks_at_the_secrets(make_fleet):
    fleet = make_fleet([device()], {"auth": {"secrets_file": "none.yaml"}})
    run = fleet.run("--check-config")
    assert run.exit == 2 and "none.yaml" in run.err


def test_check_state_finds_nothing(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--check-state")
    assert (run.exit, run.err) == (0, "")
    assert run.out == "data/ip_state.json: no problems found\n"
    assert fleet.calls() == []


def test_check_state_tells_all_bad_entries(make_fleet):
    state = '{\n  "A8032A000001": {"ip": "127.1"},\n  "A8032A000002": {"ip": "127.1.0.2"},\n  "nonsense": {}\n}'
    fleet = make_fleet([], state=state)
    run = fleet.run("--check-state")
    assert run.exit == 1
    places = [line.split(": ")[0] for line in run.out.splitlines()]
    assert all(place.startswith("data/ip_state.json:") for place in places)
    assert {place.split(":")[1] for place in places} == {"2", "4"}
    assert fleet.state_path.read_text() == state


def test_check_state_of_a_malformed_file(make_fleet):
    run = make_fleet([], state='{\n  "A8032A000001": {"ip": }\n}').run("--check-state")
    assert run.exit == 3
    assert "data/ip_state.json:2:" in run.out


def test_check_state_of_no_file(make_fleet):
    fleet = make_fleet([])
    fleet.state_path.unlink()
    run = fleet.run("--check-state")
    assert run.exit == 3 and "data/ip_state.json" in run.err


def test_disabled_stage_says_so(make_fleet):
    fleet = make_fleet([device("New")], {"enabled": False})
    run = fleet.run()
    assert run.exit == 0
    assert "enabled: false" in run.err
    assert fleet.calls() == [] and fleet.recorded() == {}


def test_disabled_stage_needs_no_state_file(make_fleet):
    fleet = make_fleet([], {"enabled": False})
    fleet.state_path.unlink()
    assert fleet.run().exit == 0


def test_secrets_are_no_option(tmp_path):
    assert "password" not in run_cli("--help", cwd=tmp_path).out.lower()
