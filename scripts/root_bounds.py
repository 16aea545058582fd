#!/usr/bin/env python3
"""Derive root bounds of public instances anew, from certificates and instance files alone (standard library only).

usage: root_bounds.py BENCHMARKS CERTIFICATES... [--most N] [--table FILE]

BENCHMARKS    folder of the public instances: one folder for each family, and best_known.csv
CERTIFICATES  certificates written by `catchment bench solve --certificates`, or folders of them
--most N      only the first N certificates of every family
--table FILE  write the table as Markdown

Shares no code with the program. It reads the instance, takes from the certificate nothing but the multipliers u of "every
customer is served once", the multiplier r of "exactly p facilities" and the name of what stays inside, and evaluates

    sum u - r p + least sum over choices of open facilities of v(i)
    v(i) = f_i + r + least of sum over customers of min(0, c_ij - u_j) within the capacity, taken in fractions

where the choice is free, or counts p facilities, or has capacity for all demand (a whole knapsack). By weak duality this
is a lower bound on the cost of every solution. Prices of capacities in the certificate are not used: they are worked out.

Exit code 0: every bound that the program states was reached and none is above a proven optimum; 1 otherwise; 2 bad input.
"""
import argparse
import csv
import gzip
import heapq
import json
import math
import os
import re
import sys

# Problem: whether fixed costs count, whether capacities hold, whether p is fixed, whether facilities are given (all open,
# each serving its own unit). What contiguity asks for is left out: the bound holds all the more.
PROBLEMS = {
    "sscflp": (True, True, False, False), "cflp": (True, True, False, False), "uflp": (True, False, False, False),
    "ssckflp": (True, True, True, False), "cflsap": (True, True, False, False), "ckflsap": (True, True, True, False),
    "sap": (False, True, False, True), "gap": (False, True, False, True), "cpmp": (False, True, True, False),
    "pmp": (False, False, True, False),
}


class Instance:
    """Capacities and fixed costs by facility, demands by customer, and the row of costs of a facility."""

    def __init__(self, capacity, fixed, demand, row, home=None):
        self.capacity, self.fixed, self.demand, self.row = capacity, fixed, demand, row
        self.home = home  # position of the facility's own unit among the customers


