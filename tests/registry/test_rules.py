"""The rules that hold for every protocol: each tried over EST, by command, and directly in the database."""

import os
import shutil
import sqlite3
import subprocess
import time
import unittest

from registry import RegistryTest
from support import MALFORMED, NOT_FOUND, PATIENCE, REFUSED, USAGE


class Rules(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()

    def database(self):
        """The database itself, as somebody with a shell has it."""
        connection = sqlite3.connect(self.data / "registry.db")
        connection.execute("PRAGMA foreign_keys = ON")
        self.addCleanup(connection.close)
        return connection

    def refuses(self, statement, *values):
        with self.assertRaises(sqlite3.Error, msg=statement):
            connection = self.database()
            with connection:
                connection.execute(statement, values)

    def test_rule_1_no_enrolment_without_owners_and_purpose(self):
        for missing in ("purpose", "business-owner", "technical-owner"):
            options = {"purpose": "x", "business-owner": "anna@example.org", "technical-owner": "Gates"}
            del options[missing]
            flat = [part for key, value in options.items() for part in (f"--{key}", value)]
            self.registry("grant", "create", "--name", "g", *flat, status=USAGE, says=missing)
        self.registry("grant", "create", "--name", "g", "--purpose", "x", "--business-owner", "nobody@example.org",
                      "--technical-owner", "Gates", status=NOT_FOUND, says="nobody@example.org")
        # The owner leaves between grant and enrolment.
        grant = self.grant(**{"technical-owner": "cleo@example.org"})
        self.registry("owner", "deactivate", "cleo@example.org")
        self.request()
        size = self.log_size()
        answer = self.enrol(grant, status=403)
        self.assertIn("'Cleo Cedar' has left", answer.text)
        self.assertEqual(self.registry("identity", "list")["items"], [])
        self.assertEqual(self.log_size(), size + 1)
        identity = self.enrolled("other")
        self.stop()
        self.refuses("UPDATE identities SET purpose = '' WHERE id = ?", identity)
        self.refuses("UPDATE identities SET business_owner = NULL WHERE id = ?", identity)

    def test_rule_1_nor_where_the_owner_left_while_the_enrolment_waited(self):
        self.registry("policy", "set", "careful", "--approval", "required")
        grant = self.grant(policy="careful", **{"business-owner": "cleo@example.org"})
        self.request()
        self.enrol(grant, status=202)
        identity = self.registry("identity", "list")["items"][0]["id"]
        self.registry("identity", "approve", identity)
        self.registry("owner", "deactivate", "cleo@example.org")
        self.assertIn("'Cleo Cedar' has left", self.enrol(grant, status=403).text)
        self.registry("owner", "import", self.write("back.csv", "mail,name,team\ncleo@example.org,Cleo Cedar,Pumps\n"))
        self.enrol(grant)
        self.assertEqual(self.identity_of("device"), identity)

    def test_rule_2_an_owner_who_leaves_orphans_their_identities(self):
        identity = self.enrolled()
        self.assertEqual(self.registry("owner", "deactivate", "anna@example.org")["orphaned"], 1)
        self.assertTrue(self.registry("identity", "show", identity)["orphaned_since"])
        self.assertEqual([i["kind"] for i in self.registry("incident", "list")["items"]], ["orphan"])
        started = self.registry("identity", "transfer", identity, "--business-owner", "ben@example.org", "--technical-owner", "Gates")
        self.registry("transfer", "accept", started["transfer"], status=REFUSED, says="takes two")
        self.registry("operator", "add", "ben", "--role", "owner", "--owner", "ben@example.org")
        token = self.write("ben", self.registry("token", "create", "--operator", "ben")["token"])
        shown = self.registry("transfer", "accept", started["transfer"], token=token)
        self.assertEqual((shown["business_owner"], shown["orphaned_since"]), ("Ben Birch (ben@example.org)", None))

    def test_rule_2_orphans_are_suspended_after_their_grace_however_many_others_wait(self):
        self.registry("policy", "set", "impatient", "--orphan-grace", "1s")
        patient = self.enrolled("patient", **{"business-owner": "cleo@example.org"})
        due = [self.enrolled(f"due{n}", policy="impatient", **{"business-owner": "cleo@example.org"}) for n in range(3)]
        self.registry("owner", "deactivate", "cleo@example.org")
        over = time.time() + 2
        while time.time() < over:  # the grace
            self.registry("owner", "list")
        self.stop()
        self.serve()  # which looks at once, and then every half minute
        deadline = time.monotonic() + PATIENCE
        while {self.state_of(one) for one in due} != {"suspended"}:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.state_of(patient), "active")
        self.renew("due1", status=403)

    def test_rule_3_no_certificate_for_a_retired_key(self):
        identity = self.enrolled()
        self.registry("identity", "retire", identity, "--reason", "dismantled")
        self.assertIn("for ever", self.renew(status=403).text)
        self.stop()
        columns = [row[1] for row in self.database().execute("PRAGMA table_info(certificates)")]
        copied = ", ".join("'ff' || substr(serial, 3)" if name == "serial" else name for name in columns)
        self.refuses(f"INSERT INTO certificates ({', '.join(columns)}) SELECT {copied} FROM certificates")
        self.refuses("UPDATE certificates SET status = 'good', reason = NULL, revoked_at = NULL")
        self.refuses("UPDATE identities SET state = 'active' WHERE id = ?", identity)

    def test_rule_4_the_same_key_from_two_devices(self):
        identity = self.enrolled()
        answer = self.enrol(self.grant(name="twin"), status=403)
        self.assertIn(identity, answer.text)
        self.assertEqual(self.state_of(identity), "suspended")
        incident = self.registry("incident", "list")["items"]
        self.assertEqual([(i["kind"], i["identity"]) for i in incident], [("clone", identity)])
        self.assertEqual(len(self.registry("identity", "list")["items"]), 1)
        self.registry("incident", "resolve", incident[0]["id"], "--resolution", "a twin in the laboratory, wiped")
        self.registry("identity", "resume", identity, "--reason", "the twin was wiped")
        self.renew()
        self.stop()
        columns = [row[1] for row in self.database().execute("PRAGMA table_info(anchors)")]
        copied = ", ".join("'01900000-0000-7000-8000-000000000000'" if name == "id" else name for name in columns)
        self.refuses(f"INSERT INTO anchors ({', '.join(columns)}) SELECT {copied} FROM anchors")

    def test_rule_4_whatever_became_of_the_grant(self):
        revoked, used = self.grant(name="revoked"), self.grant(name="used")
        self.registry("grant", "revoke", revoked["grant"])
        self.request("other")
        self.enrol(used, "other")
        identity = self.enrolled()
        for grant in (revoked, used):
            self.assertIn(identity, self.enrol(grant, status=403).text)
            self.assertEqual(self.state_of(identity), "suspended")
            incident = self.registry("incident", "list")["items"]
            self.assertEqual([(i["kind"], i["identity"]) for i in incident], [("clone", identity)])
            self.registry("incident", "resolve", incident[0]["id"], "--resolution", "looked at")
            self.registry("identity", "resume", identity, "--reason", "looked at")
        # A key that nobody has is told about the grant.
        self.request("third")
        self.assertIn("revoked", self.enrol(revoked, "third", status=403).text)
        self.assertIn("used by another key", self.enrol(used, "third", status=403).text)
        self.assertEqual(self.state_of(identity), "active")

    def test_rule_8_a_key_in_a_platform_image_enrols_nobody(self):
        self.request()
        rootfs = self.folder / "rootfs" / "etc"
        rootfs.mkdir(parents=True)
        shutil.copy(self.folder / "device", rootfs / "device.key")
        shown = self.registry("image", "register", self.folder / "rootfs", "--name", "gate firmware 4")
        self.assertEqual([(i["kind"], i["where"]) for i in shown["items"]], [("private key", "etc/device.key")])
        self.assertEqual((shown["refused_from_now_on"], shown["identities_suspended"]), (1, 0))
        grant = self.grant()
        size = self.log_size()
        self.assertIn("gate firmware 4", self.enrol(grant, status=403).text)
        self.assertEqual((self.registry("identity", "list")["items"], self.log_size()), ([], size + 1))
        # The grant was not spent: the device makes a key of its own.
        self.request()
        self.enrol(grant)
        self.stop()
        key = self.database().execute("SELECT key_hash FROM image_keys").fetchone()[0]
        columns = [row[1] for row in self.database().execute("PRAGMA table_info(anchors)")]
        forged = {"id": "'01900000-0000-7000-8000-000000000000'", "key_hash": f"'{key}'"}
        copied = ", ".join(forged.get(name, name) for name in columns)
        self.refuses(f"INSERT INTO anchors ({', '.join(columns)}) SELECT {copied} FROM anchors")
        self.refuses("DELETE FROM image_keys")
        self.refuses("UPDATE image_keys SET key_hash = ?", "0" * 64)

    def test_rule_8_a_device_whose_key_turns_up_in_an_image_is_suspended(self):
        identity = self.enrolled()
        image = self.write("image.raw", b"\0" * 5_000_000 + (self.folder / "device").read_bytes() + b"\0" * 70_000)
        shown = self.registry("image", "register", image, "--name", "cloned disk")
        self.assertEqual([(i["where"], i["identity"]) for i in shown["items"]], [("byte 5000000", identity)])
        self.assertEqual(self.state_of(identity), "suspended")
        incident = self.registry("incident", "list")["items"]
        self.assertEqual([(i["kind"], i["identity"]) for i in incident], [("clone", identity)])
        self.registry("identity", "resume", identity, "--reason", "it is urgent")
        self.assertIn("cloned disk", self.renew(status=403).text)
        self.assertEqual(self.registry("image", "list")["items"][0]["keys"], 1)
        packed = self.write("image.gz", b"\x1f\x8b\x08\0")
        self.registry("image", "register", packed, "--name", "packed", status=USAGE, says="unpack or mount")

    def test_only_the_key_that_a_grant_is_used_with(self):
        grant = self.grant()
        self.request()
        self.registry("grant", "revoke", grant["grant"])
        self.assertIn("revoked", self.enrol(grant, status=403).text)

    def test_rule_10_two_people_for_bulk(self):
        first, second = (self.enrolled(name, group="yard") for name in ("one", "two"))
        for which in ((), (first, "--all-of-group", "yard"), (first, "--all-of-owner", "anna@example.org")):
            self.registry("identity", "retire", *which, "--reason", "the yard closes", status=USAGE, says="--all-of-group")
        asked = self.registry("identity", "retire", "--all-of-group", "yard", "--reason", "the yard closes")
        self.registry("approval", "give", asked["approval"], status=REFUSED, says="two people")
        self.assertEqual(self.state_of(first), "active")
        self.registry("operator", "add", "otto", "--role", "operator")
        token = self.write("otto", self.registry("token", "create", "--operator", "otto")["token"])
        self.assertEqual(self.registry("approval", "give", asked["approval"], token=token)["changed"], 2)
        self.assertEqual({self.state_of(first), self.state_of(second)}, {"retired"})
        self.registry("approval", "give", asked["approval"], token=token, status=REFUSED, says="already")
        waiting = self.registry("identity", "revoke", "--all-of-owner", "Gates", "--reason", "x")["approval"]
        self.assertEqual([(a["id"], a["what"]) for a in self.registry("approval", "list")["items"]], [(waiting, "revoke all of the owner 'Gates'")])
        self.stop()
        self.refuses("UPDATE approvals SET approved_by = asked_by, done = 1 WHERE id = ?", waiting)
        self.refuses("UPDATE approvals SET done = 1 WHERE id = ?", waiting)
        self.refuses("UPDATE approvals SET action = '{}' WHERE id = ?", waiting)
        self.refuses("DELETE FROM approvals")


