"""Tests that hold for both programs: of completions, which the shell runs, and of manual pages, held against what --help says.
They run where a module derives its own classes from these."""

import re
import shutil
import subprocess

from support import IO, NOT_FOUND, PATIENCE, USAGE, HoldfastTest

# What one Tab leaves in COMPREPLY, a line each; the last word is the one that is being typed.
COMPLETE = """source ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); FUNCTION; printf '%s\\n' "${COMPREPLY[@]}" """


def section(text, title):
    """The lines below a heading of --help."""
    return text.split(f"\n{title}:\n")[1].split("\n\n")[0].splitlines() if f"\n{title}:\n" in text else []


class ToolTest(HoldfastTest):
    """Of the program `holdfast`; another one says its name, and how it is run."""

    PROGRAM = "holdfast"

    def tool(self, *args, **options):
        return self.holdfast(*args, **options)

    def commands(self, *command):
        """Every command that --help knows, with its help."""
        text = self.tool(*command, "--help").text
        yield command, text
        for line in section(text, "Subcommands"):
            yield from self.commands(*command, line.split()[0])


class HelpTest(ToolTest):
    def test_each_shows_the_whole_command_and_an_example_of_its_own(self):
        footer = "Begin with:"
        self.assertIn(footer, self.tool("--help").text)
        for command, text in self.commands():
            typed = " ".join((self.PROGRAM, *command))
            with self.subTest(typed):
                self.assertIn(f"\nUsage: {typed} [", text)
                if command:
                    self.assertNotIn(footer, text)
                    self.assertRegex(text.split("\nExample:\n")[1], rf"(?m)^  .*\b{typed}( |$)")
                    self.assertIn(f"'{self.PROGRAM} --help'", text)


class CompletionTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("completion", self.tool("completion", "bash").out)
        self.function = "_" + self.PROGRAM.replace("-", "_")

    def bash(self, *args):
        done = subprocess.run(["bash", "--norc", *args], cwd=self.folder, env=self.env, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""), args)
        return done.stdout.decode()

    def complete(self, *words):
        script = COMPLETE.replace("FUNCTION", self.function)
        return [line for line in self.bash("-c", script, "bash", self.PROGRAM, *words).splitlines() if line]

    def test_it_is_sound(self):
        self.bash("-n", "completion")
        self.assertIn(f"-F {self.function} {self.PROGRAM}", self.bash("-c", f"source ./completion; complete -p {self.PROGRAM}"))

    def test_zsh(self):
        zsh = self.tool("completion", "zsh").text
        self.assertTrue(zsh.startswith(f"#compdef {self.PROGRAM}\n"))
        self.assertIn((self.folder / "completion").read_text(), zsh)
        if shutil.which("zsh"):
            self.write("completion.zsh", zsh)
            subprocess.run(["zsh", "-n", "completion.zsh"], cwd=self.folder, check=True, timeout=PATIENCE)

    def test_other_shells(self):
        self.tool("completion", "fish", status=USAGE, says=["fish", "bash", "zsh"])
        self.tool("completion", status=USAGE, says="SHELL")


class ManualTest(ToolTest):
    FEWEST = 25  # pages
    NAMED = ("HOLDFAST_DIR", "HOLDFAST_PROFILES", "NO_COLOR")  # on the program's own page

    def setUp(self):
        super().setUp()
        (self.folder / "man").mkdir()
        self.tool("manual", "--out", "man", says=f"man -l man/{self.PROGRAM}.1")

    def pages(self):
        return sorted((self.folder / "man").iterdir())

    def page(self, *command):
        """Its text without what is escaped for roff."""
        text = (self.folder / "man" / ("-".join((self.PROGRAM, *command)) + ".1")).read_text()
        return text.replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")

    def test_a_page_for_each_command_with_each_option(self):
        pages = set()
        for command, text in self.commands():
            with self.subTest(" ".join(command)):
                page = self.page(*command)
                pages.add("-".join((self.PROGRAM, *command)) + ".1")
                options = re.findall(r"(?m)^  (?:-h,)?(--[a-z-]+)", text) + [line.split()[0] for line in section(text, "Positionals") if line[2] != " "]
                self.assertIn("--help", options)
                for option in options:
                    self.assertRegex(page, rf"(?m)^\.B {re.escape(option)}( |$)")
                self.assertIn(text.splitlines()[0], page)
                for example in re.findall(rf"(?m)^  ({self.PROGRAM} .*)$", text.split("Example:")[-1] if "Example:" in text else ""):
                    self.assertIn(example, page)
                for line in section(text, "Subcommands"):
                    self.assertIn("-".join((self.PROGRAM, *command, line.split()[0])) + "\\fR(1)", page)
        self.assertGreater(len(pages), self.FEWEST)
        self.assertEqual({path.name for path in self.pages()}, pages)

    def test_the_pages_are_sound(self):
        macros = {"TH", "SH", "TP", "B", "I", "BR", "PP", "nf", "fi"}
        for path in self.pages():
            text = path.read_text()
            self.assertRegex(text.splitlines()[0], rf'^\.TH {path.stem} 1 "" "{self.PROGRAM} [0-9.]+" "Holdfast"$')
            self.assertLessEqual(set(re.findall(r"(?m)^\.(\w+)", text)), macros, path.name)
            self.assertFalse(re.findall(r"(?m)^'", text), path.name)
            for part in (".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXIT STATUS"):
                self.assertIn(f"\n{part}\n", text, path.name)
        self.assertTrue(all(name in self.page() for name in self.NAMED))

    def test_groff_agrees(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        for path in self.pages():
            done = subprocess.run(["groff", "-man", "-ww", "-z", "-K", "utf8", path], capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""), path.name)

    def test_again_and_elsewhere(self):
        before = {path.name: path.read_bytes() for path in self.pages()}
        self.assertEqual(self.tool("manual", "--out", "man", "--quiet").err, b"")
        self.assertEqual({path.name: path.read_bytes() for path in self.pages()}, before)
        self.tool("manual", "--out", "nosuch", status=NOT_FOUND, says="'nosuch")
        self.write("file", b"")
        self.tool("manual", "--out", "file", status=IO, says="'file")
        self.tool("manual", status=USAGE, says="--out")
