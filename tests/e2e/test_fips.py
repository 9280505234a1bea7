"""The profile 'fips': OpenSSL's FIPS provider computes, and nothing else does."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from support import BOARD, CONTAINER, DOES_NOT_OPEN, MALFORMED, PATIENCE, REFUSED, USAGE, WRONG_PASSPHRASE, HoldfastTest, env_attribute, main

SIGNING = ("ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")


def module_path():
    said = subprocess.run(["openssl", "version", "-m"], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    return Path(re.search('"(.*)"', said)[1]) / "fips.so"


class FipsTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.write("message", b"m")

    def begin(self, machine=BOARD, *options, **more):
        return self.init(machine, "--profile", "fips", *options, **more)

    def body(self):
        """The anchor file's second line."""
        return json.loads((self.state / "anchor").read_bytes().split(b"\n")[1])


class Anchor(FipsTest):
    def test_it_says_what_computes(self):
        self.begin()
        self.assertRegex(self.holdfast("status").text, r"(?m)^Profile +fips.*\n^Module +OpenSSL FIPS Provider 3\.")
        status = self.holdfast("status", "--json").json
        self.assertEqual(status["profile"], "fips")
        self.assertRegex(status["module"], r"^OpenSSL FIPS Provider 3\.")
        self.assertEqual(self.body()["module"], "fips")

    def test_a_usual_anchor_says_it_too(self):
        self.init(BOARD)
        self.assertRegex(self.holdfast("status", "--json").json["module"], r"^OpenSSL 3\.")
        self.assertNotIn("module", self.body())

    def test_pbkdf2_stands_in_for_argon2id(self):
        self.begin()
        slot = self.body()["slots"][0]
        self.assertEqual(slot["pbkdf2"], {"iterations": 250000})
        self.assertNotIn("argon2", slot)

    def test_a_passphrase_costs_more(self):
        passphrase = self.secret("passphrase", "correct horse battery")
        self.begin(BOARD, "--passphrase-file", passphrase)
        self.assertEqual(self.body()["slots"][0]["pbkdf2"], {"iterations": 1000000})
        self.holdfast("--unlock-passphrase-file", passphrase, "key", "list")
        wrong = self.secret("wrong", "another horse battery")
        self.holdfast("--unlock-passphrase-file", wrong, "key", "list", status=DOES_NOT_OPEN)

    def test_the_floor_is_higher(self):
        self.env["SERIAL"] = "a serial number of this very device"
        file = self.credentials(env_attribute("serial", "SERIAL", bits=72, required=True))  # enough elsewhere
        self.begin(CONTAINER, "--credfile", file, status=REFUSED, says=["72 bits, 8 fewer than the 80"])
        self.assertFalse(self.state.exists())
        self.begin(CONTAINER, "--credfile", file, "--accept-low-entropy")
        self.assertEqual(self.body()["slots"][0]["pbkdf2"], {"iterations": 1000000})
        self.assertIn("the floor of 80 bits", self.holdfast("status").text)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init(CONTAINER, "--credfile", file)

    def test_the_recovery_code_opens_p384(self):
        self.holdfast("init", "--sysroot", BOARD, "--profile", "fips", "--recovery-out", "code")
        self.keep_secret((self.folder / "code").read_bytes())
        slot = self.body()["slots"][1]
        self.assertIn("public_p384", slot)
        self.assertNotIn("public_x25519", slot)
        sealed = self.seal(b"secret")
        self.assertEqual(self.holdfast("unseal", "--recovery-file", "code", "--in", sealed).out, b"secret")

    def test_it_cannot_be_taken_away(self):
        self.begin()
        anchor = self.state / "anchor"
        lines = anchor.read_bytes().split(b"\n")
        for old, new in ((b'"module":"fips",', b""), (b'"module":"fips"', b'"module":"none"')):
            with self.subTest(new):
                text = b"\n".join([lines[0], lines[1].replace(old, new), lines[2], b""])
                anchor.write_bytes(text + b"sha256 " + hashlib.sha256(text).hexdigest().encode() + b"\n")
                self.holdfast("status", status=MALFORMED)


