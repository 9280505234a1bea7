"""Texts that pretend to be something else: whatever comes from outside stays one line, and escaped, in logs and in lists."""

import base64
import re
import socket
import ssl
import unicodedata
import unittest

from abuse import AbuseTest
from support import DONE, PATIENCE, USAGE

ODD = ("a\nb", "a\r\nb", "\x1b[31mred", "\x07\x08\x7f", "a\tb", '{"type":"identity.revoked"}', "'; DROP TABLE identities; --", "\u0085next", "\u2028line",
       "\u202eright to left", "zero\u200bwidth", "%s%n%x", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\\x41", "../../etc/passwd", "$(id)", "`id`")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (info|warning|error) .+")


def is_harmless(text):
    """Nothing that a terminal would obey, or that reorders or hides what stands around it."""
    return not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\n\u200c\u200d"]


class Injection(AbuseTest):
    def judge_shown(self, *args):
        """What a person sees; one line for each row."""
        shown = self.shown(*args)
        self.assertTrue(is_harmless(shown), repr(shown))
        return shown

    def judge_log_file(self):
        text = (self.folder / "server.log").read_bytes().decode()
        for line in text.split("\n")[:-1]:
            self.assertRegex(line, rf"\A{LOG_LINE.pattern}\Z")
            self.assertTrue(is_harmless(line), repr(line))
        return text

    def send(self, head, body=b""):
        """Bytes as no client would send them. Returns the answer."""
        context = ssl.create_default_context(cafile=self.folder / "root.pem")
        host, port = self.base.split("/")[2].split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(head + b"Host: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while more := secured.recv(65536):
                answer += more
        return answer

    def test_requests(self):
        self.request()
        for text in [odd.encode() for odd in ODD] + [b"\xff\xfe", b"\xc3", b"\0"]:
            escaped = text.replace(b"\r", b"").replace(b"\n", b"")
            for head in (b"GET /" + escaped + b" HTTP/1.1\r\n", b"GET /.well-known/est/" + escaped + b" HTTP/1.1\r\n",
                         b"GET /.well-known/est/cacerts HTTP/1.1\r\nUser-Agent: " + escaped + b"\r\n",
                         escaped + b" / HTTP/1.1\r\n",
                         b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Type: " + escaped + b"\r\nAuthorization: Basic "
                         + base64.b64encode(text + b":" + text) + b"\r\n",
                         b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Type: application/pkcs10\r\nAuthorization: Basic "
                         + base64.b64encode(text + b":" + text) + b"\r\n"):
                answer = self.send(head, self.read("device.csr"))
                self.assertNotIn(b" 500 ", answer.split(b"\r\n")[0], head)
                self.assertNotIn(b"\x1b", answer, head)
        self.judge_log_file()

    def test_certificate_requests(self):
        grants = self.grant(name="gate {n}", count=len(ODD))["items"]
        for number, odd in enumerate(ODD):
            self.write("odd.conf", "[req]\ndistinguished_name=dn\nutf8=yes\nstring_mask=utf8only\n[dn]\n")
            self.generate(f"d{number}", "EC", "ec_paramgen_curve:P-256")
            self.openssl("req", "-new", "-utf8", "-key", f"d{number}", "-config", "odd.conf", "-subj", "/CN=" + odd.replace("\\", "\\\\").replace("/", "\\/"),
                         "-out", f"d{number}.csr")
            self.enrol(grants[number], f"d{number}")
        self.judge_log_file()
        self.assertEqual(len(self.judge_shown("identity", "list").splitlines()), len(ODD) + 1)
        for entry in self.entries():
            self.assertNotIn("alert", str(entry))

    def test_owners(self):
        for odd in ODD:
            quoted = '"' + odd.replace('"', '""') + '"'
            for row in (f'{quoted}@example.org,Eve,Gates', f"eve@example.org,{quoted},Gates", f"eve@example.org,Eve,{quoted}"):
                table = self.write("odd.csv", "mail,name,team\n" + row.replace('"@', '@').replace(f'{quoted}@', f'"{odd}@') + "\n")
                said = self.registry("owner", "import", table, status=None)
                self.assertIn(said.status, (DONE, USAGE), said.message)
                self.assertTrue(is_harmless(said.message), said.message)
        self.registry("owner", "import", self.write("odd.csv", b"mail,name\neve@example.org,Zo\xeb\n"), status=USAGE, says="not UTF-8")
        self.registry("owner", "deactivate", b"\xff@example.org", status=USAGE, says="not UTF-8")
        for listing in ("owner", "team"):
            count = len(self.registry(listing, "list")["items"])
            self.assertEqual(len(self.judge_shown(listing, "list").splitlines()), count + 1)
        self.judge_log_file()

    def test_grants(self):
        for odd in ODD:
            for option in ("name", "purpose", "environment", "group", "retire-when"):
                values = {"name": "gate", "purpose": "x", option: odd}
                flat = [part for key, value in values.items() for part in (f"--{key}", value)]
                said = self.registry("grant", "create", *flat, "--business-owner", "anna@example.org", "--technical-owner", "Gates", status=None)
                self.assertEqual(said.status, DONE if is_harmless(odd) and "\n" not in odd else USAGE, (odd, said.message))
                self.assertTrue(is_harmless(said.message), said.message)
        count = len(self.registry("grant", "list")["items"])
        self.assertEqual(len(self.judge_shown("grant", "list").splitlines()), count + 1)
        # Whatever was taken can be enrolled: its name is fit for a certificate.
        number = 0
        for odd in filter(lambda text: is_harmless(text) and "\n" not in text, ODD):
            number += 1
            self.request(f"d{number}")
            self.enrol(self.grant(name=odd), f"d{number}")
        self.assertEqual(len(self.judge_shown("identity", "list").splitlines()), number + 1)

    def test_reasons_and_other_words(self):
        identity = self.enrolled()
        for odd in ODD:
            self.registry("identity", "suspend", identity, "--reason", odd)
            self.registry("identity", "resume", identity, "--reason", odd)
            for args in (("policy", "set", odd), ("policy", "set", "odd", "--spiffe-trust-domain", odd), ("operator", "add", odd, "--role", "auditor"),
                         ("identity", "show", odd), ("identity", "list", "--name", odd), ("owner", "deactivate", odd), ("incident", "show", odd),
                         ("policy", "set", "odd", "--key-algorithms", odd)):
                said = self.registry(*args, status=None)
                self.assertTrue(is_harmless(said.message), said.message)
        history = self.judge_shown("audit", "show", "--identity", identity)
        rows = [line for line in history.splitlines() if re.match(r"\d{4}-", line)]
        self.assertEqual(len(rows), 2 * len(ODD) + 1)
        for listing in (("policy", "list"), ("operator", "list"), ("incident", "list"), ("identity", "list")):
            self.judge_shown(*listing)
        # What a reason says it says in the log, to the letter.
        reasons = [entry["details"].get("reason") for entry in self.entries() if entry["type"] == "identity.suspended"]
        self.assertEqual(reasons, list(ODD))
        self.registry("audit", "verify")
        self.judge_log_file()

    def test_a_reason_that_is_too_long_is_refused_alone(self):
        identity = self.enrolled()
        with self.records():
            said = self.registry("identity", "suspend", identity, "--reason", "x" * 100_000, status=USAGE)
        self.assertIn("at most 500 bytes", said.message)
        # Where nothing else limits a text, the log does.
        self.enrol(self.grant(name="twin"), status=403)
        incident = self.registry("incident", "list")["items"][0]["id"]
        with self.records():
            said = self.registry("incident", "resolve", incident, "--resolution", "x" * 100_000, status=USAGE)
        self.assertIn("65535", said.message)


if __name__ == "__main__":
    unittest.main()
