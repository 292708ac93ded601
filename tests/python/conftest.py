import subprocess
import sys

import pytest

from fleet import Fleet, device


@pytest.fixture
def make_fleet(tmp_path):
    """Makes fleets, `make_fleet([device(...), ...], config={...})`, that end with the test."""
    made = []

    def make(devices, config=None, **options):
        directory = tmp_path / f"fleet{len(made)}"
        directory.mkdir()
        made.append(Fleet(directory, devices, config, **options))
        return made[-1]

    yield make
    for fleet in made:
        fleet.close()


@pytest.fixture
def fleet(make_fleet):
    """Five healthy devices that are to get another name."""
    return make_fleet([device(f"Name {i}") for i in range(5)])


@pytest.fixture
def slow_fleet(make_fleet):
    """Devices that take longer to answer than any test waits."""
    return make_fleet([device(f"Name {i}", latency_ms={"*": 20000}) for i in range(5)],
                      config={"timeouts": {"reach": 30, "rpc": 30}})


@pytest.fixture
def python():
    """Runs a program in an interpreter of its own and returns its standard output."""
    def run(program, *arguments, check=True, timeout=60):
        done = subprocess.run([sys.executable, "-B", "-c", program, *map(str, arguments)], capture_output=True,
                              text=True, timeout=timeout, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done
    return run
