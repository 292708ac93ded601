"""A small HTTP client for the simulator's own tests: it shows the bytes, and it does nothing that
was not asked for."""

import hashlib
import json
import pathlib
import re
import socket
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from promptly import PATIENCE  # noqa: E402
from sim import Simulator, SimulatorError, binary, mac_of  # noqa: E402,F401


class Response:
    """An HTTP answer taken apart; `header` has lower-case names, `names` the order as sent."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.names = [line.split(":", 1)[0] for line in lines[1:]]
        self.header = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}

    def json(self):
        return json.loads(self.body)


def exchange(address, data, timeout=PATIENCE):
    """Sends bytes and returns everything that comes until the server closes."""
    with socket.create_connection(address, timeout=timeout) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def address_of(sim, index):
    return sim.ip(index), sim.port


def request_bytes(target, body=None, headers=None, method=None):
    method = method or ("GET" if body is None else "POST")
    lines = [f"{method} {target} HTTP/1.1", "Host: device"]
    lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def get(sim, index, target, headers=None):
    return Response(exchange(address_of(sim, index), request_bytes(target, headers=headers)))


def post(sim, index, target, body, headers=None):
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return Response(exchange(address_of(sim, index), request_bytes(target, data, headers)))


def call(sim, index, method, **parameters):
    """GET /rpc/<method>; parameters that are no strings go as compact JSON."""
    return get(sim, index, rpc_target(method, **parameters))


def rpc_target(method, **parameters):
    def text(value):
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    query = "&".join(f"{k}={urllib.parse.quote(text(v), safe='')}" for k, v in parameters.items())
    return f"/rpc/{method}" + (f"?{query}" if query else "")


def set_name(sim, index, name):
    return call(sim, index, "Sys.SetConfig", config={"device": {"name": name}})


def version(sim, index):
    return get(sim, index, "/shelly").json()["ver"]


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def challenge_fields(response):
    """The parameters of a Digest challenge."""
    header = response.header["www-authenticate"]
    assert header.startswith("Digest ")
    return {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', header)}


def authorization(challenge, target, password, *, method="GET", count=1, user="admin", **changed):
    """An Authorization value for `challenge`; `changed` overrides fields, None leaves one out."""
    nonce, realm, nc = challenge["nonce"], challenge["realm"], f"{count:08x}"
    secret = sha256(f"{user}:{realm}:{password}")
    proof = sha256(f"{secret}:{nonce}:{nc}:c0ffee:auth:" + sha256(f"{method}:{target}"))
    fields = {"username": f'"{user}"', "realm": f'"{realm}"', "nonce": f'"{nonce}"',
              "uri": f'"{target}"', "algorithm": "SHA-256", "qop": "auth", "nc": nc,
              "cnonce": '"c0ffee"', "response": f'"{proof}"'}
    if "opaque" in challenge:
        fields["opaque"] = f'"{challenge["opaque"]}"'
    fields.update(changed)
    return "Digest " + ", ".join(f"{k}={v}" for k, v in fields.items() if v is not None)


def challenge(sim, index, target="/rpc/Sys.GetConfig"):
    """The challenge that an unauthenticated request gets."""
    response = get(sim, index, target)
    assert response.status == 401
    return challenge_fields(response)


def logged_in(sim, index, target, given, password, **options):
    """GET with a login for the challenge `given`."""
    header = authorization(given, target, password, **options)
    return get(sim, index, target, {"Authorization": header})
