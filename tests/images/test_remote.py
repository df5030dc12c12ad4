"""`bench up --on`: a board that has nothing but an engine gets images, measures, and its run comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.records.columns import Results
from bench.records.store import read_record
from bench.results.verify import verify
from tests.images.conftest import NATIVE, PLATFORMS, ROOT, build
from tests.made.program import PATIENCE_S
from tests.made.remote import RemoteBoard
from tests.made.rounds import only_run

IMAGES = ("opencv", "tools")


@pytest.fixture
def board() -> Iterator[RemoteBoard]:
    missing = RemoteBoard.missing_programs()
    if missing or os.getuid() != 0:
        why = f"no {', '.join(missing)}" if missing else "a board in namespaces needs root"
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            pytest.fail(why)
        pytest.skip(why)
    root = Path(tempfile.mkdtemp(prefix="on-"))
    board = RemoteBoard(root)
    try:
        board.up()
        yield board
    finally:
        board.down()
        shutil.rmtree(root)


@pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")
def test_a_board_gets_images_once_and_what_it_measures_comes_back(
    board: RemoteBoard, tmp_path: Path, shared_models: Path, shared_images: Path
) -> None:
    for name in IMAGES:
        build(name, NATIVE)

    def up() -> subprocess.CompletedProcess[str]:
        options = [
            *("--frameworks", "opencv", "--models", "squeezenet", "--profile", "smoke", "--run", "there"),
            *("--meter", "simulated", "--board", "simulated:pi4", "--results", tmp_path),
            *("--weights", shared_models, "--images", shared_images),
        ]
        command = [sys.executable, "-m", "bench", "up", "--on", "board", *map(str, options)]
        environment = {**board.environment, "BENCH_TAG": "test", "COLUMNS": "200"}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    first = up()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Bringing opencv, tools." in first.stdout
    folder = only_run(tmp_path)
    (row,) = read_record(folder.results_json, Results).rows
    assert (row.status, row.framework, row.images_classified) == ("ok", "opencv", 5)
    assert row.image_digest in board.ask("docker images --quiet --no-trunc").stdout.split()
    assert (folder.path / "report.html").exists()
    assert verify(folder).problems == []

    second = up()
    assert second.returncode == 0, second.stdout + second.stderr
    assert "board has every image of this source." in second.stdout
    assert read_record(folder.results_json, Results).rows[0] == row
