"""Binding an anchor to the machine as it is now, by its owner and by policy; and older copies that are put back."""

import shutil

from machine import BOARD_UUID, FIRST_CARD, NAMES, NVME, OTHER, PROCESSOR, SECOND_CARD, MachineTest
from support import (BOARD, CONTAINER, DOES_NOT_OPEN, NOT_FOUND, REFUSED, SERVER, USAGE, WRONG_PASSPHRASE, HoldfastTest,
                     env_attribute, main)
from terminal import Terminal

TEXT = b"bound to this machine\n"
QUESTION = b"Migrate? [y/N]: "


class MigrationTest(MachineTest):
    def setUp(self):
        super().setUp()
        self.recovery = self.init_with_recovery(self.tree)
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        self.signature = self.holdfast("sign", "--key", "k", input=TEXT).out
        self.seal(TEXT)

    def migrate(self, *args, **options):
        return self.holdfast("--json", "migrate", "--yes", *args, **options)

    def all_is_well(self, margin=2):
        """What was there before still is, and nothing has drifted."""
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.assertEqual(self.holdfast("sign", "--key", "k", input=TEXT).out, self.signature)
        self.assertEqual(self.drift(), ({}, margin))

    def anchor_bytes(self):
        return (self.state / "anchor").read_bytes()


class Migrate(MigrationTest):
    def test_one_part_after_another_until_nothing_is_as_it_was(self):
        for part in OTHER:
            self.change(part)
            before = self.status()
            done = self.migrate().json
            self.assertEqual([(d["name"], d["kind"], d["counted"]) for d in done["drift"]], [(NAMES[part], "changed", True)])
            # The first card's two ports are no longer neighbours then: seven count, five are needed, and older copies ask for four.
            grows = part == FIRST_CARD
            self.assertEqual((done["migrated"], done["rotates_root"], done["margin_before"], done["margin_after"]), (True, grows, 1, 2))
            self.assertEqual(done["generation"], before["generation"] + 1)
            self.all_is_well()
        self.assertEqual(self.status()["epoch"], 2)
        self.assertEqual([e for e in self.events() if e != "root-rotated"], ["anchor-created", "recovery-code-issued"] + ["migrated"] * len(OTHER))
        # The first machine is another one by now.
        self.restore(*OTHER)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def test_as_many_as_the_margin_at_once(self):
        self.change(PROCESSOR, SECOND_CARD)
        text = self.holdfast("migrate", "--yes").text
        for line in (f"  changed: {NAMES[PROCESSOR]} (counted)\n", "Margin        0 now, 2 afterwards\n", "Weakest       112 bits, as now\n",
                     "Opens with    4 of 6 attributes, as now\n", "Root          stays", "Migrated: bound to this machine as it is now (generation 2,"):
            self.assertIn(line, text)
        self.all_is_well()

    def test_nothing_to_do(self):
        before = self.anchor_bytes()
        for args in ((), ("--yes",), ("--plan",), ("--by-policy",)):
            self.assertIn("Nothing to migrate", self.holdfast("migrate", *args).text)
            self.assertIs(self.holdfast("--json", "migrate", *args).json["migrated"], False)
        self.assertEqual(self.anchor_bytes(), before)

    def test_a_plan_changes_nothing(self):
        self.change(NVME)
        before = self.anchor_bytes()
        plan = self.holdfast("--json", "migrate", "--plan").json
        self.assertEqual((plan["needed"], plan["migrated"], plan["generation"]), (True, False, 1))
        self.assertIn(f"changed: {NAMES[NVME]}", self.holdfast("migrate", "--plan").text)
        self.assertEqual(self.anchor_bytes(), before)
        self.assertEqual(self.drift()[1], 1)

    def test_without_a_terminal_it_wants_yes(self):
        self.change(NVME)
        self.assertIn("changed: ", self.holdfast("migrate", status=USAGE, says="--yes").text)
        self.assertEqual(self.status()["generation"], 1)

    def test_what_is_unavailable_waits(self):
        self.hide(BOARD_UUID)
        self.change(NVME)
        for args in (("--plan",), ("--yes",), ()):
            refused = self.holdfast("migrate", *args, status=REFUSED, says=["migration has to wait", NAMES[BOARD_UUID], "not available"])
            self.assertIn("Obstacle: ", refused.text)
        self.assertEqual(self.holdfast("--json", "migrate", "--yes", status=REFUSED).error["exit_status"], REFUSED)
        self.restore(BOARD_UUID)
        self.migrate()
        self.all_is_well()

    def test_a_part_that_is_gone_leaves_and_a_new_one_joins(self):
        shutil.rmtree(self.tree / "sys/block/sda")
        done = self.migrate().json
        self.assertEqual((done["joining"], done["leaving"], done["counted"]), ([], ["disk/0000:00:17.0-ata3/serial"], 5))
        self.assertEqual(self.unseal("sealed"), TEXT)
        shutil.copytree(SERVER / "sys/block/sda", self.tree / "sys/block/sda", symlinks=True)
        done = self.migrate().json
        self.assertEqual((done["joining"], done["leaving"], done["counted"]), (["disk/0000:00:17.0-ata3/serial"], [], 6))
        self.all_is_well()

    def test_too_many_changes_need_the_recovery_code(self):
        self.change(PROCESSOR, NVME, FIRST_CARD)
        self.migrate(status=DOES_NOT_OPEN)
        self.write("typo", self.recovery.read_text()[:-2] + "\n")
        self.migrate("--recovery-file", "typo", status=WRONG_PASSPHRASE)
        self.migrate("--recovery-file", "nosuch", status=NOT_FOUND)
        done = self.migrate("--recovery-file", self.recovery).json
        self.assertEqual((done["migrated"], done["margin_after"]), (True, 2))
        self.all_is_well()
        self.change(*OTHER)
        self.migrate("--recovery-file", self.recovery)
        self.all_is_well()

    def test_what_is_left_of_the_anchor_before(self):
        """An old copy of the anchor file opens on the old machine only: the new one has none of its parts."""
        old = self.folder / "old"
        shutil.copytree(self.state, old)
        self.change(*OTHER)
        self.migrate("--recovery-file", self.recovery)
        self.holdfast("--dir", old, "status", env={"HOLDFAST_MARKS": str(self.folder / "none")}, status=DOES_NOT_OPEN)
        self.assertFalse((self.state / "anchor.previous").exists())


