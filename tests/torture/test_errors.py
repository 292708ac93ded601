"""Promise 3: every error of the system is handled and told; the old file is whole, success is never claimed."""

import contextlib
import queue
from concurrent.futures import ThreadPoolExecutor

import figures
import straced
from harness import LONG, command_that_saves, library_that_saves
from straced import needs_strace

pytestmark = needs_strace

PLACES = 6
ERRORS = ["EIO", "ENOSPC", "EROFS", "EDQUOT", "EMFILE", "EACCES", "EPERM", "EINTR", "ENOMEM"]


def is_save_lock(call):
    return call.name == "openat" and '.json.lock"' in call.text


def faults(calls):
    """What to do to which call, and whether that call belongs to the save."""
    # The trial before the run takes the lock, too.
    save_begins = max(i for i, call in enumerate(calls) if is_save_lock(call))
    for i, call in enumerate(calls):
        if not LONG:
            # Every error once and for good, since they are odd in number.
            error = f"error={ERRORS[i % len(ERRORS)]}"
            yield call.once(error) if i % 2 == 0 else call.for_good(error), i >= save_begins
            continue
        for error in ERRORS:
            yield call.once(f"error={error}"), i >= save_begins
            yield call.for_good(f"error={error}"), i >= save_begins


def lie(saves, done):
    """What is wrong with how a run ended and with what it left; empty: nothing."""
    if done.returncode == 0:
        return "" if saves.is_new() else "success is claimed, the results are not in the file"
    if done.returncode != 3:
        return f"status {done.returncode}"
    if not saves.is_old():
        return "a failure is told, and the file has changed"
    return ""


def missing_words(done, is_save):
    """What the command should have told its operator and has not."""
    out, err = done.stdout.decode(), done.stderr.decode()
    is_complete = out.count("Neu)") == 2 and "Stage 3 summary: total=2 ok=2 failed=0" in out
    if is_save or done.returncode == 0:
        if not is_complete:
            return f"the results are not shown: {out!r}"
    elif out != "" and not is_complete:
        return f"half of the results are shown: {out!r}"
    if done.returncode == 3:
        place = "data/ip_state.json"
        told = [line for line in err.splitlines()
                if line.startswith((f"stage3: cannot write state file {place}: ", f"stage3: {place}: "))]
        if not told or (is_save and "cannot write state file" not in told[-1]):
            return f"no reason is told: {err!r}"
    return ""


def is_slow(fault):
    """An injected error takes the place of the call: a lock file that is not closed keeps the program waiting for its own
    lock, for as long as it would for somebody else's."""
    return fault[0].startswith("close:")


def wrongs_by_errors(making, check_words):
    """Several at once, each in a place of its own that `making` makes, and the slow ones first: they wait, and that costs
    nothing."""
    def injected_and_wrong(fault, is_save):
        saves = free.get()
        try:
            saves.reset()
            done = saves.run(straced.prefix(saves, fault))
            wrong = lie(saves, done) or check_words(done, is_save)
            return "(INJECTED)" in straced.log_of(saves), f"{fault}: {wrong}: {done}" if wrong else ""
        finally:
            free.put(saves)

    free = queue.SimpleQueue()
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(making()) for _ in range(PLACES)]
        todo = sorted(faults(straced.calls_of(places[0])), key=is_slow, reverse=True)
        for place in places:
            free.put(place)
        with ThreadPoolExecutor(PLACES) as pool:
            results = list(pool.map(lambda fault: injected_and_wrong(*fault), todo))
    return sum(injected for injected, _ in results), [wrong for _, wrong in results if wrong]


def test_command():
    injected, wrongs = wrongs_by_errors(command_that_saves, missing_words)
    assert wrongs == []
    assert injected > (900 if LONG else 60)
    figures.tell(3, f"{injected} faults: 0 lost files, 0 false successes")


def test_is_noticed_without_looking_at_results():
    _, wrongs = wrongs_by_errors(lambda: library_that_saves("--mutant", "deaf", "--hurry"), lambda *_: "")
    assert any("success is claimed" in wrong for wrong in wrongs), wrongs
