"""Whatever is malformed, altered or missing gets one clear error that names the place, and costs nothing."""

import hashlib
import json
import shutil

from support import (BOARD, DOES_NOT_OPEN, MALFORMED, NOT_FOUND, REFUSED, USAGE, HoldfastTest, env_attribute,
                     flipped, main, program_attribute)

ESCAPE = "\x1b[31mred\x9b1m\x07"


class CredentialFiles(HoldfastTest):
    def fingerprint(self, file="credentials.json", **options):
        outcome = self.holdfast("fingerprint", "--sysroot", BOARD, "--credfile", file, **options)
        self.assertNoControls(outcome)
        return outcome

    def program(self, name, *lines, mode=0o755):
        return self.write(name, "\n".join(["#!/bin/sh", *lines, ""]), mode)

    def shows(self, attribute, *parts):
        """The attribute does not count, and this is why."""
        self.credentials(attribute)
        text = self.fingerprint().text
        reason = [line for line in text.splitlines() if line.startswith(f"  {attribute['attribute_name']}: ")]
        self.assertEqual(len(reason), 1, text)
        for part in parts:
            self.assertIn(part, reason[0])

    def test_malformed(self):
        entry = '{"attribute_name":"a","attribute_value":%s}'
        for content, *says in (("", "line 1"), ("[]", "not a JSON object"), ("{}", '"attributes" is missing'), ('{"attributes":[]}', "empty"),
                               ('{"attributes":[1]}', "attribute 1"), ('{"attributes":[{}]}', "attribute 1", '"attribute_name" is missing'),
                               ('{"attributes":[{"attribute_name":"a"}]}', "attribute 1 ('a')", '"attribute_value" is missing'),
                               ('{"attributes":[\n{"attribute_name":"a",,}]}', "line 2", "column 23"),
                               ('{"attributes":[],"attributes":[]}', '"attributes"', "twice"), ('{"attributes":[],"more":1}', '"more" is not known'),
                               ('{"attributes":[' + entry % '{"type":"bogus"}' + "]}", "'bogus'", "env, program, file"),
                               ('{"attributes":[' + entry % '{"type":"ENV"}' + "]}", "attribute 1 ('a')", '"variable_name" is missing'),
                               ('{"attributes":[' + entry % '{"type":"program","path":"./serial"}' + "]}", "('a')", "absolute path"),
                               ('{"attributes":[' + entry % '{"type":"dmi","field":"../../etc/shadow"}' + "]}", "('a')", '"field"'),
                               ('{"attributes":[' + entry % '{"type":"ENV","variable_name":"A","bits":"many"}' + "]}", "('a')", '"bits"'),
                               ("[" * 100_000, "32 levels"), ('{"attributes":"' + "x" * 2_000_000 + '"}', "1048576")):
            with self.subTest(content[:60]):
                self.write("credentials.json", content)
                self.fingerprint(status=MALFORMED, says=["credentials.json", *says])
                self.holdfast("init", "--sysroot", BOARD, "--no-recovery", "--credfile", "credentials.json", status=MALFORMED)
                self.assertFalse(self.state.exists())

    def test_duplicate_names(self):
        self.credentials(env_attribute("serial", "A"), env_attribute("other", "B"), env_attribute("serial", "C"))
        self.fingerprint(status=MALFORMED, says=["attribute 3 ('serial')", "'serial' appears twice"])

    def test_names_that_a_terminal_would_obey(self):
        for text in (json.dumps(ESCAPE), '"' + ESCAPE + '"'):
            self.write("credentials.json", '{"attributes":[{"attribute_name":%s,"attribute_value":{"type":"ENV","variable_name":"A"}}]}' % text)
            self.fingerprint(status=MALFORMED)
        self.write("credentials.json", json.dumps({"attributes": [], ESCAPE: 1}))
        self.fingerprint(status=MALFORMED)
        self.write("credentials.json", json.dumps({"attributes": [{"attribute_name": "a", "attribute_value": {"type": ESCAPE}}]}))
        self.fingerprint(status=MALFORMED)

    def test_values_that_a_terminal_would_obey(self):
        self.credentials(env_attribute("a", "A"))
        self.env["A"] = ESCAPE
        self.assertNoControls(self.holdfast("fingerprint", "--show-values", "--sysroot", BOARD, "--credfile", "credentials.json"))

    def test_unset_variables(self):
        self.shows(env_attribute("serial", "NO_SUCH_VARIABLE"), "environment variable NO_SUCH_VARIABLE is not set")

    def test_programs_that_fail(self):
        for name, lines, *says in (("failing", ["echo 'no card in slot' >&2", "exit 3"], "status 3", "no card in slot"),
                                   ("killed", ["kill -9 $$"], "signal 9"), ("silent", [":"], "blank"),
                                   ("hanging", ["sleep 60"], "2000 ms", "killed"),
                                   ("oversized", ["head -c 100000 /dev/zero | tr '\\0' x"], "more than 65536 bytes"),
                                   ("rude", [f"printf '{ESCAPE}' >&2", "exit 1"], "status 1", "red")):
            with self.subTest(name):
                self.shows(program_attribute("serial", self.program(name, *lines)), name if name != "silent" else "", *says)

    def test_programs_that_cannot_be_trusted(self):
        self.shows(program_attribute("serial", self.program("writable", "echo 9", mode=0o777)), "writable by other accounts", "chmod go-w")
        self.shows(program_attribute("serial", self.program("plain", "echo 9", mode=0o644)), "not executable", "chmod +x")
        self.shows(program_attribute("serial", self.folder / "absent"), "'" + str(self.folder / "absent") + "' does not exist")
        self.shows(program_attribute("serial", self.folder), "not a regular file")
        folder = self.folder / "open"
        folder.mkdir()
        shutil.copy(self.program("good", "echo AB-9913-77"), folder)
        folder.chmod(0o777)
        self.shows(program_attribute("serial", folder / "good"), f"the folder '{folder}'", "writable by other accounts")

    def test_a_good_program_for_comparison(self):
        self.credentials(program_attribute("serial", self.program("good", "echo AB-9913-77")))
        self.assertRegex(self.fingerprint().text, r"(?m)^serial .* present ")

    def test_the_file_itself(self):
        self.fingerprint("absent.json", status=NOT_FOUND, says="absent.json")
        self.credentials(env_attribute("a", "A")).chmod(0o666)
        self.fingerprint(status=REFUSED, says=["credentials.json", "writable by other accounts", "chmod go-w"])


