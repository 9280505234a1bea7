"""Certificate requests and certificates, judged by openssl; and chains that openssl made, kept beside keys."""

import subprocess

from support import MALFORMED, NOT_FOUND, PATIENCE, REFUSED, USAGE, HoldfastTest, main

SIGNING = ("rsa-2048", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
SUBJECT = "CN=gate 7,O=Example,C=DE"
NAMES = ("DNS:gate7.example.org", "DNS:*.example.org", "IP:192.0.2.7", "IP:2001:db8::7", "URI:urn:example:gate7", "email:gate7@example.org")
NAMES_SHOWN = ("DNS:gate7.example.org", "DNS:*.example.org", "IP Address:192.0.2.7", "IP Address:2001:DB8:0:0:0:0:0:7",
               "URI:urn:example:gate7", "email:gate7@example.org")
BEGIN = b"-----BEGIN CERTIFICATE-----"


class CertificateTest(HoldfastTest):
    algorithms = SIGNING

    def setUp(self):
        super().setUp()
        self.init()
        for algorithm in self.algorithms:
            self.key("create", algorithm, "--alg", algorithm, "--origin", "derived")

    def key(self, *args, **options):
        return self.holdfast("key", *args, **options)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], cwd=self.folder, env=self.env, capture_output=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, (args, done.stdout, done.stderr))
        return (done.stdout + done.stderr).decode()

    def public(self, name):
        return self.key("public", name).text

    def csr(self, name, *options, subject=SUBJECT, **more):
        return self.key("csr", name, "--subject", subject, "--out", "csr.pem", *options, **more)

    def selfsign(self, name, *options, days=90, out="self.pem", **more):
        return self.key("selfsign", name, "--subject", SUBJECT, "--days", str(days), "--out", out, *options, **more)

    def authority(self):
        """A root and an issuer below it, both openssl's."""
        self.write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        for name in ("root", "issuer"):
            self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        self.openssl("req", "-new", "-x509", "-key", "root.key", "-subj", "/CN=Root", "-days", 30, "-out", "root.pem")
        self.openssl("req", "-new", "-key", "issuer.key", "-subj", "/CN=Issuer", "-out", "issuer.csr")
        self.openssl("x509", "-req", "-in", "issuer.csr", "-CA", "root.pem", "-CAkey", "root.key", "-extfile", "ca.ext", "-days", 30,
                     "-out", "issuer.pem")

    def issued(self, name):
        """A chain for one of this device's keys: its certificate, and the issuer's behind it."""
        self.csr(name)
        self.openssl("x509", "-req", "-in", "csr.pem", "-CA", "issuer.pem", "-CAkey", "issuer.key", "-copy_extensions", "copy", "-days", 20,
                     "-out", "leaf.pem")
        return self.write("chain.pem", self.read("leaf.pem") + self.read("issuer.pem"))


class Requests(CertificateTest):
    def test_every_algorithm(self):
        for algorithm in SIGNING:
            with self.subTest(algorithm):
                self.csr(algorithm, *(part for name in NAMES for part in ("--san", name)))
                said = self.openssl("req", "-in", "csr.pem", "-verify", "-noout", "-text")
                for part in ("verify OK", "Subject: C=DE, O=Example, CN=gate 7", ", ".join(NAMES_SHOWN), "X509v3 Key Usage: critical",
                             "Digital Signature"):
                    self.assertIn(part, said)
                self.assertEqual(self.openssl("req", "-in", "csr.pem", "-pubkey", "-noout"), self.public(algorithm))

    def test_without_alternative_names(self):
        self.csr("ed25519")
        self.assertNotIn("Alternative Name", self.openssl("req", "-in", "csr.pem", "-verify", "-noout", "-text"))

    def test_standard_output(self):
        self.assertTrue(self.key("csr", "ed25519", "--subject", SUBJECT).text.startswith("-----BEGIN CERTIFICATE REQUEST-----\n"))

    def test_report(self):
        self.assertEqual(self.csr("ed25519", "--json").json, {"key": "ed25519", "version": 1, "algorithm": "ed25519", "out": "csr.pem",
                                                              "subject": "CN=gate 7,O=Example,C=DE"})
        self.assertTrue(self.key("csr", "ed25519", "--subject", SUBJECT, "--json").text.startswith("-----BEGIN"))

    def test_options_in_any_order(self):
        for args in (("--subject", SUBJECT, "--san", "DNS:a.example", "ed25519"), ("--san", "DNS:a.example", "ed25519", "--subject", SUBJECT)):
            self.assertIn("REQUEST", self.key("csr", *args).text)


