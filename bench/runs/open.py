"""Which run directory a command works on: an unfinished one with the same plan goes on, else a new one begins."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from bench.board.clocks import now
from bench.board.identity import identify
from bench.catalog import catalog_sha256
from bench.errors import UserError
from bench.names import checked_name
from bench.records.files import lock, open_lock, write_atomic
from bench.records.run import Board, Conditions, Plan, Profile, Run
from bench.records.schema import Repetition, Variant
from bench.records.statistics import interval, throughput
from bench.runs.folder import RunFolder
from bench.source import source_sha256

DONE = ("ok", "throttled")
"""Statuses of a repetition that need no repeating."""


def open_run(
    runs: Path,
    plan: Plan,
    requested: str = "",
    board: Board | None = None,
    conditions: Conditions | None = None,
    narrow: bool = False,
) -> RunFolder:
    """Open the run to measure into, creating it if need be.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    requested : str
        A run's name: that one, whatever its state, begun if there is none. Empty: the latest run with this very
        plan if something is missing in it, else a new one.
    board : Board
        What is measured; by default this computer as it is.
    conditions : Conditions
        What the user states of the surroundings. A run that was measured under others is not continued.
    narrow : bool
        Whether a run of more frameworks than the plan's is continued too.

    Raises
    ------
    UserError
        If the named run was measured under other conditions, or the folder can't be written.
    """
    with open_lock(runs / ".open") as guard:  # two may come at the same moment
        lock(guard, runs / ".open")
        board, conditions = board or identify(), conditions or Conditions()
        if requested:
            existing = named_run(runs, requested)
            if existing is None:
                return _create(_named(runs, requested), plan, board, conditions)
            require_same(existing, plan, board, conditions)
            return join(existing, plan, conditions)
        for folder in reversed(all_runs(runs)):
            if _continues(folder, plan, narrow) and not _elsewhere(folder.read_run(), board, conditions):
                return join(folder, plan, conditions)
        return _create(_new_folder(runs), plan, board, conditions)


def all_runs(runs: Path) -> list[RunFolder]:
    """Return every run directory, the one that was worked on last at the end.

    Within a boot by its monotonic clock, boots as they came, and only unknown ones by the calendar: a board without a
    clock begins each boot at some moment of the past.
    """
    boots = {boot_id: number for number, boot_id in enumerate(_boots(runs))}
    dated = []
    for file in runs.glob("*/run.json"):
        folder = RunFolder(file.parent)
        try:
            run = folder.read_run()
        except UserError:
            continue  # a foreign or newer file is no reason to refuse the other runs
        last = run.calls[-1].began if run.calls else run.began
        boot = boots.get(last.boot_id)
        since = last.realtime_ns if boot is None else last.monotonic_ns
        dated.append((-1 if boot is None else boot, since, folder.run_id, folder))
    return [folder for *_, folder in sorted(dated, key=lambda entry: entry[:3])]


def _boots(runs: Path) -> list[str]:
    """Return the boots in which runs were worked on, as they came."""
    try:
        return (runs / ".boots").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return []


def _note_boot(runs: Path) -> None:
    known, boot_id = _boots(runs), now().boot_id
    if boot_id not in known:
        write_atomic(runs / ".boots", "\n".join([*known, boot_id, ""]).encode())


def missing_cells(folder: RunFolder, run: Run) -> list[tuple[str, Variant]]:
    """Return the cells that were planned or begun, but are not done."""
    frameworks = dict.fromkeys([*(run.plan.frameworks or []), *(call.framework for call in run.calls)])
    return [
        (framework, variant)
        for framework in frameworks
        for variant in run.plan.variants
        if not is_done(folder.repetitions(framework, *variant), run.plan.profile)
    ]


def is_done(records: list[Repetition], profile: Profile) -> bool:
    """Tell whether a cell needs nothing more: all went well, and speed is known well enough or the cap is reached."""
    if len(records) < profile.repetitions or any(record.status not in DONE for record in records):
        return False
    if profile.ci_target is None or len(records) >= profile.repetitions_max:
        return True
    half = reached(records)
    return half is not None and half <= profile.ci_target


def reached(records: list[Repetition]) -> float | None:
    """Return half the 95 % interval of a cell's throughput as a share of it; None where there is none."""
    values = [throughput(record.preprocess_ns, record.inference_ns) for record in records if record.inference_ns]
    found = interval(1.0, values)
    return found[1] - 1 if found else None


def _continues(folder: RunFolder, plan: Plan, narrow: bool) -> bool:
    run = folder.read_run()
    unstated = {"frameworks": None}
    if run.plan.model_copy(update=unstated) != plan.model_copy(update=unstated):
        return False
    known, wanted = run.plan.frameworks, plan.frameworks
    if known is not None and wanted is not None and not (set(wanted) <= set(known) if narrow else wanted == known):
        return False
    return run.ended is None or any(not _unavailable(folder, *cell) for cell in missing_cells(folder, run))


