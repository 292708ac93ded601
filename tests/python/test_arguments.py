"""Wrong types and values, configuration, errors: each says what, where and what to do."""

import inspect
import json
import os
import pickle
import re
from pathlib import Path

import pytest

import stage3


@pytest.mark.parametrize("start", [stage3.run, stage3.Runner, stage3.aio.run, stage3.aio.Runner])
@pytest.mark.parametrize("arguments, told", [
    ({"config": 5}, "config must be a path (str or os.PathLike), not int"),
    ({"state": 5}, "state must be a path (str or os.PathLike), not int"),
    ({"devices": [1]}, "devices must be a mapping, not list"),
    ({"devices": {"a": {1, 2}}}, "devices must be what JSON can hold, with str as keys"),
    ({"devices": {(1, 2): {}}}, "devices must be what JSON can hold, with str as keys"),
    ({"devices": {}, "state": "x"}, "state and devices exclude each other"),
    ({"dry_run": 1}, "dry_run must be a bool, not int"),
    ({"updates": None}, "updates must be a bool, not NoneType"),
    ({"ips": "127.0.0.1"}, "ips must be a list of addresses (str), not str"),
    ({"select": "status=failed"}, "select must be a list of terms (str), not str"),
    ({"select": [5]}, "each of select must be a str, not int"),
    ({"ips": [5]}, "each of ips must be a str, not int"),
    ({"on_event": 5}, "on_event must be callable or None, not int"),
    ({"on_permit": 5}, "on_permit must be callable or None, not int"),
    ({"on_update": True}, "on_update must be callable or None, not bool"),
    ({"resume": 1}, "resume must be a bool, not int"),
    ({"on_key_change": True}, "on_key_change must be callable or None, not bool"),
    ({"password": "secret"}, "password must be callable or None, not str"),
])
def test_wrong_types_are_told_at_the_call(start, arguments, told):
    with pytest.raises(TypeError) as caught:
        start(**{"devices": {}, **({"devices": None} if "state" in arguments else {}), **arguments})
    assert str(caught.value).startswith(told)
    assert "secret" not in str(caught.value)


def test_wrong_types_elsewhere(tmp_path):
    for call, told in [
        (lambda: stage3.StateStore(5), "path must be a path"),
        (lambda: stage3.StateStore(tmp_path, 5), "name_field must be a str, not int"),
        (lambda: stage3.RunLock(5), "path must be a path"),
        (lambda: stage3.Config.load(5), "path must be a path"),
        (lambda: stage3.Config.parse(5), "yaml must be a str, not int"),
        (lambda: stage3.Config([]), "options must be a mapping, not list"),
        (lambda: stage3.Config({5: 5}), "key must be a str, not int"),
        (lambda: stage3.Config({"ip_state_file": True}), "ip_state_file must be a str, not bool"),
        (lambda: stage3.Config({"friendly.field_name": 5}), "friendly.field_name must be a str, not int"),
        (lambda: stage3.Config({"ota.mode": []}), "ota.mode must be a str, bool, int or float, not list"),
        (lambda: stage3.Runner(devices={}).add([]), "devices must be a mapping, not list"),
        (lambda: stage3.Result(), "a Result comes from a run"),
    ]:
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value).startswith(told), caught.value


