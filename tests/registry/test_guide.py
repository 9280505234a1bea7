"""The operator's guide, typed as a new user types it, and a registry without any configuration."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import pages  # noqa: E402
from support import PATIENCE, HoldfastTest  # noqa: E402

ATTENTION = 10
BANNER_END = "Serving until Ctrl-C."
PEOPLE = "mail,name,team,status\nanna@example.org,Anna Arbor,Gates,active\nben@example.org,Ben Birch,Gates,active\n"

# What is different each time, by the form that it has.
FORMS = (
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"hft_[0-9a-f]{32}_[0-9A-Z]{32}", "<token>"),
    (r"(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}", "<code>"),
    (r"holdfast-registry([/-])[0-9a-f]{16}(?:\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44})?", r"<log>"),
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"\b[0-9A-Z]{32}\b", "<secret>"),
    (r"\b[A-Za-z0-9+/]{43}=", "<hash>"),
    (r"entries +\d+", "entries <count>"),
    (r"The \d+ entries", "The <count> entries"),
    (r"(?m)^(replayed|refused from now on) +\d+$", r"\1 <count>"),
)


def masked(text):
    """The text without what differs from run to run, and with the width of columns left out."""
    for form, mask in FORMS:
        text = re.sub(form, mask, text)
    return [re.sub(r" {2,}", "  ", line.rstrip()) for line in text.strip().splitlines()]


class Guide(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "registry"
        for name, variable in (("holdfast-registry", "HOLDFAST_REGISTRY_BIN"), ("holdfast", "HOLDFAST_BIN")):
            (self.folder / "bin").mkdir(exist_ok=True)
            (self.folder / "bin" / name).symlink_to(os.environ[variable])
        self.env["PATH"] = f"{self.folder / 'bin'}:{self.env['PATH']}"
        self.env["HOLDFAST_REGISTRY"] = str(self.data)
        self.env["HOLDFAST_CHECKPOINTS"] = str(self.folder / "outside")
        self.server = None
        self.facts = {}
        self.images = self.folder / "rootfs"

    def serve(self):
        """What `holdfast-registry serve` prints until it serves. A network of its own makes sure that the port is free."""
        argv = ["unshare", "--net", "sh", "-c", "ip link set lo up && exec holdfast-registry serve"]
        if os.getuid() != 0:
            argv[1:2] = ["--map-root-user", "--net"]
        self.server = subprocess.Popen(argv, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, start_new_session=True)
        self.addCleanup(self.end, self.server)
        noise = []
        threading.Thread(target=lambda: noise.extend(self.server.stderr), daemon=True).start()
        lines = []
        for line in self.server.stdout:
            lines.append(line.decode())
            if lines[-1].startswith(BANNER_END):
                return "".join(lines)
        self.fail(f"it did not serve: {lines} {noise}")
        return ""

    def shell(self, typed, status=0):
        """One step, typed where the server runs: in its network. It must end well."""
        argv = ["nsenter", "--net", "--target", str(self.server.pid), "--preserve-credentials"]
        if os.getuid() != 0:
            argv.insert(1, "--user")
        done = subprocess.run([*argv, "bash", "--norc", "-o", "pipefail", "-c", typed], env={**self.env, **self.facts}, cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout.decode()

    def before(self, typed):
        """What the page says in words: files that are there, and what has happened."""
        if "owner import" in typed:
            self.write("people.csv", PEOPLE)
            # For what is told of old backups: one of the first day, and a second person who was an admin then.
            self.shell("holdfast-registry operator add zoe --role admin")
            self.shell("holdfast-registry --json token create --operator zoe --valid-for 30d | jq -r .token > zoe")
            self.shell("holdfast-registry backup --out old.db")
        if "holdfast key create" in typed:
            self.init()
        if "--cacert root.pem" in typed:
            self.shell("holdfast-registry ca export --root --out root.pem")
        if "image register" in typed:
            (self.images / "etc").mkdir(parents=True)
            self.generate(self.images / "etc/device.key", "EC", "ec_paramgen_curve:P-256")
            (self.images / "etc/device.key.pem").unlink()
        if "audit replay" in typed:
            self.shell("rm -r log && holdfast-registry audit export --out log")
        if "audit replay" in typed or "audit accept-loss" in typed:
            self.put_old_backup_back()
        if "approval give" in typed:
            self.shell("cp zoe token")
        elif "--token-file token" in typed:
            self.shell("holdfast-registry --json token create --operator anna | jq -r .token > token")

    def put_old_backup_back(self):
        """Again and again the same one: a restore uses none up."""
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(PATIENCE)
        self.end(self.server)
        done = subprocess.run(["holdfast-registry", "restore", "--from", "old.db"], env=self.env, cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, ATTENTION, done.stderr)
        self.assertIn("Refusing", self.serve())

    def learn(self, typed, printed):
        """What the user writes down for later steps."""
        if "grant create" in typed:
            self.facts = dict(zip(("GRANT", "SECRET"), (re.search(rf"(?m)^{name} +(\S+)$", printed).group(1) for name in ("grant", "secret"))))
        if found := re.search(r"(?m)^approval +(\S+)$", printed):
            self.approval = found.group(1)

    def typed_here(self, command):
        return command.replace("/mnt/rootfs", str(self.images)).replace("APPROVAL", getattr(self, "approval", "APPROVAL"))

    def test_every_step_prints_what_the_page_shows(self):
        typed = list(pages.steps(pages.load("registry.md")))
        self.assertGreater(len(typed), 15)
        for command, shown in typed:
            with self.subTest(command):
                if command.startswith("export HOLDFAST_REGISTRY="):
                    self.place = command.split("=", 1)[1]
                    continue
                if "⟨Tab⟩" in command:
                    continue  # a press of a key, which test_tools.py makes
                self.before(command)
                printed = self.serve() if command == "holdfast-registry serve" else self.shell(self.typed_here(command))
                self.learn(command, printed)
                expected = self.as_here(shown)
                # Where the page leaves an answer out, any will do.
                if expected:
                    self.assertEqual(masked(printed), masked(expected), printed)

    def as_here(self, shown):
        text = shown.replace(self.place, str(self.data)) if hasattr(self, "place") else shown
        text = text.replace("/var/lib/holdfast-checkpoints", str(self.folder / "outside"))
        if "do not reach the entropy floor" in text and not (self.data / "anchor-passphrase").exists():
            text = "".join(line for line in text.splitlines(keepends=True) if "entropy floor" not in line)
        return text

    def test_without_a_word_of_configuration(self):
        shown = self.serve()
        self.assertIn("https://127.0.0.1:8443/.well-known/est", shown)
        self.assertRegex(shown, r"hft_[0-9a-f]{32}_[0-9A-Z]{32}")
        self.assertFalse((self.data / "registry.toml").exists())
        self.shell("holdfast-registry ca export --root --out root.pem")
        printed = self.shell("curl -sS --cacert root.pem -o answer -w '%{http_code}' https://localhost:8443/.well-known/est/cacerts")
        self.assertEqual(printed, "200")
        self.server.send_signal(signal.SIGINT)
        self.assertEqual(self.server.wait(PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
