"""The configuration file: what is refused, and the effect of keys that no other test shows."""

import pytest

from fleet import device
from promptly import check_in_time, check_within, repeated_when_late


def refused(make_fleet, text):
    """Runs with that configuration file and returns the complaint."""
    fleet = make_fleet([device("Neu")])
    before = fleet.state_path.read_bytes()
    fleet.config_path.write_bytes(text if isinstance(text, bytes) else text.encode())
    run = fleet.run()
    assert run.exit == 2, run
    assert run.out == ""
    assert fleet.calls() == [] and fleet.state_path.read_bytes() == before
    return run.err


@pytest.mark.parametrize("text, place, hint", [
    ("stage3:\n  enabeld: true\n", "2:3", "enabled"),
    ("stage3:\n  ota:\n    mod: check_only\n", "3:5", "ota.mode"),
    ("stage3:\n  timeout: {ping: 1}\n", "2:3", "timeouts"),
    ("stage3:\n  enabled: true\n  enabled: false\n", "3:3", "duplicate"),
    ("stage3:\n  ota: {mode: check_and_updat}\n", "2:15", "check_and_update"),
    ("stage3:\n  ota: {stage: gamma}\n", "2:16", "beta"),
    ("stage3:\n  ota: {timeout: 0}\n", "2:18", "> 0"),
    ("stage3:\n  ota: {timeout: -1}\n", "2:18", "> 0"),
    ("stage3:\n  ota: {timeout: '20'}\n", "2:18", "quotes"),
    ("stage3:\n  ota: {rate: -1}\n", "2:15", "0"),
    ("stage3:\n  ota: {max_per_run: 1.5}\n", "2:22", "whole number"),
    ("stage3:\n  concurrency: 0\n", "2:16", "1 to 65536"),
    ("stage3:\n  concurrency: 65537\n", "2:16", "1 to 65536"),
    ("stage3:\n  concurrency: 0x10\n", "2:16", "1 to 65536"),
    ("stage3:\n  enabled: maybe\n", "2:12", "true or false"),
    ("stage3:\n  enabled: 'true'\n", "2:12", "quotes"),
    ("stage3:\n  enabled: [true]\n", "2:12", "list"),
    ("stage3:\n  enabled:\n", "2:", "enabled"),
    ("stage3:\n  ota: true\n", "2:8", "mapping"),
    ("stage3: true\n", "1:9", "mapping"),
    ("- stage3\n", "1:1", "mapping"),
    ("stage3:\n  ota: &a {mode: check_only}\n", "2:8", "anchors"),
    ("a: &a {x: 1}\nstage3:\n  ota: *a\n", "3:8", "aliases"),
    ("stage3:\n  enabled: !!bool true\n", "2:12", "tags"),
    ("stage3:\n  <<: {enabled: true}\n", "2:3", "merge"),
    ("stage3: {}\n---\nstage3: {}\n", "2:1", "document"),
    ("stage3:\n\tenabled: true\n", "2:1", "YAML does not allow for indentation; use spaces"),
    ("stage3:\n  ota:\n    mode: check_only\n\t\ttimeout: 5\n", "4:1", "use spaces"),
    ("stage3:\n  ota: {timeout: .nan}\n", "2:18", "finite"),
    ("stage3:\n  ota: {timeout: 1e400}\n", "2:18", "exponent"),
    ("stage3:\n  ota: {timeout: 010}\n", "2:18", "octal"),
    ("stage3:\n  ota: {timeout: 20s}\n", "2:18", "unit"),
    ("stage3:\n  ota: {rate: 0.0000000001}\n", "2:15", "from 0.00001 to 1000000"),
    ("stage3:\n  friendly: {field_name: ip}\n", "2:26", "means something else"),
    ("stage3:\n  friendly: {field_name: Mac_Aliases}\n", "2:26", "means something else"),
    ("stage3:\n  friendly: {field_name: ''}\n", "2:26", "not empty"),
    ("stage3:\n  ip_state_file: \"a\\0b\"\n", "2:18", "NUL"),
    ("stage3:\n  ip_state_file: a\0b\n", "2:19", "U+0000"),
    ("stage3: {\n", "2:1", "YAML"),
    ("stage3:\n  friendly: {max_length: 0}\n", "2:26", "1 to 255"),
    ("stage3:\n  ip_state_file: ''\n", "2:18", "not empty"),
])
def test_error_tells_the_place_and_the_way_out(make_fleet, text, place, hint):
    complaint = refused(make_fleet, text)
    assert f"data/config.yaml:{place}" in complaint
    assert hint in complaint.split(f":{place}")[1]