class Log(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()
        self.identity = self.enrolled()
        self.stop()

    def tamper(self, *statements):
        """As somebody does who knows the database well: constraints are taken away first."""
        connection = sqlite3.connect(self.data / "registry.db")
        triggers = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        with connection:
            for trigger in triggers:
                connection.execute(f'DROP TRIGGER "{trigger}"')
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def table(self):
        connection = sqlite3.connect(self.data / "registry.db")
        size = connection.execute("SELECT count(*) FROM log_entries").fetchone()[0]
        connection.close()
        return size

    def test_edited(self):
        self.tamper("UPDATE log_entries SET entry = replace(entry, 'opens the yard', 'opens the safe')")
        self.registry("audit", "verify", status=MALFORMED, says="was altered")

    def test_deleted(self):
        self.tamper("DELETE FROM log_entries WHERE number = 3")
        self.registry("audit", "verify", status=MALFORMED, says="3")

    def test_reordered(self):
        self.tamper("UPDATE log_entries SET number = -1 WHERE number = 2", "UPDATE log_entries SET number = 2 WHERE number = 3",
                    "UPDATE log_entries SET number = 3 WHERE number = -1")
        self.registry("audit", "verify", status=MALFORMED, says="entry 2 of the log was altered")

    def test_truncated(self):
        last = self.table() - 1
        self.tamper(f"DELETE FROM log_entries WHERE number = {last}")
        self.registry("audit", "verify", status=MALFORMED, says=str(last))

    def test_exported_and_verified_elsewhere(self):
        made = self.registry("audit", "export", "--out", "log")
        checked = self.registry("audit", "check", "log", "--verifier", made["verifier"])
        self.assertEqual(checked["entries"], made["entries"])
        self.registry("audit", "check", "log", "--verifier", "log/verifier")
        self.registry("policy", "set", "later")
        self.registry("audit", "export", "--out", "longer")
        judge = os.environ["HOLDFAST_FOREIGN_LOG"]
        judged = subprocess.run([judge, "longer", made["verifier"], "log/checkpoint"], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual((judged.stdout, judged.stderr), (f"{made['entries'] + 1} entries\n".encode(), b""))
        (self.folder / "longer" / "checkpoint").write_bytes(self.read("log/checkpoint"))
        judged = subprocess.run([judge, "longer", made["verifier"]], cwd=self.folder, capture_output=True, check=False)
        self.assertNotEqual(judged.returncode, 0)
        bundle = next(path for path in (self.folder / "log" / "tile" / "entries").rglob("*") if path.is_file())
        bundle.write_bytes(bundle.read_bytes().replace(b"opens the yard", b"opens the safe"))
        self.registry("audit", "check", "log", "--verifier", made["verifier"], status=MALFORMED, says="was altered")

    def test_history_at_a_time(self):
        told = self.registry("audit", "show", "--identity", self.identity)
        self.assertEqual(told["identity"]["name"], "gate 7")
        before = self.registry("audit", "show", "--identity", self.identity, "--at", "2020-01-01T00:00:00Z")
        self.assertEqual((before["items"], before["identity"]), ([], {}))


if __name__ == "__main__":
    unittest.main()
