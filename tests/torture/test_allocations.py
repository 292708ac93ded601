"""Promise 4: out of memory is an error or a result that is told, never a crash, a leak or silence.

Every allocation of a run over ten devices through the C interface fails in turn, libcurl's and OpenSSL's included.
"""

import contextlib
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

import figures
from disturbed import fleet_of, without
from fleet import Fleet, device
from harness import LONG, in_memory
from promptly import PATIENCE

ALLOCATIONS = os.environ["STAGE3_TORTURE_ALLOCATIONS"]
# A prime: each kind of allocation has its turn, if not at each device.
STEP = 1 if LONG else 11
# Of runs with TLS, which take five times as many allocations and wait now and then: that is why some go on at once.
TLS_STEP = 7 if LONG else 311
SHARES = 4


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


@contextlib.contextmanager
def devices_with_tls():
    """One whose key is on record, one at its first contact, one that redirects there, and an impostor of one on record."""
    only = {"http": "refused", "version": "1.2"}
    with fleet_of([device("Neu", tls=only, auth={"password": "secret", "nonces": "decimal_time"}),
                   device("Neu", tls={"http": "refused"}), device("Neu", tls={"http": "redirected"}),
                   device("Neu", tls={"http": "refused"})]) as fleet:
        keys = fleet.sim.keys()
        port = fleet.sim.tls_port
        first, *_, impostor = fleet.macs
        state = fleet.state
        for mac in (first, impostor):
            state[mac]["stage3"] = {"tls": {"port": port, "key": keys[first]}}
        fleet.write_state(state)
        secrets = fleet.dir / "secrets.yaml"
        secrets.write_text("shelly: {password: secret}\n")
        secrets.chmod(0o600)
        fleet.write_config({"ip_state_file": str(fleet.state_path), "auth": {"secrets_file": str(secrets)}})
        yield fleet


def fail_allocations(fleet, how, step, *mutant, first=1, env=None):
    state = fleet.state_path.read_bytes()
    (fleet.dir / "a").write_bytes(state)
    (fleet.dir / "b").write_bytes(state.replace(b"Neu", b"Alt"))
    return subprocess.run([ALLOCATIONS, fleet.config_path, fleet.dir / "a", fleet.dir / "b", fleet.state_path, how,
                           str(first), str(step), *mutant], env={**os.environ, **(env or {})}, capture_output=True,
                          text=True, timeout=PATIENCE if not LONG else 3600, check=False)


def check_all_told(done):
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (done.returncode, lines[-3:], done.stderr)
    return lines


@pytest.mark.parametrize("how", ["once", "for-good"])
def test_each_allocation_fails(how):
    with ten_devices() as fleet:
        lines = check_all_told(fail_allocations(fleet, how, STEP))
    assert len(lines) > 300
    figures.tell(4, f"{lines[-1]} allocations failed, one a run, {how.replace('-', ' ')}: 0 crashes, 0 leaks")


def fail_with_tls(how, share):
    """A share of the allocations; what was told, and what the impostor was asked."""
    with devices_with_tls() as fleet:
        done = fail_allocations(fleet, how, TLS_STEP * SHARES, first=1 + share * TLS_STEP)
        impostor = fleet.macs[-1]
        told = fleet.sim.stop()["tls_devices"][impostor]
        assert told["handshakes_begun"] > 0
        return done, told["requests"] + told["requests_in_clear"]


@pytest.mark.parametrize("how", ["once", "for-good"])
def test_each_allocation_fails_with_tls(how):
    """Nobody is accused of another key than its own, and nothing goes to who has another one."""
    with ThreadPoolExecutor(SHARES) as pool:
        shares = list(pool.map(lambda share: fail_with_tls(how, share), range(SHARES)))
    runs = sum(sum(line.isdigit() for line in check_all_told(done)) for done, _ in shares)
    assert runs > 50
    assert [asked for _, asked in shares] == [0] * SHARES
    count = shares[0][0].stdout.split()[-1]
    figures.tell(4, f"{runs} of {count} allocations of a run by TLS failed, one a run, {how.replace('-', ' ')}: 0 crashes, "
                    "0 leaks, 0 requests to another key, 0 devices accused")


def test_a_leak_is_noticed():
    with ten_devices() as fleet:
        done = fail_allocations(fleet, "once", 100, "leak")
    assert done.returncode == 1 and "memory was leaked" in done.stdout


def test_a_key_that_is_not_looked_at_is_noticed():
    with devices_with_tls() as fleet:
        fail_allocations(fleet, "once", 10_000, env=without("keys"))
        assert fleet.sim.stop()["tls_devices"][fleet.macs[-1]]["requests"] > 0
