"""The EST clients that people have, from the first certificate to its renewal: strongSwan's pki, libest's estclient and curl.

What they got is judged by openssl and zlint."""

import base64
import json
import subprocess
import unittest

from registry import RegistryTest
from support import PATIENCE

# What zlint finds in certificates of clients, and why it stays: registry/ca/zlint_test.cpp.
ACCEPTED = {"w_ct_sct_policy_count_unsatisfied"}


class ClientTest(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()
        self.host = self.base.removesuffix("/.well-known/est").replace("127.0.0.1", "localhost")
        (self.folder / "trusted.pem").write_bytes(self.read("root.pem") + self.read("chain.pem"))

    def run_program(self, *args, status=0):
        env = {**self.env, "EST_OPENSSL_CACERT": str(self.folder / "trusted.pem")}
        done = subprocess.run(list(map(str, args)), cwd=self.folder, env=env, capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, f"{args}\n{done.stdout[-2000:]!r}\n{done.stderr[-4000:]!r}")
        return done.stdout

    def server_log(self):
        return (self.folder / "server.log").read_text()

    def judge_certificate(self, name, grant_name):
        """NAME.crt is for NAME's key and the identity, its chain holds, and zlint knows nothing against it."""
        self.openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "chain.pem", f"{name}.crt")
        self.assertEqual(self.openssl("x509", "-in", f"{name}.crt", "-noout", "-pubkey"), self.read(f"{name}.pem"))
        subject = self.openssl("x509", "-in", f"{name}.crt", "-noout", "-subject", "-nameopt", "RFC2253").decode().strip()
        identity = self.identity_of(name)
        self.assertEqual(subject, f"subject=CN={grant_name},serialNumber={identity}")
        shown = json.loads(self.run_program("zlint", f"{name}.crt"))
        found = {lint for lint, report in shown.items() if report["result"] in ("info", "warn", "error", "fatal")}
        self.assertLessEqual(found, ACCEPTED)
        return identity

    def request_in_all_forms(self, *args):
        """NAME.csr in PEM and DER, and the key in DER, as strongSwan wants it."""
        self.request("device", *args)
        self.openssl("req", "-in", "device.csr", "-outform", "DER", "-out", "device.der")
        self.openssl("pkey", "-in", "device", "-outform", "DER", "-out", "key.der")


class StrongSwan(ClientTest):
    def pki(self, operation, *args, status=0):
        return self.run_program("pki", operation, "--url", self.host, *args, status=status)

    def learn_authority(self):
        """The authority by `pki --estca`, which tells root and issuing authority apart."""
        self.pki("--estca", "--cacert", "root.pem", "--caout", "swan.der")
        for name, expected in (("swan.der", "root.pem"), ("swan-1.der", "chain.pem")):
            der = self.openssl("x509", "-in", expected, "-outform", "DER")
            self.assertEqual(self.read(name), der)

    def est(self, *args, status=0):
        out = self.pki("--est", "--cacert", "swan.der", "--cacert", "swan-1.der", "--in", "device.der", *args, status=status)
        if status == 0:
            self.write("device.der.crt", out)
            self.openssl("x509", "-inform", "DER", "-in", "device.der.crt", "-out", "device.crt")
        return out

    def test_first_enrolment_and_renewal(self):
        self.learn_authority()
        for kind in (("EC", ("ec_paramgen_curve:P-384",)), ("RSA", ("rsa_keygen_bits:3072",))):
            self.request_in_all_forms(*kind)
            grant = self.grant(name=f"a {kind[0]} gate")
            self.est("--userpass", f"{grant['grant']}:wrong", status=1)
            self.est("--userpass", f"{grant['grant']}:{grant['secret']}")
            identity = self.judge_certificate("device", f"a {kind[0]} gate")
            first = self.read("device.der.crt")
            self.est("--cert", "device.der.crt", "--key", "key.der")
            self.assertNotEqual(first, self.read("device.der.crt"))
            self.assertEqual(self.judge_certificate("device", f"a {kind[0]} gate"), identity)
            self.assertEqual(self.events(identity), ["identity.enrolled", "certificate.renewed"])

    def test_waits_until_somebody_approves(self):
        self.learn_authority()
        self.registry("policy", "set", "careful", "--approval", "required")
        grant = self.grant(name="patient", policy="careful")
        self.request_in_all_forms()
        client = subprocess.Popen(["pki", "--est", "--url", self.host, "--cacert", "swan.der", "--cacert", "swan-1.der", "--in", "device.der",
                                   "--userpass", f"{grant['grant']}:{grant['secret']}", "--interval", "1"],
                                  cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, client)
        # It says so when it has been told to wait.
        said = []
        for line in client.stderr:
            said.append(line)
            if b"pending" in line or b"retry" in line.lower():
                break
        waiting = self.registry("identity", "list", "--state", "pending")["items"]
        self.assertEqual(len(waiting), 1, said)
        self.registry("identity", "approve", waiting[0]["id"])
        out, err = client.communicate(timeout=PATIENCE)
        self.assertEqual(client.returncode, 0, err)
        self.write("device.der.crt", out)
        self.openssl("x509", "-inform", "DER", "-in", "device.der.crt", "-out", "device.crt")
        self.assertEqual(self.judge_certificate("device", "patient"), waiting[0]["id"])
        self.assertEqual(self.events(waiting[0]["id"]), ["identity.requested", "identity.active", "identity.enrolled"])
        self.assertIn("simpleenroll 202", self.server_log())


