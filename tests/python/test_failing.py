"""Which kind of error it was, and since when a device fails: in results, on record, and merged."""

import json

import pytest
import stage3

FIRST, LATER, LAST = "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"
KEY = "A8032A000001"


def entry(**recorded):
    return {KEY: {"ip": "127.0.0.1", "stage3": recorded}}


def failed(finished, **members):
    return {"v": 1, "type": "device", "key": KEY, "mac": KEY, "outcome": "failed", "ota_status": "error", "finished": finished,
            "error_id": "auth.login_refused",
            "errors": [{"part": "auth", "cause": "login_refused", "error_id": "auth.login_refused", "text": "auth: login refused"}],
            **members}


def well(finished):
    return {"v": 1, "type": "device", "key": KEY, "mac": KEY, "outcome": "ok", "ota_status": "up_to_date", "finished": finished,
            "errors": []}


def recorded(inventory):
    members = inventory[KEY]["stage3"]
    return members.get("error_id"), members.get("failing_since")


def test_a_result_tells_both():
    result = stage3.Result.from_dict(failed(LATER, failing_since=FIRST))
    assert (result.error_id, result.errors[0].error_id) == ("auth.login_refused", "auth.login_refused")
    assert result.failing_since.isoformat() == "2026-11-21T00:00:00+00:00"
    assert stage3.Result.from_dict(well(LATER)).failing_since is None and stage3.Result.from_dict(well(LATER)).error_id == ""
    older = failed(LATER)
    del older["error_id"], older["errors"][0]["error_id"]
    assert stage3.Result.from_dict(older).errors[0].error_id == ""
    with pytest.raises(ValueError, match="not the result of a device"):
        stage3.Result.from_dict(failed(LATER, failing_since="gestern"))


def test_a_run_tells_both():
    result, = stage3.run({"ota.mode": "check_only"}, devices={KEY: {"ip": "nonsense"}}, updates=False)
    assert result.error_id == result.errors[0].error_id == "entry.bad_value"
    assert result.errors[0].short.startswith("entry: ") and len(result.errors[0].short) <= 24
    assert result.failing_since == result.finished


def test_an_error_is_explained_in_two_languages():
    info = stage3.error_info("auth.login_refused")
    assert info.id == "auth.login_refused" and "password" in info.meaning and "auth.secrets_file" in info.advice
    assert "Passwort" in stage3.error_info("auth.login_refused", "de").meaning
    assert stage3.error_info("auth.login_refused", language="en") == info
    assert stage3.error_info("") is stage3.error_info("of.a_later_version") is None
    with pytest.raises(ValueError, match="'en' or 'de', not 'fr'"):
        stage3.error_info("auth.login_refused", "fr")
    with pytest.raises(TypeError, match="error_id must be"):
        stage3.error_info(5)


def test_results_are_merged_one_after_the_other():
    known = entry(failing_since=FIRST)
    assert recorded(stage3.merge_results(known, [failed(LATER)])) == ("auth.login_refused", FIRST)
    assert recorded(stage3.merge_results(known, [failed(LATER, failing_since=LATER)])) == ("auth.login_refused", LATER)
    assert recorded(stage3.merge_results(known, [well(LATER)])) == (None, None)
    assert recorded(stage3.merge_results(known, [failed(LAST), well(LATER)])) == ("auth.login_refused", LAST)
    assert recorded(stage3.merge_results({KEY: {"ip": "127.0.0.1"}}, [failed(LATER)])) == ("auth.login_refused", LATER)


@pytest.mark.parametrize("left", [
    {"error": "OTA: x; friendly: y", "error_id": "ota.rpc friendly.timeout", "failing_since": LATER},
    {"error_id": "of.a later_version", "failing_since": LATER}, {}])
def test_the_inventory_of_a_part_says_what_its_run_has_left(left):
    part = entry(ota_status="error", last_run=LAST, **left)
    merged = stage3.merge_results(entry(failing_since=FIRST, error_id="x.y", last_run=FIRST), part)
    assert recorded(merged) == (left.get("error_id"), left.get("failing_since"))
    assert json.loads(json.dumps(merged)) == merged
