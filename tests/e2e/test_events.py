"""The event log: shown, followed, and looked through for what was done to it."""

import ctypes
import json
import os
import select
import signal
import time

from authority import Authority, event_line, reference
from support import DONE, DOES_NOT_OPEN, MALFORMED, NOT_FOUND, PATIENCE, SERVER, USAGE, HoldfastTest, main


class EventsTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init_with_recovery(self.machine(SERVER))
        self.authority = self.authority_over(self.state)

    def authority_over(self, state):
        return Authority(state, self.holdfast("--json", "fingerprint", "--show-values", "--sysroot", "machine").out)

    def grow(self, *kinds):
        """Entries as later commands will make them."""
        self.authority.append(*kinds)
        self.authority.commit()


class Restart(EventsTest):
    def setUp(self):
        super().setUp()
        self.log = self.state / "events"
        self.seal(b"kept", name="sealed")

    def test_a_lost_log_stands_in_the_way_until_a_new_one_begins(self):
        self.log.unlink()
        for words in (("policy", "--rest-days", "3"), ("rotate-root", "--yes"), ("recovery", "test", "--recovery-file", "recovery.txt")):
            self.holdfast(*words, status=MALFORMED, says="holdfast events restart")
        self.holdfast("events", "restart", status=USAGE, says="add --yes")
        self.assertIn("nothing was left of the one until now", self.holdfast("events", "restart", "--yes").text)
        self.assertEqual(self.types(), ["events-restarted"])
        self.holdfast("rotate-root", "--yes")
        self.assertEqual(self.unseal("sealed"), b"kept")

    def test_what_is_left_of_the_log_is_kept(self):
        damaged = self.log.read_bytes().replace(b"anchor-created", b"anchor-creased")
        self.log.write_bytes(damaged)
        done = self.holdfast("--json", "events", "restart", "--yes").json
        kept = self.state / "events.until-1"
        self.assertEqual(done["kept"], str(kept))
        self.assertEqual(kept.read_bytes(), damaged)
        event = self.holdfast("--json", "events").json["events"][0]
        self.assertIn("of 2 events", event["detail"])
        self.assertIn("events.until-1", event["detail"])
        self.assertIn("Whole: 1 entry", self.holdfast("events", "verify").text)

    def test_the_recovery_code_begins_one_too(self):
        """Neither hardware nor log is what it was."""
        self.log.write_bytes(b"")
        machine = self.folder / "machine"
        for name in ("sys/class/net/eno1/address", "sys/class/net/eno2/address", "sys/class/net/ens3f0/address"):
            (machine / name).write_text("02:00:00:00:00:0" + str(len(name) % 7) + "\n")
        for name in ("sys/class/dmi/id/product_uuid", "sys/devices/system/cpu/cpu0/topology/ppin"):
            (machine / name).unlink()
        code = ("--recovery-file", "recovery.txt")
        self.holdfast("events", "restart", "--yes", status=DOES_NOT_OPEN)
        self.holdfast("migrate", *code, "--yes", "--accept-low-entropy", status=MALFORMED, says="holdfast events restart")
        self.holdfast("events", "restart", "--yes", *code)
        self.holdfast("migrate", *code, "--yes", "--accept-low-entropy")
        self.assertEqual(self.unseal("sealed"), b"kept")

    def types(self):
        return [event["type"] for event in self.holdfast("--json", "events").json["events"]]