def test_text_that_is_not_utf8(make_fleet):
    assert ":2:12: not valid UTF-8" in refused(make_fleet, b"stage3:\n  enabled: \xff\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_other_encodings_are_called_by_their_name(make_fleet, encoding):
    complaint = refused(make_fleet, "stage3:\n  enabled: false\n".encode(encoding))
    assert f":1:1: the text is {encoding[:6].upper()}, not UTF-8: save the file as UTF-8" in complaint


def test_a_file_that_cannot_be_read(make_fleet):
    fleet = make_fleet([device("Neu")])
    run = fleet.run("--config", "data")
    assert run.exit == 2 and "cannot read configuration file data: Is a directory" in run.err
    run = fleet.run("--config", "/nowhere/config.yaml")
    assert run.exit == 2 and "working directory" not in run.err
    fleet.write_config({"auth": {"secrets_file": "data/none.yaml"}})
    run = fleet.run("--check-config")
    assert run.exit == 2
    assert run.err == ("stage3: cannot read secrets file data/none.yaml: No such file or directory "
                       f"(the working directory is {fleet.dir})\n")
    assert fleet.calls() == []


def test_huge_file(make_fleet):
    assert "1048576" in refused(make_fleet, "#" * (1 << 20) + "\nstage3: {}\n")


def test_deep_nesting(make_fleet):
    assert "32" in refused(make_fleet, "other: " + "[" * 40 + "]" * 40 + "\n")


def test_a_typo_elsewhere_does_not_matter(make_fleet):
    fleet = make_fleet([device()])
    fleet.config_path.write_text("stage1: {whatever: [1, 2]}\nstage3: {}\nother: &x 1\nmore: *x\n")
    assert fleet.run().exit == 0


# Each of them switches the names off, or means to; none is a section `stage3`.
LOST = {
    "": ": there is no section 'stage3' in it",
    "# stage3:\n#   friendly: {enabled: false}\n": ": there is no section 'stage3' in it",
    "stage1: {}\nstage2: {}\n": ": there is no section 'stage3' in it",
    "friendly:\n  enabled: false\n": ": there is no section 'stage3' in it",
    "Stage3:\n  friendly: {enabled: false}\n": ":1:1: the section is called 'stage3', not 'Stage3'",
    "x: 1\nSTAGE3: {enabled: false}\n": ":2:1: the section is called 'stage3', not 'STAGE3'",
    "stage_3: {enabled: false}\n": ":1:1: the section is called 'stage3', not 'stage_3'",
    "stage-3: {enabled: false}\n": ":1:1: the section is called 'stage3', not 'stage-3'",
    "stage 3: {enabled: false}\n": ":1:1: the section is called 'stage3', not 'stage 3'",
    "staeg3: {enabled: false}\n": ":1:1: the section is called 'stage3', not 'staeg3'",
    "stages:\n  stage3:\n    enabled: false\n": ":2:3: 'stage3' stands below 'stages'",
    "network:\n  mqtt:\n    stage3: {enabled: false}\n": ":3:5: 'stage3' stands below 'network'",
    "stage3:\nfriendly:\n  enabled: false\n": ":2:1: 'friendly' stands below 'stage3' without being in it",
    "stage3:\n  enabled: true\nfriendly:\n  enabled: false\n": ":3:1: 'friendly' stands beside 'stage3' without being",
    "stage3:\n\u00a0\u00a0friendly: {enabled: false}\n": ":2:1: U+00A0 (no-break space) is no indentation: use spaces",
    "stage3: {}\nStage3: {enabled: false}\n": ":2:1: the section is called 'stage3', not 'Stage3'",
    "stage3:\nenabled: false\n": ":2:1: 'enabled' stands below 'stage3' without being in it",
}


def test_a_lost_section_writes_nothing(make_fleet):
    fleet = make_fleet([device("Neu", update={"stable": "9.0.0"})])
    before = fleet.state_path.read_bytes()
    for text, complaint in LOST.items():
        fleet.config_path.write_text(text)
        for options in [[], ["--dry-run"], ["--check-config"], ["--check-state"]]:
            run = fleet.run(*options)
            assert run.exit == 2 and run.out == "", (text, run)
            assert run.err.startswith(f"stage3: data/config.yaml{complaint}"), (text, run)
    assert fleet.calls() == [] and fleet.state_path.read_bytes() == before
    # What the fleet would have got: the same without the slip is a run that writes.
    fleet.config_path.write_text("stage3:\n")
    assert fleet.run().exit == 0
    assert fleet.recorded()["device_name"] == "Neu"


def test_an_address_is_nobodys_name(make_fleet):
    fleet = make_fleet([device("Neu")], {"friendly": {"field_name": "ip"}})
    run = fleet.run()
    assert run.exit == 2 and "friendly.field_name" in run.err
    assert fleet.calls() == []


@pytest.mark.parametrize("text", ["stage3: {}\n", "stage3:\n", "\ufeffstage3:\r\n  enabled: true\r\n",
                                  "'stage3': ~\n", "stage1: {}\nstage3:\nstage4: {ota: 1}\n"])
def test_no_keys_mean_the_defaults(make_fleet, text):
    fleet = make_fleet([device("Neu", update={"stable": "9.0.0"})])
    fleet.config_path.write_bytes(text.encode())
    run = fleet.run()
    assert run.exit == 0
    assert "OTA=updateable | Friendly=ok ( -> Neu)" in run.line
    assert "Shelly.Update" not in fleet.calls()


@pytest.mark.parametrize("word, on", [("yes", True), ("On", True), ("TRUE", True),
                                      ("no", False), ("Off", False), ("false", False)])
def test_booleans_as_in_yaml(make_fleet, word, on):
    fleet = make_fleet([device()])
    fleet.config_path.write_text(f"stage3:\n  ota:\n    enabled: {word}\n")
    assert ("OTA=up_to_date" if on else "OTA=skipped") in fleet.run().line


def test_runbook_example(make_fleet):
    fleet = make_fleet([device("Neu", update={"stable": "9.0.0"})])
    fleet.config_path.write_text("""stage3:
  enabled: true

  ip_state_file: data/ip_state.json

  ota:
    enabled: true
    mode: check_and_update   # oder: check_only
    timeout: 20              # Sekunden für OTA-RPCs

  friendly:
    enabled: true
    field_name: friendly_name
    backfill: false          # false => JSON ist Master, Device folgt

  logging:
    base_path: data/stage3_log.txt
""")
    assert fleet.run().summary == "Stage 3 summary: total=1 ok=1 failed=0 updates=1 names=1"
    assert (fleet.dir / "data/stage3_log.txt").read_text().count("\n") == 4


@repeated_when_late
def test_reach_timeout(make_fleet):
    fleet = make_fleet([device(presence="silent")], {"timeouts": {"reach": 0.2, "rpc": 0.2}})
    check_within(2, fleet.run().seconds)


@repeated_when_late
def test_connect_rate_holds_for_every_second(make_fleet):
    fleet = make_fleet([device() for _ in range(40)], {"network": {"connect_rate": 40}})
    fleet.run()
    times = sorted(request["t"] for request in fleet.requests())
    assert len(times) == 80
    # A simulator that notes some of them late notes them too close together.
    check_in_time(times[-1] - times[0] >= 0.9, times)
    check_in_time(all(times[i + 40] - times[i] >= 0.9 for i in range(40)), times)


def test_fractions_of_seconds(make_fleet):
    fleet = make_fleet([device(latency_ms={"Shelly.CheckForUpdate": 400})], {"ota": {"timeout": 0.15}})
    fleet.run()
    assert fleet.recorded()["error"] == "OTA: timeout"
