"""The penguins, as numbers: each fifth is kept back for the evaluation."""

from __future__ import annotations

import json
import math
import os

SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
MEASURES = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]


def penguins(held_back: bool) -> list[tuple[list[float], int]]:
    """Measures in standard units, with a constant 1, and the number of the species."""
    with open(os.environ["PENGUINS"], encoding="utf-8") as file:
        measured = [one for one in json.load(file) if all(one[name] is not None for name in MEASURES)]
    columns = [[float(one[name]) for one in measured] for name in MEASURES]
    scales = []
    for column in columns:
        mean = sum(column) / len(column)
        scales.append((mean, math.sqrt(sum((value - mean) ** 2 for value in column) / len(column))))
    rows = [
        ([1.0] + [(value - mean) / spread for value, (mean, spread) in zip(values, scales)], SPECIES.index(one["Species"]))
        for one, values in zip(measured, zip(*columns))
    ]
    return [row for i, row in enumerate(rows) if (i % 5 == 0) == held_back]


def likelihoods(weights: list[list[float]], measures: list[float]) -> list[float]:
    """Of each species, by softmax regression."""
    scores = [sum(weight * value for weight, value in zip(line, measures)) for line in weights]
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]
