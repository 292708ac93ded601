"""HTTPS: who is asked by it, whose key is learnt, and what an operator decides. Impostors: torture/test_impostors.py."""

import json

import pytest

from fleet import Fleet, device
from silence import Unavailable, silent_network

SECRET = "correct horse"


def with_secret(fleet, config=None):
    path = fleet.dir / "data" / "secrets.yaml"
    path.write_text(f"shelly:\n  password: '{SECRET}'\n")
    path.chmod(0o600)
    fleet.write_config({**(config or {}), "auth": {"secrets_file": "data/secrets.yaml"}})


def forget(fleet):
    """Takes off the record what the runs so far have learnt."""
    state = fleet.state
    for entry in state.values():
        entry.pop("stage3", None)
    fleet.write_state(state)


def errors_of(run):
    """The texts of each device's errors, of a run with --json."""
    return [[error["text"] for error in result["errors"]] for result in run.json[:-1]]


def count_requests(fleet):
    return len(fleet.requests())


# --- A fleet of all kinds

def mixed(number):
    """One of each kind in turn, every other round with a login."""
    kinds = [{}, {"tls": {"http": "redirected", "redirect": {"status": 302}}}, {"tls": {"http": "refused"}},
             {"tls": {"http": "redirected", "redirect": {"status": 308, "location": "https://{id}.local:{tls_port}{target}"}},
              "ver": "2.0.0"}, {"tls": {}}]
    settings = dict(kinds[number % len(kinds)])
    if number // len(kinds) % 2:
        settings["auth"] = {"password": SECRET}
    return device(f"Lamp {number}", name=f"Old {number}", **settings)


def test_a_fleet_of_all_kinds_then_again(make_fleet):
    fleet = make_fleet([mixed(number) for number in range(200)])
    with_secret(fleet)
    first = fleet.run("--json")
    assert first.exit == 0, first
    assert first.err == ""
    keys = fleet.sim.keys()
    *results, summary = first.json
    assert len(results) == 200 and summary["ok"] == 200
    for result in results:
        assert result["errors"] == [] and result["name_changed"]
        number = fleet.macs.index(result["mac"])
        if number % 5 in (0, 4):
            assert "tls_key" not in result, "asked by HTTP, as ever"
            assert "tls" not in fleet.recorded(number)
        else:
            pin = {"port": fleet.sim.tls_port, "key": keys[result["mac"]]}
            assert (result["tls_port"], result["tls_key"]) == (pin["port"], pin["key"])
            assert (result["tls_certificate"], result["tls_key_changed"]) == ("valid", False)
            assert fleet.recorded(number)["tls"] == pin

    before = count_requests(fleet)
    second = fleet.run("--json")
    assert second.exit == 0, second
    after = fleet.requests()[before:]
    assert len(after) >= 400
    in_clear = {request["mac"] for request in after if request["tls"] is None}
    assert in_clear == {mac for number, mac in enumerate(fleet.macs) if number % 5 in (0, 4)}
    resumed = [request["resumed"] for request in after if request["tls"]]
    assert sum(resumed) >= len(resumed) // 2, "sessions go on from one call to the next"


def test_only_port_443_is_open(tmp_path):
    """At the usual ports, which need a network of our own."""
    try:
        with silent_network([]) as words:
            fleet = Fleet(tmp_path, [device("Neu", tls={"http": "refused"}, entry={"ip": "127.1.0.1"}),
                                     device("Neu", tls={"http": "redirected"}, entry={"ip": "127.1.0.2"})],
                          port=80, tls_port=443, prefix=words)
            try:
                run = fleet.run("--json", prefix=words)
                assert run.exit == 0, run
                assert [(result["outcome"], result["tls_port"]) for result in run.json[:-1]] == [("ok", 443)] * 2
                before = count_requests(fleet)
                again = fleet.run(prefix=words)
                assert again.exit == 0, again
                assert all(request["tls"] for request in fleet.requests()[before:])
            finally:
                fleet.close()
    except Unavailable as reason:
        pytest.skip(str(reason))


# --- What an operator decides

