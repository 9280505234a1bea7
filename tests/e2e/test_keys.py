"""Keys of every algorithm from their creation to their destruction, and keys that openssl made."""

from support import INVALID, MALFORMED, NOT_FOUND, REFUSED, USAGE, WRONG_PASSPHRASE, HoldfastTest, flipped, main

# What each is for where nobody says otherwise. Derived RSA only in its smallest size: the search for primes takes its time.
USES = {"rsa-2048": ["sign"], "ecdsa-p256": ["sign"], "ecdsa-p384": ["sign"], "ecdsa-p521": ["sign"], "ed25519": ["sign"],
        "ml-dsa-44": ["sign"], "ml-dsa-65": ["sign"], "ml-dsa-87": ["sign"], "x25519": ["derive"],
        "ml-kem-768": ["decapsulate"], "ml-kem-1024": ["decapsulate"], "x25519-ml-kem-768": ["decapsulate"],
        "aes-256": ["decrypt", "encrypt"]}
# Of openssl's kinds, which it can read.
PAIRS = [algorithm for algorithm in USES if algorithm not in ("x25519-ml-kem-768", "aes-256")]
MESSAGE = b"what is signed\n"


class KeysTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.write("message", MESSAGE)

    def key(self, *args, **options):
        return self.holdfast("key", *args, **options)

    def create(self, name, algorithm, *options, **more):
        return self.key("create", name, "--alg", algorithm, *options, **more)

    def show(self, name):
        return self.key("show", name, "--json").json

    def listed(self, **options):
        return self.key("list", "--json", **options).json["keys"]

    def states(self, name):
        return {key["version"]: key["state"] for key in self.listed() if key["name"] == name}

    def public(self, name):
        return self.key("public", name).out

    def sign(self, name, **options):
        return self.holdfast("sign", "--key", name, "--in", "message", **options).out

    def verify(self, public, signature, status=0):
        self.write("public.pem", public)
        self.write("signature", signature)
        self.holdfast("verify", "--public", "public.pem", "--signature", "signature", "--in", "message", status=status)


class Making(KeysTest):
    def test_every_algorithm_derived(self):
        for algorithm, uses in USES.items():
            with self.subTest(algorithm):
                made = self.create(f"k-{algorithm}", algorithm, "--origin", "derived", "--json").json
                self.assertEqual((made["algorithm"], sorted(made["uses"]), made["origin"], made["state"], made["version"], made["epoch"]),
                                 (algorithm, uses, "derived", "active", 1, 1))
                self.assertIn("key_check" if algorithm == "aes-256" else "public_sha256", made)
                self.assertEqual(self.show(f"k-{algorithm}"), made)
        self.assertEqual({key["algorithm"] for key in self.listed()}, set(USES))
        text = self.key("list").text
        for algorithm in USES:
            self.assertRegex(text, rf"(?m)^k-{algorithm} +1 +{algorithm} .* derived +active ")

    def test_public_keys_are_what_openssl_reads(self):
        for algorithm in PAIRS:
            with self.subTest(algorithm):
                self.create(algorithm, algorithm, "--origin", "derived", "--quiet")
                pem = self.public(algorithm)
                self.write("public.pem", pem)
                self.assertEqual(self.openssl("pkey", "-pubin", "-in", "public.pem", "-pubout"), pem)
        self.create("hybrid", "x25519-ml-kem-768")
        self.assertIn(b"HOLDFAST HYBRID PUBLIC KEY", self.public("hybrid"))
        self.create("data", "aes-256")
        self.key("public", "data", status=USAGE, says=["'data@1'", "no public key"])

    def test_a_derived_rsa_key_is_searched_for_once(self):
        self.create("rsa", "rsa-2048", "--origin", "derived")
        signatures = [self.sign("rsa") for _ in range(2)]
        self.assertEqual(*signatures)
        self.verify(self.public("rsa"), signatures[0])
        # What took a search is stored, sealed; what takes none is not. Time would tell as well, and not for sure.
        self.create("ec", "ecdsa-p256", "--origin", "derived")
        stored, made_again = ((self.state / "keys" / f"{name}@1.key").stat().st_size for name in ("rsa", "ec"))
        self.assertGreater(stored, made_again + 1000)

    def test_random_keys_differ(self):
        for algorithm in ("rsa-2048", "ed25519", "ml-dsa-44", "x25519-ml-kem-768"):
            first, second = (self.create(f"{algorithm}-{n}", algorithm, "--origin", "random", "--json").json for n in "ab")
            self.assertEqual((first["origin"], second["origin"]), ("random", "random"))
            self.assertNotEqual(first["public_sha256"], second["public_sha256"])

    def test_origins_that_cannot_be_made(self):
        said = self.create("k", "ed25519", "--origin", "foo", status=USAGE, says="--origin 'foo' is not one of: derived, random")
        self.assertNotIn("import", said.message)
        self.create("k", "ed25519", "--origin", "imported", status=USAGE, says="'holdfast key import'")

    def test_usual_origin(self):
        self.assertEqual(self.create("a", "rsa-2048", "--json").json["origin"], "random")
        self.assertEqual(self.create("b", "ed25519", "--json").json["origin"], "derived")

    def test_an_empty_list_says_how_to_begin(self):
        self.assertIn("holdfast key create", self.key("list").text)
        self.assertEqual(self.listed(), [])

    def test_names_are_taken_once(self):
        self.create("a", "ed25519")
        for args in (("create", "a", "--alg", "ed25519"), ("create", "a", "--alg", "aes-256")):
            self.key(*args, status=REFUSED, says=["'a' exists already", "never used again"])


