"""Copied folders, cloned machines and shared images: seen, explained, and never cried over without cause."""

import json
import shutil

from authority import Authority
from support import DONE, REFUSED, SERVER, HoldfastTest, main

NEEDS_ATTENTION = 10
DISK = "21 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n"
MACHINE_ID = "4cbf0e5ad2cf4f1c9b6d1e8f0a7b3c2d\n"
GENERATION = "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw"
INSTANCE = "var/lib/cloud/data/instance-id"


class ClonesTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.tree = self.machine(SERVER)
        self.put("proc/self/mountinfo", DISK)
        self.put("etc/machine-id", MACHINE_ID)

    def put(self, name, content):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def link(self, name, target):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def make(self):
        self.init_with_recovery(self.tree)
        self.sees()

    def sees(self, *signs, dir=None):
        """Exactly these signs, each as (sign, words of its message): from status and from doctor, as JSON and as text."""
        where = ("--dir", dir or self.state)
        status = self.holdfast(*where, "--json", "status").json
        self.assertEqual([sign["sign"] for sign in status["clone_signs"]], [sign for sign, _ in signs])
        found = [c for c in self.holdfast(*where, "--json", "doctor", status=NEEDS_ATTENTION if signs else DONE).json["checks"] if c["check"] == "origin"]
        text = self.holdfast(*where, "status").text
        if not signs:
            self.assertEqual([c["finding"] for c in found], ["good"])
            for words in ("seems to have", "copied here"):
                self.assertNotIn(words, text)
        for (_, words), sign, check in zip(signs, status["clone_signs"], found):
            self.assertEqual((check["finding"], check["detail"]), ("attention", sign["message"]))
            self.assertIn("Warning: " + sign["message"] + "\n", text)
            for part in (sign["evidence"], words, "holdfast migrate"):
                self.assertIn(part, sign["message"])

    def test_nothing_is_wrong_with_a_machine_that_lives_on(self):
        self.put("etc/os-release", 'IMAGE_ID="gateway"\nIMAGE_VERSION=1\n')
        self.put(GENERATION, bytes(40) + b"G" * 16 + bytes(4040))
        self.put(INSTANCE, "i-1\n")
        self.link("dev/disk/by-uuid/1234-ABCD", "../../sda2")
        self.make()
        # Disks found in another order, an update, udev late, no root today, an unreachable cloud.
        self.put("proc/self/mountinfo", DISK.replace("8:2", "8:18").replace("sda2", "sdb2"))
        self.link("dev/disk/by-uuid/1234-ABCD", "../../sdb2")
        self.put("etc/os-release", 'IMAGE_ID="gateway"\nIMAGE_VERSION=2\n')
        self.sees()
        (self.tree / "dev/disk/by-uuid/1234-ABCD").unlink()
        (self.tree / GENERATION).unlink()
        self.put(INSTANCE, "iid-datasource-none\n")
        self.sees()
        # A root that cannot be written, with a machine-id in memory.
        self.put("proc/self/mountinfo", DISK + "30 21 0:24 / /etc/machine-id ro - tmpfs tmpfs rw\n")
        self.put("etc/machine-id", MACHINE_ID.replace("4", "5"))
        self.sees()
        # The table of mounts cannot be read.
        (self.tree / "proc/self/mountinfo").unlink()
        self.sees()

    def test_a_folder_that_is_moved_within_its_file_system_stays_the_folder(self):
        self.make()
        self.state.rename(self.folder / "moved")
        self.sees(dir=self.folder / "moved")

    def test_a_copied_folder(self):
        self.make()
        shutil.copytree(self.state, self.folder / "copy")
        (self.folder / "copy").chmod(0o700)
        self.sees(("copied-folder", "the folder seems to have been copied here"), dir=self.folder / "copy")
        self.sees()
        # Where inodes have no numbers that last, nothing can be told.
        self.put("proc/self/mountinfo", DISK.replace("ext4", "vfat"))
        self.sees(dir=self.folder / "copy")

    def test_a_folder_on_another_file_system(self):
        self.link("dev/disk/by-uuid/1234-ABCD", "../../sda2")
        self.make()
        self.link("dev/disk/by-uuid/5678-EF01", "../../sda2")
        (self.tree / "dev/disk/by-uuid/1234-ABCD").unlink()
        self.sees(("copied-folder", "it lies on another file system"))

    def test_a_cloned_machine(self):
        self.put(GENERATION, bytes(40) + b"G" * 16 + bytes(4040))
        self.put(INSTANCE, "i-1\n")
        self.make()
        self.put(GENERATION, bytes(40) + b"H" * 16 + bytes(4040))
        self.sees(("cloned-machine", "generation id has changed"))
        self.put(GENERATION, bytes(40) + b"G" * 16 + bytes(4040))
        self.put(INSTANCE, "i-2\n")
        self.sees(("cloned-machine", "the cloud calls this another instance"))

    def test_a_new_machine_id(self):
        self.put("etc/os-release", 'IMAGE_ID="gateway"\nIMAGE_VERSION=1\n')
        self.make()
        self.put("etc/machine-id", MACHINE_ID.replace("4", "5"))
        self.sees(("shared-image", "another machine-id than the one it was made on, as after an installation or the first boot of an image "
                                   "(it was made on the image 'gateway 1')"))

    def test_made_before_the_first_boot(self):
        self.put("etc/machine-id", "uninitialized\n")
        self.init_with_recovery(self.tree)
        self.put("etc/machine-id", MACHINE_ID)
        self.sees(("shared-image", "had not been through its first boot"))

    def test_made_in_a_chroot(self):
        self.link("proc/1/root", self.folder)
        self.init_with_recovery(self.tree)
        self.link("proc/1/root", "../..")
        self.sees(("shared-image", "it was made in a chroot"))

    def test_made_in_a_container(self):
        self.put(".dockerenv", "")
        self.secret("passphrase", "elf Boote am Kai")
        self.init(self.tree, "--passphrase-file", "passphrase")
        unlock = ("--unlock-passphrase-file", "passphrase", "--json", "status")
        self.assertEqual(self.holdfast(*unlock).json["clone_signs"], [])
        (self.tree / ".dockerenv").unlink()
        signs = self.holdfast(*unlock).json["clone_signs"]
        self.assertEqual([sign["sign"] for sign in signs], ["shared-image"])
        self.assertIn("it was made in a container, and this is none", signs[0]["evidence"])

    def test_several_at_once(self):
        self.put(INSTANCE, "i-1\n")
        self.make()
        self.put(INSTANCE, "i-2\n")
        self.put("etc/machine-id", MACHINE_ID.replace("4", "5"))
        shutil.copytree(self.state, self.folder / "copy")
        (self.folder / "copy").chmod(0o700)
        self.sees(("shared-image", "machine-id"), ("copied-folder", "not the folder"), ("cloned-machine", "another instance"), dir=self.folder / "copy")

    def test_a_migration_takes_note(self):
        self.put(INSTANCE, "i-1\n")
        self.make()
        self.put(INSTANCE, "i-2\n")
        self.holdfast("policy", "--migration", "within-margin", "--rest-days", "0")
        self.holdfast("migrate", "--by-policy", status=REFUSED, says="the cloud calls this another instance")
        self.sees(("cloned-machine", "another instance"))
        plan = self.holdfast("--json", "migrate", "--plan").json
        self.assertEqual([sign["kind"] for sign in plan["clone_signs"]], ["cloned-machine"])
        self.assertIn("Takes note    the machine seems to have been cloned", self.holdfast("migrate", "--yes").text)
        self.sees()
        self.assertIn("the cloud calls this another instance", self.holdfast("--json", "events").json["events"][-1]["detail"])

    def test_nothing_in_the_clear(self):
        self.put("etc/os-release", "IMAGE_ID=gateway\n")
        self.put(INSTANCE, "i-0abc12de34f567890\n")
        self.link("dev/disk/by-uuid/1234-ABCD", "../../sda2")
        self.make()
        anchor = (self.state / "anchor").read_bytes()
        self.assertIn("origin", json.loads(anchor.splitlines()[1]))
        for word in (b"gateway", b"i-0abc12de34f567890", b"1234-ABCD", MACHINE_ID.strip().encode()):
            self.assertNotIn(word, anchor)

    def test_an_anchor_of_an_earlier_version(self):
        self.make()
        values = self.holdfast("--json", "fingerprint", "--show-values", "--sysroot", self.tree).out
        Authority(self.state, values).change(lambda body: body.pop("origin"))
        self.put("etc/machine-id", MACHINE_ID.replace("4", "5"))
        self.sees()


if __name__ == "__main__":
    main()