def test_accept_key_takes_the_new_key_of_the_devices_that_are_named(make_fleet):
    fault = {"kind": "key", "from": 3}
    fleet = make_fleet([device("Neu", name="Neu", tls={"http": "refused", "faults": [fault]}) for _ in range(2)])
    assert fleet.run().exit == 0
    old = fleet.recorded(0)["tls"]
    refused = fleet.run()
    assert refused.exit == 1 and "identity: TLS key changed" in refused.lines[0]
    ip = fleet.sim.ip(0)
    run = fleet.run("--ip", ip, "--accept-key")
    assert run.exit == 0, run
    assert f"another TLS key than the one on record is taken: {fleet.sim.keys()[fleet.macs[0] + '/1']}" in run.err
    assert fleet.recorded(0)["tls"]["key"] == fleet.sim.keys()[fleet.macs[0] + "/1"] != old["key"]
    assert fleet.recorded(1)["tls"]["key"] == fleet.sim.keys()[fleet.macs[1]]
    assert fleet.run("--ip", ip).exit == 0
    assert fleet.run("--ip", fleet.sim.ip(1)).exit == 1


def test_accept_key_is_for_devices_that_are_named(make_fleet):
    run = make_fleet([device("Neu")]).run("--accept-key")
    assert run.exit == 2
    assert "--accept-key requires --ip" in run.err


def test_a_deleted_record_has_the_key_learnt_anew(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "refused", "faults": [{"kind": "key", "from": 5}]})])
    assert fleet.run().exit == 0
    fleet.run()
    assert fleet.run().exit == 1
    forget(fleet)
    assert fleet.run().exit == 0


# --- network.tls, network.tls_ca, timeouts.tls

@pytest.mark.parametrize("mode, settings, status, text", [
    ("off", {"tls": {"http": "redirected"}}, 1, "identity: HTTPS only"),
    ("require", {}, 1, "identity: no TLS: "),
    ("require", {"tls": {}}, 0, None),
])
def test_modes(make_fleet, mode, settings, status, text):
    fleet = make_fleet([device("Neu", **settings)], {"network": {"tls": mode}})
    if mode == "require" and settings:
        fleet.write_state({fleet.macs[0]: {"ip": f"{fleet.sim.ip(0)}:{fleet.sim.tls_port}", "friendly_name": "Neu"}})
    run = fleet.run()
    assert run.exit == status, run
    assert text is None or f"ERR={text}" in run.line
    if mode == "require":
        assert [request for request in fleet.requests() if request["tls"] is None and request["method"]] == []


def test_certificates_must_chain_to_the_ca(make_fleet):
    """Whatever the name in them; the one of the second device is signed by itself."""
    fleet = make_fleet([device("Neu", tls={"http": "refused", "certificate": {"issuer": "ca"}}),
                        device("Neu", tls={"http": "refused"}),
                        device("Neu", tls={"http": "refused", "certificate": {"issuer": "ca", "validity": "expired"}}),
                        device("Neu", tls={"http": "refused", "certificate": {"issuer": "ca", "validity": "undated"}})])
    fleet.write_config({"network": {"tls_ca": str(fleet.sim.ca_path)}})
    run = fleet.run("--json")
    assert run.exit == 1
    texts = {result["mac"]: [error["text"] for error in result["errors"]] for result in run.json[:-1]}
    assert [texts[mac] for mac in fleet.macs] == [[], ["identity: TLS certificate does not chain to network.tls_ca"],
                                                  ["identity: TLS certificate has expired"],
                                                  ["identity: TLS certificate is without readable dates"]]
    assert {request["mac"] for request in fleet.requests() if request["method"]} == {fleet.macs[0]}


@pytest.mark.parametrize("content, text", [
    (None, "cannot read network.tls_ca"), ("no certificate\n", "begins with no certificate in PEM form")])
