"""Promise 15: no raw control byte reaches a terminal or a log, from whatever field of whatever answer or file it comes.

Each of the poisons stands once in each field; each output is read byte by byte.
"""

import json
import re
import unicodedata

import pytest

import figures
from disturbed import fleet_of, without
from fleet import device
from harness import LONG
from poisons import BYTES, POISONS, poisoned_devices
from promptly import PATIENCE
from terminal import run_on_terminal

CONFIG = {"logging": {"base_path": "data/log.txt"}, "timeouts": {"rpc": 2, "reach": 2}, "ota": {"timeout": 2}}
SGR = r"\x1b\[3[123]m"
COLOURED_LINE = re.compile(rf"{SGR}●\x1b\[0m ([^\x1b]*) - {SGR}OTA=[a-z_]+\x1b\[0m([^\x1b]*)")
PROGRESS = re.compile(r"\x1b\[\?7l\r\x1b\[K\d+/\d+(  \d+ failed)?(  \d+ offline)?\r\x1b\[\?7h")
# Of the failures at the end: causes, what is behind them, and the command that asks again.
FAILURES = re.compile(r"|[a-z]+\.[a-z_]+: \d+ devices?|  .+|again: stage3 --retry")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (● |notice: |Stage 3 summary: |run [0-9a-f]{8} (begin|end) )")


def is_raw_control(c):
    category = unicodedata.category(c)
    return category in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n" and c not in "\u00ad"


