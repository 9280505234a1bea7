"""A server whose parts are exchanged, one after another."""

import shutil

from support import SERVER, HoldfastTest

# What the server's six counted attributes are read from, and what their replacements say.
PROCESSOR = "sys/devices/system/cpu/cpu0/topology/ppin"
BOARD_UUID = "sys/class/dmi/id/product_uuid"
NVME = "sys/block/nvme0n1/eui"
FIRST_CARD = "sys/class/net/eno1/address"
SECOND_CARD = "sys/class/net/ens3f0/address"
OTHER = {PROCESSOR: "0x17c04be92d5a6f38\n", BOARD_UUID: "d9428888-122b-41e1-b85c-61cd3cbf3210\n", NVME: "00 25 38 b1 51 a0 39 c7\n",
         FIRST_CARD: "3c:ec:ef:51:90:2a\n", SECOND_CARD: "a0:36:9f:7e:b3:14\n"}
# By what names the anchor knows them.
NAMES = {PROCESSOR: "processor/serial", BOARD_UUID: "dmi/product_uuid", NVME: "disk/0000:5e:00.0-nvme/eui",
         FIRST_CARD: "net/0000:00:1f.6/mac", SECOND_CARD: "net/0000:3b:00.0/mac"}


class MachineTest(HoldfastTest):
    """Each test has a machine of its own."""

    def setUp(self):
        super().setUp()
        self.tree = self.machine(SERVER)

    def change(self, *paths):
        for path in paths:
            (self.tree / path).write_text(OTHER[path])

    def hide(self, path):
        """Makes a value unreadable, also for root: unavailable, and neither changed nor gone."""
        (self.tree / path).unlink()
        (self.tree / path).mkdir()

    def restore(self, *paths):
        for path in paths:
            if (self.tree / path).is_dir():
                (self.tree / path).rmdir()
            shutil.copy(SERVER / path, self.tree / path)

    def drift(self):
        status = self.holdfast("--json", "status").json
        return {d["name"]: d["kind"] for d in status["drift"]}, status["margin"]

    def status(self, *args):
        return self.holdfast("--json", "status", *args).json

    def events(self):
        """The types of all events, oldest first; the log must be whole and the anchor's own."""
        log = self.holdfast("--json", "events").json
        self.assertTrue(log["whole"] and log["authenticated"])
        return [event["type"] for event in log["events"]]

    def new_root(self):
        """Draws one and returns its epoch."""
        return self.holdfast("--json", "rotate-root", "--yes").json["epoch"]

    def header(self, sealed):
        """Line 2 of a sealed file."""
        return (self.folder / sealed).read_bytes().split(b"\n", 2)[1].decode()
