"""Step 3: when a password is sent, to whom, and how often."""

import pytest

from fleet import device

INFO, WRITE, CHECK = "Shelly.GetDeviceInfo", "Sys.SetConfig", "Shelly.CheckForUpdate"
CANARY = "k4nari-v0gel/\"geheim\""
AUTH = {"auth": {"secrets_file": "secrets.yaml"}}


def give_secrets(fleet, password=CANARY, devices=None):
    lines = ["shelly:"]
    if password is not None:
        lines.append(f"  password: '{password}'")
    if devices:
        lines.append("  devices:")
        lines += [f"    {mac}: {{password: '{secret}'}}" for mac, secret in devices.items()]
    path = fleet.dir / "secrets.yaml"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)


@pytest.fixture
def locked(make_fleet):
    """A fleet of one device that wants a login, with the right password at hand."""
    def make(wanted="Neu", config=None, **settings):
        settings = {"auth": {"password": CANARY}, **settings}
        fleet = make_fleet([device(wanted, **settings)], {**AUTH, **(config or {})})
        give_secrets(fleet)
        return fleet
    return make


def logins(fleet, index=None):
    return [request for request in fleet.requests(index) if request["auth"] is not None]


@pytest.mark.parametrize("version", ["1.4.4", "2.0.0", "1.0.0"])
def test_login_with_one_challenge(locked, version):
    fleet = locked(ver=version)
    run = fleet.run()
    assert run.exit == 0 and "OTA=up_to_date | Friendly=ok ( -> Neu)" in run.line
    assert [r["status"] for r in fleet.requests()].count(401) == 1
    assert all(r["auth"] == "Digest" and r["accepted"] for r in logins(fleet))
    assert {r["rpc"] for r in logins(fleet)} == {WRITE, CHECK}


def test_login_and_update(locked):
    fleet = locked(config={"ota": {"mode": "check_and_update"}}, update={"stable": "9.0.0"})
    assert fleet.run().summary.endswith(" updates=1 names=1")
    assert [r["status"] for r in fleet.requests()].count(401) == 1


def test_auth_en_alone_is_no_reason(make_fleet):
    fleet = make_fleet([device("Neu", auth_en=True)], AUTH)
    give_secrets(fleet)
    assert fleet.run().exit == 0
    assert logins(fleet) == []


def test_the_identity_never_needs_a_login(locked):
    fleet = locked()
    fleet.run()
    assert all(r["auth"] is None for r in fleet.requests() if r["rpc"] == INFO)


def test_no_password_known(make_fleet):
    fleet = make_fleet([device("Neu", auth={"password": CANARY})])
    run = fleet.run()
    assert "OTA=error | Friendly=error (Neu) | ERR=auth: login " in run.line and run.exit == 1
    assert fleet.recorded()["error"] == "auth: login required"
    assert fleet.recorded()["last_seen"]
    assert logins(fleet) == []


def test_parts_that_need_no_login_are_done(make_fleet):
    fleet = make_fleet([device("Alt", name="Alt", auth={"password": CANARY})])
    run = fleet.run()
    assert "OTA=error | Friendly=ok (Alt) | ERR=auth: login" in run.line and run.exit == 1
    fleet = make_fleet([device("Alt", name="Alt", auth={"password": CANARY})], {"ota": {"enabled": False}})
    assert fleet.run().exit == 0


@pytest.mark.parametrize("version", ["1.4.4", "2.0.0", "0.14.1"])
def test_wrong_password_goes_out_exactly_once(make_fleet, version):
    fleet = make_fleet([device("Neu", ver=version, auth={"password": "other"}, update={"stable": "9.0.0"})],
                       {**AUTH, "ota": {"mode": "check_and_update"}})
    give_secrets(fleet)
    run = fleet.run()
    assert run.exit == 1
    assert fleet.recorded()["error"] == "auth: login refused"
    assert (fleet.recorded()["ota_status"], fleet.recorded()["friendly_status"]) == ("error", "error")
    assert len(logins(fleet)) == 1


def test_own_password_before_the_common_one(make_fleet):
    fleet = make_fleet([device("Neu", auth={"password": "own"}), device("Neu", auth={"password": CANARY})], AUTH)
    give_secrets(fleet, devices={"a8:03:2a:00:00:01": "own"})
    assert fleet.run().exit == 0
    assert all(r["accepted"] for r in logins(fleet))


def test_stale_nonce_is_renewed_once(locked):
    fleet = locked(ver="2.0.0", auth={"password": CANARY, "nonce_uses": 1})
    run = fleet.run()
    assert run.exit == 0 and "Friendly=ok ( -> Neu)" in run.line
    assert [r["status"] for r in fleet.requests()].count(401) == 2


def test_429_for_ever_is_given_up(locked):
    fleet = locked(wanted=None, faults=[{"kind": "status", "rpc": CHECK, "status": 429}])
    run = fleet.run()
    assert run.exit == 1 and "429" in fleet.recorded()["error"]
    assert fleet.calls().count(CHECK) == 2


@pytest.mark.parametrize("scheme", ["basic", "md5", "ntlm", "realm"])
@pytest.mark.parametrize("auth_en", [False, True])
def test_no_login_for_other_challenges(make_fleet, scheme, auth_en):
    challenge = {"kind": "challenge", "rpc": [WRITE, CHECK], "scheme": scheme}
    fleet = make_fleet([device("Neu", auth_en=auth_en, faults=[challenge])], AUTH)
    give_secrets(fleet)
    run = fleet.run()
    assert run.exit == 1
    assert fleet.recorded()["error"].startswith("auth: ")
    assert logins(fleet) == []


