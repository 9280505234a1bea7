"""What the registry's end-to-end tests share: a server on loopback, its commands, and devices that enrol."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from support import DONE, PATIENCE, HoldfastTest, Outcome  # noqa: E402

PEOPLE = """mail,name,team,status
anna@example.org,Anna Arbor,Gates,active
ben@example.org,Ben Birch,Gates,active
cleo@example.org,Cleo Cedar,Pumps,active
"""


class Answer:
    """What came back over EST."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def certificates(self):
        """The DER of the certs-only PKCS #7."""
        return base64.b64decode(self.body)


class RegistryTest(HoldfastTest):
    """Each test has its own data folder, with its checkpoint kept apart, and no server until it starts one."""

    CONFIGURATION = ""
    server_prefix = ()  # words before the server's command: who runs it, and how

    def setUp(self):
        super().setUp()
        self.data = self.folder / "registry"
        self.data.mkdir(mode=0o700)
        self.outside = self.folder / "outside"
        self.env["HOLDFAST_CHECKPOINTS"] = str(self.outside)
        self.configure(self.CONFIGURATION)
        self.server = None
        self.first = None

    def configure(self, text="", port=0):
        """The configuration, with a port that the system chooses unless another is named."""
        self.write("registry/registry.toml", f"[est]\nport = {port}\n{text}")

    def registry_command(self, *args):
        return [os.environ["HOLDFAST_REGISTRY_BIN"], "--data", str(self.data), *map(os.fspath, args)]

    def serve(self):
        """Starts the server and waits until it serves. What it printed becomes `self.facts`."""
        log = open(self.folder / "server.log", "ab")
        self.addCleanup(log.close)
        self.server = subprocess.Popen([*self.server_prefix, *self.registry_command("--json", "serve")], env=self.env, cwd=self.folder,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        self.addCleanup(self.end, self.server)
        lines = []
        for line in self.server.stdout:
            lines.append(line)
            if line == b"}\n":
                break
        self.assertTrue(lines, (self.folder / "server.log").read_text())
        self.facts = json.loads(b"".join(lines))
        if "first_token" in self.facts:
            self.first = self.facts["first_token"]
        self.base = self.facts["est"]
        self.registry("ca", "export", "--root", "--out", "root.pem")
        self.registry("ca", "export", "--out", "chain.pem")
        return self.facts

    def stop(self, how=signal.SIGTERM):
        self.server.send_signal(how)
        self.server.wait(PATIENCE)
        status = self.server.returncode
        self.end(self.server)
        return status

    def registry(self, *args, status=DONE, says=(), input=b"", token=None):
        """Runs a command, over the socket where a server runs, and judges it. Returns its JSON where it has any."""
        extra = ("--token-file", token) if token else ()
        argv = self.registry_command("--json", *extra, *args)
        done = subprocess.run(argv, input=input, capture_output=True, cwd=self.folder, env=self.env, timeout=PATIENCE,
                              start_new_session=True, check=False)
        outcome = self.judge(Outcome(done.returncode, done.stdout, done.stderr), args, status, says)
        return json.loads(outcome.out) if outcome.out and status == DONE else outcome

    def shown(self, *args):
        """What a person sees."""
        done = subprocess.run(self.registry_command(*args), capture_output=True, cwd=self.folder, env=self.env,
                              timeout=PATIENCE, check=False)
        return self.judge(Outcome(done.returncode, done.stdout, done.stderr), args, DONE, ()).text

    def import_people(self):
        self.registry("owner", "import", self.write("people.csv", PEOPLE))

    def grant(self, name="gate 7", **options):
        options = {"purpose": "opens the yard", "business-owner": "anna@example.org", "technical-owner": "Gates", **options}
        flat = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        return self.registry("grant", "create", "--name", name, *flat)

    # Devices

    def request(self, name="device", algorithm="EC", options=("ec_paramgen_curve:P-256",), subject="/CN=whatever"):
        """A key of openssl's and a certificate request for it, NAME.csr."""
        self.generate(name, algorithm, *options)
        self.openssl("req", "-new", "-key", name, "-subj", subject, "-out", f"{name}.csr")
        return self.folder / f"{name}.csr"

    def est(self, operation, body=None, *options):
        """One request with curl, which believes the registry's root alone."""
        headers, out = self.folder / "headers", self.folder / "answer"
        out.write_bytes(b"")
        content = ("--data-binary", f"@{body}", "-H", "Content-Type: application/pkcs10") if body else ()
        argv = ["curl", "-sS", "--cacert", "root.pem", "-D", headers, "-o", out, "-w", "%{http_code}", *content, *options,
                f"{self.base}/{operation}"]
        done = subprocess.run(list(map(str, argv)), capture_output=True, cwd=self.folder, env=self.env, timeout=PATIENCE,
                              check=False)
        self.assertEqual(done.returncode, 0, (argv, done.stderr))
        return Answer(int(done.stdout), headers.read_text(), out.read_bytes())

    def enrol(self, grant, name="device", status=200):
        """Enrols NAME.csr under a grant. The certificate becomes NAME.crt."""
        answer = self.est("simpleenroll", self.folder / f"{name}.csr", "-u", f"{grant['grant']}:{grant['secret']}")
        self.assertEqual(answer.status, status, answer.body)
        if status == 200:
            self.take(answer, name)
        return answer

    def renew(self, name="device", status=200, request=None):
        answer = self.est("simplereenroll", request or self.folder / f"{name}.csr", "--cert", f"{name}.crt", "--key", name)
        self.assertEqual(answer.status, status, answer.body)
        if status == 200:
            self.take(answer, name)
        return answer

    def take(self, answer, name):
        self.write(f"{name}.p7", answer.certificates)
        pem = self.openssl("pkcs7", "-inform", "DER", "-in", f"{name}.p7", "-print_certs")
        self.write(f"{name}.crt", pem)
        self.openssl("verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", f"{name}.crt")

    def enrolled(self, name="device", **options):
        """A device with a certificate. Returns its identity's id."""
        self.request(name)
        self.enrol(self.grant(**options), name)
        return self.identity_of(name)

    def identity_of(self, name):
        text = self.openssl("x509", "-in", f"{name}.crt", "-noout", "-ext", "subjectAltName").decode()
        return text.split("urn:uuid:")[1].split()[0].strip()

    def state_of(self, identity):
        return self.registry("identity", "show", identity)["state"]

    def log_size(self):
        return self.registry("audit", "verify")["entries"]

    def events(self, identity):
        return [event["type"] for event in self.registry("audit", "show", "--identity", identity)["items"]]