class AnchorFiles(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.secret("passphrase", "siebzehn blaue Pferde")
        self.init(BOARD, "--passphrase-file", "passphrase")
        self.anchor = self.state / "anchor"
        self.good = self.anchor.read_bytes()

    def damaged(self, content):
        """Refused before any secret is asked for: with a sound anchor the missing passphrase file would be the error."""
        self.anchor.write_bytes(content)
        return self.holdfast("seal", "--unlock-passphrase-file", "absent", status=MALFORMED, says="anchor")

    def test_flipped_bytes(self):
        for position in (*range(0, len(self.good), 97), len(self.good) - 1):
            with self.subTest(position):
                self.damaged(flipped(self.good, position))
        self.anchor.write_bytes(self.good)
        self.holdfast("seal", "--unlock-passphrase-file", "absent", status=NOT_FOUND)
        self.holdfast("seal", "--unlock-passphrase-file", "passphrase")

    def test_truncated_empty_and_longer(self):
        for size in (0, 1, 18, 100, len(self.good) // 2, len(self.good) - 1):
            self.damaged(self.good[:size])
        self.damaged(self.good + b"\n")
        self.damaged(b"x" * 2_000_000)
        for args in (("status",), ("events",), ("key", "list")):
            self.holdfast(*args, status=MALFORMED, says=["anchor", "1048576"])

    def test_a_newer_version(self):
        self.anchor.write_bytes(self.good.replace(b"holdfast-anchor-v1", b"holdfast-anchor-v2", 1))
        self.holdfast("status", status=MALFORMED, says=["holdfast-anchor-v2", "newer"])

    def forge(self, before, after):
        """Altered by somebody who knows how the digest is made, yet not the root."""
        body = self.good[:self.good.rindex(b"sha256 ")]
        self.assertIn(before, body)
        body = body.replace(before, after, 1)
        self.anchor.write_bytes(body + b"sha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n")

    def test_forged_with_a_fitting_digest(self):
        for before, after in ((b'"low_entropy_accepted":false', b'"low_entropy_accepted":true'), (b'"generation":1', b'"generation":2'),
                              (b'"platform":"bare-metal"', b'"platform":"container"')):
            self.forge(before, after)
            for args in (("status",), ("events",), ("seal",), ("key", "list")):
                self.holdfast(*args, "--unlock-passphrase-file", "passphrase", status=MALFORMED, says="altered by somebody who does not have the root")

    def test_forged_text_cannot_rule_the_terminal(self):
        self.forge(b'"made_by":"', b'"made_by":"\\u001b[31m\xc2\x9b1m')
        for args in (("status",), ("events",)):
            self.assertNoControls(self.holdfast(*args))

    def test_an_edited_event_log(self):
        log = self.state / "events"
        good = log.read_bytes()
        for content, says in ((good.replace(b"anchor-created", b"anchor-rotated"), "edited"), (b"", "missing"), (good[:-1], "missing"), (b"{}\n", "line 1")):
            log.write_bytes(content)
            self.holdfast("events", status=MALFORMED, says=["event log", says])
        log.write_bytes(good + b'{"half of an ev')
        self.holdfast("events")
        log.unlink()
        self.holdfast("events", status=MALFORMED, says="missing")


class KeyFiles(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()
        for name, origin in (("derived", "derived"), ("random", "random")):
            self.holdfast("key", "create", name, "--alg", "ecdsa-p256", "--origin", origin)
        self.keys = self.state / "keys"

    def broken(self, name, status=MALFORMED, says="altered"):
        self.holdfast("sign", "--key", name, "--out", "signature", input=b"m", status=status, says=[name, says])
        self.assertNotIn("signature", self.files())
        listed = self.holdfast("--json", "key", "list", status=status).json["keys"]
        self.assertEqual(sum("error" in key for key in listed), 1)

    def test_swapped(self):
        shutil.copy(self.keys / "random@1.key", self.keys / "derived@1.key")
        self.broken("derived", says="random@1")
        self.holdfast("sign", "--key", "random", input=b"m")

    def test_altered_and_truncated(self):
        for name in ("derived", "random"):
            path = self.keys / f"{name}@1.key"
            good = path.read_bytes()
            for position in range(0, len(good), len(good) // 8):
                path.write_bytes(flipped(good, position))
                # Where the anchor's id was hit, the file says that it is another anchor's.
                done = self.holdfast("sign", "--key", name, "--out", "signature", input=b"m", status=None, says=f"{name}@1")
                self.assertIn(done.status, (MALFORMED, DOES_NOT_OPEN))
                self.assertNotIn("signature", self.files())
            path.write_bytes(good[:-5])
            self.broken(name, says=f"{name}@1.key")
            path.write_bytes(good)

    def test_of_another_anchor(self):
        self.holdfast("--dir", "other", "init", "--sysroot", BOARD, "--no-recovery")
        self.holdfast("--dir", "other", "key", "create", "derived", "--alg", "ecdsa-p256")
        shutil.copy(self.folder / "other/keys/derived@1.key", self.keys)
        done = self.holdfast("sign", "--key", "derived", input=b"m", status=None, says="derived")
        self.assertIn(done.status, (DOES_NOT_OPEN, MALFORMED))

    def test_strange_files_beside_them(self):
        (self.keys / f"{ESCAPE}@1.key").write_bytes(b"x")
        (self.keys / "notes.txt").write_bytes(b"x")
        listed = self.holdfast("key", "list", status=MALFORMED)
        self.assertNoControls(listed)
        self.assertIn("derived", listed.text)
        self.holdfast("sign", "--key", "derived", input=b"m")


class Arguments(HoldfastTest):
    def test_unknown_words_are_named(self):
        for args, says in ((("seall",), "seall"), (("key", "mak"), "mak"), (("seal", "--passwort", "x"), "--passwort"), (("status", "extra"), "extra"),
                           (("key", "create", "a"), "--alg"), (("sign",), "--key"), (("verify", "--public", "x"), "--signature"), (("seal", "--in"), "--in")):
            with self.subTest(args):
                self.holdfast(*args, status=USAGE, says=says)
        self.holdfast(status=USAGE, says="holdfast --help")
        self.holdfast("key", status=USAGE)

    def test_key_names_and_values(self):
        self.init()
        for name in ("a/b", "", "a b", "x" * 65, "ä", "../../anchor", "a\n"):
            self.holdfast("key", "create", name, "--alg", "ed25519", status=USAGE, says="not a key name")
        for option, value, says in (("--alg", "rsa-1024", "rsa-2048"), ("--origin", "stolen", "derived, random"), ("--use", "fly", "sign")):
            args = {"--alg": "ed25519", option: value}
            self.holdfast("key", "create", "k", *(part for pair in args.items() for part in pair), status=USAGE, says=[value, says])
        self.holdfast("key", "create", "k", "--alg", "rsa-2048", "--origin", "imported", status=USAGE, says="holdfast key import")
        self.holdfast("key", "create", "x" * 64, "--alg", "ed25519")
        self.holdfast("key", "show", "nosuch", status=NOT_FOUND, says=["no key 'nosuch'", "x" * 64])

    def test_errors_as_json(self):
        self.init()
        for args, code, status in ((("--nosuch",), "usage", USAGE), (("key", "show", "a b"), "usage", USAGE), (("key", "show", "a"), "not_found", NOT_FOUND),
                                   (("unseal", "--in", "state/anchor"), "malformed", MALFORMED), (("init", "--no-recovery"), "refused", REFUSED),
                                   (("unseal", "--in", "state"), "io", 8), (("seal", "--in", "absent"), "not_found", NOT_FOUND)):
            with self.subTest(args):
                error = self.holdfast("--json", *args, status=status).error
                self.assertEqual((error["code"], error["exit_status"]), (code, status))
                self.assertTrue(error["message"])
                self.assertEqual(sorted(error), ["code", "exit_status", "message"])

    def test_file_names_that_a_terminal_would_obey(self):
        self.init()
        self.write(ESCAPE, b"text")
        for args in (("seal", "--in", ESCAPE, "--out", ESCAPE + ".sealed"), ("unseal", "--in", ESCAPE + ".sealed", "--out", ESCAPE),
                     ("unseal", "--in", ESCAPE), ("--dir", ESCAPE + "dir", "init", "--sysroot", BOARD, "--recovery-out", ESCAPE + ".txt"),
                     ("--dir", ESCAPE + "dir", "status"), ("verify", "--public", ESCAPE, "--signature", ESCAPE)):
            with self.subTest(args[2]):
                self.assertNoControls(self.holdfast(*args, status=None))

    def test_file_names_of_any_bytes_in_json(self):
        self.init()
        for args in (("seal", "--out", b"\xff.sealed"), ("--dir", b"\xffdir", "init", "--sysroot", BOARD, "--no-recovery"), ("--dir", b"\xffdir", "status")):
            with self.subTest(args):
                self.assertTrue(self.holdfast("--json", *args).json)


if __name__ == "__main__":
    main()
