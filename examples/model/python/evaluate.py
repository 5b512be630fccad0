"""Asks a model about penguins that it has not seen."""

from __future__ import annotations

import json
import os
from typing import Any

from goalkeeper import Context, job
from penguins import likelihoods, penguins


def evaluate(given: Any, _: Context) -> Any:
    with open(os.path.join(os.environ["MODEL_DIR"], given["model"]), encoding="utf-8") as file:
        weights = json.load(file)["weights"]
    unseen = penguins(held_back=True)
    right = 0
    for measures, species in unseen:
        likely = likelihoods(weights, measures)
        right += likely.index(max(likely)) == species
    return {"accuracy": right / len(unseen), "penguins": len(unseen)}


job(evaluate)