class Wishes(MigrationTest):
    """More than following the machine."""

    def test_another_quorum(self):
        loosened = self.migrate("--quorum", "3").json
        self.assertEqual((loosened["quorum"], loosened["margin_after"], loosened["rotates_root"]), (3, 3, False))
        self.assertEqual(self.status()["epoch"], 1)
        tightened = self.migrate("--quorum", "5").json
        self.assertEqual((tightened["quorum"], tightened["rotates_root"], tightened["epoch"]), (5, True, 2))
        self.all_is_well(margin=1)
        self.assertIn("root-rotated", self.events())
        self.migrate("--quorum", "7", status=USAGE, says="between 1 and 6")
        self.migrate("--quorum", "1", status=REFUSED, says="fewer than the 64")

    def test_a_tighter_plan_says_why_the_root_is_drawn_anew(self):
        text = self.holdfast("migrate", "--plan", "--require", NAMES[BOARD_UUID]).text
        self.assertIn("Root          is drawn anew, since more is asked for than before", text)
        self.assertIn("1 required", text)

    def test_requiring_and_giving_up(self):
        self.assertIs(self.migrate("--require", NAMES[BOARD_UUID]).json["rotates_root"], True)
        slot = self.status()["fingerprint_slot"]
        self.assertEqual([a["name"] for a in slot["required"]], [NAMES[BOARD_UUID]])
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.change(BOARD_UUID)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)
        self.migrate("--recovery-file", self.recovery, "--without", NAMES[BOARD_UUID])
        slot = self.status()["fingerprint_slot"]
        self.assertNotIn(NAMES[BOARD_UUID], [a["name"] for a in slot["required"] + slot["counted"]])
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.migrate("--require", "nosuch/attribute", status=NOT_FOUND, says="'nosuch/attribute'")

    def test_a_passphrase_comes_and_goes(self):
        first = self.secret("first", "siebzehn blaue Pferde\n")
        self.assertIs(self.migrate("--passphrase-file", first).json["passphrase"], True)
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)
        self.assertEqual(self.unseal("sealed", "--unlock-passphrase-file", first), TEXT)
        self.change(NVME)
        self.migrate("--unlock-passphrase-file", first)
        second = self.secret("second", "achtzehn rote Igel\n")
        self.migrate("--unlock-passphrase-file", first, "--passphrase-file", second)
        self.refuses_to_unseal("sealed", "--unlock-passphrase-file", first, status=DOES_NOT_OPEN)
        self.assertEqual(self.unseal("sealed", "--unlock-passphrase-file", second), TEXT)
        # The recovery code opens without it, and nobody remembers it.
        self.change(PROCESSOR, FIRST_CARD, SECOND_CARD)
        self.migrate("--recovery-file", self.recovery, status=REFUSED, says="needs its passphrase")
        self.migrate("--recovery-file", self.recovery, "--no-passphrase")
        self.all_is_well()

    def test_no_going_below_the_floor(self):
        self.migrate("--quorum", "2", status=REFUSED, says=["48 bits", "--accept-low-entropy"])
        self.assertIs(self.status()["low_entropy_accepted"], False)
        self.migrate("--quorum", "2", "--accept-low-entropy")
        self.assertIs(self.status()["low_entropy_accepted"], True)

    def test_another_credential_file(self):
        self.env["SITE"] = "rack-77-slot-9"
        file = self.credentials(env_attribute("site", "SITE", bits=16))
        done = self.migrate("--credfile", file).json
        self.assertIn("site", done["joining"])
        self.all_is_well(margin=self.status()["margin"])
        self.assertEqual(self.drift()[0], {})
        self.env["SITE"] = "rack-78-slot-1"
        self.assertEqual(self.drift()[0], {"site": "changed"})


