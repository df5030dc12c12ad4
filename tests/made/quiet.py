"""What a program leaves behind and whom it calls.

Calls are counted by the kernel, in a network namespace of its own in which nobody can be reached: whatever any thread
of any language tries with IP, looking up a name too, is a packet or a route not found. It proves that nothing was tried
while the program ran, not what it would say later to a network that answers.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from tests.made.program import PATIENCE_S

COUNTERS = ("/proc/net/snmp", "/proc/net/snmp6")
CALLS = ("Ip.OutRequests", "Ip.OutNoRoutes", "Ip6OutRequests", "Ip6OutNoRoutes")
MARK = "the kernel's counters:"


def counted(command: list[str]) -> list[str]:
    """Return the command, followed by the counters on standard output; its exit code stays."""
    show = f"code=$?; echo {shlex.quote(MARK)}; cat {' '.join(COUNTERS)}; exit $code"
    return ["sh", "-c", f"{shlex.join(command)}; {show}"]


def calls(stdout: str) -> dict[str, int]:
    """Return which of the counters are not zero."""
    lines = stdout.partition(MARK)[2].splitlines()
    found = {}
    for names, values in zip(lines, lines[1:]):
        protocol, _, rest = names.partition(":")
        if values.startswith(f"{protocol}:"):
            numbers = values.partition(":")[2].split()
            found.update({f"{protocol}.{name}": int(number) for name, number in zip(rest.split(), numbers)})
    for line in lines:
        name, _, value = line.partition(" ")
        if name in CALLS:
            found[name] = int(value)
    assert set(CALLS[:2]) <= set(found), stdout
    return {name: found[name] for name in CALLS if found.get(name)}


def run_alone(command: list[str], home: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without a network, with an empty home and a folder for temporary files of its own."""
    for folder in (home, temporary):
        folder.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and name != "CI"}
    environment = {**inherited, "HOME": str(home), "TMPDIR": str(temporary)}
    alone = ["unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"])]
    return subprocess.run(
        [*alone, *counted(command)], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
