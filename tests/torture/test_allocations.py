"""Promise 4: out of memory is an error or a result that is told, never a crash, a leak or silence.

Every allocation of a run over ten devices through the C interface fails in turn, libcurl's and OpenSSL's included.
"""

import contextlib
import os
import subprocess
import tempfile

import pytest

import figures
from fleet import Fleet, device
from harness import LONG, in_memory

ALLOCATIONS = os.environ["STAGE3_TORTURE_ALLOCATIONS"]
# A prime: each kind of allocation has its turn, if not at each device.
STEP = 1 if LONG else 7


@contextlib.contextmanager
def ten_devices():
    """Names to write, an update on offer, a firmware version to follow, logins."""
    devices = [device("Neu", {"hostname": "h"}) for _ in range(6)]
    # Some thousand runs take a nonce each: none that is kept in slots.
    devices += [device("Neu", auth={"password": "secret", "nonces": "decimal_time"}, ver=version)
                for version in ("1.4.4", "2.0.0")]
    devices += [device("Neu", update={"stable": "9.9.9"}), device("Neu", {"fw": "1.0.0"})]
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as place:
        fleet = Fleet(place, devices, {"ip_state_file": f"{place}/data/ip_state.json",
                                       "auth": {"secrets_file": f"{place}/secrets.yaml"}}, log=False)
        secrets = fleet.dir / "secrets.yaml"
        secrets.write_text("shelly: {password: secret}\n")
        secrets.chmod(0o600)
        try:
            yield fleet
        finally:
            fleet.close()


def fail_allocations(how, step, *mutant):
    with ten_devices() as fleet:
        state = fleet.state_path.read_bytes()
        (fleet.dir / "a").write_bytes(state)
        (fleet.dir / "b").write_bytes(state.replace(b"Neu", b"Alt"))
        return subprocess.run([ALLOCATIONS, fleet.config_path, fleet.dir / "a", fleet.dir / "b", fleet.state_path, how,
                               "1", str(step), *mutant], capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("how", ["once", "for-good"])
def test_each_allocation_fails(how):
    done = fail_allocations(how, STEP)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (done.returncode, lines[-3:], done.stderr)
    assert len(lines) > 300
    figures.tell(4, f"{lines[-1]} allocations failed, one a run, {how.replace('-', ' ')}: 0 crashes, 0 leaks")


def test_a_leak_is_noticed():
    done = fail_allocations("once", 100, "leak")
    assert done.returncode == 1 and "memory was leaked" in done.stdout
