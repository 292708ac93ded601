#!/usr/bin/env python3
"""The least that works, and what a program wants besides: progress, counts, errors.

    blocking.py [CONFIG]
"""

import sys

import stage3


def show_progress(event):
    if event.kind == stage3.EventKind.update_permitted:
        print(f"{event.device.mac}: is about to be updated")


def main():
    config = sys.argv[1] if len(sys.argv) > 1 else "data/config.yaml"
    try:
        with stage3.Runner(config, on_event=show_progress) as runner:
            for result in runner:
                # What a device sent may hold anything: escape it before it reaches a terminal.
                print(stage3.escape(f"{result.mac or result.key}: {result.ota_status} {result.error}".rstrip()))
    except stage3.LockedError as error:
        sys.exit(f"try again later: {error}")
    except stage3.Stage3Error as error:
        sys.exit(str(error))
    summary = runner.summary
    print(f"{summary.total} devices, {summary.failed} failed, {summary.offline} offline")
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
