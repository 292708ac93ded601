"""Mistakes that are easily made with libcurl are noticed, each by what should notice it; a client without any is not.

The client is answers/naive.cpp, the devices and the verdict are those of test_answers.py.
"""

import subprocess

import pytest

import answers_verdict as verdict
import evil_verdict
from answers_fleet import NAIVE, Encounter
from battlefield import LONG

ATTACKS = ["folded-first", "broken-challenge", "odd-status", "second-status", "cut-refusal"]
RANDOM = "random=0*300"
# Debian may mend it, or another libcurl be installed.
CURL_WITH_FREED_HEADERS = "7.88.1"


def some(attack):
    """A few variants of an attack, at the calls around the login."""
    return [f"{attack}={variant}@{call}" for variant in range(0, 48, 3) for call in (2, 3, 4)]


def noticed(mistake, *specs):
    with Encounter(specs) as fought:
        fought.run_naive(mistake)
        assert verdict.crashed(fought) or set(fought.finished.results) == set(fought.before)
        return verdict.crashed(fought) or verdict.complained(fought) + evil_verdict.strayed(fought)


def played_again(wrong):
    """What is noticed of the conversations that were complained of; what belongs to none stays as it is."""
    strayed = [text for text in wrong if ": " not in text]
    return strayed or noticed("none", *sorted({text.partition(": ")[0] for text in wrong}))


def test_nothing_is_noticed_in_a_good_client():
    """Where the machine has no time for it, its calls end before they are answered, and their logins go out anew: what is
    noticed only then is not noticed when it is played again."""
    attacks = ATTACKS if LONG else [spec for attack in ATTACKS for spec in some(attack)]
    wrong = noticed("none", *attacks, f"random=0*{1000 if LONG else 300}")
    for _ in range(3):
        wrong = wrong and played_again(wrong)
    assert wrong == [], verdict.in_words(wrong)


def test_a_handle_that_served_a_call_before():
    """libcurl continues a field of the last answer, which it has freed."""
    version = subprocess.run([NAIVE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if version != CURL_WITH_FREED_HEADERS:
        pytest.skip(f"libcurl {version} is not {CURL_WITH_FREED_HEADERS}, which takes a freed header for a live one")
    assert noticed("reused-handle", *some("folded-first")) != []


@pytest.mark.parametrize("specs", [some("broken-challenge"), [RANDOM]], ids=["broken-challenge", "random"])
def test_a_challenge_taken_before_its_head_has_ended(specs):
    assert any("answer to a challenge that is none" in words for words in noticed("hasty-reader", *specs))


@pytest.mark.parametrize("specs", [some("odd-status"), some("second-status"), [RANDOM]],
                         ids=["odd-status", "second-status", "random"])
def test_a_password_that_libcurl_knows(specs):
    wrong = noticed("password-in-libcurl", *specs)
    assert any("MD5" in words for words in wrong) and any("foreign realm" in words for words in wrong)