class Subjects(CertificateTest):
    algorithms = ("ed25519",)

    def test_written(self):
        for typed, shown in (("CN=gate7", "CN=gate7"), ("/C=DE/O=Example/CN=gate 7", "CN=gate 7,O=Example,C=DE"), ("CN=Tür ö", "CN=Tür ö"),
                             (r"CN=a\,b,O=c", r"CN=a\,b,O=c"), ('CN="a,b"', r"CN=a\,b"), ("CN=a+OU=b", "OU=b+CN=a"),
                             (" CN = a , O = b ", "CN=a,O=b"), ("cn=a,c=DE", "CN=a,C=DE"), ("CN=a,OU=b,OU=c", "CN=a,OU=b,OU=c")):
            with self.subTest(typed):
                self.csr("ed25519", subject=typed)
                said = self.openssl("req", "-in", "csr.pem", "-noout", "-subject", "-nameopt", "RFC2253,utf8,-esc_msb")
                self.assertEqual(said.strip(), f"subject={shown}")

    def test_odd_ones(self):
        for typed, *says in (("", "empty", "CN=NAME"), ("gate7", "character 1", "TYPE=VALUE"), ("CN=", "CN has no value"),
                             ("CN=a,,O=b", "character 6", "missing"), ("CN=a,XX=b", "character 6", "'XX'", "serialNumber"),
                             ("CN=a,C=Germany", "character 6", "two capital letters"), ("C=de", "two capital letters"),
                             ("CN=" + "x" * 65, "at most 64"), ("CN=a;b", r"'\;'"), ('CN="a', "no end"), (r"CN=a\b", "character 5"),
                             ("CN=a+CN=b", "second CN"), ("CN=a\nb", "control character"), ("CN=#41", "hexadecimal"),
                             ("CN=\u202eevil", "invisible"), ("emailAddress=ä@example.org", "ASCII"), ("CN=" + "x" * 5000, "4096"),
                             (b"CN=\xff", "UTF-8")):
            with self.subTest(typed[:40]):
                self.csr("ed25519", subject=typed, status=USAGE, says=["--subject", *says])
                self.assertNotIn("csr.pem", self.files())

    def test_odd_alternative_names(self):
        for typed, *says in (("gate7", "DNS:, IP:, URI: or email:"), ("RID:1.2.3", "begins with"), ("DNS:", "missing"), ("DNS:a_b", "'_'"),
                             ("DNS:a..b", "dot"), ("DNS:-a", "dash"), ("DNS:a.*.b", "first label"), ("DNS:ä.example", "xn--"),
                             ("DNS:192.0.2.7", "IP:ADDRESS"), ("DNS:" + "a" * 64, "63"), ("IP:192.0.2", "192.0.2.7"),
                             ("IP:192.0.2.0/24", "prefix"), ("URI:gate7", "scheme"), ("URI:http://a b", "%XX"), ("email:gate7", "'@'"),
                             ("email:@example.org", "1 to 64")):
            with self.subTest(typed[:40]):
                self.csr("ed25519", "--san", typed, status=USAGE, says=["--san", typed[:20], *says])
        self.csr("ed25519", "--san", "DNS:a.example", "--san", "DNS:A.example", status=USAGE, says="twice")


