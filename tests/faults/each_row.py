"""Tries rows of a table, several at a time where that is wanted, and says what came of each."""

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor

from bases import Maker
from device import SHAPES, Command
from harness import Bench


def parse(description, groups):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="+", choices=[*groups, "all"])
    parser.add_argument("--only", default="", help="the rows whose name has this in it")
    parser.add_argument("--jobs", type=int, default=1, help="how many rows at once")
    parser.add_argument("--exhaustive", action="store_true", help="everything at every call, instead of a sample")
    arguments = parser.parse_args()
    names = list(groups) if "all" in arguments.groups else arguments.groups
    rows = [row for name in names for row in groups[name] if arguments.only in row.name]
    return arguments, rows


def try_rows(rows, arguments, try_one, total, how):
    """`try_one(bench, command, turn)` gives statistics of the same type as `total`. Returns the exit status."""
    begin = time.monotonic()
    shapes = 10**6 if arguments.exhaustive else SHAPES
    with Bench() as shared:
        maker = Maker(shared.folder)
        maker.make()

        def run(turn, row):
            with Bench() as bench:
                return try_one(bench, Command(row, maker.bases, maker.inputs, shapes), turn)

        with ThreadPoolExecutor(arguments.jobs) as pool:
            for row, statistics in zip(rows, pool.map(run, range(len(rows)), rows), strict=True):
                print(f"{row.name}: {statistics.text()}", flush=True)
                for problem in statistics.broken:
                    print(f"  BROKEN: {problem}", flush=True)
                total.add(statistics)
    taken = os.times()
    spent = taken.user + taken.system + taken.children_user + taken.children_system
    print(f"{len(rows)} commands, {total.text()} ({how}; {time.monotonic() - begin:.0f} s, {spent:.0f} s of processor)")
    return 1 if total.broken or not rows else 0
