import subprocess
import sys

import pytest

from fleet import device
from fleet_fixture import make_fleet  # noqa: F401
from promptly import PATIENCE


@pytest.fixture
def fleet(make_fleet):
    """Five healthy devices that are to get another name."""
    return make_fleet([device(f"Name {i}") for i in range(5)])


@pytest.fixture
def make_slow_fleet(make_fleet):
    """Makes devices that take longer to answer than any test waits."""
    def make():
        return make_fleet([device(f"Name {i}", latency_ms={"*": 20000}) for i in range(5)],
                          config={"timeouts": {"reach": 30, "rpc": 30}})
    return make


@pytest.fixture
def python():
    """Runs a program in an interpreter of its own and returns its standard output."""
    def run(program, *arguments, check=True):
        done = subprocess.run([sys.executable, "-B", "-c", program, *map(str, arguments)], capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done
    return run
