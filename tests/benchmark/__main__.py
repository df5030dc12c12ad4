"""`python3 tests/benchmark`: what harness and report cost, whether intervals hold, and our images against their rivals.

And how accuracy scales over machines. As tables in results/. In the frameworks' images where a Docker engine answers;
else only the harness, with OpenCV's wheel in the development environment. `python3 tests/benchmark harness`,
`intervals`, `report`, `rivals` or `shards` makes one of them.
"""

import csv
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.bootstrap import ensure_or_end  # noqa: E402  (the path comes first)


def main() -> None:
    python = ensure_or_end("dev", "benchmark")
    if Path(sys.prefix) != python.parents[1]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        os.execve(python, [str(python), *sys.argv], environment)
    import intervals

    import harness
    import report
    import rivals
    import shards

    results = ROOT / "results"
    wanted = sys.argv[1:] or ["harness", "intervals", "report", "rivals", "shards"]
    if "report" in wanted:
        write(results / "report.md", report.HEADER, report.rows())
        wanted.remove("report")
    if "intervals" in wanted:
        write(results / "intervals.md", intervals.HEADER, intervals.rows())
        wanted.remove("intervals")
    if "shards" in wanted:
        write(results / "shards.md", shards.HEADER, shards.rows(), shards.suite)
        wanted.remove("shards")
    if not wanted:
        return
    subprocess.run([str(python), "-m", "bench.cli", "prepare", "--results", str(results)], check=True)
    engine = subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    if "harness" in wanted:
        write(results / "harness.md", harness.HEADER, harness.rows(results, engine))
    if "rivals" in wanted and engine:
        write(results / "rivals.md", rivals.HEADER, kept(rivals.rows(results), results / "rivals.csv", rivals.COLUMNS))


def kept(rows, path, columns):
    """Yield rows, and write them as a table of comma-separated values as well; what is measured is kept at once."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            file.flush()
            yield row


def write(path, header, rows, summary=lambda _: "") -> None:
    """Print rows as they come, and write the whole table at the end, below it its summary."""
    told = []
    for row in rows:
        told.append(row)
        print(f"| {' | '.join(row)} |", flush=True)
    table = "".join(f"| {' | '.join(row)} |\n" for row in told)
    path.write_text(f"{header}{table}{summary(told)}\nOn {platform.machine()}, {os.cpu_count()} processors.\n")
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
