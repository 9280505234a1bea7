"""Rule 7: putting back an old backup resurrects nothing. What was forgotten comes back from an exported log, or two
people give it up."""

import shutil
import sqlite3
import unittest
from pathlib import Path

from registry import RegistryTest
from support import MALFORMED, NOT_FOUND, REFUSED, USAGE

NEEDS_ATTENTION = 10

# What no entry of the log holds: certificates themselves, when somebody was last seen, and ids of what waits.
NOT_IN_THE_LOG = {"certificates": {"der"}, "identities": {"last_seen"}, "enrolment_requests": {"id"}, "log_checkpoint": {"note"}}


class OldBackup(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()
        self.registry("operator", "add", "otto", "--role", "admin")
        self.token = self.write("otto", self.registry("token", "create", "--operator", "otto")["token"])
        self.enrolled("first")
        self.unused = self.grant(name="late")
        self.registry("backup", "--out", "old.db")

    def put_back(self):
        """The old backup, under a stopped server, by somebody who knows nothing of 'restore'."""
        if self.server.poll() is None:
            self.stop()
        for leftover in self.data.glob("registry.db*"):
            leftover.unlink()
        shutil.copy(self.folder / "old.db", self.data / "registry.db")

    def checkpoint_file(self):
        return Path(self.facts["checkpoint"])

    def rows(self):
        """Everything that the database says, but for what the log does not."""
        connection = sqlite3.connect(self.data / "registry.db")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        content = {}
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            told = ", ".join(name for name in columns if name not in NOT_IN_THE_LOG.get(table, ()))
            content[table] = sorted(connection.execute(f"SELECT {told} FROM {table}").fetchall(), key=repr)
        connection.close()
        return content

    def much_happens(self):
        """At least one of everything that is ever recorded."""
        first = self.identity_of("first")
        self.enrol(self.unused, self.request("late").stem)
        self.enrolled("second", group="yard")
        third = self.enrolled("third", **{"business-owner": "cleo@example.org"})
        self.renew("second")
        self.registry("identity", "suspend", first, "--reason", "lost")
        self.registry("identity", "resume", first, "--reason", "found")
        self.registry("identity", "revoke", first, "--reason", "stolen", "--code", "key-compromise")
        self.enrol(self.grant(name="twin"), "first", status=403)
        self.enrol(self.grant(name="twin"), "second", status=403)
        incident = self.registry("incident", "list")["items"][0]
        self.registry("incident", "resolve", incident["id"], "--resolution", "a laboratory's")
        self.enrolled("kept", **{"business-owner": "cleo@example.org"})
        self.registry("owner", "deactivate", "cleo@example.org")
        offer = self.registry("identity", "transfer", third, "--business-owner", "ben@example.org", "--technical-owner", "Gates")
        self.registry("transfer", "accept", offer["transfer"], token=self.token)
        self.registry("owner", "import", self.write("back.csv", "mail,name,team\ncleo@example.org,Cleo Cedar,Pumps\n"))
        self.registry("policy", "set", "careful", "--approval", "required", "--validity", "1d")
        waiting = {name: self.grant(name=name, policy="careful") for name in ("fourth", "fifth")}
        for name, grant in waiting.items():
            self.request(name)
            self.enrol(grant, name, status=202)
        pending = self.registry("identity", "list", "--state", "pending", "--name", "fourth")["items"][0]["id"]
        self.registry("identity", "approve", pending)
        self.enrol(waiting["fourth"], "fourth")
        self.registry("grant", "revoke", self.grant(name="never")["grant"])
        self.left_open = self.grant(name="open")
        asked = self.registry("identity", "retire", "--all-of-group", "yard", "--reason", "the yard closes")
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.registry("identity", "retire", "--all-of-owner", "Gates", "--reason", "nobody approves")
        shutil.copy(self.folder / "second", self.folder / "image")
        self.registry("image", "register", "image", "--name", "gate firmware 4")
        self.registry("operator", "add", "ada", "--role", "auditor")
        self.registry("token", "create", "--operator", "ada")
        self.registry("operator", "remove", "ada")
        tokens = [self.registry("token", "create", "--operator", "otto")["id"] for _ in range(2)]
        self.registry("token", "revoke", tokens[0])
        once = self.write("once", self.first)
        self.registry("identity", "list", token=once)
        self.registry("owner", "import", self.write("more.csv", "mail,name,team\ndora@example.org,Dora Doe,Pumps\nben@example.org,Ben Beech,Gates\n"))

    def test_rule_7_an_old_backup_resurrects_nothing(self):
        identity = self.identity_of("first")
        self.registry("identity", "revoke", identity, "--reason", "stolen", "--code", "key-compromise")
        self.put_back()
        self.assertEqual(self.state_of(identity), "active")  # so it says
        self.registry("identity", "list", token=self.token)  # whoever reads is told what there is
        self.registry("identity", "suspend", identity, "--reason", "x", status=REFUSED, says="older backup")
        self.assertIn("were acknowledged", self.serve()["refusing"])
        size = self.registry("identity", "list")["items"]
        for answer in (self.renew("first", status=503), self.enrol(self.unused, self.request("late").stem, status=503)):
            self.assertIn("Retry-After", answer.headers)
            self.assertNotIn("acknowledged", answer.text)
        self.registry("identity", "suspend", identity, "--reason", "x", status=REFUSED, says="older backup")
        self.registry("audit", "verify", status=REFUSED, says="were acknowledged")
        self.registry("doctor", status=NEEDS_ATTENTION)
        self.assertEqual(self.registry("identity", "list")["items"], size)

    def test_rule_7_the_exported_log_brings_everything_back(self):
        self.much_happens()
        self.registry("audit", "export", "--out", "log")
        self.stop()
        before = self.rows()
        self.put_back()
        self.assertNotEqual(self.rows(), before)
        self.serve()
        size = self.registry("audit", "replay", "log")["replayed"]
        self.assertGreater(size, 30)
        # At once, and without a restart: what was issued is renewed, what was given is accepted, what ended stays so.
        after = self.rows()
        self.renew("third")
        self.enrol(self.unused, "late")  # whose first answer may have been lost
        self.renew("first", status=403)
        self.enrol(self.left_open, self.request("sixth").stem)
        self.registry("audit", "verify")
        self.stop()
        self.assertEqual(after.keys(), before.keys())
        for table, content in before.items():
            self.assertEqual(after[table], content, table)
        self.serve()
        self.registry("audit", "replay", "log", status=REFUSED, says="nothing to bring back")

    def test_rule_7_an_export_that_is_too_short_brings_back_what_it_has(self):
        second = self.enrolled("second")
        self.registry("audit", "export", "--out", "log")
        self.registry("identity", "revoke", second, "--reason", "stolen")
        self.put_back()
        self.serve()
        self.registry("audit", "replay", "log")
        self.assertEqual(self.state_of(second), "active")  # so far
        self.renew("second", status=503)
        self.registry("identity", "suspend", second, "--reason", "x", status=REFUSED, says="were acknowledged")
        asked = self.registry("audit", "accept-loss", "--reason", "the disk is beyond repair")
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.renew("second")

    def test_rule_7_no_other_log_is_taken_for_ours(self):
        self.enrolled("second")
        self.registry("audit", "export", "--out", "log")
        self.put_back()
        self.serve()
        bundle = next((self.folder / "log" / "tile" / "entries").rglob("*.p/*"))
        whole = bundle.read_bytes()
        bundle.write_bytes(whole.replace(b"opens the yard", b"opens the safe"))
        self.registry("audit", "replay", "log", status=MALFORMED, says="was altered")
        bundle.write_bytes(whole)
        note = self.folder / "log" / "checkpoint"
        signed = note.read_bytes()
        note.write_bytes(signed.replace(b"\n", b"x\n", 1))
        self.registry("audit", "replay", "log", status=MALFORMED)
        note.write_bytes(signed)
        self.registry("audit", "replay", "log")
        self.registry("audit", "verify")

    def test_rule_7_what_was_issued_before_is_not_given_again(self):
        self.request("stolen")
        grant = self.grant(name="stolen")
        self.enrol(grant, "stolen")
        (self.folder / "old.db").unlink()
        self.registry("backup", "--out", "old.db")
        self.enrol(grant, "stolen")  # the answer may have been lost
        self.registry("identity", "revoke", self.identity_of("stolen"), "--reason", "stolen", "--code", "key-compromise")
        self.registry("audit", "export", "--out", "log")
        self.enrol(grant, "stolen", status=403)
        self.put_back()
        self.serve()
        self.assertIn("Retry-After", self.enrol(grant, "stolen", status=503).headers)
        self.checkpoint_file().unlink()
        self.enrol(grant, "stolen", status=503)
        self.registry("identity", "list", token=self.token)
        asked = self.registry("audit", "accept-loss", "--reason", "the disk is beyond repair")
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.enrol(grant, "stolen")

    def test_rule_7_a_history_that_was_given_up_stays_so(self):
        for name in ("second", "third", "fourth", "fifth"):
            self.enrolled(name)
        self.registry("audit", "export", "--out", "log")
        self.put_back()
        self.serve()
        asked = self.registry("audit", "accept-loss", "--reason", "the disk is beyond repair")
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.renew("first")
        size = self.log_size()
        self.registry("audit", "replay", "log", status=REFUSED, says="another history")
        self.assertEqual(self.log_size(), size)

    def test_rule_7_two_people_accept_the_loss(self):
        second = self.enrolled("second")
        self.registry("audit", "accept-loss", "--reason", "x", status=REFUSED, says="nothing that was acknowledged is missing")
        self.put_back()
        self.serve()
        self.registry("audit", "accept-loss", "--reason", "", status=USAGE, says="why")
        asked = self.registry("audit", "accept-loss", "--reason", "the disk is beyond repair")
        self.registry("approval", "give", asked["approval"], status=REFUSED, says="two people")
        self.renew("first", status=503)
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.renew("first")
        self.renew("second", status=403)
        self.registry("identity", "show", second, status=NOT_FOUND)
        self.registry("audit", "verify")
        self.registry("approval", "give", asked["approval"], token=self.token, status=REFUSED, says="already")
        self.registry("audit", "export", "--out", "log")
        entries = b"".join(file.read_bytes() for file in (self.folder / "log" / "tile" / "entries").rglob("*") if file.is_file())
        said = [part for part in entries.split(b'{"actor"') if b"registry.loss-accepted" in part]
        self.assertEqual(len(said), 1)
        for words in (b"operator:otto", b"the disk is beyond repair", b'"approval.asked_by":"local:', b"lost.checkpoint"):
            self.assertIn(words, said[0])

    def test_rule_7_a_checkpoint_that_is_gone_is_missed(self):
        self.checkpoint_file().unlink()
        self.renew("first", status=503)
        self.stop()
        self.assertIn("missing", self.serve()["refusing"])
        asked = self.registry("audit", "accept-loss", "--reason", "somebody cleaned up")
        self.registry("approval", "give", asked["approval"], token=self.token)
        self.renew("first")
        self.assertTrue(self.checkpoint_file().exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
