"""The command is stopped (Ctrl-Z, a debugger, a machine that sleeps) while answers are on their way."""

import signal
import time

import pytest

from fleet import device
from promptly import PATIENCE

INFO = "Shelly.GetDeviceInfo"


@pytest.mark.parametrize("rpc", [INFO, "Sys.SetConfig", "Shelly.CheckForUpdate"])
def test_answer_that_arrives_while_stopped_counts(make_fleet, rpc):
    fleet = make_fleet([device("Neu", latency_ms={rpc: 400})],
                       {"timeouts": {"reach": 1, "rpc": 1}, "ota": {"timeout": 1}})
    process = fleet.start()
    fleet.sim.wait_for(rpc=rpc)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and b"OTA=up_to_date | Friendly=ok ( -> Neu)" in out, out
    assert fleet.calls().count(rpc) == (2 if rpc == INFO else 1), "nothing was asked again"
