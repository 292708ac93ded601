"""HTTPS for the simulator's own tests, by Python's ssl module."""

import base64
import hashlib
import socket
import ssl

import pytest

from sim_client import Response, Simulator, request_bytes, rpc_target

SHELLY = "/shelly"
CONFIG = rpc_target("Sys.GetConfig")

# What a certificate (DER) has in it: P-256 and the kind of the public key.
EC_KEY = bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")
RSA_KEY = bytes.fromhex("06092a864886f70d0101010500")


def context(ca=None, **options):
    """A client's context: it trusts the file `ca`, or everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    # Python takes an end without a notice for one with it unless it is told not to.
    made.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    made.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        made.load_verify_locations(ca)
    for name, value in options.items():
        setattr(made, name, value)
    return made


def tls_address(sim, index):
    return sim.ip(index), sim.tls_port


class Secure:
    """One connection, as a context manager. After `ask`: `session`, `resumed`, `version`."""

    def __init__(self, address, client=None, session=None, timeout=20):
        self._plain = socket.create_connection(address, timeout=timeout)
        try:
            self.socket = (client or context()).wrap_socket(
                self._plain, session=session, suppress_ragged_eofs=False)
        except BaseException:
            self._plain.close()
            raise
        self.session = self.resumed = None
        self.version = self.socket.version()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, data):
        """Sends bytes and returns everything until the server closes."""
        self.socket.sendall(data)
        received = b""
        while chunk := self.socket.recv(65536):
            received += chunk
        self.session, self.resumed = self.socket.session, self.socket.session_reused
        return received

    def certificate(self):
        return self.socket.getpeercert(binary_form=True)

    def pin(self):
        return pin_of(self.certificate())

    def chain(self):
        """All certificates that the device has sent."""
        known = self.socket._sslobj.get_unverified_chain()  # public from Python 3.13 on
        return [certificate.public_bytes() for certificate in known]


def tls_get(sim, index, target, client=None, **options):
    with Secure(tls_address(sim, index), client, **options) as connection:
        return Response(connection.ask(request_bytes(target)))


def secure(*plans, devices=None, **options):
    """A fleet in which the device i has the plan i as its `tls`."""
    rules = [{"match": {"index": i}, "set": {"tls": plan}} for i, plan in enumerate(plans)]
    return Simulator(devices=devices or len(plans), scenario={"rules": rules}, **options)


def spoilt(sim, index, client=None, timeout=20):
    """How a handshake with the device ends."""
    with pytest.raises(OSError) as ended:
        Secure(tls_address(sim, index), client, timeout=timeout)
    return ended.value


def der_values(data):
    """The values inside of a DER value, each with its head."""
    at = 0
    while at < len(data):
        first, head = data[at + 1], 2
        length = first
        if first >= 0x80:
            head += first - 0x80
            length = int.from_bytes(data[at + 2:at + head], "big")
        yield data[at:at + head + length], data[at + head:at + head + length]
        at += head + length


def pin_of(certificate):
    """sha256//... of the public key in a certificate (DER)."""
    (_, outer), = der_values(certificate)
    _, inner = next(der_values(outer))
    key = list(der_values(inner))[6][0]
    return "sha256//" + base64.b64encode(hashlib.sha256(key).digest()).decode()
