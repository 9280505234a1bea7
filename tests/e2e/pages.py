"""Pages of the documentation whose commands are typed, and whose answers are compared."""

import re
import subprocess
from pathlib import Path

from support import PATIENCE

PROJECT = Path(__file__).resolve().parent.parent.parent
MARK = "=== step ==="


def load(name):
    return (PROJECT / "docs" / name).read_text()


def blocks(page, kind):
    """The page's blocks of that kind, in order."""
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", page)


def steps(page):
    """What the page types, with what it shows then."""
    for block in blocks(page, "console"):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            lines = part.splitlines()
            typed = 1
            while lines[typed - 1].endswith(("\\", "|")):
                typed += 1
            yield "\n".join(lines[:typed]), "\n".join(lines[typed:])


def pattern(shown):
    """What a run must print where the page shows this: identifiers and moments differ each time."""
    text = re.sub(r"\b[0-9a-f]{16}\b", "[0-9a-f]{16}", re.sub(r"[0-9a-f]{32,}", "[0-9a-f]{32,}", re.escape(shown.strip())))
    return re.sub(r"\d{4}\\-\d\d\\-\d\dT\d\d:\d\d:\d\dZ", r"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", text)


def run(typed, env, here):
    """What each of the commands prints, typed one after another in one shell. `here` turns the page's places into the test's."""
    # What a command leaves in $? is there for the next one.
    script = "\n".join(f"last=$?; echo '{MARK}'; (exit $last)\n{here(command)}" for command in typed)
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=PROJECT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    return done.stdout.decode().split(f"{MARK}\n")[1:]


def judge(test, page, env, here):
    """Every step prints what the page shows."""
    typed = list(steps(page))
    test.assertGreater(len(typed), 10)
    printed = run([command for command, _ in typed], env, here)
    test.assertEqual(len(printed), len(typed), printed)
    for (command, shown), out in zip(typed, printed):
        with test.subTest(command):
            test.assertRegex(out.strip(), rf"\A{pattern(here(shown))}\Z")
