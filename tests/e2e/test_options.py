"""The command line: each option, and what is wrong with it."""

import os
import re
import unicodedata

import pytest

from fleet import device, run_cli
from privileges import as_nobody, needs_root, public_fleet

OPTIONS = ["--config", "--state", "--dry-run", "--ip", "--select", "--retry", "--accept-key", "--wait", "--resume", "--online",
           "--quiet", "--changes", "--fail-on", "--concurrency", "--threads",
           "--color", "--json", "--check-config", "--check-state", "--user", "--version", "--help"]


def test_version(tmp_path):
    run = run_cli("--version", cwd=tmp_path)
    assert (run.exit, run.err) == (0, "")
    assert re.fullmatch(r"stage3 \d+\.\d+\.\d+\n", run.out)


def test_help_names_every_option_and_exit_status(tmp_path):
    run = run_cli("--help", cwd=tmp_path)
    assert (run.exit, run.err) == (0, "")
    for option in OPTIONS:
        assert re.search(rf"^ *(-h,)?{option}\b", run.out, re.MULTILINE), option
    for status in ("0", "1", "2", "3", "75", r"128\+n"):
        assert re.search(rf"^ *{status} ", run.out, re.MULTILINE), status
    assert max(len(line) for line in run.out.splitlines()) <= 110