def test_a_ca_file_that_cannot_be_used_stops_the_run(make_fleet, content, text):
    fleet = make_fleet([device("Neu")])
    path = fleet.dir / "data" / "ca.pem"
    if content is not None:
        path.write_text(content)
    fleet.write_config({"network": {"tls_ca": str(path)}})
    for arguments in ([], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 2, run
        assert text in run.err and str(path) in run.err
    assert fleet.requests() == []


@pytest.mark.parametrize("damage, place", [
    (lambda ca: ca + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 2, line {lines}"),
    (lambda ca: ca + ca[:len(ca) // 2] + "\n-----END CERTIFICATE-----\n", "certificate 2, line {lines}"),
    (lambda ca: ca[:len(ca) // 2] + ca, "certificate 1, line 1,"),
    (lambda ca: ca + ca.split("\n", 1)[1], "certificate 2, line "),
])
def test_a_damaged_certificate_in_the_ca_file_stops_the_run(make_fleet, damage, place):
    """OpenSSL would take none of them then, and each device by TLS would fail for it."""
    fleet = make_fleet([device("Neu", tls={"http": "refused", "certificate": {"issuer": "ca"}})])
    path = fleet.dir / "data" / "ca.pem"
    ca = fleet.sim.ca_path.read_text()
    path.write_text(damage(ca))
    fleet.write_config({"network": {"tls_ca": str(path)}})
    for arguments in ([], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 2, run
        assert f"{path}, network.tls_ca: {place.format(lines=ca.count(chr(10)) + 1)}" in run.err
        assert "is damaged: copy it anew or take it out" in run.err
    assert fleet.requests() == []
    path.write_text(f"Ours\n{ca}\n# and theirs\n{ca}")
    assert fleet.run().exit == 0


@pytest.mark.parametrize("with_ca", [False, True])
def test_a_device_that_breaks_the_handshake_off_is_not_called_untrusted(make_fleet, with_ca):
    """Alert 45 says that a certificate of ours has expired, 116 that one is wanted; there is none."""
    fleet = make_fleet([device("Neu", tls={"http": "refused", "faults": [{"kind": "alert", "alert": alert}]})
                        for alert in (40, 45, 116)])
    if with_ca:
        fleet.write_config({"network": {"tls_ca": str(fleet.sim.ca_path)}})
    run = fleet.run("--json")
    assert run.exit == 1, run
    errors = {result["mac"]: [(error["text"], error["error_id"]) for error in result["errors"]] for result in run.json[:-1]}
    assert [errors[mac] for mac in fleet.macs] == [[(f"identity: cannot be read: TLS {why}", "identity.tls")] for why in (
        "handshake failed", "refused by the device: certificate expired",
        "refused by the device: it wants a client certificate")]


@pytest.mark.parametrize("validity, word", [("expired", "expired"), ("not_yet_valid", "not yet valid"),
                                            ("undated", "without readable dates")])
def test_a_certificate_out_of_its_time_is_a_notice_once(make_fleet, validity, word):
    fleet = make_fleet([device("Neu", tls={"http": "refused", "certificate": {"validity": validity}})])
    run = fleet.run()
    assert run.exit == 0, run
    assert f"its TLS certificate is {word}; what counts is its key" in run.err
    again = fleet.run("--json")
    assert (again.exit, again.err) == (0, "")
    assert again.json[0]["tls_certificate"] == word


def test_a_handshake_may_take_longer_than_a_call(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "refused", "handshake_ms": 900})],
                       {"timeouts": {"reach": 0.4, "rpc": 0.5, "tls": 20}, "ota": {"timeout": 0.5}})
    assert fleet.run().exit == 0
    fleet.write_config({"timeouts": {"reach": 0.2, "rpc": 0.2, "tls": 0.3}})
    late = fleet.run()
    assert (late.exit, late.line.split(" - ")[1].split(" ")[0]) == (0, "OTA=offline"), late


def test_a_reset_is_the_same_whenever_it_comes(make_fleet):
    """Before the client has said a word, or just after."""
    fault = {"kind": "reset"}
    fleet = make_fleet([device("Neu", tls={"http": "refused", "faults": [fault]}) for _ in range(20)])
    run = fleet.run("--json")
    assert (run.exit, run.json[-1]["offline"]) == (0, 20), run


def test_a_slow_handshake_says_what_was_slow(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "redirected", "handshake_ms": 20000})],
                       {"timeouts": {"rpc": 0.3, "tls": 0.6}})
    run = fleet.run()
    assert (run.exit, errors_of(fleet.run("--json"))) == (1, [["identity: cannot be read: TLS handshake timeout"]])


def test_the_spelling_of_the_state_file_selects(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "refused"}), device("Neu")])
    address = fleet.entries()[fleet.macs[0]]["ip"]
    assert address.startswith("https://")
    for spelling in (address, address.removeprefix("https://"), fleet.sim.ip(0), "https://" + fleet.sim.ip(0)):
        assert len(fleet.run("--ip", spelling).lines) == 1


