"""Devices whose answers are odd (torture-answers) beside healthy ones, a run over both, and the verdict on it."""

import json
import os
from pathlib import Path

from battlefield import PASSWORD, Battle, Server

NAIVE = os.environ.get("STAGE3_TORTURE_ANSWERS_NAIVE")
BASE = "127.64.0.1"
RPC_SECONDS = 4  # a busy machine must not make a healthy device look slow
CONFIG = {
    "concurrency": 1024,
    "network": {"connect_rate": 0},
    "timeouts": {"ping": 0.25, "reach": RPC_SECONDS, "rpc": RPC_SECONDS},
    "ota": {"timeout": RPC_SECONDS, "mode": "check_and_update", "rate": 0},
    "auth": {"secrets_file": "secrets.yaml"},
}
# Devices of every kind that a run may meet and that mean well.
LOGIN = {"password": PASSWORD}
SCENARIO = {"rules": [
    {"set": {"name": "Alt"}},
    {"match": {"every": 2}, "set": {"auth": LOGIN}},
    {"match": {"every": 3}, "set": {"update": {"stable": "1.7.5"}}},
]}
HEALTHY = 20
MOST_CALLS = 40
SLACK = 5.0  # seconds that a timer may be late on a machine that is busy with other tests


class AnswersServer(Server):
    """A running torture-answers with these conversations."""

    def __init__(self, directory, specs, *options):
        self._list = Path(directory) / "conversations.jsonl"
        program = os.environ["STAGE3_TORTURE_ANSWERS"]
        super().__init__(directory, BASE, [program, *specs, "--list", self._list, *options])
        self.names = {told["mac"]: told["name"] for told in map(json.loads, self._list.read_text().splitlines())}

    def macs(self):
        return list(self.names)


class Encounter(Battle):
    """Conversations, `random=SEED[*COUNT]`, `ATTACK` or `ATTACK=VARIANT@CALL` each, among healthy devices."""

    def __init__(self, specs, options=(), **others):
        super().__init__(lambda directory: AnswersServer(directory, specs, *options), healthy=HEALTHY, config=CONFIG,
                         scenario=SCENARIO, **others)
        self.names = self.evil.names

    def run_naive(self, mistake):
        """answers/naive.cpp with that mistake in place of the command."""
        devices = self.dir / "devices.txt"
        devices.write_text("".join(f"{mac} {entry['ip']}\n" for mac, entry in self.before.items()))
        return self.run_program([NAIVE, devices, "--password", PASSWORD, "--mistake", mistake])
