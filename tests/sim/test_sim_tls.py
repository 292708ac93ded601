"""HTTPS: certificates, sessions, what is counted, and all of HTTP over it."""

import ssl
import time

import pytest

from sim_client import Simulator, mac_of, request_bytes, rpc_target, set_name
from tls_client import (CONFIG, EC_KEY, RSA_KEY, SHELLY, Secure, context, secure, spoilt, tls_address,
                        tls_get)


def certificate_of(sim, index):
    with Secure(tls_address(sim, index)) as connection:
        return connection.certificate()


def test_keys():
    rsa = {"certificate": {"kind": "rsa"}}
    with secure({}, {}, rsa, devices=20) as sim:
        keys = sim.keys()
        assert list(keys) == [mac_of(i) for i in range(3)] and len(set(keys.values())) == 3
        for i in range(3):
            with Secure(tls_address(sim, i)) as connection:
                assert connection.pin() == keys[mac_of(i)]
        assert EC_KEY in certificate_of(sim, 0) and RSA_KEY in certificate_of(sim, 2)
        assert "sha256" not in sim.state_path.read_text(encoding="utf-8")


def test_shared_keys():
    rules = [{"set": {"tls": {"certificate": {"own_key": False}}}},
             {"match": {"index": 0}, "set": {"tls": {"certificate": {"own_key": True}}}}]
    with Simulator(devices=9, scenario={"rules": rules}) as sim:
        keys = list(sim.keys().values())
        assert len(set(keys)) == 3 and keys.count(keys[0]) == 1 and keys[1] == keys[3]


@pytest.mark.parametrize("chain", [1, 2, 8])
def test_a_ca_and_chains(chain):
    plan = {"certificate": {"issuer": "ca", "chain": chain}}
    factory = {"certificate": {"issuer": "factory", "chain": chain}}
    with secure(plan, factory, {}) as sim:
        trusting = context(sim.ca_path)
        assert tls_get(sim, 0, SHELLY, trusting).status == 200
        with Secure(tls_address(sim, 0)) as connection:
            assert len(set(connection.chain())) == len(connection.chain()) == chain
        for stranger in (1, 2):
            with pytest.raises(ssl.SSLCertVerificationError):
                tls_get(sim, stranger, SHELLY, trusting)
        summary = sim.stop()["tls_devices"]
        assert summary[mac_of(0)]["handshakes_completed"] == 2
        assert summary[mac_of(1)] == {"handshakes_begun": 1, "handshakes_completed": 0,
                                      "handshakes_resumed": 0, "requests": 0, "requests_in_clear": 0}
        assert [r["fault"] for r in sim.log(mac=mac_of(1))] == ["handshake failed"]


@pytest.mark.parametrize("validity, reason", [("expired", "expired"), ("not_yet_valid", "not yet valid")])
def test_validity(validity, reason):
    with secure({"certificate": {"issuer": "ca", "validity": validity}}) as sim:
        assert tls_get(sim, 0, SHELLY).status == 200
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            tls_get(sim, 0, SHELLY, context(sim.ca_path))


def test_versions():
    plans = [{"version": v} for v in ("1.2", "1.3", "1.1", "1.0")]
    with secure(*plans) as sim:
        seen = []
        for i in range(2):
            with Secure(tls_address(sim, i)) as connection:
                seen.append(connection.version)
        assert seen == ["TLSv1.2", "TLSv1.3"]
        for i in (2, 3):
            with pytest.raises(ssl.SSLError):
                tls_get(sim, i, SHELLY)
        summary = sim.stop()
        assert summary["handshakes_begun"] == 4 and summary["handshakes_completed"] == 2


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("resumption, resumes", [("tickets", True), ("cache", True), ("none", False)])
def test_sessions(resumption, resumes, version):
    with secure({"resumption": resumption, "version": version}) as sim:
        client = context()
        with Secure(tls_address(sim, 0), client) as first:
            first.ask(request_bytes(SHELLY))
        with Secure(tls_address(sim, 0), client, session=first.session) as second:
            second.ask(request_bytes(SHELLY))
        assert not first.resumed and second.resumed == resumes
        assert [r["resumed"] for r in sim.wait_for(2)] == [False, resumes]
        assert sim.stop()["handshakes_resumed"] == int(resumes)


