"""`python3 tests/benchmark`: what the harness costs, per framework and model, written to results/harness.md.

In the frameworks' images where a Docker engine answers, else OpenCV's wheel in the development environment.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.bootstrap import SetUpError, ensure  # noqa: E402  (the path comes first)

SECONDS = 60
"""How long each cell's worker and bare loop measure together."""

REPORT = ROOT / "results" / "harness.md"
HEADER = f"""# What the harness costs

Throughput that `bench run` measures, divided by that of a bare loop with the same framework, model, threads and
images, with the 95 % interval: both run turn and turn about for {SECONDS} s, and the images of all turns count.
Memory is what supervisor and worker take beyond the framework's own need for the same model.

| framework | model | images/s | ratio | turns | framework MiB | harness MiB |
|---|---|---|---|---|---|---|
"""


def in_image(framework: str, prepared: Path) -> list[str]:
    """Return the command that runs the benchmark in a framework's image, building it if need be."""
    build = ["docker", "compose", "build", framework]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    mounts = [f"--volume={prepared}:/prepared:ro", f"--volume={Path(__file__).parent}:/benchmark:ro", "--tmpfs=/tmp"]
    image = f"pi-dnn-bench/{framework}:latest"
    program = ["/benchmark/harness.py", framework, "/prepared", str(SECONDS)]
    return ["docker", "run", "--rm", "--network=none", *mounts, "--entrypoint=python3", image, *program]


def main() -> None:
    try:
        python = ensure("dev")
    except SetUpError as error:
        sys.exit(f"benchmark: {error}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    bench = [str(python), "-m", "bench.cli"]
    prepared = ROOT / "results" / "prepared"
    subprocess.run([*bench, "prepare", "--results", str(ROOT / "results")], env=environment, check=True)
    engine = subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    here = [str(python), str(Path(__file__).with_name("harness.py")), "opencv", str(prepared), str(SECONDS)]
    commands = [in_image(framework, prepared) for framework in ("opencv", "caffe")] if engine else [here]
    lines = []
    for command in commands:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                found = json.loads(line)
                cells = [
                    *(found["framework"], found["model"], f"{found['images_per_s']:.2f}"),
                    *(found["ratio"], str(found["turns"])),
                    *(f"{found[name]:.0f}" for name in ("framework_mib", "added_mib")),
                ]
                lines.append(f"| {' | '.join(cells)} |")
                print(lines[-1], flush=True)
        if process.returncode != 0:
            sys.exit(f"benchmark: {' '.join(command[:3])} … failed with code {process.returncode}")
    where = "in the images" if engine else "with the wheel of OpenCV"
    machine = f"On {platform.machine()}, {os.cpu_count()} processors, {where}."
    REPORT.write_text(HEADER + "\n".join(lines) + f"\n\n{machine}\n")
    print(REPORT.relative_to(ROOT))


if __name__ == "__main__":
    main()
