"""Machines change: a little is forgiven and shown, too much is another machine."""

import shutil

from machine import BOARD_UUID, FIRST_CARD, NVME, OTHER, PROCESSOR, SECOND_CARD, MachineTest
from support import BOARD, DOES_NOT_OPEN, MACHINES, SERVER, HoldfastTest, env_attribute, main

TEXT = b"bound to this machine\n"


class Drift(MachineTest):
    def setUp(self):
        super().setUp()
        self.init(self.tree)
        self.seal(TEXT)

    def test_one_change_is_forgiven_and_shown(self):
        self.change(NVME)
        self.assertEqual(self.unseal("sealed", says=["1 of this machine's counted attributes changed", "1 more may change"]), TEXT)
        self.assertEqual(self.drift(), ({"disk/0000:5e:00.0-nvme/eui": "changed"}, 1))
        text = self.holdfast("status").text
        self.assertIn("Opens here    yes", text)
        self.assertIn("Margin        1 more counted attributes may change", text)
        self.assertIn("  changed: disk/0000:5e:00.0-nvme/eui (counted)", text)

    def test_as_many_as_the_margin(self):
        self.change(PROCESSOR, SECOND_CARD)
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.assertEqual(self.drift(), ({"processor/serial": "changed", "net/0000:3b:00.0/mac": "changed"}, 0))

    def test_one_too_many(self):
        self.change(PROCESSOR, NVME, FIRST_CARD)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="this device's attributes do not open this anchor")
        self.assertEqual(self.holdfast("unseal", "--in", "sealed", status=DOES_NOT_OPEN).out, b"")
        status = self.holdfast("--json", "status", status=DOES_NOT_OPEN).json
        self.assertIs(status["opens"], False)
        self.assertNotIn("drift", status)

    def test_what_is_changed_back_opens_again(self):
        before = {path: (self.tree / path).read_bytes() for path in OTHER}
        self.change(*OTHER)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)
        for path, content in before.items():
            (self.tree / path).write_bytes(content)
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.assertEqual(self.drift(), ({}, 2))

    def test_absent_is_not_changed(self):
        self.change(NVME)
        (self.tree / PROCESSOR).unlink()
        drift, margin = self.drift()
        self.assertEqual(drift["disk/0000:5e:00.0-nvme/eui"], "changed")
        self.assertIn(drift["processor/serial"], ("vanished", "unavailable"))
        self.assertEqual(margin, 0)
        shutil.rmtree(self.tree / "sys/block/sda")
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN,
                               says=["not found on this machine: processor/serial, disk/0000:00:17.0-ata3/serial"])

    def test_a_new_part_is_shown_and_harmless(self):
        shutil.copytree(self.tree / "sys/block/nvme0n1", self.tree / "sys/block/nvme1n1", symlinks=True)
        (self.tree / "sys/devices/pci0000:5d/0000:5d:03.0/0000:5f:00.0/nvme/nvme1").mkdir(parents=True)
        device = self.tree / "sys/block/nvme1n1/device"
        device.unlink()
        device.symlink_to("../../devices/pci0000:5d/0000:5d:03.0/0000:5f:00.0/nvme/nvme1")
        (self.tree / "sys/block/nvme1n1/eui").write_text("00 25 38 b1 51 a0 39 c7\n")
        drift, margin = self.drift()
        self.assertEqual(drift["disk/0000:5f:00.0-nvme/eui"], "appeared")
        self.assertEqual(margin, 2)
        self.assertEqual(self.unseal("sealed"), TEXT)

    def test_errors_stay_json_on_a_machine_that_drifted(self):
        self.change(NVME)
        self.write("foreign", b"never sealed")
        self.assertEqual(self.holdfast("--json", "unseal", "--in", "foreign", "--out", "out", status=5).error["code"], "malformed")

    def test_keys_go_on_after_drift(self):
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        before = self.holdfast("sign", "--key", "k", input=TEXT).out
        self.change(NVME, FIRST_CARD)
        self.assertEqual(self.holdfast("sign", "--key", "k", input=TEXT).out, before)


