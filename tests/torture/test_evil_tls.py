"""Promise 11 by TLS: an evil device with whom a handshake comes about hurts only its own result, and costs bounded memory."""

from concurrent.futures import ThreadPoolExecutor

import evil_verdict as verdict
import figures
from battlefield import CONFIG, LONG
from evil_fleet import battle
from evil_kinds import ALL, STEPS, truth_by_tls
from promptly import repeated_when_late

EACH = 200 if LONG else 5
EACH_STEP = 40 if LONG else 1
HEALTHY = 200 if LONG else 50
KINDS = [*ALL, "late-bytes"]
TLS = ["--tls"]
# Hundreds of handshakes at once would take all the time of a busy machine.
HANDSHAKE_SECONDS = 5
PATIENT = {"concurrency": 128, "timeouts": {**CONFIG["timeouts"], "tls": HANDSHAKE_SECONDS}}

IN_FLIGHT = 150
# KiB for each device in flight. The rest of a handshake lies with OpenSSL, whatever comes after it. 70 are used, and twice that are
# touched where MALLOC_PERTURB_ fills all that is asked for, as meson has it.
HANDSHAKE_KIB = 192
EVIL_KIB = 64
CERTIFICATE_KIB = 1024
# With what else is in it nearly 100 KiB, the most that OpenSSL takes.
LARGE_CERTIFICATE = 101_000


def specs_of(kind):
    return [f"{kind}*{EACH}", f"{kind}@later*{EACH}", *(f"{kind}@{step}*{EACH_STEP}" for step in STEPS)]


@repeated_when_late
def test_hurts_only_its_own_result():
    scenario = {"rules": [{"set": {"name": "Alt", "latency_ms": {"*": 30}}},
                          {"match": {"every": 2}, "set": {"tls": {"http": "refused"}}}]}
    specs = [spec for kind in KINDS for spec in specs_of(kind)]
    with battle(specs, healthy=HEALTHY, scenario=scenario, config=PATIENT, evil_options=TLS) as fought:
        fought.run()
        verdict.check(verdict.everything(fought, truth_by_tls, HANDSHAKE_SECONDS))
    assert all(device["updates"] > 0 for device in fought.devices if device["kind"].endswith("@7"))
    results = fought.finished.results
    keys = {results[mac].get("tls_key") for mac in fought.evil.macs() if results[mac]["outcome"] == "ok"}
    assert len(keys) == 1 and None not in keys, "they were not asked by TLS"
    figures.tell(11, f"{len(KINDS)} kinds by TLS, {len(fought.devices)} devices beside {HEALTHY} healthy ones: 0 wrong results, "
                     "0 healthy ones hurt")


def peak(kind, tls=True):
    """KiB of a run with so many devices of this kind in flight at once."""
    with battle([f"{kind}*{IN_FLIGHT}"], healthy=5, evil_options=TLS if tls else ()) as fought:
        run = fought.run()
        assert len(run.results) == IN_FLIGHT + 5
        return run.peak


def peak_of_certificates():
    scenario = {"rules": [{"set": {"name": "Alt", "tls": {"http": "refused", "certificate": {"padding": LARGE_CERTIFICATE}}}}]}
    with battle(["harmless*1"], healthy=IN_FLIGHT, scenario=scenario) as fought:
        run = fought.run()
        assert [run.results[mac]["outcome"] for mac in run.results] == ["ok"] * (IN_FLIGHT + 1)
        return run.peak


def test_memory_is_bounded():
    """Silent ones cost what any device in flight costs; beyond that, what comes in an answer, and what in a handshake."""
    with ThreadPoolExecutor() as pool:
        plain, silent, hoard, certificate = (task.result() for task in [
            pool.submit(peak, "half-open", tls=False), pool.submit(peak, "half-open"), pool.submit(peak, "hoard"),
            pool.submit(peak_of_certificates)])
    handshake, evil, large = (max(kib, 0) / IN_FLIGHT for kib in (silent - plain, hoard - silent, certificate - silent))
    figures.tell(11, f"{IN_FLIGHT} devices in flight by TLS: {handshake:.0f} KiB each for the handshake, {evil:.0f} KiB more "
                     f"for an answer that is hoarded, {large:.0f} KiB more for a certificate of {LARGE_CERTIFICATE} bytes")
    assert handshake < HANDSHAKE_KIB and evil < EVIL_KIB and large < CERTIFICATE_KIB
