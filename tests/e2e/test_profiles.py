"""Security profiles: what they allow and refuse, with the rule named; and the profiles that a site adds."""

from support import BOARD, DONE, MALFORMED, NOT_FOUND, REFUSED, USAGE, HoldfastTest, main

ALGORITHMS = ("rsa-2048", "rsa-3072", "rsa-4096", "rsa-8192", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ml-dsa-44", "ml-dsa-65",
              "ml-dsa-87", "x25519", "ml-kem-768", "ml-kem-1024", "x25519-ml-kem-768", "aes-256")
BUILTIN = ("default-2026", "cnsa-2.0", "fips", "legacy")
SITE = """# What this site allows.
name = "site"
description = "Ours"
module = "standard"

[keys]
algorithms = ["ecdsa-p384", "rsa-2048", "aes-256"]
origins = ["derived", "random"]
purposes = "single"
derived-rsa = false

[signatures]
hashes = ["sha384"]
rsa-schemes = ["pss"]

[sealing]
suites = ["chacha20-poly1305"]
"""


class ProfileTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.profiles = self.folder / "profiles"
        self.profiles.mkdir()
        self.env["HOLDFAST_PROFILES"] = str(self.profiles)
        self.write("message", b"m")

    def site(self, text=SITE, name="site"):
        path = self.profiles / f"{name}.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def begin(self, profile, **options):
        return self.init(BOARD, "--profile", profile, **options)

    def create(self, name, algorithm, *options, **more):
        return self.holdfast("key", "create", name, "--alg", algorithm, *options, **more)

    def sign(self, *args, **options):
        return self.holdfast("sign", "--in", "message", "--out", "signature", "--key", *args, **options)

    def refuses(self, profile, rule, *args, says=()):
        before = self.files()
        self.holdfast(*args, status=REFUSED, says=[f"the profile '{profile}' does not allow", f"rule {rule}", *([says] if says else [])])
        self.assertEqual(self.files(), before)


