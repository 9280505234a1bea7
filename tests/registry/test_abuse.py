"""What badly meant requests over EST get from the whole registry: an answer, no row, and an entry of the log where it concerns somebody."""

import base64
import socket
import ssl
import unittest

from abuse import AbuseTest, der
from support import PATIENCE

NOBODY = "01900000-0000-7000-8000-000000000000"
ISSUED = {"identities": 1, "anchors": 1, "certificates": 1}

CLAIMS = f"""[req]
distinguished_name = dn
[dn]
[ext]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, OCSPSigning
subjectAltName = DNS:bank.example.org, URI:urn:uuid:{NOBODY}, IP:127.0.0.1
nameConstraints = permitted;DNS:bank.example.org
1.2.3.4 = critical, DER:0500
"""


class Requests(AbuseTest):
    """Certificate requests that claim too much, or are none."""

    def test_what_a_request_claims_is_passed_over(self):
        self.write("odd.conf", CLAIMS)
        self.generate("device", "EC", "ec_paramgen_curve:P-256")
        self.openssl("req", "-new", "-key", "device", "-config", "odd.conf", "-reqexts", "ext", "-out", "device.csr",
                     "-subj", f"/O=Holdfast/CN=Holdfast Root CA/serialNumber={NOBODY}")
        grant = self.grant()
        with self.records("identity.enrolled", **ISSUED):
            self.enrol(grant)
        identity = self.identity_of("device")
        self.assertNotEqual(identity, NOBODY)
        shown = self.openssl("x509", "-in", "device.crt", "-noout", "-text", "-nameopt", "RFC2253").decode()
        self.assertIn(f"Subject: CN=gate 7,serialNumber={identity}\n", shown)
        self.assertIn("CA:FALSE", shown)
        for claim in ("CA:TRUE", "Certificate Sign", "CRL Sign", "bank.example.org", "TLS Web Server", "OCSP Signing", "127.0.0.1", "1.2.3.4",
                      "Name Constraints", NOBODY):
            self.assertNotIn(claim, shown)

    def test_keys_that_no_policy_names(self):
        for name, algorithm, options in (("weak", "RSA", ("rsa_keygen_bits:2048",)), ("p521", "EC", ("ec_paramgen_curve:P-521",))):
            self.registry("policy", "set", "default", "--key-algorithms", "ecdsa-p256,rsa-3072")
            self.request(name, algorithm, options)
            grant = self.grant()
            with self.records("enrolment.refused"):
                self.post(grant, self.folder / f"{name}.csr", status=403, says="certifies no")

    def test_keys_that_nobody_certifies(self):
        for name, algorithm, options in (("tiny", "RSA", ("rsa_keygen_bits:1024",)), ("odd", "RSA", ("rsa_keygen_bits:3000",)),
                                         ("curve", "EC", ("ec_paramgen_curve:secp256k1",)), ("goldilocks", "ED448", ())):
            self.request(name, algorithm, options)
            grant = self.grant()
            with self.records("enrolment.refused"):
                self.post(grant, self.folder / f"{name}.csr", status=403, says="is not one of")

    def test_possession_must_be_proven(self):
        self.request()
        self.request("other")
        self.request("pq", "ML-DSA-65", ())
        grant = self.grant()
        for name in ("device", "pq"):
            tree = self.tree_of(name)
            signature = bytearray(der.at(tree, 2)[1])
            signature[-1] ^= 1
            tree[1][2][1] = bytes(signature)
            with self.records("enrolment.refused"):
                self.post(grant, self.write_request(tree), status=403, says="signature is not valid")
        # Somebody else's public key, signed with one's own; and one's own, with a subject put in afterwards.
        with self.records("enrolment.refused"):
            self.post(grant, self.sign(self.tree_of(), "other"), status=403, says="signature is not valid")
        tree = self.tree_of()
        der.at(tree, 0)[1][1] = der.sequence()
        with self.records("enrolment.refused"):
            self.post(grant, self.write_request(tree), status=403, says="signature is not valid")
        # None of it has used the grant.
        self.enrol(grant)

    def test_ml_dsa_takes_no_parameters(self):
        self.request("pq", "ML-DSA-65", ())
        grant = self.grant()
        for where in ((0, 2, 0), (1,)):
            tree = self.tree_of("pq")
            der.at(tree, *where)[1].append(der.NULL)
            with self.records():
                self.post(grant, self.sign(tree, "pq"), status=400, says="not even NULL")

    def test_what_is_no_request(self):
        self.request()
        grant = self.grant()
        pem = self.read("device.csr")
        raw = der.encoded(self.tree_of())
        version_2 = self.tree_of()
        der.at(version_2, 0)[1][0] = der.integer(1)
        names = ",".join(f"DNS:d{i}.example.org" for i in range(101))
        self.openssl("req", "-new", "-key", "device", "-subj", "/CN=x", "-addext", f"subjectAltName={names}", "-out", "many.csr")
        self.openssl("req", "-x509", "-key", "device", "-subj", "/CN=x", "-out", "self.crt")
        deep = b"\x30\x80" * 10000
        for body, status, says in ((b"", 400, "empty"), (b"\0" * 100, 400, "not base64"), (raw, 400, "plain DER"), (b"hello", 400, "not base64"),
                                   (base64.b64encode(b"hello"), 400, "certificate request"), (base64.b64encode(raw[:-1]), 400, "request"),
                                   (base64.b64encode(raw + b"\0"), 400, "request"), (base64.b64encode(deep), 400, "request"),
                                   (self.read("self.crt"), 400, "is a certificate"), (self.read("device"), 403, "private key"),
                                   (pem.replace(b"CERTIFICATE REQUEST", b"\x1b[31mX"), 400, "was found"), (self.read("many.csr"), 400, "more than 100"),
                                   (self.sign(version_2, "device").read_bytes(), 400, "version"), (pem[:-40], 400, ""), (pem + pem, 400, "")):
            with self.records(*(["enrolment.refused"] if status == 403 else [])):
                answer = self.post(grant, body, status=status, says=says)
                self.assertNotIn(b"\x1b", answer.body)
        self.enrol(grant)
        self.assertNotIn("PRIVATE KEY-", (self.folder / "server.log").read_text())

    def test_sizes_and_types(self):
        self.request()
        grant = self.grant()
        user = ("-u", f"{grant['grant']}:{grant['secret']}")
        with self.records():
            self.assertEqual(self.post(grant, b"A" * 70000).status, 413)
            self.assertEqual(self.est("simpleenroll", self.folder / "device.csr", *user, "-H", "Content-Type: text/plain").status, 415)
            self.assertEqual(self.est("simpleenroll", self.folder / "device.csr", *user, "-H", "X: " + "a" * 20000).status, 431)
            self.assertEqual(self.est("simpleenroll", None, *user).status, 405)
            self.assertEqual(self.est("serverkeygen", self.folder / "device.csr", *user).status, 403)


