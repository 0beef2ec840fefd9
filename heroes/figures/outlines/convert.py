"""Draws heroes/figures/outlines/france.csv from Natural Earth: `python -m heroes.figures.outlines.convert countries-10m.json`.

Input: countries-10m.json of the npm package world-atlas 2.0.2 (ISC; Natural Earth 4.1.0, public domain), a TopoJSON file.
Kept: rings of France (ISO 250) north of 41° N and between 6° W and 10° E, so the mainland, Corsica and the larger islands
along the coasts. Simplified by Douglas & Peucker in a plane scaled by the cosine of 46.5° N, tolerance 0.01°; rings
smaller than 0.01 square degrees are dropped. Run once; the program itself only reads the result.
"""

import csv
import json
import math
import sys
from pathlib import Path

FRANCE, TOLERANCE, LEAST_AREA = "250", 0.01, 0.01
SQUEEZE = math.cos(math.radians(46.5))


def rings_of_france(topology: dict) -> list[list[tuple[float, float]]]:
    """Outer rings (longitude, latitude) of metropolitan France."""
    (scale_x, scale_y), (shift_x, shift_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(points)
    country = next(shape for shape in topology["objects"]["countries"]["geometries"] if shape.get("id") == FRANCE)
    polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    rings = []
    for outer, *_holes in polygons:
        ring: list[tuple[float, float]] = []
        for index in outer:
            points = arcs[index] if index >= 0 else arcs[~index][::-1]
            ring += points[1:] if ring else points
        if all(-6 < x < 10 and y > 41 for x, y in ring):
            rings.append(ring)
    return rings


def simplified(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Douglas & Peucker; the ends stay."""
    if len(points) < 3:
        return points
    (ax, ay), (bx, by) = points[0], points[-1]
    ax, bx = ax * SQUEEZE, bx * SQUEEZE
    length = math.hypot(bx - ax, by - ay)

    def distance(point):
        x, y = point[0] * SQUEEZE, point[1]
        if length == 0:
            return math.hypot(x - ax, y - ay)
        return abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length

    far = max(range(1, len(points) - 1), key=lambda index: distance(points[index]))
    if distance(points[far]) <= TOLERANCE:
        return [points[0], points[-1]]
    return simplified(points[: far + 1])[:-1] + simplified(points[far:])


def area(ring: list[tuple[float, float]]) -> float:
    """Area in square degrees."""
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(ring, ring[1:]))) / 2


def main() -> int:
    """Reads the TopoJSON file named on the command line and writes france.csv beside this file."""
    topology = json.loads(Path(sys.argv[1]).read_text())
    rings = sorted((ring for ring in rings_of_france(topology) if area(ring) >= LEAST_AREA), key=area, reverse=True)
    with Path(__file__).with_name("france.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ring", "longitude", "latitude"))
        for number, ring in enumerate(rings, start=1):
            writer.writerows((number, f"{x:.3f}", f"{y:.3f}") for x, y in simplified(ring))
    return 0


if __name__ == "__main__":
    sys.exit(main())
