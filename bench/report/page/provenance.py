"""What was measured on what: Table 1 (the models), Table 2 (their weights), and the circumstances of a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench.catalog import models
from bench.catalog.titles import framework_title, model_title
from bench.errors import UserError
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.architectures import architecture
from bench.prepare.network.cost import facts
from bench.records.schema import Clocks
from bench.report.run import Gathered


@dataclass(frozen=True)
class FactTable:
    """A table of words; without headings each row is a fact and its value."""

    name: str
    title: str
    rows: Sequence[Sequence[str]]
    headings: Sequence[str] = ()
    caption: str = ""


def models_table(names: Iterable[str]) -> FactTable:
    """Return Table 1: what follows from each model's graph, beside what the paper prints."""
    rows = []
    for name in names:
        if name not in models():
            continue
        model, found = models()[name], facts(architecture(name))
        paper = model.paper
        rows.append(
            [
                model.title,
                f"{model.width}×{model.height}",
                _beside(str(found.conv_stacked), paper and paper.conv_stacked),
                _beside(str(found.conv_total), paper and paper.conv_total),
                ", ".join(f"{height}×{width}" for height, width in found.kernels),
                f"{found.channels_min:,} to {found.channels_max:,}",
                _beside(f"{found.parameters / 1e6:.2f} M", paper and f"{paper.parameters_m:g} M"),
                f"{found.multiply_adds / 1e6:,.0f} M",
                (paper and paper.note) or "",
            ]
        )
    return FactTable(
        "table-1",
        "Table 1. The models",
        rows,
        [
            "Model",
            "Input [pixels]",
            "Convolutions in line",
            "Convolutions",
            "Kernels",
            "Channels",
            "Parameters",
            "Multiply-adds per image",
            "Note",
        ],
        "Computed from each model's graph; in parentheses what the paper prints.",
    )


def _beside(found: str, printed: object) -> str:
    return found if printed is None else f"{found} ({printed})"


def weights_table(runs: Sequence[Gathered], prepared: Path) -> FactTable:
    """Return Table 2: where each cell's weights came from.

    Parameters
    ----------
    prepared : Path
        The folder of prepared models: the one whose numbers have a cell's digest tells where they came from.
    """
    variants = (variant for gathered in runs for variant in gathered.results.plan.variants)
    origins = {variant.name: _origin(prepared / variant.name) for variant in variants}
    used: dict[tuple[str, ...], set[str]] = {}
    for gathered in runs:
        for row in gathered.rows:
            digest, graph, weights, licence = origins.get(row.variant.name, ("", "", "", ""))
            if row.weights_sha256 is None:
                graph, weights, licence = "", "never loaded", ""
            elif row.weights_sha256 != digest:
                graph, weights, licence = "", "no longer among the prepared models", ""
            cell = framework_title(row.framework), model_title(row.variant.name)
            entry = (*cell, row.weights or "", weights, graph, licence, row.weights_sha256 or "")
            used.setdefault(entry, set()).add(gathered.run.run_id)
    headings = ["Framework", "Model", "Weights", "From", "Graph from", "Licence", "sha256 of the numbers"]
    several = len(runs) > 1
    return FactTable(
        "table-2",
        "Table 2. The weights",
        [[*entry, f"{len(names)} of {len(runs)}"] if several else list(entry) for entry, names in used.items()],
        [*headings, "Runs"] if several else headings,
        "Synthetic weights are random numbers of the right size: the speed holds, but they recognise nothing.",
    )


def circumstances(gathered: Gathered) -> FactTable:
    """Return what a run was measured on and how, every fact that its files hold."""
    run, plan = gathered.run, gathered.results.plan
    profile = plan.profile.model_dump(exclude_none=True)
    facts_found = [
        ("Run", run.run_id),
        ("Began, ended", f"{_date(run.began)}, {_date(run.ended) if run.ended else 'not ended'}"),
        *_prefixed("Board", run.board.model_dump(exclude_none=True)),
        *_prefixed("Conditions", run.conditions.model_dump(exclude_none=True) or {"stated": "none"}),
        ("Profile", ", ".join(f"{_words(name)} {value}" for name, value in profile.items())),
        ("Threads", str(plan.threads)),
        *((f"Own model, {own.name}", f"{own.told}, sha256 {own.sha256}") for own in plan.own),
        ("Images, sha256", plan.images_sha256),
        ("Seed", str(plan.seed)),
        ("Catalog, sha256", run.catalog_sha256),
        *_meters(gathered),
        *_frameworks(gathered),
    ]
    return FactTable(f"on-{_identifier(run.run_id)}", f"Measured on what: {run.run_id}", facts_found)