def test_short_help(tmp_path):
    assert run_cli("-h", cwd=tmp_path).out == run_cli("--help", cwd=tmp_path).out != ""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_printed(tmp_path, option):
    run = run_cli(option, cwd=tmp_path, prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    assert (run.exit, run.err) == (1, "stage3: cannot write to standard output\n")


@pytest.mark.parametrize("arguments, complaint", [
    (["--nonsense"], "--nonsense"),
    (["surplus"], "surplus"),
    (["--config"], "--config"),
    (["--config", ""], "--config: the name is empty"),
    (["--state", ""], "--state: the name is empty"),
    (["--dry-run=false"], "dry-run"),
    (["--dry-run=off"], "dry-run"),
    (["--wait=off"], "wait"),
    (["--wait", "600"], "600"),
    (["--resume=no"], "resume"),
    (["--resum"], "did you mean --resume?"),
    (["--color", "pink"], "--color"),
    (["--threads", "0"], "--threads"),
    (["--threads", "1.5"], "--threads"),
    (["--threads", "many"], "--threads"),
    (["--concurrency", "0"], "--concurrency"),
    (["--concurrency", "65537"], "--concurrency"),
    (["--concurrency", "x"], "--concurrency"),
    (["--ip"], "--ip"),
    (["--ip", "kitchen.local"], "kitchen.local"),
    (["--ip", "127.1"], "127.1"),
    (["--ip", "127.0.0.01"], "127.0.0.01"),
    (["--quite"], "--quite; did you mean --quiet?"),
    (["--dryrun"], "did you mean --dry-run?"),
    (["--colour=never"], "did you mean --color?"),
    (["--threds", "4"], "did you mean --threads?"),
    (["--ip", "127.1.0.1", "--onlin"], "did you mean --online?"),
    (["127.1.0.1"], "did you mean --ip 127.1.0.1?"),
    (["--ip", "192.168.1.30-40"], "'192.168.1.30-40' is a range of addresses: --select ip=192.168.1.30-40 takes those"),
    (["--ip", "192.168.1.30-192.168.1.40"], "is a range of addresses"),
    (["--ip", "192.168.1.0/24"], "is a range of addresses: --select ip=192.168.1.0/24 takes those"),
    (["--ip", "192.168.1.30-40,192.168.1.50"], "--select ip=192.168.1.30-40,192.168.1.50 takes those"),
    (["--ip", "192.168.1.30,192.168.1.31"], "is several words in one: each address is a word of its own"),
    (["--ip", "kitchen.local"], "is a host name, not an address: names are not resolved; `getent ahosts kitchen.local` tells"),
    (["--ip", "256.1.1.1"], "is not an IPv4 or IPv6 address (a.b.c.d"),
    (["--ip", "A8032A000001"], "'A8032A000001' is a MAC address: --select mac=A8032A000001 takes those"),
    (["--ip", "a8-03-2a-00-00-01"], "is a MAC address: --select mac=a8-03-2a-00-00-01 takes those"),
    (["--ip", "a8:03:2a:00:00:01"], "is a MAC address: --select mac=a8:03:2a:00:00:01 takes those"),
    (["--ip", "127.78.1.1/"], "'127.78.1.1/' is not an IPv4 or IPv6 address"),
    (["--ip", "127.78.1.1:99999"], "'127.78.1.1:99999' has a port that is none: 1 to 65535"),
])
def test_usage_errors(make_fleet, arguments, complaint):
    fleet = make_fleet([device("New")])
    run = fleet.run(*arguments)
    assert run.exit == 2
    assert run.out == ""
    assert run.err.startswith("stage3: ") and complaint in run.err
    assert fleet.calls() == []


@pytest.mark.parametrize("arguments, complaint", [
    (["--config", "a.yaml", "--config", "b.yaml"], "--config is given 2 times, and can be once"),
    (["--fail-on", "failed", "--quiet", "--fail-on", "held"], "--fail-on is given 2 times, and can be once"),
    (["status", "--state", "a", "--state", "b"], "--state is given 2 times, and can be once"),
    (["--config"], "--config: FILE is missing behind it"),
    (["--ip"], "--ip: ADDRESS is missing behind it"),
    (["report", "--html"], "--html: FILE is missing behind it"),
    (["--dry-run=false"], "--dry-run is on or left out, and takes no value"),
    (["--threads", "999"], "--threads: '999' is not a number from 1 to 256"),
    (["--threads", "4294967297"], "--threads: '4294967297' is not a number from 1 to 256"),
    (["--threads", "-1"], "--threads: '-1' is not a number from 1 to 256"),
    (["--threads", ""], "--threads: '' is not a number from 1 to 256"),
    (["-c", "data/config.yaml"], "The following arguments were not expected: -c data/config.yaml"),
    (["a", "b", "c"], "The following arguments were not expected: a b c"),
    (["status", "x1", "x2"], "The following arguments were not expected: x1 x2"),
])
def test_usage_errors_are_told_in_plain_words(make_fleet, arguments, complaint):
    run = make_fleet([device()]).run(*arguments)
    assert (run.exit, run.out) == (2, "")
    assert run.err.splitlines()[0] == f"stage3: {complaint}"


@pytest.mark.parametrize("word", ["--nonsense", "-q", "surplus", "--"])
def test_what_is_like_no_option_gets_no_suggestion(make_fleet, word):
    assert "did you mean" not in make_fleet([device()]).run(word, "surplus").err


def test_missing_default_configuration_is_explained(tmp_path):
    run = run_cli(cwd=tmp_path)
    assert run.exit == 2
    assert run.err.startswith("stage3: data/config.yaml: ") and "--config" in run.err and "`stage3 init`" in run.err


@pytest.mark.parametrize("arguments, config, status", [
    (["--config", "none.yaml"], {}, 2), (["--state", "none.json"], {}, 3), ([], {"logging": {"base_path": "none/log"}}, 2),
    ([], {"auth": {"secrets_file": "none.yaml"}}, 2), ([], {"network": {"tls_ca": "none.pem"}}, 2)])
def test_relative_path_that_is_not_found_tells_where(make_fleet, arguments, config, status):
    fleet = make_fleet([device()], config)
    for more in ([], ["--check-config"]):
        run = fleet.run(*arguments, *more)
        assert run.exit == status
        assert run.err.endswith(f" (the working directory is {fleet.dir.resolve()})\n")
        assert run.err.count("working directory") == 1
    absolute = [str(fleet.dir / word) if "." in word else word for word in arguments]
    assert not arguments or "working directory" not in fleet.run(*absolute).err


def test_config_names_another_file(make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.rename(fleet.dir / "other.yaml")
    assert fleet.run().exit == 2
    assert fleet.run("--config", "other.yaml").exit == 0


def test_missing_named_configuration(make_fleet):
    run = make_fleet([device()]).run("--config", "none.yaml")
    assert run.exit == 2
    assert "none.yaml: " in run.err


def test_state_overrides_the_configuration(make_fleet):
    fleet = make_fleet([device("New")], {"ip_state_file": "nowhere.json"})
    assert fleet.run().exit == 3
    assert fleet.run("--state", "data/ip_state.json").exit == 0
    assert fleet.recorded()["friendly_status"] == "ok"


def test_ip_takes_several_and_filters_what_is_processed(make_fleet):
    fleet = make_fleet([device("New") for _ in range(4)])
    run = fleet.run("--ip", fleet.addresses[0], fleet.addresses[2], "--quiet")
    assert run.summary == "Stage 3 summary: total=2 ok=2 failed=0 names=2"
    assert [bool(fleet.calls(i)) for i in range(4)] == [True, False, True, False]
    assert [bool(fleet.recorded(i)) for i in range(4)] == [True, False, True, False]


def test_ip_can_be_repeated(make_fleet):
    fleet = make_fleet([device() for _ in range(3)])
    run = fleet.run("--ip", fleet.addresses[0], "--ip", fleet.addresses[1])
    assert len(run.lines) == 2


def test_ip_without_port_means_every_port(make_fleet):
    fleet = make_fleet([device(), device(ip="127.1.0.1", port=0), device()])
    ip = fleet.addresses[0].split(":")[0]
    assert len(fleet.run("--ip", ip).lines) == 2
    assert len(fleet.run("--ip", fleet.addresses[1]).lines) == 1


def test_ip_that_no_entry_has(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--ip", fleet.addresses[0], "127.9.9.9")
    assert run.exit == 2
    assert "127.9.9.9" in run.err and fleet.addresses[0] not in run.err
    assert run.out == "" and fleet.calls() == []


def test_ip_of_ipv6(make_fleet):
    fleet = make_fleet([device(ip="::1", port=0), device()])
    run = fleet.run("--ip", "::1")
    assert run.line.startswith(f"● S1 @ {fleet.addresses[0]} - OTA=up_to_date")


def test_wait_and_resume_are_taken_with_any_run(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--wait", "--resume", "--dry-run")
    assert (run.exit, run.err) == (0, "")


def test_concurrency_limits_devices_in_flight(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 40}) for _ in range(8)])
    fleet.run("--concurrency", "2")
    assert fleet.sim.stop()["max_open_connections"] <= 2


def test_more_concurrency_means_more_at_once(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 200}) for _ in range(8)])
    fleet.run("--concurrency", "8")
    assert fleet.sim.stop()["max_open_connections"] == 8


