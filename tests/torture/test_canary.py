"""Promise 14: secrets are in no log, output, result or error, nor on the wire.

A canary password is given to runs of every kind; then everything that can be read is searched for it, in the clear and
in the encodings in which a program could let it slip. (Core dumps: test_privileges.py.)
"""

import base64
import contextlib
import hashlib
import html
import json
import os
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import pytest

import figures
from disturbed import fleet_of
from fleet import device
from wire import Wire

PLAIN = "k4nari-v0gel-a9f3e7"
SPECIAL = "k%41n\"a'r\\i$& <v0gel>/ä€?x=y"
OWN = "k4nari-eigener-77c1"
CANARIES = (PLAIN, SPECIAL, OWN)
USER = "admin"
CONFIG = {"auth": {"secrets_file": "secrets.yaml"}, "logging": {"base_path": "data/log.txt"},
          "ota": {"mode": "check_and_update", "timeout": 0.3, "rate": 0}, "timeouts": {"rpc": 0.3, "reach": 1}}


def forms_of(secret):
    """All the spellings in which a secret gives itself away."""
    raw = secret.encode()
    forms = {raw, raw.hex().encode(), raw.hex().upper().encode(), secret.encode("utf-16-le")}
    forms |= {json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode()}
    forms |= {urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode(),
              urllib.parse.quote(secret).encode(), html.escape(secret).encode(), repr(secret)[1:-1].encode()}
    # Base64 looks different at each of three offsets; what depends on the bytes beside it is left out.
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        first, last = (offset * 8 + 5) // 6, (offset + len(raw)) * 8 // 6
        forms |= {text[first:last], text[first:last].replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def hashes_of(secret, realms):
    """What stands for the password in a digest login, for these devices."""
    hashes = set()
    for realm in realms:
        for algorithm in (hashlib.md5, hashlib.sha256):
            hashes.add(algorithm(f"{USER}:{realm}:{secret}".encode()).hexdigest().encode())
    for algorithm in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        hashes.add(algorithm(secret.encode()).hexdigest().encode())
    return hashes


class Search:
    """Looks for the canaries in texts; counts what was searched."""

    def __init__(self, realms=()):
        self.forms = {form for secret in CANARIES for form in forms_of(secret) | hashes_of(secret, realms)}
        self.searched = 0
        self.found = []

    def look_at(self, name, data):
        data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)
        self.searched += len(data)
        for text in (data, data.lower()):
            self.found += [(name, form) for form in self.forms if form in text and (name, form) not in self.found]

    def look_into(self, directory):
        """All files there, but for the secrets themselves."""
        for path in Path(directory).rglob("*"):
            if path.is_file() and not path.name.startswith("secrets"):
                self.look_at(path.name, path.read_bytes())
                self.look_at("a file's name", str(path))


def secrets_text(own_mac, password=PLAIN):
    return (f"shelly:\n  password: {json.dumps(password)}\n"
            f"  devices:\n    {own_mac}:\n      password: {json.dumps(OWN)}\n")


def give_secrets(fleet, text, mode=0o600):
    path = fleet.dir / "secrets.yaml"
    path.write_text(text)
    path.chmod(mode)


def locked(password, **settings):
    return device("Neu", auth={"password": password}, update={"stable": "9.9.9"}, **settings)


def devices_of(password):
    """Devices that take the password, refuse it, ask for it in every wrong way, and answer with nonsense."""
    challenges = [{"kind": "challenge", "scheme": scheme} for scheme in ("basic", "md5", "ntlm", "realm")]
    faults = [*challenges, {"kind": "redirect", "location": "http://{ip}/elsewhere"}, {"kind": "garbage"},
              {"kind": "hang"}, {"kind": "reset"}, {"kind": "close"}, {"kind": "truncate"},
              {"kind": "error", "code": -103, "message": "Invalid"},
              {"kind": "status", "status": 500}, {"kind": "status", "status": 429}]
    writing = ["Sys.SetConfig", "Shelly.CheckForUpdate", "Shelly.Update"]
    devices = [locked(OWN), *(locked(password, ver=version) for version in ("0.14.1", "1.0.0", "1.4.4", "2.0.0"))]
    devices += [locked("another"), locked(password, kind="wall_display"), locked(password, presence="reset")]
    # From the second call on: the first one has asked for the login.
    devices += [locked(password, faults=[{"rpc": writing, "from": first, **fault}])
                for fault in faults for first in (1, 2)]
    return devices + [device("Neu", key="B0B0B0B0B0B0", auth={"password": password})]