class Provider(FipsTest):
    """Without the provider nothing goes: nothing falls back."""

    COMMANDS = (("key", "list"), ("key", "create", "new", "--alg", "ed25519"), ("sign", "--key", "k", "--in", "message"), ("seal", "--in", "message"),
                ("unseal", "--in", "sealed"), ("key", "show", "k"), ("key", "public", "k"))

    def setUp(self):
        super().setUp()
        self.begin()
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p256")
        self.holdfast("seal", "--in", "message", "--out", "sealed")

    def nothing_works(self, *says):
        before = self.files()
        for args in self.COMMANDS:
            with self.subTest(args):
                done = self.holdfast(*args, status=REFUSED, says=["FIPS provider cannot be used", *says])
                self.assertEqual(done.out, b"")
        self.assertEqual(self.files(), before)

    def test_no_configuration(self):
        self.env["HOLDFAST_FIPS_CONFIG"] = str(self.folder / "absent.cnf")
        self.nothing_works("absent.cnf", "openssl fipsinstall", "openssl-provider-fips")

    def test_no_module(self):
        self.env["OPENSSL_MODULES"] = str(self.folder)
        self.nothing_works("openssl-provider-fips")

    def test_an_altered_module(self):
        module = self.folder / "fips.so"
        shutil.copy(module_path(), module)
        self.env["OPENSSL_MODULES"] = str(self.folder)
        self.holdfast("key", "list")
        content = bytearray(module.read_bytes())
        at = content.rindex(b"OpenSSL FIPS Provider")
        content[at:at + 7] = b"OpenTLS"
        module.write_bytes(content)
        self.nothing_works()

    def test_an_altered_configuration(self):
        config = Path(os.environ["HOLDFAST_FIPS_CONFIG"]).read_text()
        for changed in (re.sub("module-mac = ..", "module-mac = 00" if "= 00" not in config else "module-mac = 01", config), "", "[fips_sect\n",
                        config.replace("fips_sect", "other"), config.replace("security-checks = 1", "security-checks = 0"),
                        config.replace("conditional-errors = 1", "conditional-errors = 0")):
            self.assertNotEqual(changed, config)
            self.env["HOLDFAST_FIPS_CONFIG"] = str(self.write("changed.cnf", changed))
            self.nothing_works()

    def test_a_configuration_that_others_write(self):
        config = self.write("open.cnf", Path(os.environ["HOLDFAST_FIPS_CONFIG"]).read_text(), 0o666)
        self.env["HOLDFAST_FIPS_CONFIG"] = str(config)
        self.nothing_works("writable by other accounts")

    def test_no_anchor_is_made_without_it(self):
        self.env["HOLDFAST_FIPS_CONFIG"] = str(self.folder / "absent.cnf")
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.holdfast("init", "--sysroot", BOARD, "--no-recovery", "--profile", "fips", status=REFUSED, says="FIPS provider cannot be used")
        self.assertFalse((self.folder / "other").exists())

    def test_status_and_doctor_tell(self):
        self.env["HOLDFAST_FIPS_CONFIG"] = str(self.folder / "absent.cnf")
        self.assertIn("FIPS provider cannot be used", self.holdfast("status", status=REFUSED).text)
        self.assertIn("FIPS provider cannot be used", self.holdfast("doctor", status=None).text)

    def test_the_strictest_installation(self):
        self.openssl("fipsinstall", "-quiet", "-pedantic", "-module", str(module_path()), "-out", "strict.cnf")
        self.env["HOLDFAST_FIPS_CONFIG"] = str(self.folder / "strict.cnf")
        self.assertEqual(self.holdfast("unseal", "--in", "sealed").out, b"m")
        self.holdfast("sign", "--key", "k", "--in", "message")