def circumstances_of_all(runs: Sequence[Gathered]) -> FactTable:
    """Return on what each of several runs was measured, one row for each; the run's own report tells the rest."""
    rows = []
    for gathered in runs:
        board, plan = gathered.results.board, gathered.results.plan
        stated = gathered.results.conditions.model_dump(exclude_none=True)
        versions = {framework_title(row.framework): row.framework_version for row in gathered.rows}
        digests = {framework_title(row.framework): row.image_digest for row in gathered.rows if row.image_digest}
        meters = dict.fromkeys(f"{row.meter} ({row.boundary})" for row in gathered.rows if row.meter)
        rows.append(
            [
                gathered.run.run_id,
                _date(gathered.run.began),
                f"{board.model}{' (emulated)' if board.emulated else ''}",
                f"{board.os}, {board.kernel}, {board.userland_bits} bits",
                f"{plan.profile.name}, {plan.threads} threads",
                ", ".join(f"{_words(name)} {value}" for name, value in stated.items()),
                ", ".join(meters),
                "\n".join(f"{title} {version}" for title, version in versions.items() if version),
                "\n".join(f"{title} {digest}" for title, digest in digests.items()),
                plan.images_sha256,
            ]
        )
    headings = [
        "Run",
        "Began",
        "Board",
        "System",
        "Profile",
        "Conditions",
        "Meter",
        "Frameworks",
        "Containers",
        "Images",
    ]
    return FactTable(
        "measured-on", "Measured on what", rows, headings, "'bench report RUN' tells everything of one run."
    )


def _meters(gathered: Gathered) -> Iterator[tuple[str, str]]:
    if not gathered.samplings:
        yield "Meter", "none: no sampler ran"
    for sampling in gathered.samplings:
        record = sampling.record
        if record is None:
            continue
        uncertainty = "unknown" if record.uncertainty is None else f"{record.uncertainty:.2%}"
        yield (
            f"Meter ({sampling.path.name})",
            f"{record.meter}, boundary {record.boundary or 'none'}, uncertainty of a sample {uncertainty}, every "
            f"{record.period_s:g} s: {record.samples:,} samples, {record.missed:,} missed, {record.stale:,} stale, "
            f"{record.invalid:,} invalid; its own processor time {record.cpu_s:.1f} s",
        )
        yield from _prefixed("Meter", record.details)


def _frameworks(gathered: Gathered) -> Iterator[tuple[str, str]]:
    for call in gathered.run.calls:
        title = framework_title(call.framework)
        yield (
            f"{title}, call {call.id}",
            f"{call.platform}, image {call.image_digest or 'none: not in a container'}, "
            f"bench {call.bench_version}, began {_date(call.began)}: {shlex.join(call.command)}",
        )
    told = set()
    for row in gathered.rows:
        if row.framework not in told:
            records = [record for record in gathered.records(row) if record.build_info]
            if records:
                told.add(row.framework)
                yield f"{framework_title(row.framework)}, build", "\n".join(_flat(records[-1].build_info))


def _origin(folder: Path) -> tuple[str, str, str, str]:
    try:
        provenance = PreparedModel(folder).record.provenance
    except UserError:
        return "", "", "", ""
    return provenance.weights_sha256, provenance.graph, provenance.weights, provenance.licence


def _prefixed(prefix: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"{prefix}, {_words(name)}", str(value)) for name, value in values.items()]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            yield f"{prefix}{name}: {text}"


def _date(clocks: Clocks) -> str:
    moment = datetime.fromtimestamp(clocks.realtime_ns / 1e9, tz=timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _identifier(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text)