class Uses(KeysTest):
    def test_chosen(self):
        for algorithm, use in (("rsa-2048", "decrypt"), ("ecdsa-p256", "derive"), ("ecdsa-p521", "derive"), ("aes-256", "encrypt")):
            with self.subTest(f"{algorithm} {use}"):
                name = f"{algorithm}-{use}"
                self.assertEqual(self.create(name, algorithm, "--use", use, "--json").json["uses"], [use])
                self.holdfast("sign", "--key", name, "--in", "message", "--out", "new", status=REFUSED,
                              says=[f"'{name}@1' must not be used to sign", f"made to: {use}"])
                self.assertNotIn("new", self.files())

    def test_two_purposes_are_against_the_profile(self):
        for algorithm, uses in (("rsa-2048", "sign,decrypt"), ("ecdsa-p256", "sign,derive"), ("ecdsa-p384", "derive,sign")):
            for spelling in (("--use", uses), [part for use in uses.split(",") for part in ("--use", use)]):
                self.create("k", algorithm, *spelling, status=REFUSED, says=["default-2026", "rule keys.purposes"])
        self.create("data", "aes-256", "--use", "encrypt,decrypt")
        self.assertEqual([key["name"] for key in self.listed()], ["data"])

    def test_options_in_any_order(self):
        for args in (("--use", "sign", "a", "--alg", "ed25519"), ("--alg", "ed25519", "--use", "sign", "b", "--origin", "derived"),
                     ("--alg", "ed25519", "--use", "sign", "c")):
            with self.subTest(args):
                self.key("create", *args)

    def test_impossible(self):
        for algorithm, use, can in (("rsa-2048", "derive", "sign, decrypt"), ("ecdsa-p256", "decrypt", "sign, derive"),
                                    ("ed25519", "derive", "sign"), ("ml-dsa-65", "decapsulate", "sign"), ("x25519", "sign", "derive"),
                                    ("ml-kem-768", "decrypt", "decapsulate"), ("aes-256", "sign", "encrypt, decrypt")):
            with self.subTest(f"{algorithm} {use}"):
                self.create("k", algorithm, "--use", use, status=USAGE, says=[f"{algorithm} keys cannot {use}", f"they can: {can}"])