def search_runs(password, runs, devices=None):
    """Makes runs with a secrets file, and searches all that they have left."""
    with fleet_of(devices or devices_of(password), CONFIG) as fleet, Wire(fleet.sim.port) as wire:
        realms = [f"shellyplus1pm-{mac.lower()}" for mac in fleet.macs]
        search = Search(realms)
        give_secrets(fleet, secrets_text(fleet.macs[0], password))
        for arguments in runs:
            wire.put_into(fleet)
            run = fleet.run(*arguments)
            search.look_at("stdout", run.out)
            search.look_at("stderr", run.err)
            search.look_into(fleet.dir)
        search.look_at("the simulator's log", json.dumps(fleet.requests()))
        logins = [request for request in fleet.requests() if request["auth"]]
        for data in wire.sent:
            search.look_at("the wire", data)
        assert len(wire.sent) > len(fleet.devices) or "--check-config" in runs[0]
        return search, logins, run


@pytest.mark.parametrize("password", [PLAIN, SPECIAL], ids=["plain", "special"])
def test_runs_of_all_kinds(password):
    runs = [["--dry-run"], ["--json"], ["--color", "always"], ["--quiet", "--threads", "4"]]
    search, logins, _ = search_runs(password, runs)
    assert search.found == []
    assert any(request["accepted"] for request in logins) and not all(request["accepted"] for request in logins)
    figures.tell(14, f"canary password in {len(runs)} runs over devices that ask for it in every way: 0 hits in "
                     f"{search.searched // 1000} KB of output, log, state and wire")


def test_realm_of_the_devices_is_known():
    """Else their hashes would not be searched for."""
    with fleet_of([device("Neu")]) as fleet:
        fleet.run()
        assert fleet.entry()["hostname"] == f"shellyplus1pm-{fleet.macs[0].lower()}"


BAD_SECRETS = {
    "unclosed quote": "shelly:\n  password: '{}\n",
    "colon": "shelly:\n  password: {}: x\n",
    "sequence": "shelly:\n  password: [{}]\n",
    "unclosed sequence": "shelly:\n  password: [{}\n",
    "tab": "shelly:\n\tpassword: {}\n",
    "anchor": "shelly:\n  password: &{}\n",
    "anchored": "shelly:\n  password: &a {}\n",
    "alias": "shelly:\n  password: *{}\n",
    "tag": "shelly:\n  password: !{} x\n",
    "directive": "%{}\nshelly: {{}}\n",
    "percent": "shelly:\n  password: %{}\n",
    "at": "shelly:\n  password: @{}\n",
    "backtick": "shelly:\n  password: `{}\n",
    "escape": "shelly:\n  password: \"{}\\q\"\n",
    "control": "shelly:\n  password: \"{}\\x07\"\n",
    "NUL": "shelly:\n  password: \"{}\\0\"\n",
    "key": "shelly:\n  {}: x\n",
    "key of a device": "shelly:\n  devices:\n    {}: {{password: x}}\n",
    "bare": "{}\n",
    "bare section": "shelly: {}\n",
    "bare device": "shelly:\n  devices: {}\n",
    "bare device password": "shelly:\n  devices:\n    A8032A000001: {}\n",
    "key of a device's member": "shelly:\n  devices:\n    A8032A000001:\n      {}: x\n",
    "misspelt key": "shelly:\n  pasword: {}\n",
    "twice": "shelly:\n  password: {0}\n  password: {0}\n",
    "second document": "shelly: {{password: x}}\n---\n{}\n",
    "comment": "shelly: [ # {}\n",
    "too deep": "shelly:\n  password: " + "[" * 40 + "{}\n",
    "merge": "shelly:\n  <<: {{password: {}}}\n",
    "block": "shelly:\n  password: |{}\n",
    "JSON": "{{\"shelly\": {{\"password\": \"{}\"",
    "no UTF-8": "shelly:\n  password: {}\xff\n",
}


