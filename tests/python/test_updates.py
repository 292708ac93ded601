"""Who decides about updates in Python: at once, later, in a coroutine, or never."""

import asyncio
import contextlib
import dataclasses
import inspect
import json
import threading
import time

import pytest

import stage3
from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late

UPDATING = {"ota": {"mode": "check_and_update", "rate": 0}, "friendly": {"enabled": False}}


class Oops(Exception):
    pass


def blocking(fleet, **options):
    return list(stage3.run(fleet.config_path, state=fleet.state_path, **options))


def in_loop(fleet, **options):
    async def main():
        return [result async for result in stage3.aio.run(fleet.config_path, state=fleet.state_path, **options)]
    return asyncio.run(main())


both = pytest.mark.parametrize("run", [blocking, in_loop])


@pytest.fixture
def make_updatable(make_fleet):
    def make(count, **options):
        return make_fleet([device(update={"stable": "9.9.9"}) for _ in range(count)], config=UPDATING, **options)
    return make


def updates(fleet):
    return fleet.calls().count("Shelly.Update")


@both
def test_what_is_asked(run, make_updatable):
    fleet = make_updatable(1)
    asked = []

    def on_update(request):
        asked.append(request)
        return False

    result, = run(fleet, on_update=on_update, on_permit=lambda *_: pytest.fail("not beside on_update"))
    request, = asked
    assert request.device.key == fleet.key(0) and request.device.mac == fleet.macs[0]
    assert (request.id, request.app, request.fw, request.fw_id) == (result.id, result.app, result.fw, result.fw_id)
    assert request.version == "9.9.9" and request.build == result.update_build
    record = request.record
    assert (record.state, record.from_, record.to, record.build, record.attempts) == (
        "sent", result.fw, "9.9.9", request.build, 1)
    assert record.sent_at is not None and record.ended_at is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.version = "1"
    assert result.update_held and not updates(fleet)


@both
@pytest.mark.parametrize("answer, sent", [
    (True, 1), (False, 0), (stage3.UpdateDecision.yes, 1), (stage3.UpdateDecision.no, 0)])
def test_yes_and_no(run, make_updatable, answer, sent):
    fleet = make_updatable(1)
    result, = run(fleet, on_update=lambda request: answer)
    assert updates(fleet) == sent and result.update_held is not bool(sent)
    assert (fleet.recorded(0).get("ota") or {}).get("state") == ("sent" if sent else None)


@both
@pytest.mark.parametrize("answer", [None, 1, "later", "yes"])
def test_what_is_no_answer(run, make_updatable, answer):
    fleet = make_updatable(1)
    with pytest.raises(TypeError, match=f"^on_update must return True, False or stage3.LATER, not {type(answer).__name__}$"):
        run(fleet, on_update=lambda request: answer)
    assert not updates(fleet)


@both
def test_what_is_raised_arrives(run, make_updatable):
    def on_update(request):
        raise Oops("on purpose")

    fleet = make_updatable(1)
    with pytest.raises(Oops):
        run(fleet, on_update=on_update)
    assert not updates(fleet)


async def yes(_):
    return True


@pytest.mark.filterwarnings("error")
def test_a_blocking_run_awaits_nothing(make_updatable):
    fleet = make_updatable(1)
    with pytest.raises(TypeError, match="^on_update must not be async"):
        blocking(fleet, on_update=yes)
    made = []
    with pytest.raises(TypeError, match="^on_update must return .*not a coroutine"):
        blocking(fleet, on_update=lambda request: made.append(yes(request)) or made[-1])
    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED
    assert not updates(fleet)


def test_later_from_another_thread(make_updatable):
    fleet = make_updatable(6)
    asked = []

    def on_update(request):
        asked.append(request.device.mac)
        return stage3.LATER

    def decide():
        while len(asked) < 6:
            time.sleep(0.01)
        for number, mac in enumerate(fleet.macs):
            assert runner.permit(mac.lower(), number % 2 == 0)
            assert not runner.permit(mac, True)

    with stage3.Runner(fleet.config_path, state=fleet.state_path, on_update=on_update) as runner:
        deciding = threading.Thread(target=decide)
        deciding.start()
        results = {result.key: result for result in runner}
        deciding.join()
        assert not runner.permit(fleet.macs[0], True)
        assert [results[fleet.key(n)].update_sent for n in range(6)] == [True, False] * 3
        with pytest.raises(stage3.ArgumentError, match="^mac: "):
            runner.permit("nobody", True)
        with pytest.raises(TypeError, match="^yes must be a bool"):
            runner.permit(fleet.macs[0], 1)
    assert not runner.permit(fleet.macs[0], True)
    assert updates(fleet) == 3