class Rotation(KeysTest):
    def test_the_old_version_no_longer_signs_and_still_verifies(self):
        for algorithm, *options in (("ed25519",), ("ml-dsa-44",), ("ecdsa-p256", "--origin", "random"), ("rsa-2048", "--origin", "derived")):
            with self.subTest(" ".join((algorithm, *options))):
                name = algorithm
                first = self.create(name, algorithm, *options, "--json").json
                signature, public = self.sign(name), self.public(name)
                second = self.key("rotate", name, "--json").json
                self.assertEqual((second["version"], second["uses"], second["origin"]), (2, first["uses"], first["origin"]))
                self.assertNotEqual(first["public_sha256"], second["public_sha256"])
                self.holdfast("sign", "--key", f"{name}@1", "--in", "message", status=REFUSED, says=[f"'{name}@1'", f"'{name}@2'", "no longer sign"])
                self.assertEqual(self.public(f"{name}@1"), public)
                self.verify(public, signature)
                self.verify(self.public(name), signature, status=INVALID)
                self.verify(self.public(f"{name}@2"), self.sign(f"{name}@2"))
                self.verify(self.public(name), self.sign(name))
                self.assertEqual((self.show(f"{name}@1")["version"], self.show(name)["version"]), (1, 2))
                self.assertEqual(self.states(name), {1: "active", 2: "active"})

    def test_the_old_version_still_decrypts(self):
        self.create("data", "aes-256")
        old = self.holdfast("encrypt", "--key", "data", input=MESSAGE).out
        self.key("rotate", "data", says="older versions")
        new = self.holdfast("encrypt", "--key", "data", input=MESSAGE).out
        self.holdfast("encrypt", "--key", "data@1", input=MESSAGE, status=REFUSED, says="no longer encrypt")
        for version, encrypted in (("data@1", old), ("data@2", new), ("data", new)):
            self.assertEqual(self.holdfast("decrypt", "--key", version, input=encrypted).out, MESSAGE)
        # Says which key was tried, and where to look.
        self.holdfast("decrypt", "--key", "data", input=old, status=MALFORMED, says=["data@2", "data@1"])

    def test_what_cannot_be_rotated(self):
        self.create("a", "ed25519")
        self.key("rotate", "nosuch", status=NOT_FOUND, says=["no key 'nosuch'", "for example: a"])
        self.key("rotate", "a@1", status=USAGE, says="@1")
        self.key("disable", "a")
        self.key("rotate", "a", status=REFUSED, says=["'a@1' is disabled", "holdfast key enable"])

    def test_versions_that_are_none(self):
        self.create("a", "ed25519")
        self.sign("a@2", status=NOT_FOUND, says=["no version 2", "1"])
        for wrong in ("a@0", "a@01", "a@", "@1", "a@x", "a@1@1", "a@-1", "a@99999999999"):
            for args in (("sign", "--key", wrong), ("key", "show", wrong), ("key", "public", wrong), ("key", "disable", wrong)):
                self.holdfast(*args, status=USAGE)


