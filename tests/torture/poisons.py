"""Devices and entries with control bytes in each of their fields, for test_control_bytes.py."""

import json

from fleet import device
from shelly import CHECK, INFO, WRITE, as_of, told

POISONS = {
    "C0": "".join(map(chr, range(1, 0x20))), "NUL": "\0", "DEL": "\x7f", "C1": "".join(map(chr, range(0x80, 0xA0))),
    "ESC": "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m", "our colours": "\x1b[32m●\x1b[0m",
    "our line": "\x1b[?7l\r\x1b[K1/1\r\x1b[?7h", "newline": "\nStage 3 summary: total=0 ok=0 failed=0\r\n",
    "bidi": "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "marks": "\u200e\u200f\u061c", "separators": "\u2028\u2029", "BOM": "\ufeff", "zero width": "\u200b\u2060",
    "tags": "\U000e0041\U000e007f", "noncharacters": "\ufffe\U0010ffff", "lone surrogate": "\ud800",
}
# What JSON cannot spell, put there byte by byte.
BYTES = {
    "invalid UTF-8": b"\xff\xfe\x9b31m", "overlong": b"\xc0\x9b\xe0\x80\x9b\xf0\x80\x80\x9b",
    "raw ESC": b"\x1b[1m\x07\r\n", "cut": b"\xe2\x80", "surrogate": b"\xed\xa0\x80", "raw NUL": b"\0",
    "raw C1": b"\x9b1m\xc2\x9b1m", "raw bidi": "\u202e".encode(),
}
MARK = "POISON"


def replaced(value, path, by):
    if not path:
        return by
    return {**value, path[0]: replaced(value[path[0]], path[1:], by)}


def answer(body, status="200 OK", headers=()):
    """An HTTP answer, byte by byte. `body` may hold MARK for a poison that no JSON can spell."""
    lines = [f"HTTP/1.1 {status}".encode("utf-8", "surrogatepass"), b"Content-Type: application/json", *headers,
             b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def error_body(code, message):
    return {"code": code, "message": message}


def bodies(poison):
    """RPC, HTTP status and body of every answer with this text in one of its fields or keys."""
    identity, offer = told(INFO), told(CHECK)
    for key in identity:
        yield INFO, "200 OK", replaced(identity, [key], poison)
    yield INFO, "200 OK", {**identity, poison: poison}
    for path in (["stable", "version"], ["stable", "build_id"], ["stable"]):
        yield CHECK, "200 OK", replaced(offer, path, poison)
    yield CHECK, "200 OK", {poison: offer["stable"]}
    for rpc in (INFO, CHECK, WRITE):
        yield rpc, "500 Error", error_body(-1, poison)
        yield rpc, "500 Error", error_body(poison, "message")
        yield rpc, "200 OK", poison


def answers(poison):
    """All poisoned answers, as RPC and bytes."""
    for rpc, status, body in bodies(MARK if isinstance(poison, bytes) else poison):
        if isinstance(poison, bytes):
            yield rpc, answer(json.dumps(body).encode().replace(MARK.encode(), poison), status)
            continue
        yield rpc, answer(json.dumps(body).encode(), status)
        raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        yield rpc, answer(raw, status)
    raw = poison if isinstance(poison, bytes) else poison.encode("utf-8", "surrogatepass")
    flat = raw.replace(b"\r", b"").replace(b"\n", b"")
    yield INFO, b"HTTP/1.1 503 " + flat + b"\r\nContent-Length: 0\r\n\r\n"
    yield INFO, b"HTTP/1.1 " + flat + b"\r\n\r\n"
    yield INFO, raw
    yield CHECK, answer(b"{}", "302 Found", [b"Location: http://" + flat + b"/"])
    for challenge in (b'Digest realm="%s", nonce="1", qop="auth", algorithm=SHA-256' % flat, flat):
        yield CHECK, answer(b"{}", "401 No", [b"WWW-Authenticate: " + challenge])
    yield CHECK, answer(b"{}", "500 x", [flat + b": " + flat])


def poisoned_devices(directory, poisons):
    """A device for each answer, and one for each field of an entry."""
    devices = []
    for poison in poisons.values():
        for rpc, raw in answers(poison):
            path = directory / f"answer{len(devices)}"
            mac = f"A8032A{len(devices) + 1:06X}"
            path.write_bytes(as_of(mac, raw))
            devices.append(device(f"Neu {len(devices)}", faults=[{"kind": "raw", "rpc": rpc, "file": str(path)}]))
    # A state file with half a surrogate pair is refused as a whole.
    for poison in (p for p in poisons.values() if isinstance(p, str) and p != POISONS["lone surrogate"]):
        for field in ("model", "hostname", "fw", "friendly_name", "mac_aliases", "ip", "port", poison):
            devices.append(device("Neu", {field: poison}))
        recorded = {"error": poison, "device_name": poison, "ota_status": poison, poison: 1}
        devices.append(device("Neu", {"stage3": recorded}))
        devices.append(device("Neu", {"mac_aliases": [poison]}, name=poison.replace("\0", "") or None))
        devices.append(device("Neu", key=f"A8{poison}"))
        devices.append(device("N" + poison + "N"))
        # Its name comes from Sys.GetConfig.
        devices.append(device(name=poison.replace("\0", "") or None, kind="wall_display"))
    return devices
