"""What the command shows of each machine, and what it keeps to itself."""

from support import MACHINES, HoldfastTest, env_attribute, main

# machine: (platform, total bits, weakest quorum, k, n, tier)
EXPECTED = {
    "cloud-vm": ("virtual-machine", 0, 0, 2, 3, "declared"),
    "container": ("container", 0, 0, 2, 3, "declared"),
    "emmc-arm-board": ("bare-metal", 88, 88, 3, 3, "software"),
    "laptop": ("bare-metal", 112, 80, 3, 4, "software"),
    "raspberry-pi": ("bare-metal", 88, 88, 3, 3, "software"),
    "x86-server": ("bare-metal", 176, 112, 4, 6, "software"),
}


class Fingerprint(HoldfastTest):
    def show(self, machine, *options, **more):
        return self.holdfast(*options, "fingerprint", "--sysroot", MACHINES / machine, **more)

    def values_of(self, machine):
        shown = self.holdfast("--json", "fingerprint", "--sysroot", MACHINES / machine, "--show-values").json
        return {a["name"]: a["value"] for a in shown["attributes"] if "value" in a}

    def test_every_fixture_is_expected(self):
        self.assertEqual(sorted(EXPECTED), sorted(path.name for path in MACHINES.iterdir()))

    def test_totals_and_tier(self):
        for machine, (platform, total, weakest, k, n, tier) in EXPECTED.items():
            with self.subTest(machine):
                json = self.show(machine, "--json").json
                self.assertEqual(json["platform"]["kind"], platform)
                self.assertEqual(json["plan"], {"quorum": k, "counted": n, "total_bits": total, "weakest_bits": weakest,
                                                "floor_bits": 64, "tier": tier})
                text = self.show(machine).text
                self.assertIn(f"Total            {total} bits\n", text)
                self.assertIn(f"Weakest quorum   {weakest} bits, any {k} of {n} groups", text)
                self.assertIn(f"Tier             {tier}\n", text)
                self.assertEqual("would need more here" in text, weakest < 64)

    def test_the_floor_is_the_profiles(self):
        floor = 80
        for machine in ("emmc-arm-board", "x86-server"):
            with self.subTest(machine):
                usual = self.show(machine, "--json").json["plan"]
                plan = self.holdfast("--json", "fingerprint", "--sysroot", MACHINES / machine, "--profile", "fips").json["plan"]
                self.assertEqual((usual["floor_bits"], plan["floor_bits"]), (64, floor))
                # As an anchor of that profile would be made: more attributes, where that helps.
                self.assertGreaterEqual(plan["quorum"], usual["quorum"])
                self.assertGreaterEqual(plan["weakest_bits"], floor)
                text = self.holdfast("fingerprint", "--sysroot", MACHINES / machine, "--profile", "fips").text
                self.assertIn(f"(an anchor needs {floor})", text)
        self.holdfast("fingerprint", "--profile", "nosuch", status=6, says="no profile 'nosuch'")

    def test_columns(self):
        for machine in EXPECTED:
            with self.subTest(machine):
                self.assertEqual(self.show(machine).text.splitlines()[0].split(),
                                 ["NAME", "SOURCE", "STATE", "CLASS", "GROUP", "BITS", "VALUE"])

    def test_values_are_masked(self):
        for machine in EXPECTED:
            with self.subTest(machine):
                values = self.values_of(machine)
                self.assertTrue(values)
                table = self.show(machine).text
                json = self.show(machine, "--json").text
                for name, value in values.items():
                    self.assertGreater(len(value), 4, name)
                    self.assertNotIn(value.lower(), table.lower(), name)
                    self.assertNotIn(value.lower(), json.lower(), name)
                self.assertEqual(table.count("********"), len(values))
                self.assertNotIn('"value"', json)

    def test_values_are_shown_when_asked_for(self):
        table = self.holdfast("fingerprint", "--show-values", "--sysroot", MACHINES / "x86-server").text
        for value in ("e4434b1a2c30", "9mq4nn2"):
            self.assertIn(value, table.lower().replace(":", ""))
        self.assertNotIn("********", table)
        for name, value in self.values_of("x86-server").items():
            self.assertRegex(table, rf"(?m)^{name} .* {value}$")

    def test_placeholders_blanks_and_missing_are_explained(self):
        text = self.show("cloud-vm").text
        self.assertIn("dmi/chassis_serial: the value is a placeholder", text)
        self.assertIn("disk/0000:00:06.0-virtio/serial: the value is blank", text)
        states = {a["name"]: a["state"] for a in self.show("cloud-vm", "--json").json["attributes"]}
        self.assertEqual(states["dmi/chassis_serial"], "placeholder")
        self.assertEqual(states["disk/0000:00:06.0-virtio/serial"], "empty")

    def test_named_attributes_join_in_and_are_masked_too(self):
        file = self.credentials(env_attribute("site", "SITE", bits=40))
        shown = self.holdfast("--json", "fingerprint", "--sysroot", MACHINES / "laptop", "--credfile", file,
                              env={"SITE": "rack-77-slot-9"})
        self.assertNotIn("rack-77", shown.text)
        site = [a for a in shown.json["attributes"] if a["name"] == "site"][0]
        self.assertEqual((site["state"], site["bits"], site["bits_claimed"], site["class"]), ("present", 40, True, "declared"))
        table = self.holdfast("fingerprint", "--sysroot", MACHINES / "laptop", "--credfile", file, env={"SITE": "rack-77-slot-9"})
        self.assertRegex(table.text, r"(?m)^site .*40 claimed +\*{8}$")

    def test_a_value_of_any_bytes_can_be_shown(self):
        file = self.credentials(env_attribute("site", "SITE"))
        environment = {**self.env, "SITE": b"\xff\xfe-serial-77"}
        for options in ((), ("--json",)):
            with self.subTest(options):
                self.env = environment
                shown = self.holdfast(*options, "fingerprint", "--show-values", "--sysroot", MACHINES / "laptop", "--credfile", file)
                self.assertIn("-serial-77", shown.text)

    def test_a_system_root_that_is_not_there_is_an_error(self):
        self.holdfast("fingerprint", "--sysroot", "nosuch", status=6, says="nosuch")
        self.holdfast("init", "--sysroot", "nosuch", "--no-recovery", status=6, says="nosuch")
        self.assertFalse(self.state.exists())

    def test_nothing_is_written(self):
        self.show("laptop")
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    main()
