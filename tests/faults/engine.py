"""Runs a subject with one fault after the other, and judges what each leaves behind."""

from collections import Counter
from dataclasses import dataclass, field

import plan
from harness import Broken, content_of


@dataclass
class Statistics:
    """What was tried, and what came of it."""
    points: int = 0
    changing: int = 0
    runs: int = 0
    outcomes: Counter = field(default_factory=Counter)
    not_reached: int = 0
    litter: int = 0       # runs that left temporary files with names of their own
    broken: list = field(default_factory=list)

    def add(self, other):
        self.points += other.points
        self.changing += other.changing
        self.runs += other.runs
        self.outcomes += other.outcomes
        self.not_reached += other.not_reached
        self.litter += other.litter
        self.broken += other.broken

    def text(self):
        words = (f"{self.points} fault points ({self.changing} change files), {self.runs} runs: "
                 f"{self.outcomes['old']} old, {self.outcomes['new']} new")
        if self.outcomes["partly"]:
            words += f", {self.outcomes['partly']} some keys old and some new"
        if self.litter:
            words += f"; {self.litter} left a named temporary file"
        if self.not_reached:
            words += f"; {self.not_reached} did not get there"
        return words + (f"; {len(self.broken)} BROKEN" if self.broken else "")


def check_end(end, fault):
    """What an ending must be, wherever the fault was. A message need not arrive where just its writing fails."""
    if end.killed:
        return
    if end.status >= 128:
        raise Broken(f"ended by signal {end.status - 128}")
    if end.status != 0 and not end.said and not fault.what.startswith("pipe:"):
        raise Broken(f"failed with status {end.status} and no message")


def check_outcome(end, outcome):
    if end.status == 0 and outcome != "new":
        raise Broken("reported success, and the new state is not there")


def try_fault(bench, subject, fault, changes, before, statistics):
    run = bench.fresh(subject.base)
    end = bench.disturbed(subject, run, fault)
    statistics.runs += 1
    if not end.reached:
        # Calls that change files come in one thread and so in one order; the plan promises that each is hit.
        if changes:
            raise Broken("the call was not reached")
        statistics.not_reached += 1
    check_end(end, fault)
    after = content_of(run)
    if after == before:
        outcome = "old"  # byte for byte, so nothing needs to be tried
    else:
        outcome = subject.judge(run, end)
        statistics.litter += any(subject.is_temporary(name) for name in set(after) - set(before))
    check_outcome(end, outcome)
    statistics.outcomes[outcome] += 1


def try_all(bench, subject, choose=plan.sampled, turn=0):
    """Learns what an undisturbed run does, then disturbs it in every way that `choose` names; `turn` varies samples."""
    statistics = Statistics()
    run = bench.fresh(subject.base)
    before = content_of(run)
    calls, end = bench.calls(subject, run)
    subject.learn(run, end)
    statistics.points = len(calls)
    changing = {(call["call"], call["occurrence"]) for call in calls if call["changes"]}
    statistics.changing = len(changing)
    for fault in choose(calls, run, turn):
        try:
            try_fault(bench, subject, fault, (fault.call, fault.occurrence) in changing, before, statistics)
        except Broken as problem:
            statistics.broken.append(f"{subject.name}: {fault}: {problem}")
    return statistics
