from __future__ import annotations

import csv
from pathlib import Path

from bench.catalog import models

PUBLISHED = Path(__file__).parents[4] / "results" / "reference" / "published.csv"


def test_every_published_time_is_of_a_known_model_and_has_its_source() -> None:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 17
    assert tuple(rows[0]) == ("board", "software", "model", "latency_ms", "source")
    for row in rows:
        assert row["model"] in models()
        assert row["board"].startswith("Raspberry Pi ")
        assert 1 < float(row["latency_ms"]) < 1000
        assert row["software"] and row["source"]
    assert len({(row["board"], row["software"], row["model"]) for row in rows}) == len(rows)