class AnotherMachine(MachineTest):
    def test_a_copied_folder_does_not_open_elsewhere(self):
        self.init(self.tree)
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p256")
        self.seal(TEXT)
        for name in ("laptop", "raspberry-pi", "cloud-vm", "container"):
            with self.subTest(name):
                shutil.rmtree(self.tree)
                shutil.copytree(MACHINES / name, self.tree, symlinks=True)
                self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)
                self.holdfast("sign", "--key", "k", input=TEXT, status=DOES_NOT_OPEN)
                self.holdfast("key", "create", "other", "--alg", "ed25519", status=DOES_NOT_OPEN)
                self.holdfast("status", status=DOES_NOT_OPEN)
                self.assertIn("was not opened", self.holdfast("events").text)
        shutil.rmtree(self.tree)
        shutil.copytree(SERVER, self.tree, symlinks=True)
        self.assertEqual(self.unseal("sealed"), TEXT)

    def test_a_machine_of_the_same_make(self):
        self.init(self.tree)
        self.seal(TEXT)
        self.change(*OTHER)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def test_a_cloned_card_in_another_board(self):
        self.tree = self.machine(BOARD, "board")
        self.init(self.tree)
        self.seal(TEXT)
        (self.tree / "sys/devices/soc0/serial_number").write_text("3A19C74D20B8E652\n")
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)


class Required(MachineTest):
    def test_a_required_attribute_cannot_be_outvoted(self):
        self.init(self.tree, "--require", "dmi/product_uuid")
        self.seal(TEXT)
        self.assertIn("and dmi/product_uuid", self.holdfast("status").text)
        self.change(NVME)
        self.assertEqual(self.unseal("sealed"), TEXT)
        shutil.copy(SERVER / NVME, self.tree / NVME)
        self.change(BOARD_UUID)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="or the required factors")
        (self.tree / BOARD_UUID).unlink()
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="not found on this machine: dmi/product_uuid")

    def test_several_are_required(self):
        self.init(self.tree, "--require", "dmi/product_uuid", "--require", "processor/serial")
        self.seal(TEXT)
        slot = self.holdfast("--json", "status").json["fingerprint_slot"]
        self.assertEqual(sorted(a["name"] for a in slot["required"]), ["dmi/product_uuid", "processor/serial"])
        self.change(PROCESSOR)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)


class NamedAttributes(HoldfastTest):
    """Attributes from a credential file, all of them needed."""

    def setUp(self):
        super().setUp()
        self.env.update(SITE="rack-77-slot-9", ASSET="QX-5531-0094")
        self.attributes = [env_attribute("site", "SITE"), env_attribute("asset", "ASSET")]
        self.init(BOARD, "--credfile", self.credentials(*self.attributes), "--quorum", "5")
        self.seal(TEXT)
        self.assertEqual(self.unseal("sealed"), TEXT)

    def test_names_are_bound(self):
        self.credentials(env_attribute("place", "SITE"), self.attributes[1])
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="not found on this machine: site")

    def test_sources_are_bound(self):
        self.env["PLACE"] = self.env["SITE"]
        self.credentials(env_attribute("site", "PLACE"), self.attributes[1])
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def test_swapped_values_do_not_open(self):
        self.env.update(SITE=self.env["ASSET"], ASSET=self.env["SITE"])
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def test_swapped_names_do_not_open(self):
        self.credentials(env_attribute("asset", "SITE"), env_attribute("site", "ASSET"))
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def test_the_order_in_the_file_does_not_matter(self):
        self.credentials(*reversed(self.attributes))
        self.assertEqual(self.unseal("sealed"), TEXT)

    def test_blank_or_unset_is_not_the_value(self):
        for value in ("", "Default string"):
            self.env["SITE"] = value
            self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="site is not available: ")
        del self.env["SITE"]
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="site is not available: ")

    def test_an_unset_variable_is_unavailable_rather_than_changed(self):
        self.state = self.folder / "tolerant"
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.init(BOARD, "--credfile", self.folder / "credentials.json", "--quorum", "3", "--accept-low-entropy")
        del self.env["SITE"]
        self.env["ASSET"] = "QX-5531-0095"
        status = self.holdfast("--json", "status").json
        self.assertEqual({d["name"]: d["kind"] for d in status["drift"]}, {"site": "unavailable", "asset": "changed"})
        self.assertEqual(status["margin"], 0)

    def test_a_lost_credential_file_is_named_as_such(self):
        (self.folder / "credentials.json").unlink()
        self.refuses_to_unseal("sealed", status=6, says=["credential file", "credentials.json"])
        self.assertIn("Anchor        ", self.holdfast("status", status=None).text)


if __name__ == "__main__":
    main()