@pytest.mark.parametrize("header", [
    'Basic realm="{id}", Digest qop="auth", realm="{id}", nonce="1", algorithm=MD5',
    'Digest qop="auth", realm="{id}", algorithm=SHA-256',
    'Digest realm="{id}", nonce="1", algorithm=SHA-256, qop="auth-int"',
    'Digest qop="auth", realm="{id}", nonce="1"',
    'Digest', 'Digest realm="', ''])
def test_no_login_for_odd_challenges(make_fleet, header):
    challenge = {"kind": "challenge", "rpc": [WRITE, CHECK], "header": header}
    fleet = make_fleet([device("Neu", faults=[challenge])], AUTH)
    give_secrets(fleet)
    assert fleet.run().exit == 1
    assert logins(fleet) == []


def test_redirect_takes_no_password_along(make_fleet):
    redirect = {"kind": "redirect", "rpc": [WRITE, CHECK], "location": "http://{ip}/elsewhere"}
    fleet = make_fleet([device("Neu", auth={"password": CANARY}, faults=[redirect])], AUTH)
    give_secrets(fleet)
    assert fleet.run().exit == 1
    assert "elsewhere" not in str(fleet.requests())


def test_environment_gives_no_password_and_no_proxy(make_fleet):
    fleet = make_fleet([device("Neu", auth={"password": CANARY})])
    host = fleet.addresses[0].split(":")[0]
    (fleet.dir / ".netrc").write_text(f"machine {host} login admin password geheim\ndefault login admin password x\n")
    (fleet.dir / ".netrc").chmod(0o600)
    proxy = {name: "http://127.0.0.1:9" for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")}
    run = fleet.run(env={"HOME": str(fleet.dir), "NETRC": str(fleet.dir / ".netrc"), **proxy})
    assert run.exit == 1 and fleet.recorded()["error"] == "auth: login required"
    assert logins(fleet) == []


def test_digest_of_old_firmware_covers_no_query(locked):
    fleet = locked(ver="0.14.1")
    run = fleet.run()
    assert run.exit == 0 and "Friendly=ok ( -> Neu)" in run.line
    assert all(r["accepted"] for r in logins(fleet))
    assert all("Neu" in r.get("body", "") for r in fleet.requests(rpc=WRITE))


def test_update_of_old_firmware_names_its_stage_even_before_the_login(locked):
    fleet = locked(wanted=None, ver="0.14.1", update={"beta": "0.15.0-beta1", "stable": "0.14.5"},
                   config={"ota": {"mode": "check_and_update", "stage": "beta"}})
    assert fleet.run().summary.endswith(" updates=1")
    updates = fleet.requests(rpc="Shelly.Update")
    assert len([r for r in updates if r["status"] == 200]) == 1
    assert all("beta" in r.get("body", "") + r["target"] for r in updates)


def test_opaque_is_given_back(locked):
    fleet = locked(kind="wall_display", auth={"password": CANARY, "opaque": ""})
    run = fleet.run()
    assert run.exit == 0, run
    assert all(r["accepted"] for r in logins(fleet))


def test_wrong_device_gets_no_login(make_fleet):
    fleet = make_fleet([device("Neu", key="A8032A0000FF", auth={"password": CANARY})], AUTH)
    give_secrets(fleet)
    fleet.run()
    assert logins(fleet) == []
    assert fleet.calls() == [INFO]


def test_password_is_told_nowhere(make_fleet):
    fleet = make_fleet([device("Neu", auth={"password": CANARY}), device("Neu", auth={"password": "other"}),
                        device("Neu", auth={"password": CANARY}, presence="reset")],
                       {**AUTH, "logging": {"base_path": "log.txt"}})
    give_secrets(fleet)
    text, as_json, dry = fleet.run(), fleet.run("--json"), fleet.run("--dry-run")
    told = text.out + text.err + as_json.out + as_json.err + dry.out + dry.err
    told += (fleet.dir / "log.txt").read_text() + fleet.state_path.read_text()
    told += str(fleet.requests())
    assert "k4nari" not in told


@pytest.mark.parametrize("text", [
    "shelly: {password: k4nari, pasword: x}", "shelly: {password: [k4nari]}", "shelly:\n  password: 'k4nari\n",
    "shelly: {devices: {nonsense: {password: k4nari}}}",
    "shelly: {devices: {A8032A000001: {password: k4nari}, a8:03:2a:00:00:01: {password: k4nari}}}"])
def test_malformed_secrets_are_told_without_quoting_them(make_fleet, text):
    fleet = make_fleet([device()], AUTH)
    give_secrets(fleet)
    (fleet.dir / "secrets.yaml").write_text(text)
    run = fleet.run()
    assert run.exit == 2
    assert "secrets.yaml:1:" in run.err or "secrets.yaml:2:" in run.err or "secrets.yaml:3:" in run.err
    assert "k4nari" not in run.err
    assert fleet.calls() == []


def test_missing_secrets_file(make_fleet):
    fleet = make_fleet([device()], AUTH)
    run = fleet.run()
    assert run.exit == 2 and "secrets.yaml" in run.err and fleet.calls() == []