class States(KeysTest):
    def setUp(self):
        super().setUp()
        self.create("a", "ed25519")
        self.key("rotate", "a")

    def test_disabled_and_back(self):
        signature, public = self.sign("a"), self.public("a")
        changed = self.key("disable", "a", "--json").json["keys"]
        self.assertEqual([(key["version"], key["state"]) for key in changed], [(1, "disabled"), (2, "disabled")])
        for name in ("a", "a@2"):
            self.sign(name, status=REFUSED, says=["'a", "holdfast key enable"])
        self.assertEqual(self.public("a@2"), public)
        self.verify(public, signature)
        self.assertRegex(self.key("enable", "a").text, r"(?m)^a +2 .* active ")
        self.assertEqual(self.sign("a"), signature)

    def test_one_version(self):
        self.key("disable", "a@2")
        self.assertEqual(self.states("a"), {1: "active", 2: "disabled"})
        # The older version does not step in for the newest.
        self.sign("a", status=REFUSED)
        self.key("enable", "a@2")
        self.verify(self.public("a"), self.sign("a"))

    def test_a_disabled_key_is_shown(self):
        self.key("disable", "a")
        self.assertEqual(self.show("a@2")["state"], "disabled")
        self.assertEqual(self.show("a")["state"], "disabled", "the newest version, never an older one in its place")

    def test_destroying_asks(self):
        self.key("destroy", "a", status=USAGE, says=["for ever", "--yes"])
        self.assertEqual(self.states("a"), {1: "active", 2: "active"})

    def test_destroyed(self):
        signature, public = self.sign("a"), self.public("a")
        changed = self.key("destroy", "a", "--yes", "--json").json["keys"]
        self.assertEqual([(key["version"], key["state"]) for key in changed], [(1, "destroyed"), (2, "destroyed")])
        self.sign("a", status=REFUSED, says="'a@2' is destroyed")
        self.sign("a@2", status=REFUSED, says="'a@2' is destroyed")
        # Its tombstone still verifies what it signed.
        self.assertEqual(self.show("a@2")["state"], "destroyed")
        self.assertEqual(self.public("a@2"), public)
        self.verify(public, signature)
        for args in (("create", "a", "--alg", "ed25519"), ("enable", "a@2"), ("disable", "a@1")):
            with self.subTest(args):
                self.key(*args, status=REFUSED, says="'a")
        self.assertEqual(self.states("a"), {1: "destroyed", 2: "destroyed"})

    def test_destroying_again_changes_nothing(self):
        self.key("destroy", "a", "--yes")
        self.assertIn("nothing changed", self.key("destroy", "a", "--yes").text)
        self.assertEqual(self.key("destroy", "a", "--yes", "--json").json, {"keys": []})

    def test_nothing_brings_a_destroyed_key_back(self):
        self.key("destroy", "a", "--yes")
        for verb in ("enable", "disable"):
            with self.subTest(verb):
                self.key(verb, "a", status=REFUSED, says="destroyed")

    def test_one_version_destroyed(self):
        self.key("destroy", "a@1", "--yes")
        self.assertEqual(self.states("a"), {1: "destroyed", 2: "active"})
        self.sign("a")
        self.key("disable", "a")
        self.assertEqual(self.states("a"), {1: "destroyed", 2: "disabled"})

    def test_the_secret_is_gone_from_the_file(self):
        self.create("stored", "ed25519", "--origin", "random")
        path = self.state / "keys" / "stored@1.key"
        before = path.stat().st_size
        self.key("destroy", "stored", "--yes")
        self.assertLess(path.stat().st_size, before)

    def test_a_damaged_version_is_not_passed_over(self):
        path = self.state / "keys" / "a@1.key"
        path.write_bytes(path.read_bytes() + b"x")
        for args in (("destroy", "a", "--yes"), ("disable", "a")):
            with self.subTest(args[0]):
                self.key(*args, status=MALFORMED, says="a@1")

    def test_unknown(self):
        for args in (("enable", "b"), ("disable", "b"), ("destroy", "b", "--yes"), ("disable", "a@3"), ("destroy", "a@3", "--yes")):
            self.key(*args, status=NOT_FOUND, says=f"'{args[1][0]}'")


