"""What promises 11 and 13 are about does happen to the program that one would first write, and is noticed there."""

import pytest

import evil_verdict as verdict
from evil_fleet import battle
from evil_kinds import CHALLENGES

# Each kind of trouble, and what must find it in the program that does what one would first write.
MUTANTS = {
    "endless-body*20": verdict.untruthful,
    "endless-chunks*20": verdict.untruthful,
    "1xx-flood*20": verdict.untruthful,
    "drip*20": verdict.overdue,
    "gzip-content*2": verdict.untruthful,
    "gzip-transfer*2": verdict.untruthful,
    "depth-bomb*20": verdict.untold,
    "late-bytes*20": verdict.unwritten,
    "redirect-http*20": verdict.strayed,
    "redirect-https*20": verdict.strayed,
    "redirect-file*20": verdict.untruthful,
}


@pytest.mark.parametrize("spec", MUTANTS)
def test_is_noticed(spec):
    with battle([spec], healthy=5, evil_options=["--flood-limit", 4 << 20, "--drip", 0.01]) as fought:
        fought.run_naive()
        assert MUTANTS[spec](fought) != []


def test_credentials_are_noticed():
    kinds = [kind for kind in CHALLENGES if kind != "negotiate"]  # needs a ticket of a Kerberos server
    with battle([f"{kind}*10" for kind in kinds], healthy=5) as fought:
        fought.run_naive()
    assert [kind for kind in kinds if not verdict.leaked(fought, [kind])] == []


def test_updates_of_strangers_are_noticed():
    with battle(["swapped=3*10"], healthy=5) as fought:
        fought.run_naive()
    assert fought.sum("updates_to_stranger") == 10
