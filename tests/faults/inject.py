#!/usr/bin/env python3
"""Kills commands, and lets their system calls fail, at every point. Afterwards a fresh process must find the old state
or the new one, whole. The groups of commands are in rows.py."""

import sys

import plan
from each_row import parse, try_rows
from engine import Statistics, try_all
from rows import GROUPS


def main():
    arguments, rows = parse(__doc__, GROUPS)
    rows = [row for row in rows if arguments.exhaustive or not row.rare]
    choose, how = (plan.exhaustive, "exhaustively") if arguments.exhaustive else (plan.sampled, "sampled: plan.py says what")
    return try_rows(rows, arguments, lambda bench, command, turn: try_all(bench, command, choose, turn), Statistics(), how)


if __name__ == "__main__":
    sys.exit(main())
