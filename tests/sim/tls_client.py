"""HTTPS for the simulator's own tests, by Python's ssl module."""

import base64
import hashlib
import socket
import ssl
import subprocess

from sim_client import Response, request_bytes


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

    def __init__(self, address, client=None, session=None, timeout=5):
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

    def pin(self):
        return pin_of(self.socket.getpeercert(binary_form=True))


def tls_get(sim, index, target, client=None, **options):
    with Secure(tls_address(sim, index), client, **options) as connection:
        return Response(connection.ask(request_bytes(target)))


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, timeout=20,
                          check=True).stdout


def pin_of(certificate):
    """sha256//... of the public key in a certificate (DER), by another program than the simulator."""
    key = openssl("pkey", "-pubin", "-outform", "DER",
                  data=openssl("x509", "-inform", "DER", "-pubkey", "-noout", data=certificate))
    return "sha256//" + base64.b64encode(hashlib.sha256(key).digest()).decode()


def facts_of(certificate):
    """A certificate (DER) as text."""
    return openssl("x509", "-inform", "DER", "-noout", "-text", data=certificate).decode()