class SelfSigned(CertificateTest):
    def test_every_algorithm(self):
        for algorithm in SIGNING:
            with self.subTest(algorithm):
                self.selfsign(algorithm, "--san", "DNS:gate7.example.org")
                self.assertIn("self.pem: OK", self.openssl("verify", "-CAfile", "self.pem", "self.pem"))
                said = self.openssl("x509", "-in", "self.pem", "-noout", "-text")
                for part in ("Version: 3", "Issuer: C=DE, O=Example, CN=gate 7", "Subject: C=DE, O=Example, CN=gate 7", "DNS:gate7.example.org",
                             "CA:FALSE", "X509v3 Key Usage: critical", "Digital Signature", "Subject Key Identifier"):
                    self.assertIn(part, said)
                self.assertEqual(self.openssl("x509", "-in", "self.pem", "-pubkey", "-noout"), self.public(algorithm))

    def test_its_days(self):
        day = 24 * 3600
        for days in (1, 90, 36500):
            self.selfsign("ed25519", days=days)
            self.openssl("x509", "-in", "self.pem", "-noout", "-checkend", (days - 1) * day + day // 2)
            self.assertIn("will not", self.openssl("x509", "-in", "self.pem", "-noout", "-checkend", day // 2))
        for days in (0, -1, 36501, "many"):
            self.selfsign("ed25519", days=days, out="new", status=USAGE, says="--days")
        self.assertNotIn("new", self.files())

    def test_report(self):
        report = self.selfsign("ed25519", "--json").json
        said = self.openssl("x509", "-in", "self.pem", "-noout", "-serial", "-fingerprint", "-sha256").replace(":", "").lower()
        self.assertEqual({part: report[part] for part in ("key", "version", "algorithm", "out")},
                         {"key": "ed25519", "version": 1, "algorithm": "ed25519", "out": "self.pem"})
        self.assertEqual(report["subject"], report["issuer"])
        self.assertIn(f"serial={report['serial']}\n", said)
        self.assertIn(f"fingerprint={report['sha256']}\n", said)

    def test_serial_numbers_differ(self):
        serials = set()
        for _ in range(3):
            self.selfsign("ed25519")
            serials.add(self.openssl("x509", "-in", "self.pem", "-noout", "-serial"))
        self.assertEqual(len(serials), 3)


class KeysWithoutSignatures(CertificateTest):
    algorithms = ("x25519", "aes-256", "x25519-ml-kem-768", "ml-kem-768")

    def test_they_get_no_certificate(self):
        self.key("create", "rsa", "--alg", "rsa-2048", "--use", "decrypt")
        for name, made_to in (("rsa", "decrypt"), ("x25519", "derive"), ("aes-256", "encrypt, decrypt"), ("ml-kem-768", "decapsulate"),
                              ("x25519-ml-kem-768", "decapsulate")):
            with self.subTest(name):
                for make in (self.csr, self.selfsign):
                    make(name, status=REFUSED, says=[f"'{name}@1' must not be used to sign", f"made to: {made_to}"])
        self.assertFalse({"csr.pem", "self.pem"} & set(self.files()))

    def test_none_is_kept_beside_what_has_no_public_key_of_that_kind(self):
        self.key("create", "ed25519", "--alg", "ed25519")
        self.selfsign("ed25519")
        for name in ("aes-256", "x25519-ml-kem-768"):
            self.key("certificate", name, "--in", "self.pem", status=USAGE, says=f"'{name}@1'")
        self.key("certificate", "x25519", "--in", "self.pem", status=REFUSED)


class Kept(CertificateTest):
    algorithms = ("ecdsa-p256", "ed25519")

    def test_a_chain(self):
        self.authority()
        for name in self.algorithms:
            with self.subTest(name):
                chain = self.issued(name).read_bytes()
                self.assertIn("leaf.pem: OK", self.openssl("verify", "-CAfile", "root.pem", "-untrusted", "issuer.pem", "leaf.pem"))
                said = self.key("certificate", name, "--in", "chain.pem").text
                for part in (f"'{name}@1'", SUBJECT, "CN=Issuer"):
                    self.assertIn(part, said)
                self.assertEqual(self.key("certificate", name).out, chain)
                self.key("certificate", name, "--out", "again.pem")
                self.assertEqual(self.read("again.pem"), chain)
        self.assertEqual(len(self.key("list", "--json").json["keys"]), 2)

    def test_text_between_the_blocks_is_left_out(self):
        self.selfsign("ed25519")
        good = self.read("self.pem")
        self.write("talkative.pem", b"Issued by nobody\n" + good)
        self.key("certificate", "ed25519", "--in", "talkative.pem")
        self.assertEqual(self.key("certificate", "ed25519").out, good)

    def test_der(self):
        self.selfsign("ed25519")
        self.openssl("x509", "-in", "self.pem", "-outform", "DER", "-out", "self.der")
        report = self.key("certificate", "ed25519", "--in", "self.der", "--json").json
        self.assertEqual((report["subject"], report["issuer"]), (SUBJECT, SUBJECT))
        self.assertEqual(self.key("certificate", "ed25519").out, self.read("self.pem"))

    def test_none(self):
        self.key("certificate", "ed25519", status=NOT_FOUND, says=["'ed25519@1'", "holdfast key certificate ed25519@1 --in"])
        self.key("certificate", "nosuch", status=NOT_FOUND, says="no key 'nosuch'")
        self.key("certificate", "ed25519", "--in", "absent", status=NOT_FOUND, says="'absent'")

    def test_of_a_destroyed_key(self):
        self.selfsign("ed25519")
        self.key("destroy", "ed25519", "--yes")
        said = self.key("certificate", "ed25519", status=NOT_FOUND, says=["'ed25519@1'", "destroyed"])
        self.assertNotIn("--in", said.message)
        self.key("certificate", "ed25519", "--in", "self.pem", status=REFUSED, says=["'ed25519@1'", "destroyed"])
        self.assertFalse((self.state / "keys" / "ed25519@1.crt").exists())

    def test_one_that_was_kept_outlives_its_key(self):
        self.selfsign("ed25519")
        self.key("certificate", "ed25519", "--in", "self.pem")
        self.key("destroy", "ed25519", "--yes")
        self.assertEqual(self.key("certificate", "ed25519").out, self.read("self.pem"))

    def test_another_keys(self):
        self.authority()
        self.issued("ecdsa-p256")
        self.key("certificate", "ed25519", "--in", "chain.pem", status=REFUSED, says="issued for this key")
        self.write("reversed.pem", self.read("issuer.pem") + self.read("leaf.pem"))
        self.key("certificate", "ecdsa-p256", "--in", "reversed.pem", status=MALFORMED, says=["'reversed.pem'", "in front of its issuer"])
        self.key("certificate", "ecdsa-p256", status=NOT_FOUND)

    def test_garbage(self):
        self.csr("ed25519")
        self.selfsign("ed25519")
        good = self.read("self.pem")
        self.openssl("genpkey", "-algorithm", "ED25519", "-out", "private.pem")
        self.write("empty", b"")
        self.write("text", b"not a certificate\n")
        self.write("torn", good[:200])
        self.write("damaged", good[:100] + b"!" + good[101:])
        self.write("trailing", good + b"and more\n")
        self.write("leaking", good + self.read("private.pem"))
        for file, status, says in (("empty", MALFORMED, "empty"), ("text", MALFORMED, "no certificate"), ("torn", MALFORMED, "no end"),
                                   ("damaged", MALFORMED, "damaged"), ("trailing", MALFORMED, "follows"), ("csr.pem", MALFORMED, "request"),
                                   ("private.pem", REFUSED, "private key"), ("leaking", REFUSED, "private key")):
            with self.subTest(file):
                self.key("certificate", "ed25519", "--in", file, status=status, says=[f"'{file}'", says])
        self.key("certificate", "ed25519", status=NOT_FOUND)

    def test_each_version_has_its_own(self):
        self.selfsign("ed25519")
        self.key("certificate", "ed25519", "--in", "self.pem")
        self.key("rotate", "ed25519")
        self.key("certificate", "ed25519", status=NOT_FOUND, says="'ed25519@2'")
        self.assertTrue(self.key("certificate", "ed25519@1").out.startswith(BEGIN))
        self.key("certificate", "ed25519", "--in", "self.pem", status=REFUSED)
        self.csr("ed25519@1", status=REFUSED, says="no longer sign")

    def test_options_that_do_not_fit(self):
        self.selfsign("ed25519")
        self.key("certificate", "ed25519", "--in", "self.pem", "--out", "new", status=USAGE, says="--out")

    def test_a_kept_file_that_was_exchanged(self):
        self.selfsign("ed25519")
        self.key("certificate", "ed25519", "--in", "self.pem")
        self.selfsign("ecdsa-p256", out="other.pem")
        kept = self.state / "keys" / "ed25519@1.crt"
        for content, status in ((self.read("other.pem"), REFUSED), (b"garbage", MALFORMED)):
            kept.write_bytes(content)
            self.assertEqual(self.key("certificate", "ed25519", status=status).out, b"")
        self.holdfast("sign", "--key", "ed25519", input=b"still signs")


if __name__ == "__main__":
    main()