class Cnsa(ProfileTest):
    def setUp(self):
        super().setUp()
        self.begin("cnsa-2.0")

    def test_it_is_shown(self):
        self.assertEqual(self.holdfast("status", "--json").json["profile"], "cnsa-2.0")
        self.assertRegex(self.holdfast("status").text, r"(?m)^Profile +cnsa-2\.0: CNSA 2\.0: ML-DSA-87")
        self.assertIn("CNSA 2.0", self.holdfast("status", "--json").json["profile_description"])

    def test_algorithms(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                if algorithm in ("ml-dsa-87", "ml-kem-1024", "aes-256"):
                    self.create(algorithm, algorithm)
                else:
                    self.refuses("cnsa-2.0", "keys.algorithms", "key", "create", "k", "--alg", algorithm,
                                 says="allowed: ml-dsa-87, ml-kem-1024, aes-256")

    def test_what_is_allowed_works(self):
        self.create("signer", "ml-dsa-87")
        self.sign("signer")
        self.holdfast("key", "public", "signer", "--out", "signer.pem")
        self.holdfast("verify", "--public", "signer.pem", "--signature", "signature", "--in", "message")
        self.holdfast("key", "selfsign", "signer", "--subject", "CN=a", "--days", "1")
        self.create("data", "aes-256")
        self.holdfast("encrypt", "--key", "data", "--in", "message")
        self.create("inbox", "ml-kem-1024")
        self.holdfast("key", "public", "inbox", "--out", "inbox.pem")
        encrypted = self.holdfast("encrypt", "--to", "inbox.pem", "--in", "message").out
        self.assertEqual(self.holdfast("unseal", "--from-outside", input=encrypted).out, b"m")

    def test_suites(self):
        sealed = self.seal(b"secret")
        self.assertIn(b'"suite":"aes-256-gcm"', sealed.read_bytes())
        self.assertEqual(self.unseal(sealed), b"secret")
        sealed.unlink()
        self.refuses("cnsa-2.0", "sealing.suites", "seal", "--in", "message", "--out", "new", "--suite", "chacha20-poly1305", says="aes-256-gcm")

    def test_imported_and_passing_keys(self):
        self.generate("ed", "ED25519")
        self.refuses("cnsa-2.0", "keys.algorithms", "key", "import", "k", "--in", "ed")
        self.generate("x", "X25519")
        self.refuses("cnsa-2.0", "keys.algorithms", "derive", "--ephemeral", "x25519", "--public-out", "new", "--peer", "x.pem")
        self.generate("ml", "ML-DSA-87")
        self.holdfast("key", "import", "ml", "--in", "ml")

    def test_a_hash_that_the_algorithm_does_not_take(self):
        # Not a matter of the profile: no other hash would do.
        self.create("signer", "ml-dsa-87")
        self.sign("signer", "--hash", "sha256", status=USAGE)


class Builtin(ProfileTest):
    def test_the_usual_one(self):
        self.init()
        self.assertEqual(self.holdfast("status", "--json").json["profile"], "default-2026")
        self.refuses("default-2026", "keys.purposes", "key", "create", "k", "--alg", "rsa-2048", "--use", "sign,decrypt")

    def test_legacy_mixes_purposes(self):
        self.begin("legacy")
        made = self.create("k", "rsa-2048", "--use", "sign,decrypt", "--origin", "derived", "--json").json
        self.assertEqual(sorted(made["uses"]), ["decrypt", "sign"])
        self.sign("k")
        self.holdfast("key", "public", "k", "--out", "k.pem")
        encrypted = self.holdfast("encrypt", "--to", "k.pem", "--in", "message").out
        self.assertEqual(self.holdfast("decrypt", "--key", "k", input=encrypted).out, b"m")
        self.holdfast("key", "csr", "k", "--subject", "CN=a", "--out", "csr.pem")
        self.assertIn(b"Digital Signature, Key Encipherment", self.openssl("req", "-in", "csr.pem", "-noout", "-text"))


class Site(ProfileTest):
    def setUp(self):
        super().setUp()
        self.site()
        self.begin("site")

    def test_keys(self):
        self.assertEqual(self.holdfast("status", "--json").json["profile"], "site")
        self.create("ec", "ecdsa-p384")
        self.create("rsa", "rsa-2048")
        self.generate("p384", "EC", "ec_paramgen_curve:P-384")
        self.refuses("site", "keys.algorithms", "key", "create", "k", "--alg", "ecdsa-p256", says="ecdsa-p384")
        self.refuses("site", "keys.derived-rsa", "key", "create", "k", "--alg", "rsa-2048", "--origin", "derived")
        self.refuses("site", "keys.origins", "key", "import", "k", "--in", "p384", says="derived, random")
        self.refuses("site", "keys.purposes", "key", "create", "k", "--alg", "ecdsa-p384", "--use", "sign,derive")

    def test_signatures_and_oaep(self):
        self.create("rsa", "rsa-2048")
        self.create("inbox", "rsa-2048", "--use", "decrypt")
        self.sign("rsa", "--hash", "sha384", "--scheme", "pss")
        self.refuses("site", "signatures.hashes", "sign", "--key", "rsa", "--in", "message", "--hash", "sha256", "--scheme", "pss", says="sha384")
        self.refuses("site", "signatures.rsa-schemes", "sign", "--key", "rsa", "--in", "message", "--hash", "sha384", "--scheme", "pkcs1", says="pss")
        self.holdfast("key", "public", "inbox", "--out", "inbox.pem")
        for name, status in (("sha384", DONE), ("sha256", REFUSED)):
            encrypted = self.holdfast("encrypt", "--to", "inbox.pem", "--hash", name, "--in", "message").out
            self.holdfast("decrypt", "--key", "inbox", "--hash", name, input=encrypted, status=status)

    def test_the_hash_is_one_that_is_allowed(self):
        self.site(SITE.replace('"ecdsa-p384"', '"ecdsa-p256", "ecdsa-p521"').replace('["pss"]', '["pkcs1"]'))
        for name, algorithm in (("ec", "ecdsa-p256"), ("rsa", "rsa-2048")):
            with self.subTest(name):
                self.create(name, algorithm)
                self.sign(name)
                self.holdfast("key", "public", name, "--out", f"{name}.pem")
                self.holdfast("verify", "--public", f"{name}.pem", "--hash", "sha384", "--signature", "signature", "--in", "message")
                self.openssl("dgst", "-sha384", "-verify", f"{name}.pem", "-signature", "signature", "message")
                self.sign(name, "--digest", status=USAGE, says="48 bytes")
                for command, options in (("req", ("csr",)), ("x509", ("selfsign", "--days", "1"))):
                    self.write("made.pem", self.holdfast("key", *options, name, "--subject", "CN=a").out)
                    said = self.openssl(command, "-noout", "-text", "-in", "made.pem")
                    self.assertRegex(said, b"(?i)ecdsa-with-SHA384|sha384WithRSAEncryption")
        self.refuses("site", "signatures.hashes", "sign", "--key", "ec", "--in", "message", "--hash", "sha256", says="sha384")
        self.create("long", "ecdsa-p521")
        self.refuses("site", "signatures.hashes", "sign", "--key", "long", "--in", "message", says="sha512")
        self.sign("long", "--hash", "sha384")

    def test_the_rsa_scheme_is_one_that_is_allowed(self):
        self.create("rsa", "rsa-2048")
        self.holdfast("key", "public", "rsa", "--out", "rsa.pem")
        self.sign("rsa")
        self.holdfast("verify", "--public", "rsa.pem", "--hash", "sha384", "--scheme", "pss", "--signature", "signature", "--in", "message")
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
        self.openssl("dgst", "-sha384", *pss, "-verify", "rsa.pem", "-signature", "signature", "message")
        self.write("request.pem", self.holdfast("key", "csr", "rsa", "--subject", "CN=a").out)
        self.openssl("req", "-verify", "-noout", "-in", "request.pem")
        self.write("leaf.pem", self.holdfast("key", "selfsign", "rsa", "--subject", "CN=a", "--days", "1").out)
        self.openssl("verify", "-CAfile", "leaf.pem", "-check_ss_sig", "leaf.pem")
        for command, file in (("req", "request.pem"), ("x509", "leaf.pem")):
            said = self.openssl(command, "-noout", "-text", "-in", file)
            self.assertIn(b"Signature Algorithm: rsassaPss", said)
            self.assertRegex(said, rb"(?i)Hash Algorithm: sha384\s[\s\S]*mgf1 with sha384\s[\s\S]*Salt Length: 0x30")
        self.holdfast("key", "certificate", "rsa", "--in", "leaf.pem")

    def test_the_first_suite_is_the_usual_one(self):
        self.assertIn(b'"suite":"chacha20-poly1305"', self.seal(b"secret").read_bytes())
        self.refuses("site", "sealing.suites", "seal", "--suite", "aes-256-gcm", "--in", "message")

    def test_a_rule_that_was_tightened(self):
        self.create("ec", "ecdsa-p384")
        self.sign("ec")
        self.site(SITE.replace('"ecdsa-p384", ', ""))
        self.refuses("site", "keys.algorithms", "sign", "--key", "ec", "--in", "message")
        self.refuses("site", "keys.algorithms", "key", "rotate", "ec")
        # What is no use of the key goes on.
        self.assertEqual(len(self.holdfast("key", "list", "--json").json["keys"]), 1)
        self.holdfast("key", "public", "ec")
        self.holdfast("key", "destroy", "ec", "--yes")

    def check_only_opening(self, *says):
        """What holds as long as the profile cannot be used; `says` is what is said about it."""
        warning = "the profile 'site' of this device cannot be used here"
        for args in (("sign", "--key", "ec", "--in", "message", "--out", "new"), ("key", "create", "k", "--alg", "aes-256"),
                     ("key", "rotate", "ec"), ("key", "csr", "ec", "--subject", "CN=a"), ("seal", "--in", "message", "--out", "new"),
                     ("seal", "--in", "message", "--suite", "aes-256-gcm", "--out", "new"),
                     ("encrypt", "--key", "data", "--in", "message", "--out", "new"), ("key", "import", "k", "--alg", "aes-256", "--in", "raw"),
                     ("derive", "--ephemeral", "ecdsa-p384", "--public-out", "new", "--peer", "ec.pem")):
            with self.subTest(args):
                self.holdfast(*args, status=REFUSED, says=[warning, *says])
        self.assertNotIn("new", self.files())
        for args, out in ((("unseal", "--in", "sealed"), b"secret"), (("decrypt", "--key", "inbox", "--hash", "sha384", "--in", "oaep"), b"m"),
                          (("decrypt", "--key", "data", "--in", "row"), b"m"), (("key", "public", "ec"), (self.folder / "ec.pem").read_bytes())):
            with self.subTest(args):
                self.assertEqual(self.holdfast(*args, says=[warning, "holdfast doctor"]).out, out)
        self.assertEqual(len(self.holdfast("key", "list", "--json").json["keys"]), 3)
        self.holdfast("key", "show", "ec", says=warning)
        status = self.holdfast("status", "--json").json
        self.assertEqual((status["profile"], status["profile_description"], status["opens"]), ("site", "", True))
        for part in says:
            self.assertIn(part, status["profile_problem"])
            self.assertIn(part, self.holdfast("status").text)
            self.assertIn(part, self.holdfast("doctor", status=10).text)

    def prepare_all(self):
        self.create("ec", "ecdsa-p384")
        self.create("data", "aes-256")
        self.create("inbox", "rsa-2048", "--use", "decrypt")
        self.write("raw", b"r" * 32)
        self.holdfast("key", "public", "ec", "--out", "ec.pem")
        self.holdfast("key", "public", "inbox", "--out", "inbox.pem")
        self.holdfast("encrypt", "--to", "inbox.pem", "--hash", "sha384", "--in", "message", "--out", "oaep")
        self.holdfast("encrypt", "--key", "data", "--in", "message", "--out", "row")
        self.seal(b"secret")

    def test_a_profile_that_vanished(self):
        self.prepare_all()
        (self.profiles / "site.toml").unlink()
        self.check_only_opening("profile 'site'", str(self.profiles))
        self.site()
        self.sign("ec")

    def test_a_profile_that_was_broken(self):
        self.prepare_all()
        self.site(SITE.replace("single", "dual"))
        self.check_only_opening("site.toml", "line 9", "keys.purposes")


class Choosing(ProfileTest):
    def refused(self, name, status, *says):
        self.begin(name, status=status, says=says)
        self.assertFalse(self.state.exists())

    def test_unknown(self):
        self.site()
        for name in ("nosuch", "Default-2026", "../profiles/site", "site.toml", ".site", "a/b", "\x1b[31m"):
            with self.subTest(name):
                self.refused(name, NOT_FOUND, *BUILTIN, "site", str(self.profiles))
        self.env["HOLDFAST_PROFILES"] = str(self.folder / "absent")
        self.refused("site", NOT_FOUND, *BUILTIN)

    def test_an_empty_name_is_no_choice(self):
        self.refused("", NOT_FOUND, "there is no profile ''")

    def test_a_site_does_not_redefine_what_is_built_in(self):
        self.site(SITE.replace('"site"', '"cnsa-2.0"'), "cnsa-2.0")
        self.begin("cnsa-2.0")
        self.refuses("cnsa-2.0", "keys.algorithms", "key", "create", "k", "--alg", "rsa-2048")

    def test_broken(self):
        for before, after, *says in (("[keys]", "[keys", "line 6", "not TOML"), ("single", "dual", "line 9", "'keys.purposes'", "single, mixed"),
                                     ('purposes = "single"\n', "", "'keys.purposes'", "missing"), ("sha384", "md5", "line 13", "'md5'", "sha256"),
                                     ("derived-rsa = false", 'derived-rsa = "no"', "line 10", "'keys.derived-rsa'", "true or false"),
                                     ('["pss"]', '["pss", "pss"]', "line 14", "'signatures.rsa-schemes'", "twice"),
                                     ('["pss"]', '"pss"', "line 14", "'signatures.rsa-schemes'", "list"),
                                     ("origins", "orgins", "line 8", "'keys.orgins'"), ("description", "remark", "line 3", "'remark'"),
                                     ('["chacha20-poly1305"]', "[]", "'sealing.suites'", "at least one"), ('"Ours"', '""', "line 3", "'description'"),
                                     ('"Ours"', "1", "line 3", "'description'"), ('"rsa-2048"', '"rsa-1024"', "line 7", "'rsa-1024'"),
                                     ('name = "site"', 'name = "other"', "'other'", "'site'"), ("[sealing]", "[keys]", "line 16"),
                                     ("# What", '"""', "not TOML")):
            with self.subTest(f"{before} -> {after}"):
                self.site(SITE.replace(before, after, 1))
                self.refused("site", MALFORMED, "site.toml", *says)

    def test_a_file_that_others_write(self):
        self.site().chmod(0o666)
        self.refused("site", REFUSED, "site.toml", "writable by other accounts", "chmod go-w")

    def test_no_text(self):
        for content, *says in ((b"", "missing"), (b"\0", "line 1", "not TOML"), (b"\0\xff", "line 1", "beyond ASCII"), (b"a" * 1_000_000, "larger")):
            with self.subTest(content[:4]):
                self.site(content)
                self.refused("site", MALFORMED, "site.toml", *says)

    def test_no_algorithms_at_all(self):
        self.site(SITE.replace('["ecdsa-p384", "rsa-2048", "aes-256"]', "[]"))
        self.begin("site")
        self.refuses("site", "keys.algorithms", "key", "create", "k", "--alg", "aes-256")
        self.assertEqual(self.unseal(self.seal(b"secret")), b"secret")


if __name__ == "__main__":
    main()
