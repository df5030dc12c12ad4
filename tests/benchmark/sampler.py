"""What sampling costs: processor time, memory and punctuality at 10 and 100 Hz, from files such as hwmon's.

Usage: python3 tests/benchmark/sampler.py [SECONDS]

Plants an INA226 as the kernel shows it and lets the sampler's own process read it, just as `bench sample` starts it: on
an idle machine, and beside a load on every core, as a benchmark makes it.
"""

import fcntl
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from pathlib import Path
from bench.power.sampling import process
from bench.power.meters import hwmon
root = Path(sys.argv.pop())
process.find_meter = lambda _: hwmon.Hwmon(root=root)
process.main()
"""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    print("| Hz | beside | samples | missed | of one core | peak MiB | jitter p99 |\n|---|---|---|---|---|---|---|")
    for rate, (beside, context) in itertools.product((10, 100), (("nothing", nullcontext), ("a load", load))):
        with context(), tempfile.TemporaryDirectory() as folder:
            cells = measure(Path(folder), 1 / rate, seconds)
        print(f"| {rate} | {beside} | {' | '.join(cells)} |", flush=True)


@contextmanager
def load():
    """Keep every core busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def measure(folder: Path, period_s: float, seconds: float) -> list[str]:
    """Sample for a while; return the cells of the table's row."""
    plant(folder / "sys")
    (folder / "run.json").write_text("{}")
    lock = folder / "lock"
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        arguments = [folder, lock, "hwmon", period_s, "", "/", folder / "sys"]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        process.send_signal(signal.SIGTERM)
        process.wait()
    record = json.loads((folder / "sampler.json").read_text(encoding="ascii"))
    lasted_s = (record["ended"]["monotonic_ns"] - record["began"]["monotonic_ns"]) / 1e9
    peak_mib = int(status.split("VmHWM:")[1].split()[0]) / 1024
    share, jitter_ms = record["cpu_s"] / lasted_s, record["jitter_ms_p99"]
    return [str(record["samples"]), str(record["missed"]), f"{share:.2%}", f"{peak_mib:.1f}", f"{jitter_ms} ms"]


def plant(root: Path) -> None:
    """Write the files of one sensor, and of a thermal zone and a clock, as sysfs has them."""
    sensor = root / "class/hwmon/hwmon0"
    (root / "devices/1-0040").mkdir(parents=True)
    sensor.mkdir(parents=True)
    (sensor / "device").symlink_to(root / "devices/1-0040")
    files = {"name": "ina226", "power1_input": 4820000, "in1_input": 5072, "curr1_input": 950, "shunt_resistor": 10000}
    for name, content in files.items():
        (sensor / name).write_text(f"{content}\n", encoding="ascii")


if __name__ == "__main__":
    main()