class Libest(ClientTest):
    def estclient(self, *args):
        port = self.host.rsplit(":", 1)[1]
        out = self.folder / "estclient"
        out.mkdir(exist_ok=True)
        for old in out.iterdir():
            old.unlink()
        self.run_program("estclient", *args, "-s", "localhost", "-p", port, "-o", out)
        return out

    def keep(self, out):
        pkcs7 = self.write("device.p7", base64.b64decode((out / "cert-0-0.pkcs7").read_bytes()))
        self.openssl("pkcs7", "-inform", "DER", "-in", pkcs7, "-print_certs", "-out", "device.crt")

    def test_authority_enrolment_and_renewal(self):
        out = self.estclient("-g")
        pkcs7 = self.write("ca.p7", base64.b64decode((out / "cacert-0-0.pkcs7").read_bytes()))
        shown = self.openssl("pkcs7", "-inform", "DER", "-in", pkcs7, "-print_certs", "-noout").decode()
        self.assertIn("CN=Holdfast Issuing CA", shown)
        self.assertIn("CN=Holdfast Root CA", shown)

        self.generate("device", "EC", "ec_paramgen_curve:P-256")
        grant = self.grant(name="of libest")
        # It asks without credentials first, is told what kind is wanted, and sends them then.
        self.keep(self.estclient("-e", "-x", "device", "--common-name", "ignored", "-u", grant["grant"], "-h", grant["secret"]))
        self.assertIn("simpleenroll 401", self.server_log())
        identity = self.judge_certificate("device", "of libest")
        first = self.read("device.crt")
        self.keep(self.estclient("-r", "-c", "device.crt", "-k", "device"))
        self.assertNotEqual(first, self.read("device.crt"))
        self.judge_certificate("device", "of libest")
        self.assertEqual(self.events(identity), ["identity.enrolled", "certificate.renewed"])

    def test_wrong_secret(self):
        self.generate("device", "EC", "ec_paramgen_curve:P-256")
        grant = self.grant()
        out = self.estclient("-e", "-x", "device", "--common-name", "x", "-u", grant["grant"], "-h", "0" * 32)
        self.assertFalse((out / "cert-0-0.pkcs7").exists())
        self.assertEqual(self.registry("identity", "list")["items"], [])


class Attributes(ClientTest):
    """What certificate requests must have (RFC 9908, 3.2)."""

    def attributes(self):
        answer = self.est("csrattrs")
        self.assertEqual(answer.status, 200)
        self.assertIn("content-type: application/csrattrs", answer.headers.lower())
        self.write("csrattrs.der", answer.certificates)
        shown = self.openssl("asn1parse", "-inform", "DER", "-in", "csrattrs.der").decode()
        # Depth, and tag with value, of each element.
        rows = [line.split("d=")[1] for line in shown.splitlines()]
        return [(int(row.split()[0]), "".join(row.split(":", 1)[0].split()[-1:]), row.partition(" :")[2].strip(": ")) for row in rows]

    def test_nothing_is_asked_where_several_keys_will_do(self):
        self.assertEqual(self.est("csrattrs").certificates.hex(), "3000")

    def only(self, algorithm):
        self.registry("policy", "set", "default", "--key-algorithms", algorithm)
        return self.attributes()

    def test_the_only_key_that_will_do_is_named_by_one_attribute(self):
        for algorithm, type_name, value in (("ecdsa-p256", "id-ecPublicKey", "prime256v1"), ("ecdsa-p384", "id-ecPublicKey", "secp384r1"),
                                            ("rsa-3072", "rsaEncryption", "0C00"), ("ml-dsa-65", "ML-DSA-65", None), ("ed25519", "ED25519", None)):
            rows = self.only(algorithm)
            self.assertEqual([depth for depth, _, _ in rows], [0, 1, 2, 2] + ([3] if value else []), rows)
            self.assertEqual(rows[2][2], type_name, rows)
            if value:
                self.assertEqual(rows[4][2], value, rows)

    def test_libest_reads_them(self):
        for algorithm in ("ecdsa-p256", "rsa-3072", "ed25519"):
            self.only(algorithm)
            out = self.folder / "estclient"
            out.mkdir(exist_ok=True)
            self.run_program("estclient", "-a", "-s", "localhost", "-p", self.host.rsplit(":", 1)[1], "-o", out)
            self.assertEqual(base64.b64decode((out / "csr-0-0.base64").read_bytes()), self.est("csrattrs").certificates)


class Authorities(RegistryTest):
    """Chains of every kind, by openssl alone: no other client here knows ML-DSA."""

    def chain_of(self, root, issuing):
        self.configure(f'[authority]\nroot = "{root}"\nissuing = "{issuing}"\n')
        self.serve()
        self.import_people()
        for name, algorithm, options in (("ec", "EC", ("ec_paramgen_curve:P-384",)), ("pq", "ML-DSA-65", ())):
            self.request(name, algorithm, options)
            self.enrol(self.grant(name=name), name)
            self.openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "chain.pem", f"{name}.crt")
            self.renew(name)
        return self.openssl("x509", "-in", "ec.crt", "-noout", "-text").decode()

    def test_ml_dsa_65(self):
        shown = self.chain_of("ml-dsa-87", "ml-dsa-65")
        self.assertIn("Signature Algorithm: ML-DSA-65", shown)
        self.assertNotIn("NULL", shown)

    def test_p_384(self):
        shown = self.chain_of("ecdsa-p384", "ecdsa-p384")
        self.assertIn("ecdsa-with-SHA384", shown)

    def test_rsa(self):
        shown = self.chain_of("rsa-4096", "rsa-3072")
        self.assertIn("sha256WithRSAEncryption", shown)


if __name__ == "__main__":
    unittest.main()
