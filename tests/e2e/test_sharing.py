"""State folders that are shared with the group of a service that does not run as root."""

import grp
import os
import subprocess
import unittest

from support import BOARD, IO, REFUSED, HoldfastTest, main

SERVICE, STRANGER, OWNER = 61234, 61235, 61236
GROUP = "daemon"  # one that every system has
GID = grp.getgrnam(GROUP).gr_gid
NEEDS_ATTENTION = 10
NEEDS_ROOT = "acting for several accounts needs root"


class SharingTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)

    def owns(self, path, mode, gid=GID):
        self.assertMode(path, mode)
        self.assertEqual(path.stat().st_gid, gid, path)


@unittest.skipUnless(os.geteuid() == 0, NEEDS_ROOT)
class ServiceTest(SharingTest):
    service = {"user": SERVICE, "group": SERVICE, "extra_groups": [GID]}
    stranger = {"user": STRANGER, "group": STRANGER, "extra_groups": []}

    def share(self, permissions="g+rX"):
        """As the documentation has it."""
        for args in (("chgrp", "-R", GROUP), ("chmod", "-R", permissions), ("chmod", "g+s")):
            subprocess.run([*args, self.state], check=True)

    def create(self, name, **options):
        return self.holdfast("key", "create", name, "--alg", "ecdsa-p256", **options)

    def signs(self, key, **options):
        """A signature that openssl takes for one of the key's."""
        self.holdfast("key", "public", key, "--out", "public.pem")
        signature = self.holdfast("sign", "--key", key, input=b"words", **options).out
        self.write("signature", signature)
        self.write("words", b"words")
        self.openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "words")

    def names(self, **options):
        return [f"{key['name']}@{key['version']}" for key in self.holdfast("--json", "key", "list", **options).json["keys"]]