class AtATerminal(MigrationTest):
    def ask(self, answer, status):
        terminal = Terminal(self, "migrate")
        terminal.expect_prompt(QUESTION, echoes=True)
        terminal.type(answer + b"\n")
        return terminal.end(status)

    def test_yes_and_no(self):
        self.env["NO_COLOR"] = "1"
        self.change(NVME)
        for answer in (b"", b"n", b"yesterday"):
            self.assertIn("nothing was changed", self.ask(answer, USAGE))
            self.assertEqual(self.status()["generation"], 1)
        screen = self.ask(b"y", 0)
        self.assertIn(f"changed: {NAMES[NVME]} (counted)", screen)
        self.assertIn("Migrated: ", screen)
        self.all_is_well()

    def test_a_wrong_code_takes_a_moment(self):
        self.change(*OTHER)
        self.write("wrong", "00000-" * 7 + "00000\n")
        screen = Terminal(self, "migrate", "--recovery-file", "wrong").end(WRONG_PASSPHRASE)
        self.assertIn("a moment, please", screen)


class ByPolicy(MigrationTest):
    def allow(self, *args):
        self.holdfast("policy", "--migration", "within-margin", *args)

    def by_policy(self, **options):
        return self.holdfast("--json", "migrate", "--by-policy", **options)

    def test_manual_means_never(self):
        self.change(NVME)
        self.by_policy(status=REFUSED)
        self.holdfast("migrate", "--by-policy", status=REFUSED, says=["the policy", "manual", "holdfast migrate"])
        self.assertEqual(self.status()["generation"], 1)

    def test_within_its_limits(self):
        self.allow("--rest-days", "0")
        self.change(NVME)
        self.assertIs(self.by_policy().json["migrated"], True)
        self.all_is_well()
        self.assertEqual(self.events()[-1], "migrated-by-policy")
        self.change(FIRST_CARD, SECOND_CARD)
        self.holdfast("migrate", "--by-policy", status=REFUSED, says="2 counted attributes changed, and at most 1 may")
        self.allow("--most-changes", "2")
        # The second port of the first card, no neighbour any more, joins with a person: any five of seven, and a new root.
        done = self.by_policy().json
        self.assertEqual((done["rotates_root"], done["joining"], done["counted"], done["quorum"]), (False, [], 6, 4))
        self.all_is_well()
        self.assertIn("Nothing to migrate", self.holdfast("migrate", "--by-policy").text)
        self.assertEqual(self.holdfast("--json", "migrate", "--yes").json["epoch"], 2)
        self.all_is_well()

    def test_it_rests(self):
        self.allow()
        self.change(NVME)
        self.by_policy()
        self.change(FIRST_CARD)
        self.holdfast("migrate", "--by-policy", status=REFUSED, says="less than 7 days ago")
        self.migrate()
        self.all_is_well()

    def test_burned_in_attributes_and_unavailable_ones_wait_for_a_person(self):
        self.allow("--rest-days", "0")
        self.change(PROCESSOR)
        self.holdfast("migrate", "--by-policy", status=REFUSED, says=["burned-in", NAMES[PROCESSOR]])
        self.restore(PROCESSOR)
        self.change(NVME)
        self.hide(BOARD_UUID)
        self.holdfast("migrate", "--by-policy", status=REFUSED)
        self.assertEqual(self.status()["generation"], 2)

    def test_it_goes_with_nothing_else(self):
        for args in (("--plan",), ("--recovery-file", "f"), ("--quorum", "4"), ("--without", "a"), ("--no-passphrase",)):
            self.holdfast("migrate", "--by-policy", *args, status=USAGE, says=[args[0], "--by-policy"])

    def test_the_policy_is_shown_and_kept(self):
        self.assertEqual(self.holdfast("--json", "policy").json["migration"], {"mode": "manual", "most_changes": 1, "rest_days": 7})
        self.assertIn("Migration     manual: nothing happens by itself", self.holdfast("policy").text)
        set_to = {"mode": "within-margin", "most_changes": 3, "rest_days": 30}
        done = self.holdfast("--json", "policy", "--migration", "within-margin", "--most-changes", "3", "--rest-days", "30").json
        self.assertEqual((done["migration"], done["changed"], done["generation"]), (set_to, True, 2))
        again = self.holdfast("--json", "policy", "--rest-days", "30").json
        self.assertEqual((again["migration"], again["changed"], again["generation"]), (set_to, False, 2))
        self.assertEqual(self.events()[-1], "policy-changed")
        for args in (("--migration", "always"), ("--most-changes", "0"), ("--most-changes", "129"), ("--rest-days", "-1"), ("--rest-days", "3651")):
            self.holdfast("policy", *args, status=USAGE, says=args[0])

    def test_it_may_be_chosen_from_the_start(self):
        for mode in ("manual", "within-margin"):
            folder = self.folder / mode
            self.holdfast("--dir", folder, "init", "--sysroot", BOARD, "--no-recovery", "--migration", mode)
            self.assertEqual(self.holdfast("--json", "--dir", folder, "policy").json["migration"]["mode"], mode)
        self.holdfast("--dir", "x", "init", "--sysroot", BOARD, "--no-recovery", "--migration", "sometimes", status=USAGE, says="sometimes")
        self.holdfast("--dir", "x", "init", "--stateless", "--sysroot", BOARD, "--migration", "manual", status=USAGE, says="--migration")