class Verify(EventsTest):
    def setUp(self):
        super().setUp()
        self.grow("one", "two", "three")
        self.log = self.state / "events"
        self.good = self.log.read_bytes()
        self.lines = self.good.splitlines(keepends=True)

    def finds(self, lines, *problems, vouched_from):
        """Each finding as (kind, line, words), and nothing else."""
        self.log.write_bytes(b"".join(lines))
        found = self.holdfast("--json", "events", "verify", status=MALFORMED).json
        self.assertEqual((found["whole"], found["committed"], found["vouched_from"]), (False, 5, vouched_from))
        self.assertEqual([(p["kind"], p["line"]) for p in found["problems"]], [p[:2] for p in problems])
        text = self.holdfast("events", "verify", status=MALFORMED).text
        for (_, _, words), problem in zip(problems, found["problems"]):
            self.assertIn(words, problem["message"])
            self.assertIn(problem["message"] + "\n", text)
        # What does not verify is not shown as if it did.
        self.holdfast("events", status=MALFORMED, says="holdfast events verify")

    def test_a_whole_log(self):
        found = self.holdfast("--json", "events", "verify").json
        self.assertEqual(found, {"whole": True, "committed": 5, "vouched_from": 1, "uncommitted_lines": 0, "problems": []})
        self.assertEqual(self.holdfast("events", "verify").text, "Whole: 5 entries, authenticated by this anchor\n")

    def test_an_edited_entry(self):
        lines = [line.replace(b'"two"', b'"too"') for line in self.lines]
        self.finds(lines, ("edited", 4, "line 4 was edited: line 5 does not follow it"), vouched_from=5)
        lines = [line.replace(b'"three"', b'"tree"') for line in self.lines]
        self.finds(lines, ("edited", 5, "line 5 is not the entry that the anchor vouches for"), vouched_from=None)
        self.finds([*self.lines[:2], b"garbage\n", *self.lines[3:]], ("edited", 3, "line 3 is no entry"), vouched_from=4)

    def test_a_chain_that_was_mended_behind_an_edit(self):
        lines = self.lines[:2]
        hashes = [bytes.fromhex(json.loads(self.lines[2])["previous"])]
        for number, kind in ((3, "one"), (4, "two"), (5, "three")):
            line = event_line(number, hashes[-1], kind, "nothing to see here")
            hashes.append(reference.event_hash(hashes[-1], line))
            lines.append(line + b"\n")
        self.finds(lines, ("edited", 5, "line 5 is not the entry that the anchor vouches for"), vouched_from=None)

    def test_removed_entries(self):
        self.finds([*self.lines[:2], *self.lines[3:]], ("removed", 3, "entry 3 was removed before line 3"), vouched_from=4)
        self.finds(self.lines[2:], ("removed", 1, "entries 1 to 2 were removed before line 1"), vouched_from=3)

    def test_reordered_entries(self):
        one, two, three, four, five = self.lines
        self.finds([one, three, two, four, five], ("reordered", 2, "line 2 holds entry 3, which belongs behind entry 2"), vouched_from=1)

    def test_repeated_entries(self):
        self.finds([*self.lines[:3], *self.lines[2:]], ("added", 4, "line 4 is no entry of this log"), vouched_from=1)

    def test_a_truncated_log(self):
        self.finds(self.lines[:3], ("truncated", None, "2 entries are missing at the end"), vouched_from=None)
        self.finds([], ("truncated", None, "5 entries are missing at the end"), vouched_from=None)
        self.finds([self.good[:-1]], ("edited", 5, "line 5 is no entry: it is cut off"), vouched_from=None)
        self.log.unlink()
        self.holdfast("events", "verify", status=MALFORMED)

    def test_an_uncommitted_tail_is_harmless(self):
        self.authority.append("cut short")
        self.log.write_bytes(self.log.read_bytes() + b'{"half of an ev')
        found = self.holdfast("--json", "events", "verify").json
        self.assertEqual((found["whole"], found["committed"], found["uncommitted_lines"]), (True, 5, 2))
        text = self.holdfast("events", "verify").text
        for part in ("Whole: 5 entries", "2 lines behind the last entry", "Harmless"):
            self.assertIn(part, text)

    def test_the_head_is_the_anchors_own(self):
        """A log and a head that fit, by somebody who cannot open the anchor: only opening tells."""
        other = self.authority_over(self.state)
        other.root.secret = bytes(32)
        other.append("forged")
        other.commit()
        self.holdfast("events", "verify", status=MALFORMED, says="altered by somebody who does not have the root")
        (self.folder / "machine").rename(self.folder / "away")
        self.holdfast("events", "verify", status=DOES_NOT_OPEN)

    def test_a_passphrase_is_asked_for(self):
        self.secret("passphrase", "elf Boote am Kai")
        self.init(SERVER, "--passphrase-file", "passphrase", "--dir", "second")
        self.holdfast("--dir", "second", "events", "verify", status=DOES_NOT_OPEN)
        found = self.holdfast("--dir", "second", "events", "verify", "--unlock-passphrase-file", "passphrase").text
        self.assertEqual(found, "Whole: 1 entry, authenticated by this anchor\n")

    def test_usage(self):
        self.holdfast("events", "verify", "--follow", status=USAGE)
        self.holdfast("events", "verity", status=USAGE, says="verity")
        self.holdfast("--dir", "nowhere", "events", "verify", status=NOT_FOUND, says="holdfast init")