class Order(AbuseTest):
    """The right requests at the wrong time, or by the wrong party."""

    def test_without_or_with_wrong_credentials(self):
        self.request()
        grant = self.grant()
        with self.records():
            self.assertEqual(self.est("simpleenroll", self.folder / "device.csr").status, 401)
            for user in ("", ":", "x:y", f"{grant['grant']}:", f"{grant['grant']}", f":{grant['secret']}", f"{NOBODY}:{grant['secret']}",
                         f"{grant['grant']}:{grant['secret'][:-1]}", f"{grant['grant']}:{grant['secret']}0", f"{grant['secret']}:{grant['grant']}",
                         f"{grant['grant']}:" + "x" * 5000):
                self.assertEqual(self.est("simpleenroll", self.folder / "device.csr", "-H", "Authorization: Basic " +
                                          base64.b64encode(user.encode()).decode()).status, 401, user)
            for header in ("Basic", "Basic =", "Bearer " + grant["secret"], "Digest username=x", "Basic " + grant["secret"]):
                self.assertEqual(self.est("simpleenroll", self.folder / "device.csr", "-H", "Authorization: " + header).status, 401, header)
        self.enrol(grant)

    def test_a_grant_that_was_revoked_or_whose_policy_or_owner_is_gone(self):
        self.request()
        grant = self.grant()
        self.registry("grant", "revoke", grant["grant"])
        with self.records("enrolment.refused"):
            self.enrol(grant, status=403)
        grant = self.grant(**{"business-owner": "cleo@example.org"})
        self.registry("owner", "deactivate", "cleo@example.org")
        with self.records("enrolment.refused"):
            self.enrol(grant, status=403)

    def test_renewing_before_enrolling(self):
        self.request()
        grant = self.grant()
        with self.records():
            answer = self.post(grant, self.folder / "device.csr", operation="simplereenroll", status=403)
            self.assertIn("show it in the TLS handshake", answer.text)

    def test_a_used_grant_with_another_key(self):
        self.request("thief")
        grant = self.grant()
        self.request()
        self.enrol(grant)
        with self.records("enrolment.refused"):
            self.enrol(grant, "thief", status=403)
        self.assertEqual(self.state_of(self.identity_of("device")), "active")

    def test_the_same_request_again_changes_nothing(self):
        self.request()
        grant = self.grant()
        first = self.enrol(grant)
        with self.records():
            self.assertEqual(self.enrol(grant).certificates, first.certificates)

    def test_renewal_with_certificates_that_were_not_issued_here(self):
        self.enrolled()
        real = self.openssl("x509", "-in", "device.crt", "-noout", "-serial").decode().strip().split("=")[1]
        subject = "/CN=gate 7/serialNumber=" + self.identity_of("device")
        # A certificate of one's own making with the real one's names, key and serial number; and one of an authority that calls itself like ours.
        self.openssl("req", "-x509", "-key", "device", "-subj", subject, "-set_serial", "0x" + real, "-out", "self.crt")
        self.generate("ca", "EC", "ec_paramgen_curve:P-256")
        self.openssl("req", "-x509", "-key", "ca", "-subj", "/CN=Holdfast Issuing CA", "-out", "ca.crt")
        self.openssl("x509", "-req", "-in", "device.csr", "-CA", "ca.crt", "-CAkey", "ca", "-set_serial", "0x" + real, "-out", "foreign.crt")
        # The authority's own certificate and the server's, with one's own key put in; nobody has theirs.
        self.put_key_in("authority.crt", self.read("chain.pem"))
        host, port = self.base.split("/")[2].split(":")
        self.put_key_in("server.crt", ssl.get_server_certificate((host, int(port))).encode())
        for certificate in ("self.crt", "foreign.crt", "authority.crt", "server.crt"):
            with self.records():
                answer = self.est("simplereenroll", self.folder / "device.csr", "--cert", certificate, "--key", "device")
                self.assertEqual((answer.status, "not issued here" in answer.text), (403, True), answer.text)
        self.renew()

    def test_renewal_with_somebody_elses_certificate(self):
        self.enrolled()
        self.request("other")
        self.enrol(self.grant(name="gate 8"), "other")
        # The thief has the certificate, which is public, and not its key, and puts their own one in.
        self.put_key_in("stolen.crt", self.read("device.crt"), "other")
        for request in ("device", "other"):
            with self.records():
                answer = self.est("simplereenroll", self.folder / f"{request}.csr", "--cert", "stolen.crt", "--key", "other")
                self.assertEqual((answer.status, "not issued here" in answer.text), (403, True), answer.text)
        # Each with its own certificate and the other's request.
        with self.records("renewal.refused"):
            answer = self.est("simplereenroll", self.folder / "device.csr", "--cert", "other.crt", "--key", "other")
            self.assertEqual(answer.status, 403)
        self.renew()
        self.renew("other")

    def test_keys_that_are_known_or_retired(self):
        identity = self.enrolled()
        grant = self.grant(name="copy")
        with self.records("enrolment.refused", "identity.suspended", "incident.opened", incidents=1):
            self.enrol(grant, status=403)
        # Asking again is refused again, and opens one more incident at most.
        self.registry("incident", "resolve", self.registry("incident", "list")["items"][0]["id"], "--resolution", "seen")
        self.registry("identity", "retire", identity, "--reason", "gone")
        with self.records("enrolment.refused"):
            self.enrol(grant, status=403)
        with self.records("renewal.refused"):
            self.renew(status=403)


