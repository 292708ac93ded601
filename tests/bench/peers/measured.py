"""What each of the compared programs does around its work, and what they have in common.

    PROGRAM STATE [IN_FLIGHT]
"""

import json
import os
import resource
import shutil
import sys
import time


def save(path, state):
    """As the runbook's program saves its state file."""
    shutil.copy2(path, f"{path}.bak")
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2, ensure_ascii=False)
    os.replace(f"{path}.tmp", path)


def main(work):
    """Calls work(path, in_flight), which returns the devices' outcomes, and prints what it cost in seconds. By now the
    interpreter has started and all is imported."""
    start = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.monotonic()
    outcomes = work(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 256)
    wall = time.monotonic() - begin
    end = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "wall": wall, "user": end.ru_utime - start.ru_utime, "system": end.ru_stime - start.ru_stime,
        "start_cpu": start.ru_utime + start.ru_stime, "ok": outcomes.count("ok"), "offline": outcomes.count("offline"),
        "failed": outcomes.count("failed")}))