@pytest.mark.parametrize("resumption", ["tickets", "cache"])
def test_a_session_belongs_to_one_device(resumption):
    with Simulator(devices=2, scenario={"rules": [{"set": {"tls": {"resumption": resumption}}}]}) as sim:
        client = context()
        with Secure(tls_address(sim, 0), client) as first:
            first.ask(request_bytes(SHELLY))
        with Secure(tls_address(sim, 1), client, session=first.session) as second:
            second.ask(request_bytes(SHELLY))
        assert not second.resumed


def test_a_slow_handshake():
    with secure({"handshake_ms": 300}) as sim:
        start = time.monotonic()
        assert tls_get(sim, 0, SHELLY).status == 200
        assert time.monotonic() - start >= 0.29
        with pytest.raises(TimeoutError):
            tls_get(sim, 0, SHELLY, timeout=0.1)
        assert sim.stop()["handshakes_completed"] == 1


def test_the_end_without_a_notice():
    with secure({"close_notify": False}, {}) as sim:
        with pytest.raises(ssl.SSLError, match="unexpected eof"):
            tls_get(sim, 0, SHELLY)
        assert tls_get(sim, 1, SHELLY).status == 200


def over_tls(sim, index, **options):
    return tls_get(sim, index, CONFIG, **options)


def test_faults_of_http_over_tls():
    faults = [{"kind": "status", "status": 503}, {"kind": "truncate", "bytes": 10},
              {"kind": "drip", "bytes": 200, "interval_ms": 20}, {"kind": "redirect"}, {"kind": "garbage"},
              {"kind": "headers", "bytes": 40000}, {"kind": "mac", "mac": "34945472A643"}]
    rules = [{"set": {"tls": {"http": "refused"}}}]
    rules += [{"match": {"index": i}, "set": {"faults": [{"rpc": "Sys.GetConfig", **f}]}}
              for i, f in enumerate(faults)]
    with Simulator(devices=len(faults), scenario={"rules": rules}) as sim:
        assert over_tls(sim, 0).status == 503
        cut = over_tls(sim, 1)
        assert int(cut.header["content-length"]) == len(cut.body) + 10
        assert over_tls(sim, 2).json()["device"]["mac"] == mac_of(2)
        assert over_tls(sim, 3).status == 302
        with pytest.raises(ValueError):
            over_tls(sim, 4).json()
        assert len(over_tls(sim, 5).raw) > 40000
        assert over_tls(sim, 6).json()["device"]["mac"] == "34945472A643"
        assert sim.wait_for(fault="status")[0]["tls"] == "1.3"


def test_no_answer_over_tls():
    faults = [{"kind": "hang"}, {"kind": "reset"}, {"kind": "close"}, {"kind": "endless"}]
    rules = [{"match": {"index": i}, "set": {"tls": {}, "faults": [{"rpc": "Sys.GetConfig", **f}]}}
             for i, f in enumerate(faults)]
    with Simulator(devices=len(faults), scenario={"rules": rules}) as sim:
        with pytest.raises(TimeoutError):
            over_tls(sim, 0, timeout=0.3)
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):  # Python's word for it
            over_tls(sim, 1)
        with Secure(tls_address(sim, 2)) as connection:
            assert connection.ask(request_bytes(CONFIG)) == b""
        with Secure(tls_address(sim, 3)) as connection:
            connection.socket.sendall(request_bytes(CONFIG))
            received = 0
            while received < 3_000_000:
                received += len(connection.socket.recv(1 << 16))


def test_a_device_that_is_away_shakes_no_hands():
    rules = [{"match": {"index": i}, "set": {"tls": {}, "presence": presence}}
             for i, presence in enumerate(["silent", "reset"])]
    with Simulator(devices=2, scenario={"rules": rules}) as sim:
        assert isinstance(spoilt(sim, 0, timeout=0.3), TimeoutError)
        assert isinstance(spoilt(sim, 1), ConnectionError)
        assert sim.stop()["handshakes_begun"] == 0


def test_an_update_over_tls():
    plan = {"stable": "1.7.5", "apply_seconds": 0.1, "reboot_seconds": 0.3}
    with Simulator(scenario={"rules": [{"set": {"tls": {"http": "redirected"}, "update": plan}}]}) as sim:
        assert set_name(sim, 0, "Neu").status == 302
        assert tls_get(sim, 0, rpc_target("Shelly.Update", stage="stable")).status == 200
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                version = tls_get(sim, 0, SHELLY).json()["ver"]
            except OSError:
                continue
            if version == "1.7.5":
                break
        summary = sim.stop()
        assert summary["updates_installed"] == 1 and summary["names_written"] == 0
