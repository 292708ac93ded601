"""The small programs of the README on a simulated fleet."""

import os
import subprocess

import pytest
from sim import Simulator

PROGRAMS = {"C": os.environ["STAGE3_C_MINIMAL"], "C++": os.environ["STAGE3_CPP_MINIMAL"]}


@pytest.fixture(params=PROGRAMS)
def program(request):
    return PROGRAMS[request.param]


def run(program, directory, config):
    (directory / "data").mkdir()
    (directory / "data" / "config.yaml").write_text(config, encoding="utf-8")
    return subprocess.run([program], cwd=directory, capture_output=True, text=True, timeout=60, check=False)


def test_a_fleet_is_told_and_recorded(program, tmp_path):
    with Simulator(devices=3) as sim:
        done = run(program, tmp_path, f"stage3: {{ip_state_file: {sim.state_path}}}\n")
        state = sim.state()
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(f"{mac} ok" for mac in state)
    assert {entry["stage3"]["ota_status"] for entry in state.values()} == {"up_to_date"}


def test_a_mistake_is_told(program, tmp_path):
    done = run(program, tmp_path, "stage3:\n  concurency: 8\n")
    assert done.returncode == 1
    assert done.stderr == ("data/config.yaml:2:3: unknown key 'concurency', did you mean 'concurrency'?\n")
    assert done.stdout == ""