class Importing(KeysTest):
    def setUp(self):
        super().setUp()
        self.secret("pass", "vier Eulen im Moos\n")
        self.secret("wrong", "funf Eulen im Moos\n")

    def imported(self, name, file, algorithm, *options):
        """Taken in, and the signatures made here are those of the key that openssl has."""
        self.keep_secret((self.folder / file).read_bytes())
        done = self.key("import", name, "--in", file, *options, says=[f"'{file}'", "read back", "wiped"])
        self.assertIn("imported", done.text)
        self.assertEqual((self.show(name)["algorithm"], self.show(name)["origin"]), (algorithm, "imported"))

    def judged(self, name, public):
        self.write("signature", self.sign(name))
        digest = ["-digest", "sha256"] if "rsa" in name or "ec" in name else []
        said = self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", *digest, "-in", "message", "-sigfile", "signature")
        self.assertIn(b"Signature Verified Successfully", said)

    def test_forms(self):
        for algorithm, source, *options in (("rsa-2048", "RSA", "rsa_keygen_bits:2048"), ("ecdsa-p256", "EC", "ec_paramgen_curve:P-256"),
                                            ("ed25519", "ED25519"), ("ml-dsa-65", "ML-DSA-65")):
            pem = self.generate(f"{algorithm}.pem", source, *options)
            self.openssl("pkey", "-in", pem, "-outform", "DER", "-out", f"{algorithm}.der")
            for encrypted, form in (("enc.pem", "PEM"), ("enc.der", "DER")):
                self.openssl("pkcs8", "-topk8", "-in", pem, "-passout", "file:pass", "-outform", form, "-out", f"{algorithm}.{encrypted}")
            for form in ("pem", "der", "enc.pem", "enc.der"):
                with self.subTest(f"{algorithm} {form}"):
                    name = f"{algorithm}-{form}"
                    self.imported(name, f"{algorithm}.{form}", algorithm, *(("--passphrase-file", "pass") if "enc" in form else ()))
                    self.judged(name, f"{pem}.pem")
                    self.assertEqual(self.public(name), (self.folder / f"{pem}.pem").read_bytes())
                    self.key("destroy", name, "--yes")  # one key has one name

    def test_traditional_forms(self):
        self.generate("rsa", "RSA", "rsa_keygen_bits:2048")
        self.openssl("rsa", "-in", "rsa", "-traditional", "-out", "rsa.old")
        self.openssl("rsa", "-in", "rsa", "-traditional", "-aes256", "-passout", "file:pass", "-out", "rsa.old.enc")
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "ec.old")
        self.openssl("pkey", "-in", "ec.old", "-pubout", "-out", "ec.pem")
        for file, algorithm, public, *options in (("rsa.old", "rsa-2048", "rsa.pem"), ("ec.old", "ecdsa-p256", "ec.pem"),
                                                  ("rsa.old.enc", "rsa-2048", "rsa.pem", "--passphrase-file", "pass")):
            with self.subTest(file):
                self.imported(file, file, algorithm, *options)
                self.judged(file, public)
                self.key("destroy", file, "--yes")

    def test_keys_that_do_not_sign(self):
        for algorithm, source, use in (("x25519", "X25519", "derive"), ("ml-kem-1024", "ML-KEM-1024", "decapsulate")):
            self.imported(algorithm, self.generate(algorithm, source), algorithm)
            self.assertEqual(self.show(algorithm)["uses"], [use])
        self.generate("rsa", "RSA", "rsa_keygen_bits:2048")
        self.imported("rsa-decrypt", "rsa", "rsa-2048", "--use", "decrypt")
        self.sign("rsa-decrypt", status=REFUSED, says="must not be used to sign")

    def test_standard_input(self):
        self.generate("ed", "ED25519")
        self.key("import", "ed", input=(self.folder / "ed").read_bytes())
        self.judged("ed", "ed.pem")

    def test_passphrases(self):
        self.openssl("pkcs8", "-topk8", "-in", self.generate("ed", "ED25519"), "-passout", "file:pass", "-out", "enc")
        self.key("import", "k", "--in", "enc", "--passphrase-file", "wrong", status=WRONG_PASSPHRASE, says=["'enc'", "passphrase"])
        self.key("import", "k", "--in", "enc", "--passphrase-file", "absent", status=NOT_FOUND, says="absent")
        self.key("import", "k", "--in", "enc", status=USAGE, says=["'enc'", "encrypted", "--passphrase-file"])
        self.assertEqual(self.listed(), [])

    def test_data_keys(self):
        raw = bytes(range(100, 132))
        self.secret("raw", raw)
        self.imported("data", "raw", "aes-256", "--alg", "aes-256")
        sealed = self.holdfast("encrypt", "--key", "data", input=MESSAGE).out
        self.assertEqual(self.holdfast("decrypt", "--key", "data", input=sealed).out, MESSAGE)
        self.key("import", "k", "--in", "raw", status=MALFORMED, says=["'raw'", "not a private key"])
        for size in (0, 31, 33):
            with self.subTest(size):
                self.write("odd", b"x" * size)
                self.key("import", "k", "--in", "odd", "--alg", "aes-256", status=MALFORMED, says=["'odd'", "32"])

    def test_weak_and_unknown_keys(self):
        for file, algorithm, *rest in (("small", "RSA", "rsa_keygen_bits:1024", "1024"), ("three", "RSA", "rsa_keygen_pubexp:3", "exponent"),
                                       ("curve", "EC", "ec_paramgen_curve:secp256k1", "secp256k1"), ("ed448", "ED448", "ED448")):
            with self.subTest(file):
                *options, says = rest
                self.generate(file, algorithm, *options)
                self.key("import", "k", "--in", file, status=REFUSED, says=[f"'{file}'", says])
        self.assertEqual(self.listed(), [])

    def test_what_is_no_key(self):
        self.generate("ed", "ED25519")
        ed = (self.folder / "ed").read_bytes()
        self.write("two", ed + ed)
        self.write("torn", ed[:60])
        self.write("empty", b"")
        for file, status, *says in (("message", MALFORMED, "not a private key"), ("ed.pem", MALFORMED, "not a private key"),
                                    ("two", MALFORMED, "2 private keys"), ("torn", MALFORMED, "private key"), ("empty", MALFORMED, "empty"),
                                    ("absent", NOT_FOUND, "No such file"), ("state", 8, "directory")):
            with self.subTest(file):
                self.key("import", "k", "--in", file, status=status, says=[f"'{file}'", *says])
        self.assertEqual(self.listed(), [])

    def test_numbers_that_do_not_fit(self):
        self.openssl("rsa", "-in", self.generate("rsa", "RSA"), "-traditional", "-outform", "DER", "-out", "rsa.der")
        good = (self.folder / "rsa.der").read_bytes()
        for what, position in (("modulus", 100), ("private exponent", 400), ("last number", len(good) - 5)):
            with self.subTest(what):
                self.write("mixed.der", flipped(good, position, 0x02))
                self.key("import", "k", "--in", "mixed.der", status=MALFORMED, says="'mixed.der'")

    def test_mismatched_options(self):
        self.generate("ed", "ED25519")
        self.key("import", "k", "--in", "ed", "--alg", "ecdsa-p256", status=USAGE, says=["ecdsa-p256", "ed25519"])
        self.key("import", "k", "--in", "ed", "--alg", "aes-256", status=MALFORMED, says=["'ed'", "32 raw bytes", "leave --alg out"])
        self.key("import", "k", "--in", "ed", "--alg", "x25519-ml-kem-768", status=USAGE, says=["made on the device", "ml-kem-768"])
        self.key("import", "k", "--in", "ed", "--alg", "rot13", status=USAGE, says=["rot13", "not one of"])
        self.key("import", "k", "--in", "ed", "--use", "decrypt", status=USAGE, says="ed25519 keys cannot decrypt")
        self.key("import", "k", "--in", self.generate("rsa", "RSA"), "--use", "sign,decrypt", status=REFUSED, says="rule keys.purposes")

    def test_one_key_has_one_name(self):
        self.secret("raw", bytes(range(100, 132)))
        for name, file, *options in (("ec", self.generate("p256", "EC", "ec_paramgen_curve:P-256")), ("data", "raw", "--alg", "aes-256")):
            with self.subTest(name):
                self.key("import", name, "--in", file, *options)
                self.key("import", f"{name}-2", "--in", file, *options, status=REFUSED, says=f"there already, as '{name}@1'")
                self.key("disable", name)
                self.key("import", f"{name}-2", "--in", file, *options, status=REFUSED, says=f"there already, as '{name}@1'")
                self.assertNotIn(f"{name}-2", [key["name"] for key in self.key("list", "--json").json["keys"]])
                # What is destroyed is not there.
                self.key("destroy", name, "--yes")
                self.key("import", f"{name}-2", "--in", file, *options)

    def test_an_imported_key_is_not_rotated(self):
        self.imported("ed", self.generate("ed", "ED25519"), "ed25519")
        self.key("rotate", "ed", status=REFUSED, says=["'ed@1' was imported", "another name"])
        self.key("import", "ed", "--in", "ed", status=REFUSED, says="exists already")
        self.key("destroy", "ed", "--yes")
        self.key("import", "ed", "--in", "ed", status=REFUSED, says="never used again")

    def test_reports(self):
        self.generate("ed", "ED25519")
        self.assertEqual(self.key("import", "a", "--in", "ed", "--json").json["origin"], "imported")
        quiet = self.key("import", "b", "--in", self.generate("other", "ED25519"), "--quiet")
        self.assertEqual(quiet.out + quiet.err, b"")


if __name__ == "__main__":
    main()
