"""A doctor's findings, as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bench.records.findings import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def findings_text(findings: Sequence[Finding]) -> Text:
    """Return one line for each check, below it the fix, ready to be copied, and at the end how many are what."""
    text = Text()
    for finding in findings:
        text.append(f"{finding.level:6}", style=_STYLES[finding.level])
        text.append(f"{finding.check:15}{finding.found}\n")
        if finding.fix:
            text.append(f"{'':21}→ {finding.fix}\n", style="bold")
    counts = {level: sum(finding.level == level for finding in findings) for level in _STYLES}
    return text.append(", ".join(f"{count} {level}" for level, count in counts.items()))