def test_a_decision_on_time(make_updatable):
    fleet = make_updatable(3)
    with stage3.Runner(fleet.config_path, state=fleet.state_path,
                       on_update=lambda request: runner.permit(request.device.mac, True) and stage3.LATER) as runner:
        assert all(result.update_sent for result in runner)


def test_leaving_with_undecided_devices(make_updatable):
    fleet = make_updatable(3)
    asked = threading.Semaphore(0)

    def on_update(request):
        asked.release()
        return stage3.LATER

    with stage3.Runner(fleet.config_path, state=fleet.state_path, on_update=on_update) as runner:
        threading.Thread(target=lambda: [asked.acquire() for _ in range(3)] and runner.remove(fleet.macs[0])).start()
        assert next(runner).outcome == "cancelled"
    assert runner.summary.reported == 3 and not updates(fleet)
    assert "ota" not in fleet.recorded(1)
    stage3.RunLock(fleet.state_path).release()


# --- In a loop

async def collected(results):
    return [result async for result in results]


def test_a_coroutine_decides(make_updatable):
    fleet = make_updatable(4)
    waiting = []

    async def on_update(request):
        waiting.append(request.device.mac)
        while len(waiting) < 4:  # all at the same time
            await asyncio.sleep(0.01)
        return request.device.mac == fleet.macs[1]

    results = in_loop(fleet, on_update=on_update)
    assert [result.key for result in results if result.update_sent] == [fleet.key(1)]
    assert updates(fleet) == 1 and sum(result.update_held for result in results) == 3


def test_a_coroutine_says_later(make_updatable):
    fleet = make_updatable(1)

    async def main():
        async def on_update(request):
            asyncio.get_running_loop().call_later(0.05, runner.permit, request.device.mac, True)
            return stage3.LATER

        async with stage3.aio.Runner(fleet.config_path, state=fleet.state_path, on_update=on_update) as runner:
            assert [result.update_sent for result in await collected(runner)] == [True]
    asyncio.run(main())


async def raising():
    await asyncio.sleep(0)
    raise Oops("on purpose")


async def answering(answer):
    return answer


@pytest.mark.parametrize("wrong, error", [(raising, Oops), (lambda: answering("yes"), TypeError)])
def test_what_a_coroutine_does_wrong_arrives(make_updatable, wrong, error):
    fleet = make_updatable(2)
    with pytest.raises(error):
        in_loop(fleet, on_update=lambda request: wrong())
    assert not updates(fleet)
    stage3.RunLock(fleet.state_path).release()


def test_a_coroutine_that_is_cancelled_is_a_no(make_updatable):
    fleet = make_updatable(1)

    async def on_update(request):
        raise asyncio.CancelledError

    result, = in_loop(fleet, on_update=on_update)
    assert result.update_held and not updates(fleet)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("end", ["leave", "cancel", "remove", "task"])
def test_coroutines_end_with_what_they_decide_about(make_updatable, end):
    fleet = make_updatable(3)
    begun, ended = [], []

    async def on_update(request):
        begun.append(request.device.mac)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(request.device.mac)

    async def run():
        async with stage3.aio.Runner(fleet.config_path, state=fleet.state_path, on_update=on_update) as runner:
            while len(begun) < 3:
                await asyncio.sleep(0.01)
            if end == "cancel":
                runner.cancel()
            elif end == "remove":
                assert sum(runner.remove(mac) for mac in fleet.macs) == 3
            elif end == "task":
                raise asyncio.CancelledError
            if end != "leave":
                await collected(runner)
        assert runner.summary.reported == 3

    async def main():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(run(), PATIENCE)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
    asyncio.run(main())
    assert sorted(ended) == sorted(fleet.macs) and not updates(fleet)
    stage3.RunLock(fleet.state_path).release()


async def tick(delays):
    while True:
        due = time.monotonic() + 0.001
        await asyncio.sleep(0.001)
        delays.append(time.monotonic() - due)


