"""What compose.yaml gives the sampler: the devices and files that its meter needs, and no more."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.images.conftest import ROOT


def sampler(**settings: str) -> dict[str, Any]:
    """Return the sampler's service as Compose understands it."""
    command = ["docker", "compose", "config", "--format=json", "sampler"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BENCH_")}
    done = subprocess.run(command, cwd=ROOT, env={**environment, **settings}, capture_output=True, check=True)
    service: dict[str, Any] = json.loads(done.stdout)["services"]["sampler"]
    return service


def given(service: dict[str, Any]) -> tuple[list[str], list[str], str, list[str]]:
    """Return its devices, groups, network, and what is mounted besides the results."""
    mounts = [mount["source"] for mount in service["volumes"] if mount["target"] != "/results"]
    return [device["source"] for device in service["devices"]], service["group_add"], service["network_mode"], mounts


def test_by_default_the_sampler_gets_nothing() -> None:
    service = sampler()
    assert given(service) == (["/dev/null"], ["65534"], "none", ["/dev/null"])
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["environment"]["BENCH_PERIOD"] == "0.1"


def test_a_sensor_on_i2c_gets_its_bus_and_its_group() -> None:
    service = sampler(BENCH_METER="i2c", BENCH_METER_DEVICE="/dev/i2c-1", BENCH_METER_GROUP="994")
    assert given(service) == (["/dev/i2c-1"], ["994"], "none", ["/dev/null"])
    assert service["environment"]["BENCH_METER"] == "i2c"
    assert service["environment"]["BENCH_METER_GROUP"] == "994"


def test_a_smart_plug_gets_a_network() -> None:
    assert given(sampler(BENCH_METER_NETWORK="bridge")) == (["/dev/null"], ["65534"], "bridge", ["/dev/null"])


def test_a_logger_s_file_is_given_for_reading() -> None:
    service = sampler(BENCH_METER_FILE="/var/log/fnirsi.txt", BENCH_PERIOD="0.01")
    assert given(service) == (["/dev/null"], ["65534"], "none", ["/var/log/fnirsi.txt"])
    assert all(mount["read_only"] for mount in service["volumes"] if mount["target"] != "/results")
    assert service["environment"]["BENCH_PERIOD"] == "0.01"
