"""HTTPS: ports, redirects, certificates, sessions, and what is counted."""

import socket
import ssl
import time

import pytest

from sim_client import Response, Simulator, exchange, get, mac_of, request_bytes, rpc_target
from tls_client import EC_KEY, RSA_KEY, Secure, context, tls_address, tls_get

SHELLY = "/shelly"


def secure(*plans, devices=None, **options):
    """A fleet in which the device i has the plan i as its `tls`."""
    rules = [{"match": {"index": i}, "set": {"tls": plan}} for i, plan in enumerate(plans)]
    return Simulator(devices=devices or len(plans), scenario={"rules": rules}, **options)


def certificate_of(sim, index):
    with Secure(tls_address(sim, index)) as connection:
        return connection.certificate()


def test_https_beside_http():
    with secure({}, devices=2) as sim:
        assert get(sim, 0, SHELLY).json()["mac"] == mac_of(0)
        assert tls_get(sim, 0, SHELLY).json()["mac"] == mac_of(0)
        assert tls_get(sim, 0, rpc_target("Sys.GetConfig")).json()["device"]["mac"] == mac_of(0)
        assert get(sim, 1, SHELLY).status == 200
        with pytest.raises(ConnectionError):
            tls_get(sim, 1, SHELLY)
        clear, over_tls = sim.wait_for(2, mac=mac_of(0))[:2]
        assert (clear["tls"], clear["resumed"], clear["port"]) == (None, None, sim.port)
        assert (over_tls["tls"], over_tls["resumed"], over_tls["port"]) == ("1.3", False, sim.tls_port)
        assert sim.state()[mac_of(0)]["ip"] == f"{sim.ip(0)}:{sim.port}"


def test_without_tls_there_is_no_port_for_it():
    with Simulator() as sim:
        get(sim, 0, SHELLY)
        assert sim.tls_port is None
        summary = sim.stop()
    assert summary["requests_in_clear"] == 1 and summary["tls_devices"] == {}


def test_http_refused():
    with secure({"http": "refused"}, devices=2) as sim:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sim.ip(0), sim.port), timeout=5)
        assert get(sim, 1, SHELLY).status == 200, "the others listen at that port"
        assert tls_get(sim, 0, SHELLY).status == 200
        assert sim.state()[mac_of(0)]["ip"] == f"https://{sim.ip(0)}:{sim.tls_port}"


def test_http_refused_at_a_port_of_its_own():
    rules = [{"match": {"index": 0}, "set": {"port": 0, "tls": {"http": "refused", "port": 0}}},
             {"match": {"index": 1}, "set": {"ip": "::1", "tls": {"http": "refused"}}},
             {"match": {"index": 2}, "set": {"presence": "refused", "tls": {}}}]
    with Simulator(devices=4, scenario={"rules": rules}) as sim:
        own = sim.state()[mac_of(0)]["ip"].rpartition(":")[2]
        assert int(own) != sim.tls_port
        with Secure((sim.ip(0), int(own))) as connection:
            assert Response(connection.ask(request_bytes(SHELLY))).json()["mac"] == mac_of(0)
        assert sim.state()[mac_of(1)]["ip"].startswith("https://[::1]:")
        refused = int(sim.state()[mac_of(2)]["ip"].rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sim.ip(2), refused), timeout=5)
        assert get(sim, 3, SHELLY).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect(status):
    with secure({"http": "redirected", "redirect": {"status": status}}) as sim:
        target = rpc_target("Sys.SetConfig", config={"device": {"name": "Neu"}})
        answer = get(sim, 0, target)
        assert answer.status == status
        assert answer.header["location"] == f"https://{sim.ip(0)}:{sim.tls_port}{target}"
        assert tls_get(sim, 0, SHELLY).json()["name"] is None, "nothing was done in clear"
        assert sim.wait_for(1)[0]["status"] == status


@pytest.mark.parametrize("location, expected", [
    ("https://{id}.local:{tls_port}{target}", ["https://shellyplus1pm-{low}.local:{tls}/shelly"]),
    ("https://192.0.2.7:443/", ["https://192.0.2.7:443/"]), ("http://{ip}:{port}/x", ["http://{ip}:{clear}/x"]),
    ("", [""]), (None, []), ("https://[", ["https://["]), (["https://a/", "http://b/"], ["https://a/", "http://b/"])])
def test_location(location, expected):
    with secure({"http": "redirected", "redirect": {"location": location}}) as sim:
        raw = get(sim, 0, SHELLY).raw.decode()
        lines = [line[10:] for line in raw.split("\r\n") if line.startswith("Location: ")]
        values = {"low": mac_of(0).lower(), "tls": sim.tls_port, "ip": sim.ip(0), "clear": sim.port}
        assert lines == [text.format(**values) for text in expected]


def test_rules_add_up_and_null_takes_it_away():
    rules = [{"set": {"tls": {"version": "1.2"}}}, {"set": {"tls": {"http": "redirected"}}},
             {"match": {"index": 1}, "set": {"tls": None}}]
    with Simulator(devices=2, scenario={"rules": rules}) as sim:
        assert get(sim, 0, SHELLY).status == 302 and get(sim, 1, SHELLY).status == 200
        tls_get(sim, 0, SHELLY)
        assert sim.wait_for(3)[2]["tls"] == "1.2"
        assert list(sim.keys()) == [mac_of(0)]


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
        assert len(set(keys)) == 5 and keys.count(keys[0]) == 1 and keys[1] == keys[5]


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


def test_a_session_belongs_to_one_device():
    with secure({}, {}) as sim:
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


def test_http_to_the_tls_port():
    with secure({}) as sim:
        try:
            assert not exchange(tls_address(sim, 0), request_bytes(SHELLY)).startswith(b"HTTP")
        except ConnectionResetError:
            pass
        socket.create_connection(tls_address(sim, 0), timeout=5).close()
        summary = sim.stop()
        assert (summary["handshakes_begun"], summary["handshakes_completed"]) == (1, 0)
        assert [r["fault"] for r in sim.log()] == ["handshake failed"]