def text_of(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read().decode("utf-8-sig", "replace")


def numbers_of(path):
    return [float(word) for word in re.findall(r"[^\s,]+", text_of(path))]


def facility_rows(path):
    v = numbers_of(path)
    n, m = int(v[0]), int(v[1])
    head, demand, costs = v[2:2 + 2 * n], v[2 + 2 * n:2 + 2 * n + m], v[2 + 2 * n + m:]
    return Instance(head[0::2], head[1::2], demand, lambda i: costs[i * m:(i + 1) * m])


def diaz(path):
    v = numbers_of(path)
    m, n = int(v[0]), int(v[1])
    costs, rest = v[2:2 + m * n], v[2 + m * n:]
    return Instance(rest[m + n:m + 2 * n], rest[m:m + n], rest[:m], lambda i: costs[i:m * n:n])


def orlib_large(path):
    v = numbers_of(path)
    n, m = int(v[0]), int(v[1])
    head, rest = v[2:2 + 2 * n], v[2 + 2 * n:]
    width = n + 1
    return Instance(head[0::2], head[1::2], rest[0:m * width:width], lambda i: rest[1 + i:m * width:width])


def tbed1(path):
    v = numbers_of(path)
    m, n = int(v[0]), int(v[1])
    demand, capacity, fixed = v[2:2 + m], v[2 + m:2 + m + n], v[2 + m + n:2 + m + 2 * n]
    unit = v[2 + m + 2 * n:]
    return Instance(capacity, fixed, demand, lambda i: [d * c for d, c in zip(demand, unit[i * m:(i + 1) * m])])


def unit_table(path):
    lines = [line for line in text_of(path).splitlines()[1:] if line.strip()]
    units = [[float(field) for field in re.split(r"[\t,]", line.strip())[:7]] for line in lines]
    sites = [position for position, unit in enumerate(units) if unit[6] > 0]

    def row(i):
        _, _, x, y, *_ = units[sites[i]]
        return [unit[1] * math.hypot(unit[2] - x, unit[3] - y) / 1000.0 for unit in units]

    return Instance([units[s][6] for s in sites], [units[s][5] for s in sites], [unit[1] for unit in units], row, sites)


def points(rows, capacity, demand, rule):
    def row(i):
        x, y = rows[i]
        return [rule(math.hypot(other[0] - x, other[1] - y)) for other in rows]
    return Instance(capacity, [0.0] * len(rows), demand, row)


def cpmp_orlib(path):
    v = numbers_of(path)
    n, capacity = int(v[2]), v[4]
    rows = [v[5 + 4 * k:9 + 4 * k] for k in range(n)]
    return points([row[1:3] for row in rows], [capacity] * n, [row[3] for row in rows], lambda d: math.floor(d + 1e-9))


def cpmp_lorena(path):
    v = numbers_of(path)
    rows = [v[2 + 4 * k:6 + 4 * k] for k in range(int(v[0]))]
    return points([row[:2] for row in rows], [row[2] for row in rows], [row[3] for row in rows], lambda d: d)


def pmed(path):
    v = [int(word) for word in numbers_of(path)]
    n, edges = v[0], {}
    for k in range(v[1]):
        a, b, length = v[3 + 3 * k:6 + 3 * k]
        edges[min(a, b), max(a, b)] = length
    near = [[] for _ in range(n)]
    for (a, b), length in edges.items():
        near[a - 1].append((b - 1, length))
        near[b - 1].append((a - 1, length))

    def row(i):
        far = [math.inf] * n
        far[i] = 0
        heap = [(0, i)]
        while heap:
            distance, at = heapq.heappop(heap)
            if distance == far[at]:
                for other, length in near[at]:
                    if distance + length < far[other]:
                        far[other] = distance + length
                        heapq.heappush(heap, (distance + length, other))
        return far

    return Instance([math.inf] * n, [0.0] * n, [1.0] * n, row)


READERS = {"holmberg": facility_rows, "yang": facility_rows, "tb4": facility_rows, "orlib_small": facility_rows,
           "orlib_large": orlib_large, "diaz": diaz, "tbed1": tbed1, "flsap": unit_table, "sap": unit_table,
           "geo": unit_table, "cpmp_orlib": cpmp_orlib, "cpmp_lorena": cpmp_lorena, "pmed": pmed}


def fractional(items, capacity):
    """Greatest worth of (worth, load) that fits, fractions allowed."""
    total = 0.0
    for worth, load in sorted(items, key=lambda item: -item[0] / item[1] if item[1] > 0 else -math.inf):
        if load > capacity:
            return total + (worth * capacity / load if load > 0 else 0.0)
        capacity -= load
        total += worth
    return total


def whole(items, capacity):
    """Greatest worth of (worth, load) that fits, nothing in part: lists of undominated choices, cut by the fractional rest.

    Falls back on the fractional worth, which is never less, where the lists grow too long.
    """
    items = [item for item in items if item[1] <= capacity]
    items.sort(key=lambda item: -item[0] / item[1] if item[1] > 0 else -math.inf)
    top = fractional(items, capacity)
    best, room = 0.0, capacity
    for worth, load in items:
        if load <= room:
            best, room = best + worth, room - load
    choices = [(0.0, 0.0)]
    for at, (worth, load) in enumerate(items):
        if not choices:
            break
        more = choices + [(l + load, w + worth) for l, w in choices if l + load <= capacity]
        more.sort(key=lambda choice: (choice[0], -choice[1]))
        best = max(best, max(w for _, w in more))
        rest, choices, most = items[at + 1:], [], -1.0
        for l, w in more:
            if w > most:
                most = w
                if w + fractional(rest, capacity - l) > best:
                    choices.append((l, w))
        if len(choices) > 20000:
            return top
    return min(best, top)


def root_bound(instance, problem, p, certificate):
    """The bound at the certificate's root multipliers."""
    has_fixed, has_capacity, has_p, given = PROBLEMS[problem]
    multipliers = certificate["multipliers"][certificate["root"]["multipliers"]]
    u, inside = multipliers["services"], certificate["inside"]
    demand = instance.demand
    if len(u) != len(demand):
        sys.exit("error: %d multipliers for %d customers" % (len(u), len(demand)))
    counts = isinstance(inside, dict) and "row" in inside
    r = multipliers["rows"][0] if has_p and not counts else 0.0
    capacity = instance.capacity
    if problem != "cflp" and all(d == int(d) for d in demand):
        # Whole demands fill no fraction of a capacity.
        capacity = [math.floor(c * (1 + 1e-12)) if math.isfinite(c) else c for c in capacity]
    constant = math.fsum(u) - (r * p if has_p else 0.0)
    own = {home: i for i, home in enumerate(instance.home)} if given else {}
    values = []
    for i, row in enumerate(instance.row(i) for i in range(len(capacity))):
        items = [(uj - c, d) for j, (uj, c, d) in enumerate(zip(u, row, demand)) if uj > c and own.get(j, i) == i]
        if has_capacity:
            worth = fractional(items, capacity[i])
        else:
            worth = math.fsum(item[0] for item in items)
        values.append((instance.fixed[i] if has_fixed else 0.0) + r - worth)
    if given:
        return constant + math.fsum(values)
    if counts:
        return constant + math.fsum(sorted(values)[:p])
    least = math.fsum(min(0.0, value) for value in values)
    if isinstance(inside, dict) and "cover" in inside:
        # Facilities that pay are open. Of the others, leave shut those worth most that all demand can do without.
        total = math.fsum(demand)
        capacity = [min(c, total) for c in capacity]
        dear = [(value, c) for value, c in zip(values, capacity) if value > 0]
        spare = math.fsum(capacity) - total
        least += math.fsum(value for value, _ in dear) - whole(dear, spare)
    return constant + least


def best_known(folder):
    """Value and whether it is proven, by family, instance, problem and p; without p where the table has none."""
    table = {}
    with open(os.path.join(folder, "best_known.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["best_known_value"]:
                digits = row["best_known_value"].partition(".")[2]
                entry = (float(row["best_known_value"]), row["proved_optimal"] == "y", 0.5 * 10.0 ** -len(digits))
                table[row["family"], row["instance"], row["problem"], row["p"]] = entry
                table.setdefault((row["family"], row["instance"], row["problem"], ""), entry)
    return table


def instance_file(folder, family, name):
    for ending in (".txt", ".dat", ".plc"):
        for packed in ("", ".gz"):
            path = os.path.join(folder, family, name + ending + packed)
            if os.path.exists(path):
                return path
    sys.exit("error: no file of %s %s below %s" % (family, name, folder))


def certificate_files(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".json"))
        else:
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmarks")
    parser.add_argument("certificates", nargs="+")
    parser.add_argument("--most", type=int)
    parser.add_argument("--table")
    arguments = parser.parse_args()
    known = best_known(arguments.benchmarks)
    head = "| family | instance | problem | p | root bound, derived here | root bound of the program | best known | below it by |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    counts, faults, read = {}, 0, (None, None)
    print("\n".join(lines))
    for path in certificate_files(arguments.certificates):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        family, name, problem, p = (document[key] for key in ("family", "instance", "problem", "p"))
        certificate = document["certificate"]
        if not certificate.get("root") or counts.get(family, 0) == arguments.most:
            continue
        counts[family] = counts.get(family, 0) + 1
        if read[0] != (family, name):
            read = ((family, name), READERS[family](instance_file(arguments.benchmarks, family, name)))
        derived = root_bound(read[1], problem, p, certificate)
        stated = certificate["root"]["bound"]
        value, proven, half_digit = known.get((family, name, problem, str(p or "")), (None, False, 0.0))
        mark = ""
        if derived < stated - 1e-7 * max(1.0, abs(stated)):
            mark = " **not reached**"
        if value is not None and proven and max(derived, stated) > value + half_digit + 1e-7 * abs(value):
            mark += " **above a proven optimum**"
        faults += bool(mark)
        best = "" if value is None else "%.10g%s" % (value, " (optimal)" if proven else "")
        below = "" if value is None else "%.3f %%" % (100 * (value - derived) / abs(value))
        fields = (family, name, problem, p or "", "%.4f" % derived, "%.4f%s" % (stated, mark), best, below)
        lines.append("| " + " | ".join(str(field) for field in fields) + " |")
        print(lines[-1], flush=True)
    if arguments.table:
        with open(arguments.table, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    summary = ", ".join("%s %d" % item for item in sorted(counts.items()))
    print("%d root bounds (%s); %d wrong" % (sum(counts.values()), summary, faults), file=sys.stderr)
    return 1 if faults or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