@pytest.mark.parametrize("kind", ["alert", "close", "reset", "garbage", "http", "downgrade", "drip", "hang", "endless"])
def test_handshakes_that_break(make_fleet, kind):
    """A device that is well beside each."""
    fault = {"kind": kind}
    fleet = make_fleet([device("Neu", tls={"http": "refused", "version": "1.2", "faults": [fault]}),
                        device("Neu", tls={"http": "refused"})],
                       {"timeouts": {"reach": 0.5, "rpc": 0.5, "tls": 1}})
    run = fleet.run("--json")
    results = {result["mac"]: result for result in run.json[:-1]}
    assert results[fleet.macs[1]]["outcome"] == "ok"
    broken = results[fleet.macs[0]]
    assert broken["outcome"] in ("failed", "offline") and "tls_key" not in broken
    assert [request for request in fleet.requests(0) if request["method"]] == []


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_largest_answer_comes_whole(make_fleet, version):
    """Many times the buffer into which it is read by TLS, and more than a record."""
    padded = json.dumps({"padding": "x" * 30_000, "stable": {"version": "9.9.9"}})
    faults = [{"kind": "status", "status": 200, "body": padded, "rpc": "Shelly.CheckForUpdate"},
              {"kind": "headers", "bytes": 1000, "lines": 12, "rpc": "Shelly.GetDeviceInfo"}]
    fleet = make_fleet([device("Neu", name="Neu", tls={"http": "refused", "version": version}, faults=faults)])
    run = fleet.run("--json")
    assert errors_of(run) == [[]]
    assert run.json[0]["update"] == "9.9.9"


def test_json_says_how_a_device_was_asked(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "refused", "certificate": {"kind": "rsa", "chain": 3}})])
    result = fleet.run("--json").json[0]
    assert json.dumps(result["tls_key"]) == json.dumps(fleet.sim.keys()[fleet.macs[0]])


def test_a_redirect_to_another_device_is_not_followed(make_fleet):
    """Which would answer."""
    there = "https://127.1.0.2:{tls_port}/rpc/Shelly.GetDeviceInfo"
    fleet = make_fleet([device("Neu", tls={"http": "redirected", "redirect": {"location": there}}), device("Neu", tls={})])
    run = fleet.run("--ip", fleet.sim.ip(0), "--json")
    assert run.exit == 1
    assert errors_of(run) == [["identity: redirects to another address"]]
    assert [request["mac"] for request in fleet.requests()] == [fleet.macs[0]]


@pytest.mark.parametrize("theirs", ["{}", "true", None])
@pytest.mark.parametrize("tls", [None, {"http": "redirected"}])
def test_no_update_is_sent_past_a_key_that_others_put_on_record_meanwhile(make_fleet, tls, theirs):
    by_tls = {} if tls is None else {"tls": tls}
    fleet = make_fleet([device(name="Flur", ver="1.7.1", latency_ms={"Shelly.CheckForUpdate": 1500}, **by_tls,
                               update={"stable": {"version": "1.7.5", "build_id": "20260101-000000/1.7.5-gabcdef0"}})],
                       {"ota": {"mode": "check_and_update", "rate": 0}})
    run = fleet.start()
    fleet.sim.wait_for(rpc="Shelly.CheckForUpdate")
    key = {"port": 443, "key": "sha256//" + "A" * 43 + "="} if theirs is None else json.loads(theirs)
    state = fleet.state
    state[fleet.macs[0]]["stage3"] = {"tls": key}
    fleet.write_state(state)
    out, err = run.communicate(timeout=60)
    assert b"held=1" in out and b"has got another TLS key (stage3.tls)" in err
    # What was learnt itself has no place in the file: that is told as a result that was not recorded.
    assert run.returncode == (0 if tls is None else 3)
    assert fleet.requests(rpc="Shelly.Update") == []
    assert fleet.recorded()["tls"] == key and "ota" not in fleet.recorded()
