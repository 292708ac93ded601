"""How late a ticker is in a loop that runs the fleet by stage3.aio.run, and in one that does nothing else."""

import asyncio
import json
import resource
import sys
import time

import stage3

PERIOD = 0.002


async def tick(lateness, preempted):
    """Every 2 ms, notes how many milliseconds late it is; apart where the kernel had given the processor to others."""
    while True:
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw
        due = time.monotonic() + PERIOD
        await asyncio.sleep(PERIOD)
        late = (time.monotonic() - due) * 1000
        was_preempted = resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw > before
        (preempted if was_preempted else lateness).append(late)


async def measure(path):
    lateness, preempted = [], []
    ticker = asyncio.create_task(tick(lateness, preempted))
    outcomes = []
    begin = time.monotonic()
    if path is None:
        await asyncio.sleep(2)
    else:
        async for result in stage3.aio.run(state=path):
            outcomes.append(str(result.outcome))
    ticker.cancel()
    return {"lateness": lateness, "preempted": preempted, "ok": outcomes.count("ok"), "wall": time.monotonic() - begin}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else None))))
