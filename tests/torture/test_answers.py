"""Promises 11, 13 and 20: whatever a device answers, at whichever call, hurts only its own result and gets no login by it.

STAGE3_ANSWERS: the conversations to have instead, blanks between; all that came and went is shown.
"""

import os
import subprocess

import pytest

import answers_verdict as verdict
import evil_verdict
import figures
from answers_fleet import Encounter
from battlefield import LONG

COUNT = 5000 if LONG else 1000
SEEDS = range(0, 100_000 if LONG else 1000, COUNT)
# By TLS each call takes a handshake's time.
TLS_COUNT = 2000 if LONG else 100
ATTACKS = ["folded-first", "broken-challenge", "odd-status", "second-status", "cut-refusal"]
REPLAYED = os.environ.get("STAGE3_ANSWERS", "").split()


@pytest.fixture(name="told_alone", scope="module")
def fixture_told_alone():
    return verdict.alone()


def culprits(names):
    """Of conversations that crash the command the fewest that still do, by halves."""
    while len(names) > 1:
        half = len(names) // 2
        for part in (names[:half], names[half:]):
            with Encounter(part) as fought:
                fought.run()
                if verdict.crashed(fought):
                    names = part
                    break
        else:
            break
    return names


def check(specs, told_alone, options=()):
    with Encounter(specs, options) as fought:
        fought.run("--threads", "2")
        wrong = verdict.everything(fought, told_alone)
        names = [device["name"] for device in fought.devices]
        if verdict.crashed(fought):
            wrong.append(f"crashed by {' '.join(culprits(names)[:verdict.SHOWN])}")
        assert wrong == [], verdict.in_words(wrong)
        return fought


def figures_of(fought, what):
    devices = fought.devices
    logins = sum(device["logins"] for device in devices)
    figures.tell(20, f"{len(devices)} conversations ({what}), {sum(d['calls'] for d in devices)} calls, "
                     f"{sum(d['odd'] for d in devices)} odd answers, {logins} logins beside {len(fought.healthy)} healthy "
                     f"devices in {fought.finished.seconds:.1f} s: no crash, no wrong login, no healthy one hurt")


@pytest.mark.skipif(REPLAYED != [], reason="STAGE3_ANSWERS names others")
@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_at_every_call(attack, told_alone):
    figures_of(check([attack], told_alone), attack)


@pytest.mark.skipif(REPLAYED != [], reason="STAGE3_ANSWERS names others")
@pytest.mark.parametrize("seed", SEEDS)
def test_odd_answers(seed, told_alone):
    fought = check([f"random={seed}*{COUNT}"], told_alone)
    figures_of(fought, f"random={seed}*{COUNT}")
    # A run in which nothing odd came, or nobody logged in, would prove nothing.
    assert sum(device["odd"] > 0 for device in fought.devices) > COUNT / 2
    assert sum(device["logins"] > 0 for device in fought.devices) > COUNT / 3
    assert sum(device["updates"] > 0 for device in fought.devices) > COUNT / 4


@pytest.mark.skipif(REPLAYED != [], reason="STAGE3_ANSWERS names others")
@pytest.mark.parametrize("specs", [[f"random={COUNT}*{TLS_COUNT}"], ATTACKS if LONG else ATTACKS[-1:]], ids=["odd", "attacks"])
def test_by_tls(specs, told_alone):
    """What came of an answer does not depend on what it came by."""
    fought = check(specs, told_alone, ["--tls"])
    told = [fought.finished.results[mac] for mac in fought.evil.macs()]
    assert all("tls_key" in result for result in told if result["outcome"] == "ok"), "they were not asked by TLS"
    figures_of(fought, f"by TLS, {' '.join(specs)}")


@pytest.mark.skipif(REPLAYED != [] or "STAGE3_TORTURE_EMBEDDER" not in os.environ, reason="not built here, or others named")
def test_program_that_embeds_the_library():
    with Encounter([f"random={COUNT}*500", *ATTACKS[:1]]) as fought:
        done = subprocess.run([os.environ["STAGE3_TORTURE_EMBEDDER"], "run", "data/config.yaml"], cwd=fought.dir,
                              timeout=120, capture_output=True, text=True, check=False)
        fought.collect()
        counts = [int(word) for word in done.stdout.split()[:-1]]
        assert done.returncode == 0 and done.stdout.endswith("saved\n") and done.stderr == "", done
        assert counts[0] == len(fought.before) and counts[1] >= len(fought.healthy) and counts[4] == 0
        wrong = verdict.complained(fought) + evil_verdict.strayed(fought)
        assert wrong == [], verdict.in_words(wrong)


@pytest.mark.skipif(REPLAYED == [], reason="STAGE3_ANSWERS names none")
def test_replayed(told_alone, capfd):
    with Encounter(REPLAYED, options=["--trace"]) as fought:
        fought.run()
        with capfd.disabled():
            show(fought)
        wrong = verdict.everything(fought, told_alone)
        assert wrong == [], verdict.in_words(wrong)


def show(fought):
    for device in fought.devices:
        print(f"--- {device['name']}: {', '.join(device['complaints']) or 'no complaint'}")
        for request, answer in zip(device["trace"][::2], device["trace"][1::2]):
            print(f"{request}\n    {answer!r}")
        print(fought.finished.results.get(device["mac"]))
