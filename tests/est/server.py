"""What the tests of EST share: the server program with a fake authority, and the programs that talk to it."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
from pathlib import Path

# Patience with an overloaded machine, not a measure of anything.
PATIENCE = 120
GRANT = "01900000-0000-7000-8000-00000000000{}"
ISSUED, DEFERRED, REFUSED, BROKEN, DEFERRED_TOO = (GRANT.format(i) for i in range(1, 6))
SECRET = "open-sesame"


class Server:
    """The server program, running. `limits` are NAME=VALUE."""

    def __init__(self, folder, limits=()):
        self.log_path = folder / "server.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([os.environ["HOLDFAST_EST_SERVER"], folder / "server.pem", folder / "server.der", *limits],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.ports = json.loads(self.process.stdout.readline())

    def stop(self):
        """Asks it to end, and returns its exit status."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def log(self):
        return self.log_path.read_text(encoding="utf-8")


class EstTest(unittest.TestCase):
    """Each class has a folder with the server's certificate, a device's key and its certificate request."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="holdfast-est-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.make("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.pem",
                 "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        cls.make("pkcs8", "-topk8", "-nocrypt", "-in", "server.key", "-outform", "DER", "-out", "server.der")
        cls.make("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "device.key", "-out", "device.pem",
                 "-subj", "/CN=device")
        cls.make("req", "-in", "device.pem", "-outform", "DER", "-out", "device.der")
        cls.make("base64", "-in", "device.der", "-out", "device.b64")

    @classmethod
    def make(cls, *args):
        subprocess.run(["openssl", *args], cwd=cls.folder, check=True, capture_output=True, timeout=PATIENCE)

    def start(self, *limits):
        server = Server(self.folder, limits)
        # Sanitizers speak up when it ends.
        self.addCleanup(lambda: self.assertEqual(server.stop(), 0, server.log()))
        return server

    def run_program(self, *args, status=0, env=None, input=b""):
        done = subprocess.run([os.fspath(arg) for arg in args], cwd=self.folder, input=input, capture_output=True, timeout=PATIENCE,
                              check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})})
        if status is not None:
            self.assertEqual(done.returncode, status, f"{args}\nstdout: {done.stdout[-2000:]!r}\nstderr: {done.stderr[-4000:]!r}")
        return done

    def curl(self, server, path, *args, port="est"):
        """An answer's status, headers (names in lower case) and body."""
        done = self.run_program("curl", "-sS", "--cacert", "server.pem", "-D", "headers", "-o", "body", "-w", "%{http_code}", *args,
                                f"https://localhost:{server.ports[port]}{path}")
        return int(done.stdout), self.headers(), (self.folder / "body").read_bytes()

    def headers(self):
        """Of the last answer that curl got."""
        blocks = (self.folder / "headers").read_bytes().decode("latin-1").strip().split("\r\n\r\n")
        lines = blocks[-1].split("\r\n")
        return {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}

    def connect(self, server, port="est", **options):
        """A TLS connection of our own, for what no well-behaved client does."""
        context = ssl.create_default_context(cafile=self.folder / "server.pem")
        plain = socket.create_connection(("127.0.0.1", server.ports[port]), timeout=PATIENCE)
        self.addCleanup(plain.close)
        secured = context.wrap_socket(plain, server_hostname="localhost", **options)
        self.addCleanup(secured.close)
        return secured

    @staticmethod
    def read_answer(connection):
        """The status and body of one answer; None where the connection ends before."""
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(1)
            if not more:
                return None
            head += more
        size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        body = b""
        while len(body) < size:
            body += connection.recv(size - len(body))
        return int(head.split(b" ")[1]), body

    @staticmethod
    def read_end(connection):
        """Everything until the other side closes, which it must do properly."""
        received = b""
        while more := connection.recv(65536):
            received += more
        return received