class Follow(EventsTest):
    def follow(self, *args, **options):
        return self.start(*args, "events", "--follow", **options)

    def read_line(self, process):
        """The next line, however long it takes."""
        line = b""
        end = time.monotonic() + PATIENCE
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"nothing more came behind {line!r}")
            byte = os.read(process.stdout.fileno(), 1)
            self.assertTrue(byte, f"ended behind {line!r}: {process.stderr.read() if process.poll() is not None else ''}")
            line += byte
        return line.decode()

    def types(self, process, count):
        return [json.loads(self.read_line(process))["type"] for _ in range(count)]

    def begin(self):
        process = self.follow("--json")
        self.assertEqual(self.types(process, 2), ["anchor-created", "recovery-code-issued"])
        return process

    def ends_silently(self, process, status):
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, out, err), (status, b"", b""))

    def test_as_text_and_as_json(self):
        process = self.follow()
        self.assertRegex(self.read_line(process), r"^   1  20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ  anchor-created +anchor [0-9a-f]{32}, quorum 4 of 6")
        self.assertIn("recovery-code-issued", self.read_line(process))
        self.grow("migrated")
        self.assertIn("migrated", self.read_line(process))
        process = self.follow("--json")
        self.assertEqual([json.loads(self.read_line(process))["sequence"] for _ in range(3)], [1, 2, 3])

    def test_only_what_the_anchor_vouches_for(self):
        process = self.begin()
        first = self.authority.append("one")
        self.authority.append("two")
        self.authority.commit(first)
        self.assertEqual(self.types(process, 1), ["one"])
        # Of "two" nothing can have come: it would stand before this.
        self.authority.write(self.authority.log, b"".join(self.authority.lines()[:3]))
        self.grow("three", "four")
        self.assertEqual(self.types(process, 2), ["three", "four"])

    def test_the_folder_may_be_rotated(self):
        process = self.begin()
        for kind in ("one", "two"):
            # The whole folder is exchanged for one that goes on.
            fresh = self.folder / "fresh"
            fresh.mkdir(mode=0o700)
            for name in ("anchor", "events"):
                (fresh / name).write_bytes((self.state / name).read_bytes())
                (fresh / name).chmod(0o600)
            old = self.folder / f"old-{kind}"
            self.exchange(fresh, self.state)
            fresh.rename(old)
            self.grow(kind)
            self.assertEqual(self.types(process, 1), [kind])

    @staticmethod
    def exchange(one, other):
        """Two folders change names in one step."""
        at_cwd, renameat2_exchange = -100, 2
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), renameat2_exchange) != 0:
            raise OSError(ctypes.get_errno(), "renameat2")

    def test_another_anchor_begins_anew(self):
        process = self.begin()
        self.init("machine", "--dir", "second")
        self.authority.anchor.unlink()
        for name in ("events", "anchor"):
            os.replace(self.folder / "second" / name, self.state / name)
        self.assertEqual(self.types(process, 1), ["anchor-created"])

    def test_between_two_anchors_it_waits(self):
        process = self.begin()
        kept = self.authority.anchor.rename(self.state / "anchor.previous")
        kept.rename(self.state / "anchor")
        self.grow("one")
        self.assertEqual(self.types(process, 1), ["one"])

    def test_what_was_shown_must_stay(self):
        before = {name: (self.state / name).read_bytes() for name in ("anchor", "events")}
        self.grow("one")
        process = self.follow()
        for _ in range(3):
            self.read_line(process)
        for name in ("events", "anchor"):
            fresh = self.write("fresh", before[name])
            os.replace(fresh, self.state / name)
        self.finish(process, status=MALFORMED)

    def test_the_folder_goes_away(self):
        process = self.begin()
        self.state.rename(self.folder / "moved")
        self.finish(process, status=NOT_FOUND, says=["cannot watch", "state"])

    def test_signals_end_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.begin()
            process.send_signal(number)
            self.ends_silently(process, -number)

    def test_a_reader_that_goes_away_ends_it(self):
        process = self.begin()
        process.stdout.close()
        self.assertEqual((process.wait(timeout=PATIENCE), process.stderr.read()), (DONE, b""))

    def test_a_reader_that_never_was(self):
        read, write = os.pipe()
        os.close(read)
        process = self.follow(stdout=write)
        os.close(write)
        self.assertEqual((process.wait(timeout=PATIENCE), process.stderr.read()), (DONE, b""))

    def test_nothing_to_follow(self):
        self.holdfast("--dir", "nowhere", "events", "--follow", status=NOT_FOUND, says="holdfast init")
        self.holdfast("init", "--stateless", "--sysroot", "machine", "--dir", "stateless",
                      *(part for name in self.names() for part in ("--require", name)))
        for words in (("events",), ("events", "--follow"), ("events", "verify")):
            self.assertIn("keeps no log", self.holdfast("--dir", "stateless", *words).text)

    def names(self):
        listed = self.holdfast("--json", "fingerprint", "--sysroot", "machine").json["attributes"]
        return {a["group"]: a["name"] for a in listed if a["state"] == "present" and a["bits"]}.values()


if __name__ == "__main__":
    main()
