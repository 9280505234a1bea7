"""The whole way once, as the README walks it."""

from support import SERVER, HoldfastTest, main


class Tour(HoldfastTest):
    def test_from_fingerprint_to_signature(self):
        shown = self.holdfast("fingerprint", "--sysroot", SERVER).text
        self.assertIn("Weakest quorum   112 bits, any 4 of 6 groups", shown)

        made = self.holdfast("init", "--sysroot", SERVER, "--recovery-out", "recovery.txt").text
        self.keep_secret((self.folder / "recovery.txt").read_bytes())
        for part in ("Made anchor ", str(self.state), "4 of 6 attributes", "Tier software", "recovery.txt"):
            self.assertIn(part, made)

        secret = b"the database password\n"
        self.write("secret", secret)
        self.holdfast("seal", "--in", "secret", "--out", "secret.sealed", says="Sealed 22 bytes into secret.sealed")
        sealed = (self.folder / "secret.sealed").read_bytes()
        self.assertTrue(sealed.startswith(b"holdfast-sealed-v1\n{"))
        self.assertNotIn(b"password", sealed)
        self.holdfast("unseal", "--in", "secret.sealed", "--out", "again", says="Unsealed 22 bytes into again")
        self.assertEqual((self.folder / "again").read_bytes(), secret)

        self.holdfast("key", "create", "device", "--alg", "ecdsa-p256")
        self.holdfast("key", "public", "device", "--out", "device.pem")
        self.holdfast("sign", "--key", "device", "--in", "secret", "--out", "secret.sig")
        verdict = self.holdfast("verify", "--public", "device.pem", "--signature", "secret.sig", "--in", "secret")
        self.assertEqual(verdict.text, "Signature is valid (ecdsa-p256)\n")

    def test_status_says_what_the_anchor_is_worth(self):
        self.init_with_recovery(SERVER)
        text = self.holdfast("status").text
        for line in ("Opens here    yes", "Drift         none", "Slots         fingerprint, recovery",
                     "Margin        2 more counted attributes may change"):
            self.assertIn(line, text)
        status = self.holdfast("--json", "status").json
        self.assertEqual((status["opens"], status["margin"], status["drift"]), (True, 2, []))
        self.assertEqual((status["tier"], status["weakest_bits"]), ("software", 112))
        self.assertEqual((status["generation"], status["epoch"], status["slots"]), (1, 1, ["fingerprint", "recovery"]))

    def test_events_tell_the_anchors_story(self):
        self.init_with_recovery()
        text = self.holdfast("events").text
        self.assertIn("Whole and authenticated by this anchor.", text)
        events = self.holdfast("--json", "events").json
        self.assertEqual([e["type"] for e in events["events"]], ["anchor-created", "recovery-code-issued"])
        self.assertEqual([e["sequence"] for e in events["events"]], [1, 2])
        self.assertTrue(events["whole"] and events["authenticated"])

    def test_keys_are_listed_and_described(self):
        self.init()
        self.assertIn("There are no keys yet", self.holdfast("key", "list").text)
        for name, algorithm in (("web", "ed25519"), ("boot", "ml-dsa-65")):
            made = self.holdfast("--json", "key", "create", name, "--alg", algorithm).json
            self.assertEqual((made["name"], made["algorithm"], made["origin"]), (name, algorithm, "derived"))
        listed = self.holdfast("--json", "key", "list").json["keys"]
        self.assertEqual([(k["name"], k["version"], k["state"]) for k in listed], [("boot", 1, "active"), ("web", 1, "active")])
        shown = self.holdfast("--json", "key", "show", "web").json
        self.assertEqual(shown, listed[1])
        for word in ("NAME", "web", "boot", "ml-dsa-65", "active"):
            self.assertIn(word, self.holdfast("key", "list").text)
        self.assertIn("BEGIN PUBLIC KEY", self.holdfast("key", "public", "boot").text)

    def test_a_derived_key_is_the_same_key_every_time(self):
        self.init()
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        first = self.holdfast("sign", "--key", "k", input=b"message").out
        self.assertEqual(first, self.holdfast("sign", "--key", "k", input=b"message").out)

    def test_the_state_folder_may_be_named_or_found(self):
        self.holdfast("--dir", "elsewhere", "init", "--sysroot", SERVER, "--no-recovery")
        self.assertTrue((self.folder / "elsewhere" / "anchor").exists())
        self.assertFalse(self.state.exists())
        self.holdfast("status", "--dir", self.folder / "elsewhere")
        self.holdfast("status", env={"HOLDFAST_DIR": str(self.folder / "elsewhere")})
        self.holdfast("status", status=6, says=["there is no anchor in", "holdfast init"])

    def test_help_and_version(self):
        self.assertRegex(self.holdfast("--version").text, r"^holdfast \d+\.\d+\.\d+\n$")
        top = self.holdfast("--help").text
        commands = ("fingerprint", "init", "status", "events", "seal", "unseal", "key", "sign", "verify")
        for name in commands:
            self.assertIn(f"\n  {name} ", top)
            self.assertIn("Usage:" if name == "key" else "Example:", self.holdfast(name, "--help").text)


if __name__ == "__main__":
    main()
