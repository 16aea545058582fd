#!/usr/bin/env python3
"""Makes units.csv and sites.csv of this scenario from villages.geojson (see NOTICE.md for its origin).

usage: prepare.py VILLAGES.GEOJSON

Standard library only. Nothing here is random; running it again gives the same files.
"""
import csv
import json
import math
import sys

KEPT, SMALL, CANDIDATE = 1, 2, 3  # school_flag in the source


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        villages = json.load(file)["features"]
    with open("units.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "name", "lon", "lat", "junior"])
        for village in villages:
            own = village["properties"]
            lon, lat = village["geometry"]["coordinates"]
            out.writerow([f"v{own['village_id']:03}", f"村/社区 {own['village_id']:03}", lon, lat, own["students"]])
    with open("sites.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "name", "kind", "status", "lon", "lat", "rooms", "protected", "home"])
        for village in villages:
            own = village["properties"]
            if not own["school"]:
                continue
            flag, number = own["school_flag"], own["village_id"]
            lon, lat = village["geometry"]["coordinates"]
            candidate = flag == CANDIDATE
            # Rooms are not in the source: places divided by 50, rounded up.
            rooms = 0 if candidate else math.ceil(own["school_capacity"] / 50)
            key, name = (f"n{number:03}", "规划初中") if candidate else (f"s{number:03}", "初中")
            out.writerow([
                key, f"{name} {number:03}", "junior", "candidate" if candidate else "operating", lon, lat, rooms,
                "true" if flag == KEPT else "false", f"v{number:03}",
            ])


if __name__ == "__main__":
    main()
