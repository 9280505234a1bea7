"""Completions of the registry's commands, run by the shell; manual pages, held against what --help says; and help itself. No
registry is there for any of them."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import tools  # noqa: E402
from support import DONE, PATIENCE, Outcome  # noqa: E402

STATES = ["pending", "active", "rotating", "suspended", "retired", "revoked"]


class Registry(tools.ToolTest):
    PROGRAM = "holdfast-registry"

    def setUp(self):
        # What would be opened or made, if anything were.
        self.addCleanup(lambda: self.assertFalse((self.folder / "registry").exists()))
        super().setUp()
        self.env["HOLDFAST_REGISTRY"] = str(self.folder / "registry")
        self.env["HOLDFAST_CHECKPOINTS"] = str(self.folder / "outside")

    def tool(self, *args, status=DONE, says=()):
        done = subprocess.run([os.environ["HOLDFAST_REGISTRY_BIN"], *args], capture_output=True, cwd=self.folder, env=self.env,
                              timeout=PATIENCE, check=False)
        return self.judge(Outcome(done.returncode, done.stdout, done.stderr), args, status, says)


class Help(Registry, tools.HelpTest):
    def options(self):
        """Every option that --help knows: its name, what its value is called, what is said of it."""
        for command, text in self.commands():
            for line in re.sub(r"\n {20,}", "   ", text).splitlines():
                if found := re.match(r"  (--[a-z-]+)(?: ([A-Z|]+))?(?: REQUIRED)?(?: {2,}(.*))?$", line):
                    yield command, *found.groups()

    def test_an_option_has_a_value_in_every_command_or_in_none(self):
        kinds = {}
        for _, option, value, _ in self.options():
            kinds.setdefault(option, set()).add(value is not None)
        self.assertIn("--reason", kinds)
        self.assertEqual([option for option, found in kinds.items() if len(found) > 1], [])

    def test_each_option_says_what_it_is(self):
        for command, option, _, words in self.options():
            with self.subTest(f"{command} {option}"):
                self.assertRegex(words or "", r"^[^a-z]\S* .")

    def test_values_stand_once(self):
        self.assertIn("state: " + ", ".join(STATES) + "\n", self.tool("identity", "list", "--help").text)
        self.assertIn(": none, required [none]", self.tool("policy", "set", "--help").text)


class Completion(Registry, tools.CompletionTest):
    def test_one_answer(self):
        for words, answer in ((("ident",), "identity"), (("identity", "ret"), "retire"), (("identity", "retire", "--reas"), "--reason"),
                              (("--data", "/tmp", "audit", "ver"), "verify"), (("--json", "doc"), "doctor"), (("backup", "--o"), "--out"),
                              (("identity", "retire", "01900000-0000-7000-8000-000000000000", "--rea"), "--reason"), (("comp",), "completion"),
                              (("token", "create", "--operator", "anna", "--on"), "--once"), (("ca", "export", "--ro"), "--root"),
                              (("grant", "create", "--business-owner", "anna", "@", "example.org", "--tech"), "--technical-owner"),
                              (("grant", "create", "--retire-after", "2027-01-31T12", ":", "00", ":", "00Z", "--retire-w"), "--retire-when")):
            with self.subTest(words):
                self.assertEqual(self.complete(*words), [answer])

    def test_values_belong_to_commands(self):
        for words, answers in ((("identity", "list", "--state", ""), STATES), (("grant", "list", "--state", ""), ["open", "used", "revoked", "expired"]),
                               (("--json", "grant", "list", "--limit", "3", "--state", "u"), ["used"]), (("identity", "list", "--state", "=", "ro"), ["rotating"]),
                               (("operator", "add", "anna", "--role", ""), ["admin", "operator", "auditor", "owner"]),
                               (("policy", "set", "sensors", "--approval", "r"), ["required"]),
                               (("identity", "revoke", "--code", "key"), ["key-compromise"]), (("completion", ""), ["bash", "zsh"]),
                               (("policy", "set", "--key-algorithms", "ml-dsa-4"), ["ml-dsa-44"]),
                               (("policy", "set", "--key-algorithms", "ed25519,ml-dsa-8"), ["ed25519,ml-dsa-87"]),
                               (("incident", "list", "--state", ""), []), (("identity", "list", "--name", ""), []), (("--state", ""), [])):
            with self.subTest(words):
                if words == ("completion", ""):
                    self.assertLessEqual(set(answers), set(self.complete(*words)))
                else:
                    self.assertEqual(self.complete(*words), answers)

    def test_values_are_those_of_help(self):
        listed = re.search(r"certified, .*: (.*) \[", self.tool("policy", "set", "--help").text.replace("\n" + " " * 30, " "))
        values = (listed or re.search(r"(rsa-2048, .*)", self.tool("policy", "set", "--help").text))[1]
        self.assertEqual(self.complete("policy", "set", "--key-algorithms", ""), values.split(", "))

    def test_nothing_is_looked_up(self):
        for words in (("identity", "show", "0"), ("grant", "revoke", "0"), ("operator", "remove", "a"), ("--token-file", "t"), ("zzz",)):
            self.assertEqual(self.complete(*words), [])

    def test_files(self):
        for name in ("people.csv", "people with space.csv", "token"):
            self.write(name, b"")
        for words in (("owner", "import"), ("owner", "import", "--complete"), ("restore", "--from"), ("backup", "--out"), ("--data",),
                      ("audit", "check"), ("audit", "check", "log", "--verifier"), ("ca", "export", "--out"), ("--token-file",)):
            with self.subTest(words):
                self.assertEqual(self.complete(*words, "people."), ["people.csv"])
        self.assertEqual(self.complete("owner", "import", "people w"), ["people with space.csv"])
        self.assertEqual(self.complete("owner", "import", "people.csv", "--comp"), ["--complete"])

    def test_everything_that_help_knows(self):
        for command, text in self.commands():
            with self.subTest(" ".join(command)):
                known = {line.split()[0] for line in tools.section(text, "Subcommands")}
                self.assertLessEqual(known, set(self.complete(*command, "")))
                options = set(re.findall(r"(?m)^  (?:-h,)?(--[a-z-]+)", text)) - {"--version"}
                answers = self.complete(*command, "--")
                self.assertLessEqual(options, set(answers))
                self.assertEqual(len(answers), len(set(answers)))


class Manual(Registry, tools.ManualTest):
    FEWEST = 40
    NAMED = ("HOLDFAST_REGISTRY", "HOLDFAST_CHECKPOINTS", "NO_COLOR", "registry.toml")

    def test_what_may_be_left_out_stands_in_brackets(self):
        self.assertIn("[OPTIONS] [IDENTITY]\n", self.page("identity", "retire"))
        self.assertIn("[OPTIONS] IDENTITY\n", self.page("identity", "suspend"))

    def test_json_has_no_notes(self):
        self.assertEqual(self.tool("--json", "manual", "--out", "man").err, b"")


if __name__ == "__main__":
    unittest.main()