async def lateness(fleet, is_reached, **options):
    """How late a ticker is in the loop of a run that waits with 1,000 devices: once `is_reached`, for half a second, and while all
    of them end."""
    delays = []
    async with stage3.aio.Runner(fleet.config_path, state=fleet.state_path, **options) as runner:
        ticker = asyncio.create_task(tick(delays))
        await asyncio.wait_for(is_reached.wait(), PATIENCE)
        before = len(delays)
        await asyncio.sleep(0.5)
        assert runner.summary.reported == 0
        runner.cancel()
        assert len(await collected(runner)) == 1000
        ticker.cancel()
    check_in_time(len(delays) - before > 20, f"{len(delays) - before} ticks")
    delays.sort()
    print(f"{len(delays)} ticks, late by {1000 * delays[len(delays) // 2]:.1f} ms in the middle, {1000 * delays[-1]:.1f} ms at most")
    check_within(0.1, delays[len(delays) // 2])
    return runner.summary


class Counter:
    """Sets the event at a thousand."""

    def __init__(self):
        self.event = asyncio.Event()
        self.count = 0

    def add(self):
        self.count += 1
        if self.count == 1000:
            self.event.set()


@repeated_when_late
def test_a_thousand_undecided_devices_do_not_hold_up_the_loop(make_updatable):
    fleet = make_updatable(1000, log=False)

    async def main():
        asked = Counter()

        async def on_update(request):
            asked.add()
            await asyncio.Event().wait()

        summary = await lateness(fleet, asked.event, on_update=on_update)
        assert summary.held == 1000 and summary.ok == 1000
    asyncio.run(main())


@repeated_when_late
def test_a_thousand_devices_that_are_away_do_not_hold_up_the_loop(make_fleet):
    installing = device(update={"stable": "9.9.9", "apply_seconds": 600})
    fleet = make_fleet([installing] * 1000, config={**UPDATING, "ota": {**UPDATING["ota"], "wait": True, "quiet": 300}}, log=False)

    async def main():
        away = Counter()

        def on_event(event):
            if event.kind == "update_away":
                away.add()

        summary = await lateness(fleet, away.event, on_event=on_event)
        assert summary.updates == 1000 and summary.ok == 1000
    asyncio.run(main())


def test_a_run_that_resumes(make_updatable):
    fleet = make_updatable(1)
    sent_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
    inventory = {fleet.key(0): {**fleet.state[fleet.key(0)], "stage3": {"ota": {
        "state": "unchanged", "from": "1.0.0", "to": "9.9.9", "sent_at": sent_at, "attempts": 2}}}}

    def sent(**options):
        result, = stage3.run(fleet.config_path, devices=inventory, **options)
        return result.update_sent

    assert not sent()
    assert sent(resume=True)


# --- A part that is run again

SLOW = {"stable": "9.9.9", "apply_seconds": 600}

KILLED = """
import os, signal, sys
import stage3

def on_event(event):
    if event.kind == "update_sent":
        os.kill(os.getpid(), signal.SIGKILL)

list(stage3.run(sys.argv[1], state=sys.argv[2], on_event=on_event))
"""


def sent_to_each(fleet):
    return [fleet.calls(index).count("Shelly.Update") for index in range(len(fleet.macs))]


def test_a_part_in_a_file_is_run_again(make_fleet, python):
    """The first try is killed after sends; none of its results is anywhere."""
    fleet = make_fleet([device(update=SLOW) for _ in range(12)], config={"ota": {**UPDATING["ota"], "rate": 4}})
    assert python(KILLED, fleet.config_path, fleet.state_path, check=False).returncode == -9
    before = sent_to_each(fleet)
    written_down = [fleet.recorded(index).get("ota", {}).get("state") == "sent" for index in range(12)]
    assert 0 < sum(before) < 12 and all(known for known, sent in zip(written_down, before) if sent)

    results = {result.key: result for result in blocking(fleet)}
    assert sent_to_each(fleet) == [sent or not known for known, sent in zip(written_down, before)]
    assert [results[fleet.key(index)].update_sent for index in range(12)] == [not known for known in written_down]


@pytest.mark.parametrize("writes_down", [True, False])
def test_a_part_in_memory_is_run_again(make_fleet, writes_down):
    """What the host has written down before it said yes holds for the second try; without it nothing does."""
    fleet = make_fleet([device(update=SLOW) for _ in range(4)], config=UPDATING)
    known = stage3.StateStore.parse(json.dumps(fleet.state))

    def on_update(request):
        if writes_down:
            known.record_update(request.device.key, request.record)
        return True

    list(stage3.run(fleet.config_path, devices=json.loads(known.merged()), on_update=on_update))  # lost with its worker
    results = list(stage3.run(fleet.config_path, devices=json.loads(known.merged()), on_update=on_update))
    assert sent_to_each(fleet) == [1 if writes_down else 2] * 4
    assert not any(result.update_sent for result in results)  # they say that one is in progress: for how long, nobody knows