@pytest.mark.parametrize("threads", ["1", "2", "8"])
def test_threads_share_the_devices(make_fleet, threads):
    fleet = make_fleet([device("New", latency_ms={"*": 5}) for _ in range(60)])
    run = fleet.run("--threads", threads)
    assert run.summary == "Stage 3 summary: total=60 ok=60 failed=0 names=60"
    assert len(run.lines) == 60
    assert all(len(fleet.calls(i)) == 4 for i in range(0, 60, 7))
    assert all(fleet.recorded(i)["device_name"] == "New" for i in range(60))


def test_check_config_says_so_and_stops(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--check-config")
    assert (run.exit, run.err) == (0, "")
    assert run.out == "data/config.yaml: no problems found\n"
    assert fleet.calls() == [] and fleet.recorded() == {}


def link_of_a_stranger(fleet):
    (fleet.dir / "data/log.txt").symlink_to("other.txt")
    os.chown(fleet.dir / "data/log.txt", 1234, 1234, follow_symlinks=False)


def secrets(text, mode):
    def write(fleet):
        (fleet.dir / "data/secrets.yaml").write_text(text)
        (fleet.dir / "data/secrets.yaml").chmod(mode)
    return write


def nothing(_):
    pass


AUTH = {"auth": {"secrets_file": "data/secrets.yaml"}}


@pytest.mark.parametrize("spoil, config, arguments", [
    pytest.param(lambda fleet: (fleet.dir / "data/log.txt").mkdir(), {}, [], id="log is a directory"),
    pytest.param(lambda fleet: os.mkfifo(fleet.dir / "data/log.txt"), {}, [], id="log is a FIFO"),
    pytest.param(link_of_a_stranger, {}, [], marks=needs_root, id="log is a stranger's link"),
    pytest.param(nothing, {"logging": {"base_path": "nowhere/log.txt"}}, [], id="no directory for the log"),
    pytest.param(nothing, {"logging": {"base_path": "data/ip_state.json"}}, [], id="log is the state file"),
    pytest.param(nothing, AUTH, [], id="no secrets"),
    pytest.param(secrets("shelly: 1", 0o600), AUTH, [], id="bad secrets"),
    pytest.param(secrets("shelly: {password: x}", 0o666), AUTH, [], id="open secrets"),
    pytest.param(lambda fleet: fleet.state_path.unlink(), {}, [], id="no state file"),
    pytest.param(lambda fleet: fleet.state_path.write_text("{"), {}, [], id="bad state file"),
    pytest.param(nothing, {}, ["--state", "none.json"], id="wrong state file"),
    pytest.param(nothing, {}, ["--ip", "127.9.9.9"], id="unknown address"),
    pytest.param(nothing, {}, ["--user", "no-such-user"], id="unknown user"),
])
def test_check_config_says_what_the_run_would_say(make_fleet, spoil, config, arguments):
    fleet = make_fleet([device("New")], {"logging": {"base_path": "data/log.txt"}, **config})
    spoil(fleet)
    before = sorted(path.name for path in fleet.dir.rglob("*"))
    checked = fleet.run("--check-config", *arguments)
    assert sorted(path.name for path in fleet.dir.rglob("*")) == before
    run = fleet.run(*arguments)
    assert (checked.exit, checked.err) == (run.exit, run.err)
    assert run.exit in (2, 3) and checked.out == ""


def test_check_config_makes_and_changes_nothing(make_fleet):
    fleet = make_fleet([device("New")], {"logging": {"base_path": "data/log.txt"}})
    before = sorted(path.name for path in fleet.dir.rglob("*"))
    assert fleet.run("--check-config").exit == 0
    (fleet.dir / "data/link").symlink_to("elsewhere.txt")
    fleet.write_config({"logging": {"base_path": "data/link"}})
    assert fleet.run("--check-config").exit == 0
    assert sorted(path.name for path in fleet.dir.rglob("*")) == sorted([*before, "link"])


@needs_root
def test_check_config_by_a_user_who_may_not_make_the_log():
    with public_fleet([device("New")], {"logging": {"base_path": "log.txt"}}) as fleet:
        os.chown(fleet.dir, 0, 0)
        for arguments in (["--check-config"], []):
            run = fleet.run(*arguments, prefix=as_nobody())
            assert run.exit == 2 and "log.txt" in run.err and "ermission denied" in run.err


def test_check_config_of_a_disabled_stage_asks_for_no_state(make_fleet):
    fleet = make_fleet([], {"enabled": False})
    fleet.state_path.unlink()
    assert fleet.run("--check-config").exit == 0


def test_check_config_tells_a_typo(make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.write_text("stage3:\n  ota:\n    moed: check_only\n")
    run = fleet.run("--check-config")
    assert run.exit == 2
    assert "data/config.yaml:3:5: " in run.err and "ota.mode" in run.err


def test_check_config_looks_at_the_secrets(make_fleet):
    fleet = make_fleet([device()], {"auth": {"secrets_file": "none.yaml"}})
    run = fleet.run("--check-config")
    assert run.exit == 2 and "none.yaml" in run.err


def test_check_state_finds_nothing(make_fleet):
    fleet = make_fleet([device("New")])
    run = fleet.run("--check-state")
    assert (run.exit, run.err) == (0, "")
    assert run.out == "data/ip_state.json: no problems found\n"
    assert fleet.calls() == []


def test_check_state_tells_all_bad_entries(make_fleet):
    state = '{\n  "A8032A000001": {"ip": "127.1"},\n  "A8032A000002": {"ip": "127.1.0.2"},\n  "nonsense": {}\n}'
    fleet = make_fleet([], state=state)
    run = fleet.run("--check-state")
    assert run.exit == 1
    places = [line.split(": ")[0] for line in run.out.splitlines()]
    assert all(place.startswith("data/ip_state.json:") for place in places)
    assert {place.split(":")[1] for place in places} == {"2", "4"}
    assert fleet.state_path.read_text() == state


def test_check_state_notes_what_is_seldom_meant(make_fleet):
    long = "  Lampe \t " + "x" * 70
    fleet = make_fleet([], state={
        "A8032A000001": {"ip": "127.1.0.1", "friendly_name": "Lampe"},
        "A8032A000002": {"ip": "127.1.0.2", "friendly_name": "Lampe"},
        "A8032A000003": {"ip": "127.1.0.1:80", "friendly_name": long},
        "A8032A000004": {"ip": "127.1.0.4", "friendly_name": " \u200e" * 40 + "short"},
        "A8032A000005": {"ip": "127.1.0.5", "friendly_name": "ä" * 64}})
    before = fleet.state_path.read_bytes()
    run = fleet.run("--check-state")
    assert (run.exit, run.err) == (0, "")
    assert run.out.splitlines() == [
        "data/ip_state.json: note: A8032A000001, A8032A000003: all have the address 127.1.0.1",
        "data/ip_state.json: note: A8032A000001, A8032A000002: all have the wanted name Lampe",
        "data/ip_state.json: note: A8032A000003: the name is longer than friendly.max_length (64) and will be cut to "
        f"'Lampe {'x' * 58}'"]
    assert fleet.state_path.read_bytes() == before


def test_check_state_notes_one_name_in_several_spellings(make_fleet):
    """What a device would get counts, and what nobody can tell apart: composed or not, in any order of its marks."""
    pairs = [("Küche", "Ku\u0308che"), ("a  b", " a\tb\u200e"), ("x" * 64 + "1", "x" * 64 + "2"), ("가각", "\u1100\u1161\u1100\u1161\u11a8"),
             ("a\u0323\u0302", "a\u0302\u0323"), ("\u212b", "\u00c5")]
    names = [name for pair in pairs for name in pair] + ["Kuche", "küche", "", "\u200e", " "]
    fleet = make_fleet([], state={f"A8032A{i:06d}": {"ip": f"127.1.0.{i + 1}", "friendly_name": name} for i, name in enumerate(names)})
    run = fleet.run("--check-state")
    notes = [line.split("note: ")[1] for line in run.out.splitlines() if "get the name" in line]
    assert (run.exit, run.err) == (0, "")
    assert sorted(note.split(": ")[0] for note in notes) == [f"A8032A{2 * i:06d}, A8032A{2 * i + 1:06d}" for i in range(len(pairs))]
    assert all(": spelled differently, all get the name " in note for note in notes)


def test_check_state_knows_all_that_unicode_holds_to_be_the_same(make_fleet):
    composed = [chr(c) for c in range(0x110000) if unicodedata.normalize("NFD", chr(c)) != chr(c)]
    composed = [c for c in composed if not c.isspace() and (not "\uac00" <= c <= "\ud7a3" or c < "\uac40")]
    state = {}
    for i, c in enumerate(composed):
        for j, name in enumerate([c, unicodedata.normalize("NFD", c)]):
            state[f"A8{j:02d}{i:08X}"] = {"ip": f"127.{1 + j}.{i // 250}.{1 + i % 250}", "friendly_name": f"[{name}] {unicodedata.normalize('NFD', c)}"}
    run = make_fleet([], state=state).run("--check-state")
    told = re.findall(r"note: A8..(\w{8}), A8..(\w{8}): spelled", run.out)
    assert len(told) > 1800 and all(one == other for one, other in told)
    # Some, compatibility ideographs, are what others are, too: more than two share a name then.
    assert run.out.count(": spelled") == len({unicodedata.normalize("NFD", c) for c in composed})


TLS_KEY = {"stage3": {"tls": {"port": 443, "key": "sha256//" + 43 * "A" + "="}}}


@pytest.mark.parametrize("entry, mode, text", [
    ({"ip": "http://127.1.0.1", **TLS_KEY}, "auto", "http:// in ip, but a TLS key is on record: delete stage3.tls"),
    ({"ip": "127.1.0.1", **TLS_KEY}, "off", "network.tls is off, but a TLS key is on record"),
    ({"ip": "https://127.1.0.1"}, "off", "https:// in ip, but network.tls is off"),
    ({"ip": "127.1.0.1:443"}, "off", "port 443, which is for HTTPS, but network.tls is off"),
    ({"ip": "http://127.1.0.1"}, "require", "http:// in ip, but network.tls is require"),
])
def test_check_state_tells_what_contradicts(make_fleet, entry, mode, text):
    """In the words of the run, which would fail these devices."""
    state = {"A8032A000001": entry, "A8032A000002": {"ip": "127.1.0.2" if mode != "require" else "https://127.1.0.2"}}
    fleet = make_fleet([], {"network": {"tls": mode}}, state=state)
    run = fleet.run("--check-state")
    assert run.exit == 1 and run.err == ""
    assert run.out.startswith(f"data/ip_state.json: A8032A000001: entry: {text}") and run.out.count("\n") == 1
    told = run.out.strip().split("A8032A000001: ")[1]
    errors = {one["mac"]: one["errors"] for one in fleet.run("--dry-run", "--json").json[:-1]}
    assert [error["text"] for error in errors["A8032A000001"]] == [told]


def test_check_state_finds_names_of_devices_with_tls(make_fleet):
    fleet = make_fleet([], {"network": {"tls": "require"}}, state={
        "A8032A000001": {"ip": "https://127.1.0.1", "friendly_name": "Lampe"},
        "A8032A000002": {"ip": "127.1.0.2", "friendly_name": "Lampe", **TLS_KEY}})
    run = fleet.run("--check-state")
    assert run.out == "data/ip_state.json: note: A8032A000001, A8032A000002: all have the wanted name Lampe\n"


def test_check_state_notes_no_names_where_none_are_written(make_fleet):
    fleet = make_fleet([device("Same"), device("Same")], {"friendly": {"enabled": False}})
    assert fleet.run("--check-state").out == "data/ip_state.json: no problems found\n"


@needs_root
def test_check_state_looks_whether_it_can_be_written():
    with public_fleet([device("New")]) as fleet:
        assert fleet.run("--check-state", prefix=as_nobody()).exit == 0
        fleet.state_path.parent.chmod(0o555)
        run = fleet.run("--check-state", prefix=as_nobody())
        assert run.exit == 3 and "cannot write state file data/ip_state.json: " in run.err


def test_check_state_of_a_malformed_file(make_fleet):
    run = make_fleet([], state='{\n  "A8032A000001": {"ip": }\n}').run("--check-state")
    assert run.exit == 3
    assert "data/ip_state.json:2:" in run.out


@pytest.mark.parametrize("state, status, place, text", [
    (b'\xef\xbb\xbf{}', 3, "1:1", "byte order mark: save the file as UTF-8 without one"),
    (b'{"A8032A000001": {"ip": "127.1.0.1", "x": NaN}}', 3, "1:43", "NaN is not JSON: write null or a number"),
    (b'{"A8032A000001": {"ip": "127.1.0.1", "x": None}}', 3, "1:43", "None is not JSON: write null"),
    (b'{"A8032A000001": {"ip": "127.1.0.1"},\n}', 3, "2:1", "remove the comma before it"),
    (b'{\n# mine\n}', 3, "2:1", "JSON has no comments"),
    (b'{\n<<<<<<< HEAD\n}', 3, "2:1", "here is a merge conflict that has not been resolved"),
    (b'{"A8032A000001": {"ip": "127.1.0.1-9"}}', 1, "1:25", 'ip "127.1.0.1-9" is a range of addresses'),
    (b'{"A8032A000001": {"ip": "127.1.0.1,127.1.0.2"}}', 1, "1:25", "is more than an address: one entry has one"),
    (b'{"A8032A000001": {"ip": "127.1.0.0/24"}}', 1, "1:25", "is a network, not the address of a device"),
    (b'{"A8032A000001": {"ip": "lamp.local"}}', 1, "1:25", "is a host name, not an address: names are not resolved"),
])
def test_check_state_calls_mistakes_by_their_name(make_fleet, state, status, place, text):
    run = make_fleet([], state=state).run("--check-state")
    assert run.exit == status
    assert run.out.startswith(f"data/ip_state.json:{place}: ") and text in run.out and run.out.count("\n") == 1


def test_check_state_of_no_file(make_fleet):
    fleet = make_fleet([])
    fleet.state_path.unlink()
    run = fleet.run("--check-state")
    assert run.exit == 3 and "data/ip_state.json" in run.err


def test_disabled_stage_says_so(make_fleet):
    fleet = make_fleet([device("New")], {"enabled": False})
    run = fleet.run()
    assert run.exit == 0
    assert "enabled: false" in run.err
    assert fleet.calls() == [] and fleet.recorded() == {}


def test_disabled_stage_needs_no_state_file(make_fleet):
    fleet = make_fleet([], {"enabled": False})
    fleet.state_path.unlink()
    assert fleet.run().exit == 0


def test_secrets_are_no_option(tmp_path):
    assert "password" not in run_cli("--help", cwd=tmp_path).out.lower()