class Keys(FipsTest):
    def setUp(self):
        super().setUp()
        self.begin()

    def test_signatures(self):
        for algorithm in SIGNING:
            for origin in ("derived", "random"):
                with self.subTest(f"{algorithm} {origin}"):
                    name = f"{algorithm}-{origin}"
                    self.holdfast("key", "create", name, "--alg", algorithm, "--origin", origin)
                    self.holdfast("sign", "--key", name, "--in", "message", "--out", "signature")
                    self.holdfast("key", "public", name, "--out", "public.pem")
                    self.holdfast("verify", "--public", "public.pem", "--signature", "signature", "--in", "message")
                    hashing = [] if algorithm.startswith(("ed", "ml")) else ["-rawin", "-digest", {"p256": "sha256", "p384": "sha384", "p521": "sha512"}[algorithm[6:]]]
                    if algorithm.startswith("ed"):
                        hashing = ["-rawin"]
                    self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-sigfile", "signature", "-in", "message", *hashing)

    def test_rsa(self):
        self.holdfast("key", "create", "r", "--alg", "rsa-2048", "--origin", "derived", status=REFUSED, says="rule keys.derived-rsa")
        self.holdfast("key", "create", "r", "--alg", "rsa-2048")
        self.holdfast("key", "public", "r", "--out", "r.pem")
        for scheme in ("pkcs1", "pss"):
            self.holdfast("sign", "--key", "r", "--in", "message", "--out", "signature", "--scheme", scheme)
            self.holdfast("verify", "--public", "r.pem", "--signature", "signature", "--in", "message", "--scheme", scheme)
        self.holdfast("key", "create", "d", "--alg", "rsa-2048", "--use", "decrypt")
        self.holdfast("key", "public", "d", "--out", "d.pem")
        encrypted = self.holdfast("encrypt", "--to", "d.pem", "--in", "message").out
        self.assertEqual(self.holdfast("decrypt", "--key", "d", input=encrypted).out, b"m")

    def test_receiving_data_and_agreeing(self):
        for algorithm in ("ml-kem-768", "ml-kem-1024"):
            self.holdfast("key", "create", algorithm, "--alg", algorithm)
            self.holdfast("key", "public", algorithm, "--out", "inbox.pem")
            encrypted = self.holdfast("encrypt", "--to", "inbox.pem", "--in", "message").out
            self.assertEqual(self.holdfast("unseal", "--from-outside", input=encrypted).out, b"m")
        self.holdfast("key", "create", "data", "--alg", "aes-256")
        encrypted = self.holdfast("encrypt", "--key", "data", "--in", "message").out
        self.assertEqual(self.holdfast("decrypt", "--key", "data", input=encrypted).out, b"m")
        self.holdfast("key", "create", "p", "--alg", "ecdsa-p256", "--use", "derive")
        self.holdfast("key", "public", "p", "--out", "p.pem")
        ours = self.holdfast("derive", "--ephemeral", "ecdsa-p256", "--public-out", "e.pem", "--peer", "p.pem").out
        self.assertEqual(self.holdfast("derive", "--key", "p", "--peer", "e.pem").out, ours)

    def test_what_the_module_does_not_have(self):
        for algorithm in ("x25519", "x25519-ml-kem-768"):
            self.holdfast("key", "create", "k", "--alg", algorithm, status=REFUSED, says=["'fips'", "rule keys.algorithms"])
        self.holdfast("seal", "--in", "message", "--suite", "chacha20-poly1305", status=REFUSED, says=["'fips'", "rule sealing.suites"])

    def test_deterministic_signatures(self):
        for algorithm, status in (("ecdsa-p256", REFUSED), ("ml-dsa-65", 0), ("ed25519", 0)):
            with self.subTest(algorithm):
                self.holdfast("key", "create", algorithm, "--alg", algorithm)
                self.holdfast("sign", "--deterministic", "--key", algorithm, "--in", "message", status=status)

    def test_certificates_and_imports(self):
        self.holdfast("key", "create", "k", "--alg", "ml-dsa-65")
        self.holdfast("key", "selfsign", "k", "--subject", "CN=device", "--days", "1", "--out", "c.pem")
        self.openssl("verify", "-CAfile", "c.pem", "c.pem")
        self.openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "group:P-384", "-aes256", "-pass", "pass:correct", "-out", "foreign.pem")
        passphrase = self.secret("passphrase", "correct")
        self.holdfast("key", "import", "i", "--in", "foreign.pem", "--passphrase-file", passphrase)
        self.holdfast("sign", "--key", "i", "--in", "message", "--out", "signature")
        self.openssl("pkey", "-in", "foreign.pem", "-passin", "pass:correct", "-pubout", "-out", "public.pem")
        self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-sigfile", "signature", "-in", "message", "-rawin", "-digest", "sha384")

    def test_an_old_encryption_of_a_key_file(self):
        passphrase = self.secret("passphrase", "correct horse")
        self.openssl("ecparam", "-name", "P-256", "-genkey", "-noout", "-out", "plain.pem")
        self.openssl("ec", "-in", "plain.pem", "-aes128", "-passout", "file:passphrase", "-out", "old.pem")
        self.assertIn(b"DEK-Info", (self.folder / "old.pem").read_bytes())
        self.holdfast("key", "import", "k", "--in", "old.pem", "--passphrase-file", passphrase, status=REFUSED, says=["MD5", "pkcs8 -topk8"])

    def test_encryptions_of_key_files_that_the_module_does_not_have(self):
        passphrase = self.secret("passphrase", "correct horse")
        self.openssl("genpkey", "-quiet", "-algorithm", "ED25519", "-out", "plain.pem")
        for option in ("-scrypt", ("-v1", "PBE-SHA1-3DES")):
            with self.subTest(option):
                self.openssl("pkcs8", "-topk8", *([option] if isinstance(option, str) else option), "-in", "plain.pem", "-passout", "file:passphrase",
                             "-out", "foreign.pem")
                self.holdfast("key", "import", "k", "--in", "foreign.pem", "--passphrase-file", passphrase, status=REFUSED, says=["pkcs8 -topk8"])

    def test_sealing_with_a_passphrase(self):
        passphrase = self.secret("passphrase", "correct horse")
        sealed = self.holdfast("seal", "--in", "message", "--passphrase-file", passphrase).out
        self.assertIn(b'"iterations":1000000', sealed)
        self.assertEqual(self.holdfast("unseal", "--passphrase-file", passphrase, input=sealed).out, b"m")
        for wrong in ("wrong horse", "short"):
            self.holdfast("unseal", "--passphrase-file", self.secret("wrong", wrong), input=sealed, status=WRONG_PASSPHRASE)
        self.holdfast("seal", "--in", "message", "--passphrase-file", self.secret("short", "1234567"), status=USAGE, says="at least 8 bytes")