@pytest.mark.parametrize("arguments", [["--check-config"], [], ["--json"]], ids=" ".join)
def test_secrets_files_that_are_none(arguments):
    with fleet_of([device("Neu")], CONFIG) as fleet:
        search = Search()
        refused = 0
        for name, text in BAD_SECRETS.items():
            for mode in (0o600, 0o644, 0o602):
                (fleet.dir / "secrets.yaml").write_bytes(text.format(PLAIN).encode("latin-1"))
                (fleet.dir / "secrets.yaml").chmod(mode)
                run = fleet.run(*arguments)
                refused += run.exit == 2
                search.look_at(f"{name}: stdout", run.out)
                search.look_at(f"{name}: stderr", run.err)
                assert run.exit in (0, 1, 2), (name, run)
        search.look_into(fleet.dir)
    assert search.found == []
    assert refused > 2 * len(BAD_SECRETS), "most of them should be refused"
    figures.tell(14, f"canary password in {refused} refused secrets files: 0 hits in the messages")


def test_password_at_the_wrong_place():
    """In the configuration itself, where messages may quote: an unknown key is quoted, its value never."""
    search = Search()
    with fleet_of([device("Neu")], CONFIG) as fleet:
        for section in ("stage3: {{auth: {{password: {}}}}}", "stage3: {{auth: {{secrets_file: [{}]}}}}",
                        "stage3: {{}}\nshelly: {{password: {}}}", "stage3:\n  auth:\n    pasword: '{}\n"):
            fleet.config_path.write_text(section.format(PLAIN) + "\n")
            for arguments in (["--check-config"], []):
                run = fleet.run(*arguments)
                search.look_at(section, run.out + run.err)
    assert search.found == []


def test_process_that_is_looked_at():
    """What other users can see of a run."""
    with fleet_of([locked(PLAIN, latency_ms={"*": 300})], CONFIG) as fleet:
        give_secrets(fleet, secrets_text(fleet.macs[0]).replace(OWN, PLAIN))
        search = Search()
        process = fleet.start()
        while process.poll() is None:
            for name in ("cmdline", "environ", "comm", "status", "maps", "limits"):
                search.look_at(name, read_if_there(f"/proc/{process.pid}/{name}"))
            search.look_at("fd", open_files(process.pid))
            time.sleep(0.05)
        process.communicate()
    assert search.found == [] and search.searched > 1000


def read_if_there(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def open_files(pid):
    """The names of what a process has open, as far as they may be seen."""
    names = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            names.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return "\n".join(names)


@pytest.mark.parametrize("leak", [
    lambda secret: secret, lambda secret: base64.b64encode(b"x" + secret.encode()).decode(),
    lambda secret: secret.encode().hex(),
    lambda secret: hashlib.sha256(f"{USER}:shellyplus1pm-a8032a000001:{secret}".encode()).hexdigest()[:64],
], ids=["clear", "base64", "hex", "HA1"])
def test_leaks_are_noticed(leak):
    """A password that stands in for a name goes everywhere: on the screen, into the files, on the wire."""
    search, _, _ = search_runs(PLAIN, [["--json"]], [device(leak(PLAIN), auth={"password": PLAIN}), locked(OWN)])
    places = {name for name, _ in search.found}
    assert {"stdout", "ip_state.json", "log.txt", "the wire"} <= places


def test_leak_in_the_arguments_is_noticed():
    search = Search()
    words = [sys.executable, "-c", "input('ready')", f"--password={PLAIN}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.read(1)
        search.look_at("cmdline", read_if_there(f"/proc/{process.pid}/cmdline"))
        process.communicate(b"\n")
    assert search.found != []
