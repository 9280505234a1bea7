"""Completions for shells, run by the shell; and manual pages, held against what --help says."""

import os
import re

import tools
from support import main
from tools import section


class Help(tools.HelpTest):
    def test_wherever_it_is_asked_for(self):
        text = self.holdfast("key", "create", "--help").text
        for words in (("key", "create", "k", "-h"), ("--json", "key", "create", "--alg", "ed25519", "--help")):
            self.assertEqual(self.holdfast(*words).text, text)


class Completion(tools.CompletionTest):
    def keys(self, *names, state=None):
        """Files that are called like keys: nothing else is looked at."""
        folder = (state or self.state) / "keys"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).touch()

    def test_one_answer(self):
        for words, answer in ((("ke",), "key"), (("key", "cr"), "create"), (("key", "create", "--alg", "ed"), "ed25519"),
                              (("seal", "--na"), "--name"), (("key", "create", "k", "--al"), "--alg"), (("key", "csr", "k", "--su"), "--subject"),
                              (("--dir", "/tmp", "key", "des"), "destroy"), (("--json", "uns"), "unseal"), (("key", "destroy", "k", "--y"), "--yes"),
                              (("seal", "--in", "a", "--ex"), "--expires"), (("sign", "--key", "k", "--det"), "--deterministic"),
                              (("derive", "--ephemeral", "x"), "x25519"), (("seal", "--js"), "--json"), (("--vers",), "--version")):
            with self.subTest(words):
                self.assertEqual(self.complete(*words), [answer])

    def test_several_and_none(self):
        self.assertEqual(self.complete("key", "create", "--alg", "ml-dsa"), ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
        self.assertEqual(sorted(self.complete("en")), ["encrypt"])
        for words in (("zzz",), ("key", "zzz"), ("seal", "--zzz"), ("key", "create", "--alg", "zzz")):
            self.assertEqual(self.complete(*words), [])

    def test_commands_and_algorithms_are_all_there(self):
        help_text = self.holdfast("--help").text
        commands = {line.split()[0] for line in section(help_text, "Subcommands")}
        self.assertLessEqual(commands, set(self.complete("")))
        listed = re.search(r"--alg ALG REQUIRED +(.*)", self.holdfast("key", "create", "--help").text)[1]
        self.assertEqual(set(self.complete("key", "create", "--alg", "")), set(listed.split(", ")))

    def test_values(self):
        for words, answers in ((("init", "--profile", ""), ["default-2026", "cnsa-2.0", "fips", "legacy"]),
                               (("seal", "--suite", ""), ["aes-256-gcm", "chacha20-poly1305"]), (("sign", "--hash", "sha5"), ["sha512"]),
                               (("sign", "--scheme", "p"), ["pkcs1", "pss"]), (("key", "create", "--origin", ""), ["derived", "random"]),
                               (("key", "create", "k", "--use", "de"), ["decrypt", "derive", "decapsulate"]),
                               (("key", "create", "k", "--use", "sign,deri"), ["sign,derive"]), (("completion", "z"), ["zsh"]),
                               (("puf", "enrol", "--as", ""), ["required", "slot"]), (("init", "--puf", "n"), ["none"]),
                               (("derive", "--ephemeral", ""), ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "x25519"]),
                               (("key", "create", "--alg", "=", "ed"), ["ed25519"]), (("seal", "--expires", ""), []), (("seal", "--name", ""), [])):
            with self.subTest(words):
                self.assertEqual(self.complete(*words), answers)

    def test_files_where_a_command_takes_many(self):
        for name in ("r1.bin", "r2.bin", "with space.bin"):
            self.write(name, b"")
        for words in (("puf", "analyse"), ("puf", "analyse", "r1.bin"), ("puf", "analyse", "--other")):
            with self.subTest(words):
                self.assertEqual(self.complete(*words, "r"), ["r1.bin", "r2.bin"])
        self.assertEqual(self.complete("puf", "analyse", "with"), ["with space.bin"])
        self.assertEqual(self.complete("puf", "analyse", "r1.bin", "--pl"), ["--plot"])
        self.assertEqual(self.complete("puf", "an"), ["analyse"])

    def test_profiles_of_the_site(self):
        self.env["HOLDFAST_PROFILES"] = str(self.folder / "profiles")
        (self.folder / "profiles").mkdir()
        for name in ("site-1.toml", ".hidden.toml", "notes.txt", "$(touch pwned).toml"):
            (self.folder / "profiles" / name).touch()
        self.assertEqual(self.complete("init", "--profile", "s"), ["site-1"])
        self.assertEqual(len(self.complete("init", "--profile", "")), 5)
        self.assertFalse((self.folder / "pwned").exists())

    def test_keys(self):
        self.keys("device@1.key", "device@2.key", "device@1.crt", "db@1.key", "$(touch pwned)@1.key", "a b@1.key", ".x@1.key.00.tmp")
        for words in (("sign", "--key"), ("derive", "--key"), ("key", "show"), ("key", "csr"), ("key", "destroy"), ("--quiet", "key", "rotate")):
            with self.subTest(words):
                self.assertEqual(self.complete(*words, "d"), ["db", "device"])
        self.assertEqual(self.complete("sign", "--key", "device@"), ["device@1", "device@2"])
        for words, answers in ((("device", "@"), ["1", "2"]), (("device", "@", "2"), ["2"]), (("db", "@"), ["1"]), (("none", "@"), [])):
            self.assertEqual(self.complete("key", "show", *words), answers)  # as bash splits it
        for words in (("key", "create", "d"), ("key", "import", "d"), ("key", "show", "device", "d"), ("seal", "d")):
            self.assertEqual(self.complete(*words), [])
        self.assertFalse((self.folder / "pwned").exists())

    def test_keys_of_other_folders(self):
        self.keys("here@1.key")
        self.keys("there@1.key", state=self.folder / "other")
        self.keys("home@1.key", state=self.folder / ".local/share/holdfast")
        self.assertEqual(self.complete("--dir", "other", "key", "show", "t"), ["there"])
        self.assertEqual(self.complete("--dir", "~/other", "sign", "--key", ""), ["there"])
        self.assertEqual(self.complete("--dir", "nosuch", "sign", "--key", ""), [])
        del self.env["HOLDFAST_DIR"]
        self.assertEqual(self.complete("sign", "--key", "h"), [] if os.geteuid() == 0 else ["home"])

    def test_each_option_once(self):
        for words in ((), ("key",), ("seal",), ("key", "csr"), ("init",)):
            answers = self.complete(*words, "--")
            self.assertEqual(len(answers), len(set(answers)), words)
            self.assertIn("--help", answers)
        self.assertNotIn("--in", self.complete("seal", "--in", "a", "--"))
        self.assertNotIn("--json", self.complete("--json", "seal", "--"))
        self.assertIn("--san", self.complete("key", "csr", "k", "--san", "DNS:a", "--"))

    def test_files(self):
        (self.folder / "sub").mkdir()
        for name in ("sub/plain", "sub/with space"):
            self.write(name, b"")
        for option in ("--in", "--out", "--passphrase-file"):
            self.assertEqual(self.complete("seal", option, "sub/p"), ["sub/plain"])
        self.assertEqual(self.complete("seal", "--in", "sub/w"), ["sub/with space"])
        for words in (("escrow", "open-share"), ("escrow", "open-share", "--key-file"), ("escrow", "test"), ("migrate", "--escrow")):
            self.assertEqual(self.complete(*words, "sub/p"), ["sub/plain"])


class Manual(tools.ManualTest):
    pass


if __name__ == "__main__":
    main()
