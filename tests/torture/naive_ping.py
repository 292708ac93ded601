"""Pings hosts as one would first write it, and prints those that seem to answer: whatever reply comes tells by its
sequence number which of them it is.

    naive_ping.py HOST...
"""

import os
import socket
import struct
import sys
import time

from echo_forger import ECHO_REPLY, ECHO_REQUEST, IP, icmp

SECONDS = 1


def main():
    hosts = sys.argv[1:]
    echo = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for sequence, host in enumerate(hosts):
        echo.sendto(icmp(ECHO_REQUEST, 0, struct.pack("!HHQ", os.getpid() % 65536, sequence, 0)), (host, 0))
    end = time.monotonic() + SECONDS
    while (left := end - time.monotonic()) > 0:
        echo.settimeout(left)
        try:
            message = echo.recv(2048)[IP:]
        except TimeoutError:
            return
        sequence = struct.unpack("!H", message[6:8])[0]
        if message[0] == ECHO_REPLY and sequence < len(hosts):
            print(hosts[sequence], flush=True)


if __name__ == "__main__":
    main()