def controls_in(data):
    """What in a text must not be there, in words."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"no UTF-8: {error.object[max(0, error.start - 40):error.start + 20]!r}"]
    return [f"U+{ord(c):04X} in {text[max(0, at - 40):at + 10]!r}" for at, c in enumerate(text) if is_raw_control(c)]


def wrong_lines(text, begin):
    """Lines that are not of the form that all have: a newline came from elsewhere."""
    return [f"a line of its own: {line!r}" for line in text.split("\n")[:-1] if not re.match(begin, line)]


def wrong_in_plain(run_out, run_err):
    wrong = controls_in(run_out) + controls_in(run_err)
    wrong += wrong_lines(run_out.decode(errors="replace"), "● |Stage 3 summary: total=[1-9]")
    return wrong + wrong_lines(run_err.decode(errors="replace"), "stage3: ")


def without_colours(text):
    return re.sub(rf"{SGR}(●|OTA=[a-z_]+)\x1b\[0m", r"\1", text).encode("utf-8", "surrogatepass")


def wrong_in_coloured(out):
    """Our own colours stand at their places, and there only."""
    *lines, summary, _ = out.decode(errors="replace").split("\n")
    wrong = [f"not a coloured line: {line!r}" for line in lines if not COLOURED_LINE.fullmatch(line)]
    return wrong + controls_in(without_colours("\n".join([*lines, summary])))


def wrong_in_json(out):
    return [f"no ASCII: {out!r}"] * (not out.isascii()) + controls_in(out) + \
        [f"no object: {line!r}" for line in out.split(b"\n")[:-1] if not isinstance(json.loads(line), dict)]


def wrong_in_log(data):
    return controls_in(data) + wrong_lines(data.decode(errors="replace"), STAMP)


def wrong_on_terminal(data):
    """The progress line is put and cleared in one way only; what is between is whole lines."""
    wrong = []
    for piece in PROGRESS.sub("\r\x1b[K", data.decode(errors="replace")).split("\r\x1b[K"):
        if piece == "":
            continue
        if not piece.endswith("\r\n"):
            wrong.append(f"a line that was cleared: {piece!r}")
        for line in piece.split("\r\n")[:-1]:
            if not (COLOURED_LINE.fullmatch(line) or FAILURES.fullmatch(line)
                    or re.match(r"Stage 3 summary: total=[1-9]|stage3: ", line)):
                wrong.append(f"not a line: {line!r}")
            wrong += controls_in(without_colours(line))
    return wrong


@pytest.fixture(name="poisoned", scope="module")
def fixture_poisoned(tmp_path_factory):
    devices = poisoned_devices(tmp_path_factory.mktemp("answers"), {**POISONS, **BYTES})
    with fleet_of(devices, CONFIG) as fleet:
        yield fleet


def run_raw(fleet, *arguments, **options):
    process = fleet.start(*arguments, **options)
    return process.communicate(timeout=PATIENCE)


def test_every_field_of_every_answer_and_entry(poisoned):
    checked = 0
    for arguments, wrong in ((["--dry-run"], wrong_in_plain), ([], wrong_in_plain)):
        out, err = run_raw(poisoned, *arguments)
        assert wrong(out, err) == [] and len(out) > 50 * len(poisoned.devices)
        checked += len(out) + len(err)
    out, err = run_raw(poisoned, "--color", "always")
    assert wrong_in_coloured(out) == [] and controls_in(err) == []
    as_json, err = run_raw(poisoned, "--json")
    assert wrong_in_json(as_json) == [] and controls_in(err) == []
    shown = run_on_terminal(poisoned)
    assert wrong_on_terminal(shown) == [] and re.search(rb"\r\x1b\[K\d+/\d+", shown)
    log = (poisoned.dir / "data/log.txt").read_bytes()
    assert wrong_in_log(log) == []
    out_state, err = run_raw(poisoned, "--check-state")
    assert controls_in(out_state) == [] and controls_in(err) == []
    checked += len(out) + len(as_json) + len(shown) + len(log) + len(out_state)
    figures.tell(15, f"{len(POISONS) + len(BYTES)} kinds of control bytes in {len(poisoned.devices)} devices, one in "
                     f"each field of answers and entries: 0 raw in {checked // 1000} KB of output, terminal and log")


def test_the_poisons_arrive(poisoned):
    """Escaped, they are there: in the answers to both, in names, models and errors."""
    run_raw(poisoned, "--dry-run")
    log = (poisoned.dir / "data/log.txt").read_bytes()
    for escaped in (b"\\x1b]0;title", b"\\u202e", b"\\nStage 3 summary", b"\\u2028", b"\\x7f", b"\\u0080", b"\\u200e"):
        assert log.count(escaped) > 3, escaped


@pytest.mark.parametrize("poison", [p for p in POISONS.values() if "\0" not in p and "\ud800" not in p])
def test_paths_and_arguments(tmp_path_factory, poison):
    name = poison.replace("/", "")
    with fleet_of([device("Neu")]) as fleet:
        commands = [["--config", name], ["--state", name], ["--ip", poison], ["--ip", "127.9.9.9", poison],
                    ["--user", poison], ["--color", poison], ["--" + poison], [poison], ["--concurrency", poison],
                    ["--threads", poison]]
        (fleet.dir / name).write_text("{")
        for command in [*commands, ["--config", name, "--state", name], ["--check-state", "--state", name]]:
            out, err = run_raw(fleet, *command)
            assert controls_in(out) == [] and controls_in(err) == [], command
        for key in ("ip_state_file", "logging.base_path", "auth.secrets_file", "friendly.field_name"):
            part, _, last = key.rpartition(".")
            value = name + "/x"
            fleet.write_config({part: {last: value}} if part else {last: value})
            out, err = run_raw(fleet)
            assert wrong_in_plain(out, err) == [], key


@pytest.mark.parametrize("poison", [*POISONS.values(), *BYTES.values()], ids=[*POISONS, *BYTES])
def test_configuration_and_state_that_are_refused(poison):
    raw = poison if isinstance(poison, bytes) else poison.encode("utf-8", "surrogatepass")
    spelled = json.dumps(poison).encode() if isinstance(poison, str) else b'"' + raw + b'"'
    with fleet_of([device("Neu")]) as fleet:
        for text in (raw, b"stage3: " + raw, b"stage3: &" + raw, b"stage3: !" + raw + b" x",
                     b"stage3: {%s: 1}" % spelled, b"stage3: {ota: {%s: 1}}" % spelled,
                     *(b"stage3: {%s: %s}" % (key, spelled) for key in (b"concurrency", b"ip_state_file", b"ota"))):
            fleet.config_path.write_bytes(text + b"\n")
            for arguments in ([], ["--check-config"])[not LONG:]:
                out, err = run_raw(fleet, *arguments)
                assert wrong_in_plain(b"", err) == [] and controls_in(out) == [], text
        fleet.write_config({})
        for text in (raw, b"{%s: {}}" % spelled, b'{"A8032A000001": %s}' % spelled,
                     b'{"A8032A000001": {"ip": %s}}' % spelled, b'{"version": %s, "devices": {}}' % spelled,
                     b'{"A8032A000001": {"ip": "127.0.0.1", %s: %s' % (spelled, raw)):
            fleet.write_state(text)
            for arguments in (["--check-state"], [])[not LONG:]:
                out, err = run_raw(fleet, *arguments)
                assert controls_in(out) == [] and controls_in(err) == [], text


@pytest.mark.parametrize("poison", ["ESC", "newline", "C0", "our colours", "our line", "DEL"])
def test_raw_echo_is_noticed(tmp_path, poison):
    with fleet_of(poisoned_devices(tmp_path, {poison: POISONS[poison]}), CONFIG) as fleet:
        env = without("raw")  # also the state file would get them
        assert wrong_in_plain(*run_raw(fleet, "--dry-run", env=env)) != []
        assert wrong_in_coloured(run_raw(fleet, "--dry-run", "--color", "always", env=env)[0]) != []
        assert wrong_in_log((fleet.dir / "data/log.txt").read_bytes()) != []


@pytest.mark.parametrize("shown", [
    b"\x1b[32m\xe2\x97\x8f\x1b[0m A\r\x1b[K1/1\r\n", b"half a line\r\x1b[K", b"\x1b[32mOTA\r\n",
    b"1/1\x1b[2J\r\x1b[K"])
def test_progress_that_is_not_ours_is_noticed(shown):
    assert wrong_on_terminal(shown) != []