class Connections(AbuseTest):
    def connect(self, source="127.0.0.1"):
        context = ssl.create_default_context(cafile=self.folder / "root.pem")
        host, port = self.base.split("/")[2].split(":")
        plain = socket.create_connection((host, int(port)), timeout=PATIENCE, source_address=(source, 0))
        self.addCleanup(plain.close)
        return context, plain

    def test_idle_and_half_open_connections_keep_nobody_out(self):
        self.request()
        # As many as one place may have, and more of another: neither takes what is the next one's.
        for source, count in (("127.0.0.2", 60), ("127.0.0.3", 80)):
            for number in range(count):
                context, plain = self.connect(source)
                if number % 2 and number < 60:
                    plain.sendall(b"\x16\x03\x01\x02\x00\x01")
                elif number % 4 and number < 60:
                    secured = context.wrap_socket(plain, server_hostname="localhost")
                    self.addCleanup(secured.close)
                    secured.sendall(b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\nMII")
        self.enrol(self.grant())

    def test_more_than_one_place_may_have_are_told_so(self):
        kept = [self.connect()[1] for _ in range(70)]
        answer = self.est("cacerts")
        self.assertEqual((answer.status, "Retry-After" in answer.headers), (503, True))
        for plain in kept:
            plain.close()
        while self.est("cacerts").status == 503:
            pass
        self.assertEqual(self.est("cacerts").status, 200)

    def test_requests_in_one_connection_do_not_mix(self):
        self.request()
        grant = self.grant()
        body = self.read("device.csr")
        basic = base64.b64encode(f"{grant['grant']}:{grant['secret']}".encode())
        head = b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: a\r\nContent-Type: application/pkcs10\r\nContent-Length: %d\r\n" % len(body)
        context, plain = self.connect()
        secured = context.wrap_socket(plain, server_hostname="localhost")
        self.addCleanup(secured.close)
        secured.sendall(head + b"\r\n" + body + head + b"Authorization: Basic " + basic + b"\r\n\r\n" + body + head + b"Connection: close\r\n\r\n" + body)
        answer = b""
        while more := secured.recv(65536):
            answer += more
        statuses = [rest.split()[0] for rest in answer.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(statuses, [b"401", b"200", b"401"], answer)


if __name__ == "__main__":
    unittest.main()
