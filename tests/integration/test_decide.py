"""A real run, watched while it goes on, checked and decided on at its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.made.program import ROOT, bench, run_smoke, worker_of


def asked(results: Path, *arguments: str) -> tuple[int, Any]:
    done = bench(*arguments, "--json", "--results", results)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_run_is_watched_while_it_goes_on_and_whole_at_its_end(results: Path) -> None:
    with subprocess.Popen(run_smoke(results), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        worker_of(run)
        os.kill(run.pid, signal.SIGSTOP)  # it measures, however long the question takes
        try:
            code, status = asked(results, "status")
        finally:
            os.kill(run.pid, signal.SIGCONT)
    assert (code, status["state"], status["measuring"]) == (0, "measuring", "opencv")
    assert [cell["state"] for cell in status["cells"]] == ["running", "left"]
    assert status["from_profile"]

    assert run.returncode == 0
    assert bench("merge", "--end", "--results", results).returncode == 0
    code, status = asked(results, "status")
    assert (status["state"], status["left_s"], status["not_begun"]) == ("ended", 0, [])
    code, verification = asked(results, "verify")
    assert (code, verification["problems"]) == (0, [])

    code, recommendation = asked(results, "recommend", "--goal", "throughput")
    (ranking,) = recommendation["rankings"]
    assert code == 0
    assert {choice["model"] for choice in ranking["choices"]} == {"squeezenet_v1.1", "nin"}
    code, judgements = asked(results, "claims")
    assert {judgement["verdict"] for judgement in judgements} == {"can't tell"}