class Reading(ServiceTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.create("a")

    def test_a_member_uses_the_device(self):
        self.share()
        sealed = self.seal(b"kept\n").read_bytes()
        self.assertIs(self.holdfast("--json", "status", **self.service).json["opens"], True)
        self.assertEqual(self.names(**self.service), ["a@1"])
        self.signs("a", **self.service)
        self.assertEqual(self.holdfast("unseal", input=sealed, **self.service).out, b"kept\n")
        again = self.holdfast("seal", input=b"new", **self.service).out
        self.assertEqual(self.holdfast("unseal", input=again).out, b"new")
        self.assertEqual(self.holdfast("--json", "events", **self.service).json["authenticated"], True)
        # Also as the process's own group.
        self.signs("a", user=SERVICE, group=GID, extra_groups=[])

    def test_a_member_changes_nothing(self):
        self.share()
        before = {p: (p.stat(), p.read_bytes()) for p in self.state.rglob("*") if p.is_file()}
        self.create("b", status=IO, says=["lock", f"chmod -R g+rwX '{self.state}'"], **self.service)
        self.holdfast("key", "rotate", "a", status=IO, **self.service)
        self.holdfast("key", "disable", "a", status=IO, **self.service)
        self.assertEqual({p: (p.stat().st_mtime_ns, p.read_bytes()) for p in self.state.rglob("*") if p.is_file()},
                         {p: (info.st_mtime_ns, content) for p, (info, content) in before.items()})

    def test_strangers_stay_out(self):
        self.share()
        self.holdfast("status", status=IO, says="Permission denied", **self.stranger)

    def test_what_root_makes_later_is_shared_too(self):
        self.share()
        self.holdfast("key", "rotate", "a")
        self.create("c")
        self.holdfast("key", "disable", "c")
        self.holdfast("key", "selfsign", "a", "--subject", "CN=a", "--days", "3", "--out", "leaf.pem")
        self.holdfast("key", "certificate", "a", "--in", "leaf.pem")
        for name in ("a@1.key", "a@2.key", "c@1.key", "a@2.crt"):
            self.owns(self.state / "keys" / name, 0o640)
        self.signs("a@2", **self.service)
        self.assertEqual(self.names(**self.service), ["a@1", "a@2", "c@1"])
        self.assertIn(b"BEGIN CERTIFICATE", self.holdfast("key", "certificate", "a", **self.service).out)

    def test_the_first_key_after_sharing(self):
        for path in (self.state / "keys").iterdir():
            path.unlink()
        (self.state / "keys").rmdir()
        self.share()
        self.create("first")
        self.owns(self.state / "keys", 0o2750)
        self.owns(self.state / "keys" / "first@1.key", 0o640)
        self.signs("first", **self.service)

    def test_without_sharing_all_stays_closed(self):
        self.create("b")
        for path, mode in ((self.state, 0o700), (self.state / "keys", 0o700), (self.state / "anchor", 0o600),
                           (self.state / "events", 0o600), (self.state / "lock", 0o600), (self.state / "keys" / "b@1.key", 0o600)):
            self.assertMode(path, mode)
        self.assertIsNone(self.holdfast("--json", "status").json["shared_with"])

    def test_status_and_doctor_tell(self):
        self.share()
        self.assertEqual(self.holdfast("--json", "status").json["shared_with"], {"group": GROUP, "may_write": False})
        self.assertIn(f"the group '{GROUP}', whose members use keys\n", self.holdfast("status").text)
        said = self.holdfast("doctor", status=NEEDS_ATTENTION).text
        self.assertRegex(said, rf"(?m)^sharing +good +except to the group '{GROUP}'")
        hidden = self.state / "keys" / "a@1.key"
        hidden.chmod(0o600)
        said = self.holdfast("doctor", status=NEEDS_ATTENTION).text
        self.assertRegex(said, rf"(?m)^sharing +attention +'{hidden}' is closed to the group '{GROUP}'")
        hidden.chmod(0o640)
        os.chown(hidden, -1, 0)
        self.assertRegex(self.holdfast("doctor", status=NEEDS_ATTENTION).text, r"(?m)^sharing +attention ")


class Writing(ServiceTest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_a_member_makes_keys_that_root_uses_and_the_reverse(self):
        self.share("g+rwX")
        self.create("theirs", **self.service)
        self.owns(self.state / "keys", 0o2770)
        self.owns(self.state / "keys" / "theirs@1.key", 0o660)
        self.create("roots")
        self.owns(self.state / "keys" / "roots@1.key", 0o660)
        self.signs("theirs")
        self.signs("roots", **self.service)
        self.holdfast("key", "rotate", "roots", **self.service)
        self.holdfast("key", "rotate", "theirs")
        self.holdfast("key", "disable", "theirs@1", **self.service)
        self.holdfast("key", "disable", "roots@1")
        self.assertEqual(self.names(**self.service), ["roots@1", "roots@2", "theirs@1", "theirs@2"])
        self.assertEqual(self.holdfast("--json", "status", **self.service).json["shared_with"], {"group": GROUP, "may_write": True})

    def test_a_planted_link_leads_nobody_elsewhere(self):
        self.share("g+rwX")
        self.create("a")
        victim = self.write("victim", b"untouched\n")
        link = self.state / "keys" / "a@1.crt"
        link.symlink_to(victim)
        os.lchown(link, SERVICE, GID)
        self.holdfast("key", "selfsign", "a", "--subject", "CN=a", "--days", "3", "--out", "leaf.pem")
        self.holdfast("key", "certificate", "a", "--in", "leaf.pem", status=IO, says="a@1.crt")
        self.assertEqual(victim.read_bytes(), b"untouched\n")

    def test_an_anchor_of_a_member_is_not_roots(self):
        self.share("g+rwX")
        os.chown(self.state / "anchor", SERVICE, GID)
        self.holdfast("status", status=REFUSED, says=["anchor", "belongs to another user"])


class Refusals(ServiceTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.share()

    def refused(self, *says, **options):
        self.holdfast("status", status=REFUSED, says=says, **options)

    def test_open_to_all(self):
        for mode in (0o2751, 0o2754, 0o2752):
            self.state.chmod(mode)
            self.refused("open to other accounts", f"chmod 700 '{self.state}'")
            self.refused("open to other accounts", **self.service)

    def test_group_permissions_that_nobody_meant(self):
        self.state.chmod(0o750)
        self.refused("open to other accounts", "chmod 700", f"the group '{GROUP}'", f"chmod g+s '{self.state}'")
        os.chown(self.state, OWNER, GID)
        self.refused("belongs to another user", **self.service)
        os.chown(self.state, 0, GID)
        for mode in (0o2710, 0o2740, 0o2730):
            self.state.chmod(mode)
            self.refused("open to other accounts")

    def test_the_anchor_s_permissions(self):
        anchor = self.state / "anchor"
        for mode in (0o644, 0o660, 0o650):
            anchor.chmod(mode)
            self.refused("open to other accounts", "anchor", "chmod 600")
        anchor.chmod(0o640)
        os.chown(anchor, -1, 0)
        self.refused("anchor", "chgrp")
        os.chown(anchor, STRANGER, GID)
        self.refused("anchor", "belongs to another user")
        self.refused("anchor", "belongs to another user", **self.service)

    def test_the_owner_may_be_any_account(self):
        for path in (self.state, *self.state.rglob("*")):
            os.chown(path, OWNER, GID)
        self.state.chmod(0o2750)
        self.holdfast("status", **self.service)
        self.holdfast("status", user=OWNER, group=OWNER, extra_groups=[])
        self.refused("belongs to another user", "member of a group")
        self.refused("belongs to another user", **self.stranger)

    def test_an_owner_outside_of_the_group_opens_new_files_to_no_other(self):
        for path in (self.state, *self.state.rglob("*")):
            os.chown(path, OWNER, GID)
        self.state.chmod(0o2750)
        owner = {"user": OWNER, "group": OWNER, "extra_groups": []}
        self.create("a", **owner)
        self.owns(self.state / "keys" / "a@1.key", 0o640)
        # Where the file system does not hand the group on, and the owner cannot either.
        (self.state / "keys").chmod(0o750)
        self.create("b", **owner)
        self.owns(self.state / "keys" / "b@1.key", 0o600, gid=OWNER)


class Init(SharingTest):
    group = GROUP if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name

    def test_in_one_go(self):
        gid = grp.getgrnam(self.group).gr_gid
        for name, options in (("device", ("--no-recovery",)), ("stateless", ("--stateless",))):
            with self.subTest(name):
                self.env["HOLDFAST_DIR"] = str(self.folder / name)
                outcome = self.holdfast("init", "--sysroot", BOARD, "--group", self.group, *options)
                self.assertIn(f"Shared with the group '{self.group}'", outcome.text)
                self.owns(self.folder / name, 0o2750, gid)
                for path in (self.folder / name).iterdir():
                    self.owns(path, 0o640, gid)
                self.assertEqual(self.holdfast("--json", "status").json["shared_with"], {"group": self.group, "may_write": False})

    def test_the_recovery_code_is_not_shared(self):
        code = self.init_with_recovery(BOARD, "--group", self.group)
        self.assertMode(code, 0o600)

    def test_unknown_group(self):
        self.init(BOARD, "--group", "no-such-group", status=REFUSED, says=["no group 'no-such-group'", "getent group"])
        self.assertEqual(self.files(), [])

    def test_a_folder_in_use_keeps_its_group(self):
        self.state.mkdir(mode=0o700)
        (self.state / "notes").write_text("somebody's")
        before = self.state.stat()
        self.init(BOARD, "--group", self.group, status=REFUSED, says=["in use", "chgrp"])
        self.assertEqual((self.state.stat().st_mode, self.state.stat().st_gid), (before.st_mode, before.st_gid))

    def test_an_empty_folder_is_shared_only_where_that_is_asked_for(self):
        self.state.mkdir()
        self.state.chmod(0o2775)
        self.init()
        self.assertMode(self.state, 0o700)
        (self.folder / "other").mkdir(mode=0o777)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init(BOARD, "--group", self.group)
        self.assertMode(self.folder / "other", 0o2750)

    @unittest.skipUnless(os.geteuid() == 0, NEEDS_ROOT)
    def test_an_account_outside_of_the_group_cannot_give_it(self):
        self.folder.chmod(0o777)
        self.init(BOARD, "--group", GROUP, status=REFUSED, says=[f"cannot be given to the group '{GROUP}'", "root"],
                  user=SERVICE, group=SERVICE, extra_groups=[])
        self.assertFalse((self.state / "anchor").exists())

    @unittest.skipUnless(os.geteuid() == 0, NEEDS_ROOT)
    def test_a_service_uses_it_at_once(self):
        self.init(BOARD, "--group", GROUP)
        self.holdfast("key", "create", "a", "--alg", "ecdsa-p256")
        member = {"user": SERVICE, "group": SERVICE, "extra_groups": [GID]}
        self.assertTrue(self.holdfast("sign", "--key", "a", input=b"x", **member).out)
        self.holdfast("--json", "status", **member)


if __name__ == "__main__":
    main()