class Rollback(MigrationTest):
    def setUp(self):
        super().setUp()
        self.backup = self.folder / "backup"
        shutil.copytree(self.state, self.backup)
        self.change(NVME)
        self.migrate()
        self.restore(NVME)
        self.migrate()

    def put_back(self):
        shutil.rmtree(self.state)
        shutil.copytree(self.backup, self.state)

    def test_it_is_refused_with_both_generations(self):
        self.put_back()
        says = ["is generation 1,", "generation 3 was in use here", "--accept-rollback"]
        self.holdfast("key", "list", status=REFUSED, says=says)
        self.refuses_to_unseal("sealed", status=REFUSED, says=says)
        self.holdfast("migrate", "--plan", status=REFUSED, says=says)
        shown = self.holdfast("status", status=REFUSED).text
        self.assertIn("Anchor        ", shown)
        for part in says:
            self.assertIn(part, shown)
        status = self.holdfast("--json", "status", status=REFUSED).json
        self.assertEqual((status["generation"], status["opens"]), (1, False))
        self.assertIn("generation 3", status["why_not"])

    def test_it_may_be_accepted_and_the_command_goes_on(self):
        self.put_back()
        self.assertEqual(self.unseal("sealed", "--accept-rollback", says=["generation 1,", "it is generation 4 now"]), TEXT)
        self.all_is_well()
        self.assertEqual((self.status()["generation"], self.events()[-1]), (4, "rollback-accepted"))
        # What was the latest is the older copy from now on.
        self.assertEqual(self.holdfast("--accept-rollback", "status").message, "")

    def test_every_command_takes_it(self):
        for args in (("status",), ("events",), ("key", "list"), ("policy",), ("epoch", "list"), ("migrate",), ("rotate-root", "--yes")):
            self.put_back()
            self.holdfast(*args, status=None)
            self.holdfast(*args, "--accept-rollback")
            self.holdfast("status")

    def test_accepting_where_nothing_was_put_back(self):
        before = self.anchor_bytes()
        self.holdfast("--accept-rollback", "key", "list")
        self.assertEqual(self.anchor_bytes(), before)

    def test_where_it_does_not_open(self):
        self.put_back()
        self.change(*OTHER)
        self.holdfast("--accept-rollback", "status", status=DOES_NOT_OPEN)
        self.refuses_to_unseal("sealed", "--accept-rollback", status=DOES_NOT_OPEN)

    def test_where_only_the_recovery_code_opens_it(self):
        self.put_back()
        self.change(*OTHER)
        self.refuses_to_unseal("sealed", "--recovery-file", self.recovery, status=REFUSED, says="generation 3 was in use here")
        self.holdfast("migrate", "--recovery-file", self.recovery, status=REFUSED, says="generation 3 was in use here")
        self.assertEqual(self.unseal("sealed", "--recovery-file", self.recovery, "--accept-rollback", says="it is generation 4 now"), TEXT)
        self.put_back()
        self.holdfast("migrate", "--recovery-file", self.recovery, "--yes", "--accept-rollback", says="accepted as the latest")
        self.all_is_well()

    def test_marks_are_not_needed(self):
        """Nor can those of another place know."""
        self.put_back()
        self.holdfast("key", "list", env={"HOLDFAST_MARKS": str(self.folder / "elsewhere")})


class RollbackWithPassphrase(HoldfastTest):
    def test_a_passphrase_is_read_once(self):
        passphrase = "siebzehn blaue Pferde"
        self.init(CONTAINER, "--passphrase-file", self.secret("passphrase", passphrase))
        backup = self.folder / "backup"
        shutil.copytree(self.state, backup)
        self.holdfast("policy", "--rest-days", "8", "--unlock-passphrase-file", "passphrase")
        shutil.rmtree(self.state)
        shutil.copytree(backup, self.state)
        self.holdfast("key", "list", "--unlock-passphrase-fd", "0", input=passphrase.encode(), status=REFUSED, says="generation 2 was in use")
        self.holdfast("key", "list", "--accept-rollback", "--unlock-passphrase-fd", "0", input=passphrase.encode(), says="accepted as the latest")
        self.holdfast("key", "list", "--unlock-passphrase-file", "passphrase")


if __name__ == "__main__":
    main()