def _unavailable(folder: RunFolder, framework: str, variant: Variant) -> bool:
    return any(record.status == "unavailable" for record in folder.repetitions(framework, *variant))


def require_same(folder: RunFolder, plan: Plan, board: Board, conditions: Conditions) -> None:
    """Raise UserError if a run was measured otherwise than this."""
    different = difference(folder.read_run(), plan, board, conditions)
    if different:
        raise UserError(f"run {folder.run_id} was measured {different}; name another run, or leave these options out")


def difference(run: Run, plan: Plan, board: Board, conditions: Conditions) -> str:
    """Say how a run was measured otherwise than this; empty if it may go on so.

    Digests that a plan does not have yet differ from none.
    """
    former = run.plan
    if plan.images_sha256 and former.images_sha256 != plan.images_sha256:
        return "on other images than those that are prepared now"
    if former.source != plan.source:
        return f"on {former.source or 'the shared'} weights, not on {plan.source or 'the shared ones'}"
    for one in plan.own:
        known = next((other for other in former.own if other.name == one.name), one)
        if known != one:
            return f"with {one.name} as {known.told}, not {one.told}"
    changed = [name for name, digest in plan.models_sha256.items() if former.models_sha256.get(name, digest) != digest]
    if changed:
        return f"with other weights of {', '.join(changed)} than those that are prepared now"
    if (former.profile, former.threads) != (plan.profile, plan.threads):
        return f"with {_speed(former)}, not {_speed(plan)}"
    if former.accuracy != plan.accuracy:
        return f"with{'' if former.accuracy else 'out'} classifying images, not with{'' if plan.accuracy else 'out'} it"
    return _elsewhere(run, board, conditions)


def _speed(plan: Plan) -> str:
    images = plan.profile.accuracy_images
    limit = "" if images is None else f" (accuracy over {images} images)"
    return f"profile {plan.profile.name}{limit} on {plan.threads} threads"


def join(folder: RunFolder, plan: Plan, conditions: Conditions) -> RunFolder:
    """Add to a run what a plan has beyond its own, and what is newly stated of its surroundings."""
    folder.refuse_links()
    run = folder.read_run()
    former = run.plan
    update: dict[str, object] = {
        "models": list(dict.fromkeys([*former.models, *plan.models])),
        "precisions": list(dict.fromkeys([*former.precisions, *plan.precisions])),
        "models_sha256": {**former.models_sha256, **plan.models_sha256},
        "own": [*former.own, *(one for one in plan.own if one not in former.own)],
    }
    if former.frameworks is not None:
        update["frameworks"] = list(dict.fromkeys([*former.frameworks, *(plan.frameworks or [])]))
    joined = former.model_copy(update=update)
    _note_boot(folder.path.parent)
    known = run.conditions.model_copy(update=conditions.model_dump(exclude_none=True))
    if (joined, known) != (former, run.conditions):
        folder.write_run(run.model_copy(update={"plan": joined, "conditions": known}))
    return folder


def named_run(runs: Path, name: str) -> RunFolder | None:
    """Return the run of that name; None if there is none yet, or no name is given."""
    if not name:
        return None
    folder = _named(runs, name)
    return folder if folder.run_json.exists() else None


def _named(runs: Path, name: str) -> RunFolder:
    return RunFolder(runs / checked_name(name, "a run"))


def _new_folder(runs: Path) -> RunFolder:
    stamp = datetime.now(tz=timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")
    folder = RunFolder(runs / stamp)
    count = 1
    while folder.path.exists():
        count += 1
        folder = RunFolder(runs / f"{stamp}-{count}")
    return folder


def _elsewhere(run: Run, board: Board, conditions: Conditions) -> str:
    """Say how a run's board or surroundings are not these; empty if nothing speaks against continuing it."""
    former, simulated = run.board, run.board.simulated or board.simulated
    if simulated and former.model != board.model:
        return f"on '{former.model}', not on '{board.model}'"
    if simulated and None not in (former.spec, board.spec) and former.spec != board.spec:
        return f"on '{former.spec}', not on '{board.spec}'"
    for name, stated in conditions.model_dump(exclude_none=True).items():
        known = getattr(run.conditions, name)
        if known not in (None, stated):
            return f"with {name} '{known}', not '{stated}'"
    return ""


def _create(folder: RunFolder, plan: Plan, board: Board, conditions: Conditions) -> RunFolder:
    _note_boot(folder.path.parent)
    folder.write_run(
        Run(
            run_id=folder.run_id,
            board=board,
            conditions=conditions,
            plan=plan,
            catalog_sha256=catalog_sha256(),
            source_sha256=source_sha256(),
            began=now(),
        )
    )
    return folder


def reopen(folder: RunFolder) -> None:
    """Mark a run as going on, if it was ended: its sampler looks for one that does."""
    run = folder.read_run()
    if run.ended is not None:
        folder.write_run(run.model_copy(update={"ended": None}))


def end_run(folder: RunFolder) -> None:
    """Mark a run as ended, which stops its sampler."""
    folder.write_run(folder.read_run().model_copy(update={"ended": now()}))
