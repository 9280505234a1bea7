#!/usr/bin/env -S python3 -B
"""EST through the clients that people have: curl, openssl, strongSwan's pki and libest's estclient."""

import base64
import subprocess
import unittest

from server import BROKEN, DEFERRED, DEFERRED_TOO, ISSUED, REFUSED, SECRET, EstTest

BASE = "/.well-known/est/"
PKCS10 = ("-H", "Content-Type: application/pkcs10", "--data-binary")


class Clients(EstTest):
    def certificates_in(self, body):
        """The subjects in a certs-only PKCS #7, as openssl sees them."""
        (self.folder / "p7").write_bytes(base64.b64decode(body))
        shown = self.run_program("openssl", "pkcs7", "-inform", "DER", "-in", "p7", "-print_certs", "-noout").stdout.decode()
        return [line.removeprefix("subject=") for line in shown.splitlines() if line.startswith("subject=")]

    def enrol(self, server, grant=ISSUED, secret=SECRET, request="@device.b64", *more):
        return self.curl(server, BASE + "simpleenroll", "-u", f"{grant}:{secret}", *PKCS10, request, *more)

    def device_certificate(self, server):
        """Enrols, and keeps the certificate as device.crt."""
        status, _, body = self.enrol(server)
        self.assertEqual(status, 200)
        (self.folder / "p7").write_bytes(base64.b64decode(body))
        self.run_program("openssl", "pkcs7", "-inform", "DER", "-in", "p7", "-print_certs", "-out", "device.crt")

    def authority_certificate(self, server):
        """Keeps the authority's certificate, after the server's own, as trusted.pem."""
        _, _, body = self.curl(server, BASE + "cacerts")
        (self.folder / "p7").write_bytes(base64.b64decode(body))
        self.run_program("openssl", "pkcs7", "-inform", "DER", "-in", "p7", "-print_certs", "-out", "ca.pem")
        self.run_program("openssl", "x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der")
        (self.folder / "trusted.pem").write_bytes((self.folder / "server.pem").read_bytes() + (self.folder / "ca.pem").read_bytes())

    # curl

    def test_curl_gets_the_authority(self):
        server = self.start()
        status, headers, body = self.curl(server, BASE + "cacerts")
        self.assertEqual((status, headers["content-type"]), (200, "application/pkcs7-mime"))
        self.assertNotIn("content-transfer-encoding", headers)
        self.assertEqual(int(headers["content-length"]), len(body))
        self.assertEqual(self.certificates_in(body), ["CN=Fake Authority"])
        status, headers, nothing = self.curl(server, BASE + "cacerts", "-I")
        self.assertEqual((status, int(headers["content-length"])), (200, len(body)))
        self.assertTrue(nothing.startswith(b"HTTP/1.1 200 OK\r\n"), nothing)  # curl -I writes what it got: headers alone
        self.assertTrue(nothing.endswith(b"\r\n\r\n"), nothing)

    def test_curl_enrols(self):
        server = self.start()
        for request in ("@device.b64", "@device.pem"):
            status, headers, body = self.enrol(server, ISSUED, SECRET, request)
            self.assertEqual((status, headers["content-type"]), (200, "application/pkcs7-mime; smime-type=certs-only"))
            self.assertEqual(self.certificates_in(body), ["CN=device"])
        self.device_certificate(server)
        self.authority_certificate(server)
        self.run_program("openssl", "verify", "-CAfile", "ca.pem", "device.crt")
        key = self.run_program("openssl", "x509", "-in", "device.crt", "-noout", "-pubkey").stdout
        self.assertEqual(key, self.run_program("openssl", "pkey", "-in", "device.key", "-pubout").stdout)
        self.assertNotIn(SECRET, server.log())
        self.assertNotIn(ISSUED, server.log())

    def test_curl_enrols_with_expectation(self):
        # As curl does by itself before larger bodies.
        status, _, body = self.enrol(self.start(), ISSUED, SECRET, "@device.b64", "-H", "Expect: 100-continue")
        self.assertEqual((status, self.certificates_in(body)), (200, ["CN=device"]))

    def test_curl_in_chunks(self):
        status, _, body = self.enrol(self.start(), ISSUED, SECRET, "@device.b64", "-H", "Transfer-Encoding: chunked")
        self.assertEqual((status, self.certificates_in(body)), (200, ["CN=device"]))

    def test_curl_is_refused(self):
        server = self.start()
        for grant, secret in ((ISSUED, "wrong"), ("01900000-0000-7000-8000-000000000009", SECRET), ("somebody", SECRET)):
            status, headers, _ = self.enrol(server, grant, secret)
            self.assertEqual((status, headers["www-authenticate"]), (401, 'Basic realm="holdfast"'))
        status, _, body = self.enrol(server, REFUSED)
        self.assertEqual((status, body), (403, b"this grant has expired: ask for another one\n"))
        status, headers, body = self.enrol(server, BROKEN)
        self.assertEqual((status, headers["retry-after"]), (503, "10"))
        self.assertNotIn(b"holes", body)
        status, headers, _ = self.enrol(server, DEFERRED)
        self.assertEqual((status, headers["retry-after"]), (202, "1"))
        self.assertEqual(self.enrol(server, DEFERRED)[0], 200)
        self.assertEqual(self.enrol(server, ISSUED, SECRET, "@device.der")[0], 400)
        self.assertEqual(self.curl(server, BASE + "simpleenroll", "-d", "x")[0], 401)
        self.assertEqual(self.curl(server, BASE + "label/cacerts")[0], 404)
        self.assertEqual(self.curl(server, BASE + "serverkeygen", *PKCS10, "@device.b64")[0], 403)

    def test_curl_is_told_of_a_body_that_is_too_large(self):
        server = self.start()
        (self.folder / "large").write_bytes(b"A" * 70000)
        self.assertEqual(self.enrol(server, ISSUED, SECRET, "@large")[0], 413)
        self.assertEqual(self.enrol(server, ISSUED, SECRET, "@large", "-H", "Transfer-Encoding: chunked")[0], 413)
        self.assertEqual(self.curl(server, BASE + "cacerts", "-H", "X: " + "a" * 20000)[0], 431)

    def test_curl_renews(self):
        server = self.start()
        self.device_certificate(server)
        shown = ("--cert", "device.crt", "--key", "device.key")
        for port in ("est", "tls13"):
            status, _, body = self.curl(server, BASE + "simplereenroll", *shown, *PKCS10, "@device.b64", port=port)
            self.assertEqual((status, self.certificates_in(body)), (200, ["CN=device"]))
        self.assertEqual(self.curl(server, BASE + "simplereenroll", *PKCS10, "@device.b64")[0], 403)
        status, _, body = self.curl(server, BASE + "simpleenroll", *shown, *PKCS10, "@device.b64")
        self.assertEqual(status, 401)
        self.assertIn(b"use simplereenroll", body)

    def test_foreign_and_expired_certificates_reach_the_handler(self):
        server = self.start()
        for algorithm in ("ML-DSA-65", "RSA", "ED25519"):
            self.make("genpkey", "-algorithm", algorithm, "-out", "foreign.key")
            for days in (("-not_before", "20200101000000Z", "-not_after", "20200102000000Z"), ("-days", "2")):
                self.make("req", "-x509", "-key", "foreign.key", "-out", "foreign.crt", "-subj", "/CN=foreign", *days)
                status, _, body = self.curl(server, BASE + "simplereenroll", "--cert", "foreign.crt", "--key", "foreign.key", *PKCS10, "@device.b64")
                self.assertEqual((status, body[:37]), (403, b"the certificate that you showed was n"), (algorithm, days))

    # openssl s_client

    def handshake(self, server, *args, status=0, port="est"):
        done = self.run_program("openssl", "s_client", "-connect", f"localhost:{server.ports[port]}", "-CAfile", "server.pem", "-verify_return_error",
                                *args, status=None)
        shown = done.stdout.decode() + done.stderr.decode()
        self.assertEqual(done.returncode, status, shown)
        return shown

    def test_openssl_negotiates(self):
        server = self.start()
        shown = self.handshake(server)
        self.assertIn("Protocol: TLSv1.3", shown)
        self.assertIn("Negotiated TLS1.3 group: X25519MLKEM768", shown)
        for group in ("X25519", "P-256", "P-384"):
            self.handshake(server, "-tls1_3", "-groups", group)
        self.handshake(server, "-groups", "ffdhe2048", status=1)
        for suite in ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"):
            self.assertIn(suite, self.handshake(server, "-tls1_2", "-cipher", suite))

    def test_openssl_is_refused_what_is_old(self):
        server = self.start()
        old = "@SECLEVEL=0"
        self.handshake(server, "-tls1_1", "-cipher", "DEFAULT:" + old, status=1)
        self.handshake(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:" + old, status=1)
        self.handshake(server, "-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher", "DEFAULT:" + old, status=1)
        self.handshake(server, "-tls1_2", port="tls13", status=1)
        self.handshake(server, port="tls13")

    def test_no_session_is_resumed(self):
        server = self.start()
        for version in ("-tls1_2", "-tls1_3"):
            self.assertNotIn("Reused", self.handshake(server, version, "-reconnect"))

    # strongSwan

    def pki(self, server, operation, *args, status=0):
        return self.run_program("pki", operation, "--url", f"https://localhost:{server.ports['est']}", "--cacert", "server.pem", *args, status=status)

    def subject(self, der):
        return subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=der, check=True, capture_output=True).stdout.decode().strip()

    def test_strongswan(self):
        server = self.start()
        self.pki(server, "--estca", "--caout", "swan.der")
        self.assertEqual(self.subject((self.folder / "swan.der").read_bytes()), "subject=CN=Fake Authority")
        trusted = ("--cacert", "swan.der", "--in", "device.der")
        first = self.pki(server, "--est", *trusted, "--userpass", f"{ISSUED}:{SECRET}").stdout
        self.assertEqual(self.subject(first), "subject=CN=device")
        (self.folder / "swan.crt").write_bytes(first)
        second = self.pki(server, "--est", *trusted, "--cert", "swan.crt", "--key", "device.key").stdout
        self.assertEqual(self.subject(second), "subject=CN=device")
        self.assertNotEqual(first, second)
        self.pki(server, "--est", *trusted, "--userpass", f"{ISSUED}:wrong", status=1)

    def test_strongswan_asks_again(self):
        server = self.start()
        self.pki(server, "--estca", "--caout", "swan.der", "--force")
        got = self.pki(server, "--est", "--cacert", "swan.der", "--in", "device.der", "--userpass", f"{DEFERRED_TOO}:{SECRET}", "--interval", "1")
        self.assertEqual(self.subject(got.stdout), "subject=CN=device")
        self.assertEqual(server.log().count("simpleenroll 202"), 1)

    # libest

    def estclient(self, server, *args):
        out = self.folder / "estclient"
        out.mkdir(exist_ok=True)
        self.run_program("estclient", *args, "-s", "localhost", "-p", str(server.ports["est"]), "-o", out, status=None,
                         env={"EST_OPENSSL_CACERT": str(self.folder / "trusted.pem")})
        return out

    def test_libest(self):
        server = self.start()
        self.authority_certificate(server)
        out = self.estclient(server, "-g")
        self.assertEqual(self.certificates_in((out / "cacert-0-0.pkcs7").read_bytes()), ["CN=Fake Authority"])
        out = self.estclient(server, "-e", "-x", "device.key", "--common-name", "device", "-u", ISSUED, "-h", SECRET)
        first = (out / "cert-0-0.pkcs7").read_bytes()
        self.assertEqual(self.certificates_in(first), ["CN=device"])
        self.run_program("openssl", "pkcs7", "-inform", "DER", "-in", "p7", "-print_certs", "-out", "libest.crt")
        (out / "cert-0-0.pkcs7").unlink()
        out = self.estclient(server, "-r", "-c", "libest.crt", "-k", "device.key")
        self.assertEqual(self.certificates_in((out / "cert-0-0.pkcs7").read_bytes()), ["CN=device"])
        self.assertIn("POST /.well-known/est/simplereenroll 200", server.log())
        self.estclient(server, "-a")
        self.assertIn("GET /.well-known/est/csrattrs 200", server.log())


if __name__ == "__main__":
    unittest.main()
