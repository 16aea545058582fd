#!/usr/bin/env python3
"""Measure how long `catchment check` takes on random hand edits of a plan (standard library only).

usage: check_edits.py SCENARIO PLAN [--program FILE] [--edits N] [--seed N]

SCENARIO        scenario folder
PLAN            `--out` folder of a solve of it: its actions.csv and assignment.csv are what gets edited
--program FILE  the program [default: target/release/catchment]
--edits N       valid edits to time [default: 40]
--seed N        seed of the edits [default: 1]

Every edit starts from PLAN and does one to five things as a planner would in Excel: sends a unit's pupils of a stage to
another school that teaches the stage in all plan years, drops an expansion, or adds one that the scenario offers. Then
`check` runs on the edited tables as a process of its own, start and reading included. An edit that `check` refuses (exit
code 2) is no plan and is drawn anew. Prints the median and the worst of wall time and of processor time in milliseconds.

Exit code 0: measured; 1: hardly any edit was a plan; 2: bad input; 3: `check` failed.
"""
import argparse
import csv
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib


def table(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader), reader.fieldnames


def write(path, rows, names):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def expansions(scenario):
    """(site, classes, year) of every expansion on offer."""
    with open(os.path.join(scenario, "scenario.toml"), "rb") as file:
        manifest = tomllib.load(file)
    found = []
    for action in manifest.get("actions", []):
        if action.get("action") == "expand":
            classes = action.get("classes", [])
            for size in classes if isinstance(classes, list) else [classes]:
                for year in action.get("years", manifest["years"]):
                    found += [(site, size, year) for site in action["sites"]]
    return found


def reassign(draw, assignment):
    """Sends the pupils of a unit and stage to another school, in all years."""
    row = draw.choice(assignment)
    years = {other["year"] for other in assignment}
    taught = {}
    for other in assignment:
        if other["stage"] == row["stage"]:
            taught.setdefault(other["site"], set()).add(other["year"])
    to = draw.choice(sorted(site for site, in_years in taught.items() if in_years == years))
    for other in assignment:
        if (other["unit"], other["stage"]) == (row["unit"], row["stage"]):
            other["site"] = to


def edit(draw, actions, assignment, offered):
    for _ in range(draw.randint(1, 5)):
        kind = draw.random()
        grown = [row for row in actions if row["action"] == "expand"]
        if kind < 0.2 and grown:
            actions.remove(draw.choice(grown))
        elif kind < 0.4 and offered:
            site, classes, year = draw.choice(offered)
            if all(row["site"] != site for row in actions):
                actions.append({"site": site, "year": year, "action": "expand", "classes_added": classes})
        else:
            reassign(draw, assignment)


def timed(command):
    """Seconds of wall time and of processor time, and the exit code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario")
    parser.add_argument("plan")
    parser.add_argument("--program", default="target/release/catchment")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    try:
        actions, action_names = table(os.path.join(args.plan, "actions.csv"))
        assignment, names = table(os.path.join(args.plan, "assignment.csv"))
        offered = expansions(args.scenario)
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        print(f"check_edits: {error}", file=sys.stderr)
        return 2
    draw = random.Random(args.seed)
    walls, works, refused = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        while len(walls) < args.edits:
            if refused > 10 * args.edits:
                print(f"check_edits: {refused} edits were refused, {len(walls)} were plans", file=sys.stderr)
                return 1
            edited = [dict(row) for row in actions], [dict(row) for row in assignment]
            edit(draw, *edited, offered)
            write(os.path.join(folder, "actions.csv"), edited[0], action_names)
            write(os.path.join(folder, "assignment.csv"), edited[1], names)
            wall, work, done = timed([args.program, "check", args.scenario, folder])
            if done.returncode == 2:
                refused += 1
                continue
            if done.returncode not in (0, 1):
                print(done.stderr.decode(errors="replace"), file=sys.stderr)
                return 3
            walls.append(wall * 1000)
            works.append(work * 1000)
    for what, times in (("wall time", walls), ("processor time", works)):
        print(f"{what}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    print(f"{len(walls)} edits of {len(assignment)} rows were checked, {refused} were refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