def test_config_errors_tell_the_place(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("stage3:\n  ota:\n    mod: check_only\n")
    with pytest.raises(stage3.ConfigError) as caught:
        stage3.run(path)
    error = caught.value
    assert (error.path, error.line, error.column) == (str(path), 3, 5)
    assert str(error) == f"{path}:3:5: {error.message}" and "'ota.mode'" in error.message
    assert isinstance(error, stage3.Stage3Error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.line) == (stage3.ConfigError, str(error), 3)
    with pytest.raises(stage3.ConfigError, match="no-such-file"):
        stage3.run(tmp_path / "no-such-file")


def test_state_errors_tell_the_place(tmp_path):
    path = tmp_path / "state.json"
    path.write_text('{"A8032A000001": {"ip": 1,,}}')
    with pytest.raises(stage3.StateError) as caught:
        stage3.run(state=path)
    assert (caught.value.path, caught.value.line) == (str(path), 1) and caught.value.column > 20
    with pytest.raises(stage3.StateError) as caught:
        stage3.run(devices={"version": 2, "devices": {}})
    assert caught.value.path == "devices"


def test_the_lock_of_another_run_explains_more_than_its_file(tmp_path):
    path = tmp_path / "state.json"
    path.write_text("{}")
    with stage3.RunLock(path):
        path.write_text("{")
        with pytest.raises(stage3.LockedError, match=rf"process \({os.getpid()}\)"):
            stage3.run(state=path)
    with pytest.raises(stage3.StateError):
        stage3.run(state=path)


def test_paths_of_any_bytes(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff.json")
    with pytest.raises(stage3.StateError) as caught:
        stage3.run(state=os.fsdecode(path))
    assert os.fsencode(caught.value.path) == path


def test_config():
    config = stage3.Config({"ota.timeout": 0.5, "friendly.backfill": True, "concurrency": 7})
    assert (config["ota.timeout"], config["friendly.backfill"], config["concurrency"]) == ("0.5", "true", "7")
    assert config["ota.mode"] == "check_only" and "network.connect_rate" in config.keys()
    assert repr(config) == "Config({'concurrency': '7', 'ota.timeout': '0.5', 'friendly.backfill': 'true'})"
    assert pickle.loads(pickle.dumps(config)) == config == stage3.Config(dict(config)) != stage3.Config()
    changed = config.copy()
    changed["concurrency"] = "8"
    assert config["concurrency"] == "7"
    for key, value, told in [("ota.mod", "x", "'ota.mode'"), ("concurrency", 0, "1 to 65536"), ("ota.mode", True, "check_only"),
                             ("concurrency", 7.0, "concurrency"), ("concurrency", True, "concurrency"),
                             ("friendly.backfill", 1, "friendly.backfill"), ("ota.timeout", True, "ota.timeout")]:
        with pytest.raises(stage3.ArgumentError, match=told) as caught:
            config[key] = value
        assert isinstance(caught.value, ValueError)
    defaults = stage3.Config.default_file()
    assert stage3.Config.parse(defaults) == stage3.Config() and all(key.rpartition(".")[2] + ":" in defaults for key in stage3.Config())
    parsed = stage3.Config.parse("stage3: {ota: {stage: beta}}")
    assert parsed["ota.stage"] == "beta"
    with stage3.Runner(parsed, devices={}) as runner:
        parsed["ota.stage"] = "stable"
        assert runner.config["ota.stage"] == "beta"


def test_a_path_is_not_the_options(tmp_path):
    for path in ("data/config.yaml", tmp_path):
        with pytest.raises(TypeError) as caught:
            stage3.Config(path)
        assert str(caught.value) == f"options must be a mapping, not {type(path).__name__}: Config.load(path) reads a file"


@pytest.mark.parametrize("options, told", [
    ({"ota": {"mode": "check_only"}}, "'ota' is a section, not an option: write 'ota.mode'"),
    ({"stage3": {"ota": {"stage": "beta", "mode": 5}}}, "'stage3' is a section, not an option: write 'ota.stage'"),
    ({"stage3": {"concurrency": 5}}, "'stage3' is a section, not an option: write 'concurrency'"),
    ({"ota": {}}, "'ota' is a section, not an option: write 'ota.enabled', for example"),
    ({"ota": {"secret": 1}}, "'ota' is a section, not an option: write 'ota.enabled', for example"),
    ({"ota": {5: 1}}, "'ota' is a section, not an option: write 'ota.enabled', for example"),
    ({"stage3": {}}, "'stage3' is a section, not an option: write 'enabled', for example"),
    ({"ota.mode": {"mode": 1}}, "ota.mode must be a str, bool, int, float or list of str, not dict"),
    ({"nothing": {"mode": 1}}, "nothing must be a str, bool, int, float or list of str, not dict"),
])
def test_sections_are_told_how_to_write_them(options, told):
    for start in (stage3.Config, stage3.run):
        with pytest.raises(TypeError) as caught:
            start(options)
        assert str(caught.value) == told


def test_a_file_with_one_key_changed(tmp_path):
    """As docs/python.md has it."""
    path = tmp_path / "config.yaml"
    path.write_text("stage3:\n  concurrency: 7\n  ota: {mode: check_only}\n")
    config = stage3.Config.load(path)
    config["ota.mode"] = "check_and_update"
    with stage3.Runner(config, devices={}) as runner:
        assert (runner.config["concurrency"], runner.config["ota.mode"]) == ("7", "check_and_update")


@pytest.mark.parametrize("name", ["Summary", "Tls", "UpdateRecord"])
def test_the_documentation_has_every_field(name):
    text = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    fields, = re.findall(rf"\b{name}\(([^()]*)\)", text)
    assert [field.partition("=")[0].strip() for field in fields.split(",")] == list(inspect.signature(getattr(stage3, name)).parameters)


def test_config_lists():
    config = stage3.Config({"ota.hold": ["app=Plus*", 'name=K\u00fcche "1"'], "ota.block": "1.10"})
    assert json.loads(config["ota.hold"]) == ["app=Plus*", 'name=K\u00fcche "1"']
    assert (config["ota.block"], config["ota.windows"]) == ('["1.10"]', "[]")
    assert pickle.loads(pickle.dumps(config)) == config == stage3.Config(dict(config)) != stage3.Config()
    config["ota.windows"] = ("Sat,Sun 22:00-06:00", "02:00-05:00")
    config["ota.hold"] = []
    assert (config["ota.windows"], config["ota.hold"]) == ('["Sat,Sun 22:00-06:00", "02:00-05:00"]', "[]")
    parsed = stage3.Config.parse("stage3: {ota: {block: [1.10, 2.0.0-beta1]}}")
    assert parsed["ota.block"] == '["1.10", "2.0.0-beta1"]'
    for key, value, told in [("ota.block", 1.1, "a str or a list of str"), ("ota.block", 2, "a list of str"),
                             ("ota.block", True, "a list of str"), ("ota.block", [1.1], "each of ota.block must be a str, not float"),
                             ("ota.block", ["1.7", None], "not NoneType"), ("ota.block", {"a": "b"}, "list of str"),
                             ("ota.windows", ["02:00-02:00"], "ends when it begins"), ("ota.hold", ["app=x", "y"], "'y' is neither"),
                             ("logging.base_path", ["a"], "must be a str"), ("concurrency", ["7"], "a str, bool, int or float, not list"),
                             ("ota.mode", ["check_only"], "not list"), ("ota.hodl", ["app=x"], "did you mean 'ota.hold'")]:
        with pytest.raises((stage3.ArgumentError, TypeError), match=told):
            config[key] = value
    assert config["ota.block"] == '["1.10"]'


def test_a_text_without_the_section_is_no_configuration(tmp_path):
    path = tmp_path / "config.yaml"
    for text, place, told in [("", (0, 0), "there is no section 'stage3'"), ("x: 1\nStage3: {}\n", (2, 1), "not 'Stage3'"),
                              ("net:\n  stage3: {}\n", (2, 3), "below 'net'"), ("stage3:\nota: {}\n", (2, 1), "indent it")]:
        path.write_text(text)
        for call in (lambda: stage3.Config.load(path), lambda: stage3.Config.parse(text, str(path)), lambda: stage3.run(path)):
            with pytest.raises(stage3.ConfigError, match=told) as caught:
                call()
            assert (caught.value.path, caught.value.line, caught.value.column) == (str(path), *place)
    assert stage3.Config.parse("stage3:\n") == stage3.Config()


def test_numbers_out_of_range():
    for key, value in [("ota.timeout", 0), ("ota.timeout", -1.5), ("ota.timeout", float("nan")), ("timeouts.rpc", 1e400),
                       ("ota.rate", 1e-10), ("network.connect_rate", float("inf")), ("friendly.max_length", 10**30)]:
        with pytest.raises(stage3.ArgumentError, match=f"^{key} must be a "):
            stage3.Config({key: value})
    assert stage3.Config({"ota.rate": 0.00001, "timeouts.ping": 0.000001})["ota.rate"] == "0.00001"
    for field in ["ip", "stage3", ""]:
        with pytest.raises(stage3.ArgumentError, match="^friendly.field_name must be "):
            stage3.Config({"friendly.field_name": field})


def test_a_member_that_means_something_else_is_no_name_field(tmp_path):
    path = tmp_path / "state.json"
    path.write_text("{}")
    with pytest.raises(stage3.ArgumentError, match="^friendly.field_name must be "):
        stage3.StateStore(path, "ip")


def test_escape():
    assert stage3.escape("a\n\x1b[31m\u202e\\") == "a\\n\\x1b[31m\\u202e\\\\"


def test_results_travel():
    json = {"v": 1, "type": "device", "key": "a8:03:2a:00:00:01", "mac": "A8032A000001", "address": "[::1]:8080",
            "outcome": "failed", "ota_status": "error", "name_changed": False, "update_sent": False,
            "update_held": False, "finished": "2026-11-23T14:31:05Z", "later": ["member"],
            "errors": [{"part": "OTA", "cause": "rpc", "http_status": 500, "rpc_code": -103, "text": "OTA: HTTP 500"},
                       {"part": "friendly", "cause": "timeout", "text": "friendly: timeout"}]}
    result = stage3.Result.from_dict(json)
    assert (result.ip, result.port, result.mac) == ("::1", 8080, "A8032A000001")
    assert result.error == "OTA: HTTP 500; friendly: timeout"
    assert result.errors[0] == stage3.DeviceProblem("OTA", "rpc", "OTA: HTTP 500", 500, -103)
    assert result.to_dict() == json and result.to_dict() is not result.to_dict()
    assert result.last_seen is None and result.friendly_status is None and result.device_name is None
    again = pickle.loads(pickle.dumps(result))
    assert again == result and len({again, result}) == 1
    with pytest.raises(AttributeError):
        result.mac = "x"
    for wrong in ({}, {"type": "summary"}, {**json, "outcome": "fine"}, {**json, "finished": "now"},
                  {**json, "update_sent": "false"}, {**json, "ota_status": "x"}, {**json, "address": "[::1]:x"}, {**json, "errors": [{}]},
                  {**json, "tls_key_changed": "false"}, {**json, "tls_port": "https"}):
        with pytest.raises(ValueError, match="not the result of a device"):
            stage3.Result.from_dict(wrong)


@pytest.mark.parametrize("address, place", [
    ("127.0.0.1", ("127.0.0.1", 80)), ("http://127.0.0.1", ("127.0.0.1", 80)), ("https://127.0.0.1:8443", ("127.0.0.1", 8443)),
    ("::1", ("::1", 80)), ("http://::1", ("::1", 80)), ("https://[::1]:80", ("::1", 80)), ("[::1]:443", ("::1", 443)),
])
def test_the_parts_of_an_address(address, place):
    result = stage3.Result.from_dict({"type": "device", "key": "x", "outcome": "ok", "finished": "2026-11-23T14:31:05Z", "address": address})
    assert (result.ip, result.port) == place
