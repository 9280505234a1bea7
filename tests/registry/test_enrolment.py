"""Enrolment from the first start to the end of a device's life, with curl and openssl as the other side."""

import hashlib
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

from registry import PEOPLE, RegistryTest
from support import IO, MALFORMED, NOT_FOUND, PATIENCE, REFUSED, USAGE, WRONG_PASSPHRASE

ATTENTION = 10


class Enrolment(RegistryTest):
    def run_registry(self, *args, cwd=None, user=None):
        return subprocess.run(self.registry_command(*args), capture_output=True, cwd=cwd or self.folder, env=self.env, user=user,
                              timeout=PATIENCE, check=False)

    def test_a_registry_needs_no_configuration(self):
        (self.data / "registry.toml").unlink()
        self.data.rmdir()
        text = self.registry("owner", "list", status=NOT_FOUND, says="there is no registry").message
        self.assertIn("serve", text)

    def test_from_owner_to_certificate(self):
        self.serve()
        self.assertTrue(self.first.startswith("hft_"))
        self.import_people()
        identity = self.enrolled()
        shown = self.registry("identity", "show", identity)
        self.assertEqual(shown["state"], "active")
        self.assertEqual(shown["business_owner"], "Anna Arbor (anna@example.org)")
        self.assertEqual(shown["technical_owner"], "Gates")
        self.assertEqual(shown["tier"], "declared")
        self.assertEqual(len(shown["anchors"]), 1)
        self.assertEqual(shown["anchors"][0]["component"], "curl")
        self.assertRegex(shown["anchors"][0]["version"], r"^[0-9]+\.")
        self.assertEqual(shown["renewal"], "same key; certificates for 7d, renewed until 30d after they expire")
        self.assertIn("over EST", shown["anchors"][0]["place_of_issue"])
        serial = self.openssl("x509", "-in", "device.crt", "-noout", "-serial").decode().split("=")[1].strip().lower()
        self.assertEqual([c["serial"] for c in shown["certificates"]], [serial])
        subject = self.openssl("x509", "-in", "device.crt", "-noout", "-subject", "-nameopt", "RFC2253").decode()
        self.assertIn("CN=gate 7", subject)
        self.assertNotIn("whatever", subject)
        self.assertEqual(self.events(identity), ["identity.enrolled"])

    def test_names_that_no_certificate_can_have(self):
        self.serve()
        self.import_people()
        for name, says in ((" ", "names the device"), ("x" * 65, "64 bytes"), ("a\nb", "cannot be shown")):
            self.registry("grant", "create", "--name", name, "--purpose", "x", "--business-owner", "anna@example.org",
                          "--technical-owner", "Gates", status=USAGE, says=says)
        made = self.grant(name="gate {n}", count=3)
        self.assertEqual([g["name"] for g in made["items"]], ["gate 1", "gate 2", "gate 3"])
        self.request()
        self.enrol(made["items"][2])
        self.assertEqual(self.registry("identity", "list", "--name", "gate")["items"][0]["name"], "gate 3")

    def test_a_grant_says_where_to_go_and_whom_to_believe(self):
        self.serve()
        self.import_people()
        grant = self.grant()
        root = self.openssl("x509", "-in", "root.pem", "-outform", "DER")
        self.assertEqual(grant["root_sha256"], hashlib.sha256(root).hexdigest())
        self.request()
        self.assertNotEqual(grant["est"], self.base)  # a name, where the server's own lines have an address
        self.base = grant["est"]
        self.enrol(grant)
        self.stop()
        # The system chooses the port of this one when it starts.
        self.assertNotIn("est", self.grant())
        self.configure("", port=8443)
        self.assertEqual(self.grant()["est"], "https://localhost:8443/.well-known/est")

    def test_a_lost_answer_is_given_again_and_to_nobody_else(self):
        self.serve()
        self.import_people()
        grant = self.grant()
        self.request()
        first = self.enrol(grant)
        again = self.enrol(grant)
        self.assertEqual(first.certificates, again.certificates)
        self.request("thief")
        self.assertIn("used by another key", self.enrol(grant, "thief", status=403).text)
        self.assertEqual(len(self.registry("identity", "list")["items"]), 1)

    def test_wrong_credentials_leave_nothing(self):
        self.serve()
        self.import_people()
        grant = self.grant()
        self.request()
        size = self.log_size()
        for credentials in ({**grant, "secret": "0" * 32}, {**grant, "grant": "01900000-0000-7000-8000-000000000000"}):
            answer = self.enrol(credentials, status=401)
            self.assertIn("WWW-Authenticate: Basic", answer.headers)
        self.assertEqual(self.log_size(), size)
        self.enrol(grant)

    def test_renewal_with_the_certificate(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        before = self.read("device.crt")
        self.renew()
        self.assertNotEqual(before, self.read("device.crt"))
        self.assertEqual(self.events(identity), ["identity.enrolled", "certificate.renewed"])
        self.request("other")
        answer = self.renew(request=self.folder / "other.csr", status=403)
        self.assertIn("same key", answer.text)

    def test_every_algorithm_that_the_policy_names(self):
        self.serve()
        self.import_people()
        kinds = {"ecdsa-p384": ("EC", ("ec_paramgen_curve:P-384",)), "ed25519": ("ED25519", ()), "rsa-3072": ("RSA", ("rsa_keygen_bits:3072",)),
                 "ml-dsa-44": ("ML-DSA-44", ()), "ml-dsa-65": ("ML-DSA-65", ()), "ml-dsa-87": ("ML-DSA-87", ())}
        for name, (algorithm, options) in kinds.items():
            self.request(name, algorithm, options)
            self.enrol(self.grant(name=name), name)
            shown = self.registry("identity", "show", self.identity_of(name))
            self.assertEqual(shown["anchors"][0]["key_algorithm"], name)
        self.request("weak", "RSA", ("rsa_keygen_bits:2048",))
        self.assertIn("certifies no rsa-2048 keys", self.enrol(self.grant(name="weak"), "weak", status=403).text)

    def test_deferred_until_somebody_approves(self):
        self.serve()
        self.import_people()
        self.registry("policy", "set", "careful", "--approval", "required")
        grant = self.grant(policy="careful")
        self.request()
        answer = self.enrol(grant, status=202)
        self.assertIn("Retry-After:", answer.headers)
        waiting = self.registry("identity", "list", "--state", "pending")["items"]
        self.assertEqual(len(waiting), 1)
        self.enrol(grant, status=202)
        self.registry("identity", "approve", waiting[0]["id"])
        self.enrol(grant)
        self.assertEqual(self.events(waiting[0]["id"]), ["identity.requested", "identity.active", "identity.enrolled"])

    def test_suspended_resumed_and_retired(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        self.registry("identity", "suspend", identity, "--reason", "being looked for")
        shown = self.registry("identity", "show", identity)
        self.assertEqual((shown["state"], shown["certificates"][0]["status"]), ("suspended", "on-hold"))
        self.assertIn("suspended", self.renew(status=403).text)
        self.registry("identity", "resume", identity, "--reason", "found")
        self.assertEqual(self.registry("identity", "show", identity)["certificates"][0]["status"], "good")
        self.renew()
        self.registry("identity", "retire", identity, "--reason", "dismantled")
        shown = self.registry("identity", "show", identity)
        self.assertEqual({c["status"] for c in shown["certificates"]}, {"revoked"})
        self.assertTrue(shown["anchors"][0]["ended"])
        self.assertIn("for ever", self.renew(status=403).text)
        self.assertIn("refused for ever", self.enrol(self.grant(name="again"), status=403).text)
        self.registry("identity", "resume", identity, "--reason", "x", status=REFUSED)

    def test_commands_without_a_server(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        self.assertEqual(self.stop(), 0)
        self.assertEqual(self.state_of(identity), "active")
        self.registry("identity", "suspend", identity, "--reason", "server is down")
        self.serve()
        self.assertEqual(self.state_of(identity), "suspended")

    def test_killed_in_the_middle_nothing_acknowledged_is_lost(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        self.stop(signal.SIGKILL)
        self.serve()
        self.assertEqual(self.state_of(identity), "active")
        self.registry("audit", "verify")
        self.renew()

    def test_backup_and_restore(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        self.registry("backup", "--out", "backup.db")
        self.registry("backup", "--out", "backup.db", status=REFUSED)
        self.registry("restore", "--from", "backup.db", status=REFUSED, says="stop it first")
        self.stop()
        restored = self.registry("restore", "--from", "backup.db")
        self.assertTrue(restored["complete"])
        self.assertTrue(Path(restored["set_aside"]).exists())
        self.registry("identity", "suspend", identity, "--reason", "after the backup")
        told = self.registry("restore", "--from", "backup.db", status=ATTENTION).json
        self.assertIn("were acknowledged", told["verdict"])
        self.registry("identity", "resume", identity, "--reason", "x", status=REFUSED)
        doctor = self.registry("doctor", status=ATTENTION).json["items"]
        self.assertEqual([c["finding"] for c in doctor if c["check"] == "checkpoint"], ["attention"])

    def test_restores_in_one_second_keep_both_databases(self):
        self.serve()
        self.registry("backup", "--out", "backup.db")
        self.stop()
        aside = {self.registry("restore", "--from", "backup.db")["set_aside"] for _ in range(6)}
        self.assertEqual(len(aside), 6)
        self.assertTrue(all(Path(file).stat().st_size > 0 for file in aside))
        before = sorted(self.data.iterdir())
        self.write("broken.db", b"this is no database")
        self.assertNotEqual(self.run_registry("restore", "--from", "broken.db").returncode, 0)
        self.assertEqual(sorted(self.data.iterdir()), before)

    def test_a_restore_shows_no_password(self):
        self.configure('[database]\nurl = "postgresql://anna:geheim@db/registry"\n')
        refused = self.registry("restore", "--from", "backup.db", status=REFUSED, says="database.url")
        self.assertNotIn("geheim", refused.message)

    def test_a_token_that_nobody_asks_for_is_refused(self):
        token = self.write("token", "hft_x")
        for words in (("serve",), ("restore", "--from", "x"), ("ca", "request", "--out", "x"), ("audit", "check", "x", "--verifier", "y")):
            self.registry(*words, token=token, status=USAGE, says="leave it out")

    def test_another_account_is_told_whose_the_registry_is(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        self.serve()
        self.folder.chmod(0o755)
        for _ in range(2):
            told = self.run_registry("owner", "list", user=65534, cwd="/")
            self.assertEqual(told.returncode, REFUSED, told.stderr)
            self.assertIn(b"account and root may", told.stderr)
            if self.server.poll() is None:
                self.stop()

    def test_a_question_that_is_too_long_says_so(self):
        self.registry("owner", "import", self.write("long.csv", b'"' * (5 << 20)), status=USAGE, says="8 MiB")

    def test_doctor(self):
        self.serve()
        self.assertIn("incidents      good", self.shown("doctor"))
        self.import_people()
        self.enrolled()
        self.registry("owner", "deactivate", "anna@example.org")
        found = {c["check"]: c["finding"] for c in self.registry("doctor", status=ATTENTION).json["items"]}
        self.assertEqual((found["log"], found["incidents"]), ("good", "attention"))

    def test_a_configuration_that_is_wrong_is_named_by_line(self):
        for text, says in (("name = 7\n", "line 3"), ("[est]\n", "line 3"), ("[authority]\nroot = 'des'\n", "'des'"), ("[x]\ny = 1\n", "'x.y'"),
                           ("name = \"\xe4\"\n", "ASCII")):
            self.configure(text)
            done = self.registry("serve", status=USAGE, says=says)
            self.assertIn("registry.toml", done.message)

    def test_tokens_are_operators(self):
        self.serve()
        first = self.secret("first", self.first + "\n")
        made = self.registry("token", "create", "--operator", "admin", token=first)
        mine = self.secret("mine", made["token"] + "\n")
        self.registry("token", "list", token=first, status=WRONG_PASSPHRASE, says="expired")
        self.registry("operator", "add", "audrey", "--role", "auditor", token=mine)
        theirs = self.registry("token", "create", "--operator", "audrey", token=mine)
        reader = self.write("reader", theirs["token"])
        self.registry("operator", "list", token=reader)
        self.registry("operator", "add", "mallory", "--role", "admin", token=reader, status=REFUSED, says="'auditor'")
        self.registry("operator", "remove", "admin", token=mine, status=REFUSED, says="last admin")
        self.registry("operator", "remove", "audrey", token=mine)
        self.registry("operator", "list", token=reader, status=WRONG_PASSPHRASE)

    def test_grants_are_listed_by_the_state_that_is_shown(self):
        self.serve()
        self.import_people()
        good = self.grant()["grant"]
        late = [self.grant(**{"valid-for": "1s"})["grant"] for _ in range(3)]
        time.sleep(2.1)
        listed = {state: [row["id"] for row in self.registry("grant", "list", "--state", state, "--limit", "2")["items"]]
                  for state in ("open", "expired", "used")}
        self.assertEqual((listed["open"], len(listed["expired"]), listed["used"]), ([good], 2, []))
        self.assertLess(set(listed["expired"]), set(late))

    def test_owners_see_what_is_theirs(self):
        self.serve()
        self.import_people()
        mine = self.enrolled("mine", **{"business-owner": "ben@example.org"})
        other = self.enrolled("other", **{"technical-owner": "cleo@example.org"})
        self.registry("operator", "add", "ben", "--role", "owner", "--owner", "ben@example.org")
        token = self.write("ben", self.registry("token", "create", "--operator", "ben")["token"])
        self.assertEqual([i["id"] for i in self.registry("identity", "list", token=token)["items"]], [mine])
        self.registry("identity", "list", "--owner", "cleo@example.org", token=token, status=REFUSED, says="one owner alone")
        self.assertEqual(self.registry("identity", "show", mine, token=token)["id"], mine)
        self.assertTrue(self.registry("audit", "show", "--identity", mine, token=token)["items"])
        for command in (("identity", "show", other), ("audit", "show", "--identity", other),
                        ("identity", "suspend", other, "--reason", "x")):
            self.registry(*command, token=token, status=REFUSED, says="not an owner")
        self.enrol(self.grant(name="twin"), "other", status=403)
        incident = self.registry("incident", "list")["items"][0]["id"]
        self.assertEqual(self.registry("incident", "list", token=token)["items"], [])
        self.registry("incident", "show", incident, token=token, status=REFUSED, says="not an owner")
        # However many of others are newer than theirs.
        self.enrol(self.grant(name="twin of mine"), "mine", status=403)
        for name in ("another", "third"):
            self.enrolled(name, **{"technical-owner": "cleo@example.org"})
            self.enrol(self.grant(name="twin"), name, status=403)
        self.assertEqual([i["identity"] for i in self.registry("incident", "list", "--limit", "1", token=token)["items"]], [mine])
        # Whose an identity is of which there is no row, nobody knows.
        nobody = "01900000-0000-7000-8000-000000000000"
        self.registry("audit", "show", "--identity", nobody, token=token, status=REFUSED, says="not an owner")
        self.registry("audit", "show", "--identity", nobody, status=NOT_FOUND)
        # The server writes with its own rights: over no file of its own for them.
        self.registry("ca", "export", "--out", "new.pem", token=token)
        before = (self.data / "registry.toml").read_bytes()
        self.registry("ca", "export", "--out", self.data / "registry.toml", token=token, status=REFUSED)
        self.assertEqual((self.data / "registry.toml").read_bytes(), before)
        self.registry("identity", "transfer", other, "--business-owner", "anna@example.org", "--technical-owner", "Gates")
        self.assertEqual(self.registry("transfer", "list", token=token)["items"], [])
        offer = self.registry("identity", "transfer", mine, "--business-owner", "anna@example.org", "--technical-owner", "Gates", token=token)
        self.assertEqual([t["id"] for t in self.registry("transfer", "list", token=token)["items"]], [offer["transfer"]])
        for command in (("grant", "list"), ("operator", "list"), ("token", "list"), ("approval", "list"), ("doctor",),
                        ("backup", "--out", "b.db"), ("audit", "export", "--out", "log"), ("image", "list")):
            self.registry(*command, token=token, status=REFUSED, says="'owner'")
        self.assertEqual(len(self.registry("owner", "list", token=token)["items"]), 3)

    def test_an_authority_is_brought_along(self):
        self.serve()
        self.registry("ca", "request", "--out", "issuing.csr", status=REFUSED, says="stop it first")
        self.stop()
        self.registry("ca", "request", "--out", "issuing.csr")
        self.generate("corporate", "EC", "ec_paramgen_curve:P-384")
        self.openssl("req", "-x509", "-new", "-key", "corporate", "-subj", "/O=Example/CN=Example Root", "-days", "3650",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", "corporate.crt")
        self.write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                             "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        self.generate("between", "EC", "ec_paramgen_curve:P-384")
        self.openssl("req", "-new", "-key", "between", "-subj", "/O=Example/CN=Example Devices", "-out", "between.csr")
        for request, issuer in (("between", "corporate"), ("issuing", "between")):
            self.openssl("x509", "-req", "-in", f"{request}.csr", "-CA", f"{issuer}.crt", "-CAkey", issuer, "-days", "1825",
                         "-extfile", "ca.ext", "-out", f"{request}.crt")
        parts = {name: (self.folder / f"{name}.crt").read_bytes() for name in ("issuing", "between", "corporate")}
        self.write("short.pem", parts["issuing"] + parts["corporate"])
        self.registry("ca", "accept", "short.pem", status=MALFORMED)
        self.write("foreign.pem", parts["between"] + parts["corporate"])
        self.registry("ca", "accept", "foreign.pem", status=REFUSED)
        self.write("chain-of-three.pem", b"".join(parts.values()))
        self.assertEqual(self.registry("ca", "accept", "chain-of-three.pem")["issuer"], "CN=Example Devices,O=Example")
        self.serve()
        self.assertEqual([c["subject"] for c in self.registry("ca", "show")["items"]][1:], ["CN=Example Devices,O=Example", "CN=Example Root,O=Example"])
        self.import_people()
        self.enrolled()  # curl believes the corporate root alone, and `openssl verify` judges
        self.stop()
        # Devices have that root now.
        self.openssl("req", "-x509", "-new", "-key", "corporate", "-subj", "/CN=Another Root", "-days", "3650",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", "corporate.crt")
        self.openssl("x509", "-req", "-in", "issuing.csr", "-CA", "corporate.crt", "-CAkey", "corporate", "-days", "1825",
                     "-extfile", "ca.ext", "-out", "issuing.crt")
        self.write("other.pem", (self.folder / "issuing.crt").read_bytes() + (self.folder / "corporate.crt").read_bytes())
        self.registry("ca", "accept", "other.pem", status=REFUSED, says="believe the root")
        self.registry("ca", "accept", "chain-of-three.pem")
        self.serve()
        self.renew()
        self.registry("audit", "verify")

    def test_bad_tables_are_named_by_line(self):
        self.serve()
        for table, says in (("", "empty"), ("name\nAnna\n", "line 1"), ('mail,name\n"a@b,Anna\n', "line"),
                            ("mail,name\na@b.c,Anna,x\n", "line 2"), ("mail,name,status\na@b.c,Anna,maybe\n", "line 2"),
                            ("mail,name\nanna,Anna\n", "no mail address"), ("mail,name\na@b.c,A\nA@B.C,A\n", "twice")):
            self.registry("owner", "import", self.write("people.csv", table), status=USAGE, says=says)
        self.assertEqual(self.registry("owner", "list")["items"], [])
        report = self.registry("owner", "import", self.write("people.csv", PEOPLE))
        self.assertEqual((report["added"], report["teams_added"]), (3, 2))
        report = self.registry("owner", "import", self.write("people.csv", PEOPLE))
        self.assertEqual((report["added"], report["unchanged"]), (0, 3))


if __name__ == "__main__":
    unittest.main()
