"""Callbacks: what they are told, and what becomes of what they raise."""

import asyncio
import inspect
import threading
import traceback

import pytest

import stage3
from fleet import device

PASSWORD = "c0rrect"


class Oops(Exception):
    pass


def raise_oops(*_):
    raise Oops("on purpose")


def has_frame(error, name):
    return name in [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def blocking(fleet, **callbacks):
    return list(stage3.run(fleet.config_path, state=fleet.state_path, **callbacks))


def in_loop(fleet, **callbacks):
    async def main():
        return [result async for result in stage3.aio.run(fleet.config_path, state=fleet.state_path, **callbacks)]
    return asyncio.run(main())


both = pytest.mark.parametrize("run", [blocking, in_loop])


@pytest.fixture
def fleet(make_fleet):
    """A device that is done at once, one that wants a login, and one with an update."""
    return make_fleet([device("Name"), device("Name", auth={"password": PASSWORD}),
                       device("Name", update={"stable": "9.9.9"}, latency_ms={"*": 20})],
                      config={"ota": {"mode": "check_and_update"}})


@both
@pytest.mark.parametrize("name", ["on_event", "on_permit", "password"])
def test_what_is_raised_arrives(run, name, fleet):
    with pytest.raises(Oops, match="on purpose") as caught:
        run(fleet, **{name: raise_oops})
    assert has_frame(caught.value, "raise_oops")
    stage3.RunLock(fleet.state_path).release()
    assert all(call != "Shelly.Update" for call in fleet.calls())


@both
def test_what_is_known_is_saved_all_the_same(run, fleet):
    with pytest.raises(Oops):
        run(fleet, on_permit=raise_oops, password=lambda *_: PASSWORD)
    assert fleet.recorded(0)["ota_status"] == "up_to_date"


@both
def test_password(run, fleet):
    asked = []
    results = {r.key: r for r in run(fleet, password=lambda mac, realm: asked.append((mac, realm)) or PASSWORD)}
    assert results[fleet.key(1)].outcome == "ok"
    assert asked == [(fleet.macs[1], results[fleet.key(1)].id)]


@both
@pytest.mark.parametrize("none", [None, ""])
def test_no_password(run, fleet, none):
    results = {r.key: r for r in run(fleet, password=lambda *_: none)}
    assert results[fleet.key(1)].errors[0][:2] == ("auth", "login_required")


@both
@pytest.mark.parametrize("answer, told", [(b"bytes", ", not bytes"), (7, ", not int"), (False, ", not bool"), ("\ud800", "")])
def test_a_password_that_is_none(run, fleet, answer, told):
    with pytest.raises(TypeError, match=f"^password must return a str that UTF-8 can hold, or None{told}$") as caught:
        run(fleet, password=lambda *_: answer)
    assert caught.value.__context__ is None  # an exception that would show it


async def yes(*_):
    return True


class AsyncCall:
    async def __call__(self, *_):
        return True


class Truthy:
    def __bool__(self):
        return True


@both
@pytest.mark.parametrize("answer, kind", [(None, "NoneType"), (1, "int"), ("yes", "str"), (Truthy(), "Truthy")])
def test_permit_takes_true_and_false_only(run, fleet, answer, kind):
    with pytest.raises(TypeError, match=f"^on_permit must return True or False, not {kind}$"):
        run(fleet, on_permit=lambda *_: answer, password=lambda *_: PASSWORD)
    assert "Shelly.Update" not in fleet.calls()


@both
def test_permit_true_and_false(run, fleet):
    for answer in (False, True):
        results = {r.key: r for r in run(fleet, on_permit=lambda *_, answer=answer: answer)}
        assert results[fleet.key(2)].update_held is not answer
    assert fleet.calls().count("Shelly.Update") == 1


@both
@pytest.mark.parametrize("name", ["on_permit", "on_key_change", "password", "on_event"])
@pytest.mark.parametrize("function", [yes, AsyncCall()])
def test_async_callbacks_are_refused_at_the_call(run, fleet, name, function):
    with pytest.raises(TypeError, match=f"^{name} must not be async"):
        run(fleet, **{name: function})
    assert not fleet.calls()


@both
@pytest.mark.parametrize("name", ["on_permit", "password", "on_event"])
@pytest.mark.filterwarnings("error")
def test_a_coroutine_is_no_answer_and_is_closed(run, fleet, name):
    made = []

    def answer(*arguments):
        made.append(yes())
        return made[-1]

    with pytest.raises(TypeError, match=f"^{name} must (not )?return .*coroutine"):
        run(fleet, **{name: answer})
    assert "Shelly.Update" not in fleet.calls()
    assert made and all(inspect.getcoroutinestate(one) == inspect.CORO_CLOSED for one in made)


def test_progress(fleet):
    events = []
    with stage3.Runner(fleet.config_path, state=fleet.state_path, on_event=events.append) as runner:
        list(runner)
    assert [event.kind for event in events].count(stage3.EventKind.started) == 3
    permitted = [event for event in events if event.kind == "update_permitted"]
    assert [event.device.key for event in permitted] == [fleet.key(2)]


def test_from_inside_a_callback(fleet):
    seen = {}

    def on_permit(one, version):
        seen["thread"] = threading.current_thread().name
        seen["summary"] = runner.summary.total
        with pytest.raises(stage3.ReentrantError):
            runner._job.session.step(None, None, None, None)
        runner.cancel()
        return True

    with stage3.Runner(fleet.config_path, state=fleet.state_path, on_permit=on_permit) as runner:
        assert len(list(runner)) == 3
    assert seen == {"thread": "stage3", "summary": 3}
