#!/usr/bin/env python3
"""The command line of the Python original, `shelly_stage3.py`, on top of the package: the same flags, the same lines.

Run it where `data/config.yaml` is. Exit status as with the command `stage3`.
"""

import argparse
import contextlib
import datetime
import logging
import os
import secrets
import signal
import sys
import time

import stage3
from device_line import device_line

CONFIG = "data/config.yaml"
OK, DEVICE_FAILED, USAGE, STATE_FILE, LOCKED = 0, 1, 2, 3, 75


def parse_arguments():
    parser = argparse.ArgumentParser(description="Checks, names and updates the Shelly devices of ip_state.json.")
    parser.add_argument("--dry-run", action="store_true", help="only read from the devices, change nothing")
    parser.add_argument("--ip", nargs="+", metavar="ADDRESS", help="process the devices at these addresses only")
    parser.add_argument("--online", action="store_true", help="show no offline devices")
    parser.add_argument("--quiet", action="store_true", help="show failed devices and the summary only")
    return parser.parse_args()


def say(text):
    """What a message quotes is escaped already: no backslash is doubled twice."""
    harmless = "\\".join(stage3.escape(piece) for piece in text.split("\\"))
    print(f"stage3: {harmless}", file=sys.stderr, flush=True)


def show_warnings():
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("stage3: %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger("stage3").addHandler(handler)


def columns():
    """That a line may take: one less than a terminal has, but no fewer than 29, or than the 80 of the runbook elsewhere."""
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        width = 0
    return (max(width, 30) if width else 80) - 1


def is_to_be_updated(result, mode):
    """A real run would now start an update, as far as a dry one can tell."""
    under_way = result.ota is not None and result.ota.state == "sent"
    return (result.ota_status == "update_available" and mode == "check_and_update" and not result.update_held
            and not under_way and not any(error.part == "OTA" for error in result.errors))


def summary_line(summary, changes):
    counts = {"total": summary.ok + summary.failed + summary.offline, "ok": summary.ok, "failed": summary.failed}
    more = {"offline": summary.offline, "updates": summary.updates, "updated": summary.updated,
            "held": summary.held, **changes, "cancelled": summary.cancelled}
    counts.update((name, count) for name, count in more.items() if count)
    return "Stage 3 summary: " + " ".join(f"{name}={count}" for name, count in counts.items())


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


class Report:
    """Standard output and the log file, which is text whatever `logging.format` says."""

    def __init__(self, arguments, config, runner, log):
        self._arguments = arguments
        self._mode = config["ota.mode"]
        self._changes = {"names": 0, "would_update": 0, "would_rename": 0}
        self._address_texts = {device.key: device.address_text for device in runner.devices}
        self._log = log
        self._id = secrets.token_hex(4)
        self._begun = time.monotonic()
        self._colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

        mode = config["ota.mode"] if config["ota.enabled"] == "true" else "off"
        self._write_log(utc_now(), f"run {self._id} begin version={stage3.__version__} mode={mode} config={CONFIG} "
                                   f"state={stage3.escape(config['ip_state_file'])} devices={len(runner.devices)}")

    def device(self, result):
        if result.outcome == "cancelled":
            return
        self._count(result)
        line = (result, self._address_texts[result.key])
        self._write_log(result.finished, device_line(*line, columns=None))
        hidden = (self._arguments.online and result.outcome == "offline"
                  or self._arguments.quiet and result.outcome != "failed")
        if not hidden:
            print(device_line(*line, colored=self._colored, columns=columns(), strict=sys.stdout.isatty()), flush=True)

    def summary(self, summary, stopped):
        line = summary_line(summary, self._changes)
        if stopped:
            self._write_log(utc_now(), stopped)
            say(stopped)
        self._write_log(utc_now(), line)
        counts = line.split(": ", 1)[1]
        self._write_log(utc_now(), f"run {self._id} end {counts} duration={time.monotonic() - self._begun:.3f} s")
        print(line + (" (dry run)" if self._arguments.dry_run else ""), flush=True)

    def _count(self, result):
        dry_run = self._arguments.dry_run
        if result.name_changed and result.friendly_status == "ok":
            self._changes["would_rename" if dry_run else "names"] += 1
        if dry_run and is_to_be_updated(result, self._mode):
            self._changes["would_update"] += 1

    def _write_log(self, when, line):
        if self._log:
            line = line.replace("(dry run)", r"(dry\x20run)")  # what a device is called is no mark
            line += " (dry run)" if self._arguments.dry_run else ""
            print(when.strftime("%Y-%m-%dT%H:%M:%SZ"), line, file=self._log, flush=True)


def process(runner, report):
    """Shows results as they come. Returns whether Ctrl-C stopped the run."""
    try:
        for result in runner:
            report.device(result)
        return False
    except KeyboardInterrupt:
        runner.cancel()
        for result in runner:  # what was in flight; a second Ctrl-C ends this, too
            report.device(result)
        return True


def run(arguments):
    config = stage3.Config.load(CONFIG)
    if config["enabled"] == "false":
        say(f"{CONFIG} disables stage 3 (enabled: false): nothing was done")
        return OK
    log_path = config["logging.base_path"]
    with contextlib.ExitStack() as stack:
        runner = stack.enter_context(stage3.Runner(config, dry_run=arguments.dry_run, ips=arguments.ip))
        log = stack.enter_context(open(log_path, "a", encoding="utf-8")) if log_path else None
        report = Report(arguments, config, runner, log)
        status = OK
        try:
            stopped = process(runner, report)
        except stage3.StateError as error:
            say(str(error))
            stopped, status = False, STATE_FILE
        summary = runner.summary
        why = f"stopped by Ctrl-C; not processed: {summary.cancelled} of {summary.total} devices" if stopped else ""
        report.summary(summary, why)
        if stopped:
            return 128 + signal.SIGINT
        return status or (DEVICE_FAILED if runner.summary.failed else OK)


def main():
    show_warnings()
    arguments = parse_arguments()
    try:
        return run(arguments)
    except stage3.LockedError as error:
        say(str(error))
        return LOCKED
    except stage3.StateError as error:
        say(str(error))
        return STATE_FILE
    except (stage3.Stage3Error, OSError) as error:
        say(str(error))
        return USAGE


if __name__ == "__main__":
    sys.exit(main())
