"""Answers each ICMP echo request that leaves by a network interface, as strangers would: one of KINDS for each host, by
the last part of its address. Prints `ready`, runs until it is killed.

    echo_forger.py INTERFACE HARDWARE-ADDRESS-OF-THE-ASKER
"""

import socket
import struct
import sys

# The first one is no forgery: it has to count, or the others would prove nothing.
KINDS = ("true", "source", "sequence", "identifier", "cookie", "short", "long", "request", "unreachable")
ETH_P_ALL, ETH_P_IP = 3, 0x0800
ECHO_REPLY, UNREACHABLE, ECHO_REQUEST = 0, 3, 8
ETHERNET, IP = 14, 20


def kind_of(address):
    return KINDS[int(address.rpartition(".")[2]) % len(KINDS)]


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def icmp(kind, code, rest):
    head = struct.pack("!BBH", kind, code, 0)
    return struct.pack("!BBH", kind, code, checksum(head + rest)) + rest


def ip(source, destination, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, IP + len(payload), 0, 0, 64, socket.IPPROTO_ICMP, 0, source, destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def forged(request, asker, asked):
    """What comes back for this ICMP message: a packet."""
    identifier, sequence = struct.unpack("!HH", request[4:8])
    cookie = request[8:]
    kind = kind_of(socket.inet_ntoa(asked))
    source = asked
    answer = ECHO_REPLY
    if kind == "source":
        # Another host, which is asked as well.
        source = asked[:3] + bytes([asked[3] + 1])
    elif kind == "sequence":
        sequence = (sequence + 1) % 65536
    elif kind == "identifier":
        identifier = (identifier + 1) % 65536
    elif kind == "cookie":
        cookie = bytes([cookie[0] ^ 1]) + cookie[1:]
    elif kind == "short":
        cookie = cookie[:4]
    elif kind == "long":
        cookie += bytes(8)
    elif kind == "request":
        answer = ECHO_REQUEST
    elif kind == "unreachable":
        return ip(source, asker, icmp(UNREACHABLE, 1, bytes(4) + ip(asker, asked, request)))
    return ip(source, asker, icmp(answer, 0, struct.pack("!HH", identifier, sequence) + cookie))


def main():
    interface, asker_hardware = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((interface, 0))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    print("ready", flush=True)
    while True:
        frame, (_, _, direction, *_) = wire.recvfrom(2048)
        packet = frame[ETHERNET:]
        if direction == socket.PACKET_OUTGOING or frame[12:14] != struct.pack("!H", ETH_P_IP):
            continue
        if packet[9] != socket.IPPROTO_ICMP or packet[IP] != ECHO_REQUEST:
            continue
        size = struct.unpack("!H", packet[2:4])[0]
        answer = forged(packet[IP:size], packet[12:16], packet[16:20])
        wire.send(asker_hardware + frame[:6] + struct.pack("!H", ETH_P_IP) + answer)


if __name__ == "__main__":
    main()