class SiteProfiles(FipsTest):
    """A site's own profile may ask for the module as well."""

    TEXT = """name = "site"
description = "Ours"
module = "fips"

[keys]
algorithms = ["ecdsa-p384"]
origins = ["derived"]
purposes = "single"
derived-rsa = false

[signatures]
hashes = ["sha384"]
rsa-schemes = []

[sealing]
suites = ["aes-256-gcm"]
"""

    def setUp(self):
        super().setUp()
        self.profiles = self.folder / "profiles"
        self.profiles.mkdir()
        self.env["HOLDFAST_PROFILES"] = str(self.profiles)

    def site(self, text):
        (self.profiles / "site.toml").write_text(text)

    def test_it_works(self):
        self.site(self.TEXT)
        self.init(BOARD, "--profile", "site")
        self.assertEqual(self.body()["module"], "fips")
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p384")

    def test_what_the_module_excludes(self):
        for before, after, says in (('["ecdsa-p384"]', '["x25519"]', "keys.algorithms"), ("derived-rsa = false", "derived-rsa = true", "keys.derived-rsa"),
                                    ('["aes-256-gcm"]', '["aes-256-gcm", "chacha20-poly1305"]', "sealing.suites"), ('"fips"', '"tpm"', "line 3")):
            with self.subTest(after):
                self.site(self.TEXT.replace(before, after))
                self.holdfast("init", "--sysroot", BOARD, "--no-recovery", "--profile", "site", status=MALFORMED, says=["site.toml", says])

    def test_it_stays_what_the_anchor_was_made_with(self):
        self.site(self.TEXT)
        self.init(BOARD, "--profile", "site")
        self.site(self.TEXT.replace('module = "fips"', 'module = "standard"'))
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p384", status=REFUSED, says=["'site'", "fips"])


if __name__ == "__main__":
    main()
