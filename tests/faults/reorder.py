#!/usr/bin/env python3
"""Records what commands do to files, and tries every state in which a power failure may leave the disk: crash_model.py.
Afterwards a fresh process must find the old state or the new one, whole; the new one where the command had ended. The
groups of commands are in rows.py."""

import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field

from crash_model import Disk, write_state
from each_row import parse, try_rows
from harness import Broken, content_of
from rows import REORDERED


@dataclass
class Statistics:
    operations: int = 0
    states: int = 0
    outcomes: Counter = field(default_factory=Counter)
    broken: list = field(default_factory=list)

    def add(self, other):
        self.operations += other.operations
        self.states += other.states
        self.outcomes += other.outcomes
        self.broken += other.broken

    def text(self):
        words = f"{self.operations} operations, {self.states} crash states: {self.outcomes['old']} old, {self.outcomes['new']} new"
        if self.outcomes["partly"]:
            words += f", {self.outcomes['partly']} some keys old and some new"
        return words + (f"; {len(self.broken)} BROKEN" if self.broken else "")


def crash_states(disk, operations):
    """Each distinct state, with how many operations there had been when it could first be, and whether it can still be
    when the program has ended."""
    first = {}
    for count, operation in enumerate([None, *operations]):
        if operation is not None:
            disk.apply(operation)
        last = {state: None for state in disk.states()}
        for state in last:
            first.setdefault(state, count)
    return [(state, count, state in last) for state, count in first.items()]


def try_state(bench, subject, state, end, before):
    """Returns 'old' or 'new'; `end` where the program may have ended in this state."""
    if bench.place.exists():
        shutil.rmtree(bench.place)
    write_state(state, bench.place)
    outcome = "old" if content_of(bench.place) == before else subject.judge(bench.place, end)
    if end is not None and outcome != "new":
        raise Broken("lost, though the command had reported success")
    return outcome


def try_crashes(bench, subject, _turn=0):
    """Every crash state of one subject."""
    statistics = Statistics()
    run = bench.fresh(subject.base)
    before = content_of(run)
    disk = Disk(run)
    operations, end = bench.operations(subject, run)
    subject.learn(run, end)
    statistics.operations = len(operations)
    for state, count, is_last in crash_states(disk, operations):
        statistics.states += 1
        try:
            outcome = try_state(bench, subject, state, end if is_last else None, before)
            statistics.outcomes[outcome] += 1
        except Broken as problem:
            after = operations[count - 1] if count else {"op": "nothing"}
            shown = {name: value for name, value in after.items() if name != "data"}
            statistics.broken.append(f"{subject.name}: after operation {count} ({shown}): {problem}")
    return statistics


def main():
    arguments, rows = parse(__doc__, REORDERED)
    return try_rows(rows, arguments, try_crashes, Statistics(), "every state of the model")


if __name__ == "__main__":
    sys.exit(main())
