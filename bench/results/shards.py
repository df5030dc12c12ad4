"""A cell's predictions from shards that many machines made: all of them, whole, and made of and by the same."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.records.notes import Note
from bench.records.notes.shards import DeviatingMachine, MissingShards, ReorderedImages, UnusableShards
from bench.records.run import Plan
from bench.records.schema import Repetition
from bench.runs.shards import ControlImage, Shard, Share, shard_csv, shard_or_fault, shares_in

TOLERANCE = 1e-4
"""How far the probabilities of one control image may differ between machines, in float32: as far as frameworks may."""


class Joined(NamedTuple):
    """The shards that one machine's predictions would be.

    Attributes
    ----------
    files
        Their predictions; together each image once.
    platforms
        What they were classified on, such as `linux/arm64`.
    """

    files: list[Path]
    platforms: list[str]


def join(cell: Path, plan: Plan, record: Repetition, notes: list[Note]) -> Joined | None:
    """Return a complete set of shards of a cell; None if there is none, and why in the notes.

    Parameters
    ----------
    cell : Path
        The cell's folder of shards.
    plan : Plan
        Says of which images and weights they have to be.
    record : Repetition
        Of the cell as the board measured it: the shards have to be of its weights and framework version.
    notes : list of Note
        Where it is entered what is missing or can't be used.
    """
    shares = shares_in(cell)
    refusals: list[Note] = []
    for of in sorted({share.of for share in shares}):
        found: list[Note] = []
        shards = list(_usable(cell, of, [share for share in shares if share.of == of], plan, record, found))
        if not found:
            reordered = _reordered(shards)
            if reordered:
                name, count = f"{record.framework} {record.variant.name}", len(shards[0].control)
                notes.append(ReorderedImages(cell=name, images=reordered, of=count))
            files = [shard_csv(cell, shard.share) for shard in shards]
            return Joined(files, sorted({shard.platform for shard in shards}))
        refusals += found
    notes += refusals
    return None


def difference(one: list[ControlImage], other: list[ControlImage]) -> float:
    """Return how far two machines' probabilities of the same images are apart, at least.

    Of a class that is among the five of one alone the other's probability is not known: it is at most its fifth.
    Infinite if they are not of the same images.

    >>> first = ControlImage(image="a", classes=[1, 2], probabilities=[0.5, 0.25])
    >>> second = ControlImage(image="a", classes=[1, 3], probabilities=[0.5, 0.125])
    >>> difference([first], [second]), difference([first], [])
    (0.125, inf)
    """
    if [image.image for image in one] != [image.image for image in other]:
        return math.inf
    return max((_apart(first, second) for first, second in zip(one, other)), default=0.0)


def _apart(one: ControlImage, other: ControlImage) -> float:
    known = [dict(zip(image.classes, image.probabilities)) for image in (one, other)]
    both = [abs(known[0][name] - known[1][name]) for name in known[0].keys() & known[1].keys()]
    alone = [
        mine[name] - min(theirs.values())
        for mine, theirs in (known, known[::-1])
        for name in mine.keys() - theirs.keys()
    ]
    return max([*both, *alone])


def _usable(
    cell: Path, of: int, shares: list[Share], plan: Plan, record: Repetition, notes: list[Note]
) -> Iterator[Shard]:
    """Yield the shards of one division that can be used, and note what keeps it from being whole."""
    name = f"{record.framework} {record.variant.name}"
    missing = sorted(set(range(1, of + 1)) - {share.number for share in shares})
    if missing:
        notes.append(MissingShards(cell=name, of=of, missing=missing))
    read: list[Shard] = []
    faults: dict[str, list[int]] = defaultdict(list)
    for share in shares:
        found = shard_or_fault(cell, share)
        if isinstance(found, Shard):
            read.append(found)
        else:
            faults[found].append(share.number)
    choices = Counter((shard.accuracy_images, shard.seed) for shard in read)
    shards = []
    for shard in read:
        odd = _odd(shard, plan, record, choices.most_common(1)[0][0])
        if odd:
            faults[odd].append(shard.share.number)
        else:
            shards.append(shard)
    notes += [UnusableShards(cell=name, numbers=numbers, of=of, fault=fault) for fault, numbers in faults.items()]
    deviating = _deviating(shards)
    for machine, apart in deviating.items():
        theirs = [shard.share.number for shard in shards if shard.machine == machine]
        notes.append(DeviatingMachine(cell=name, machine=machine, apart=min(apart, 1.0), numbers=theirs, of=of))
    yield from (shard for shard in shards if shard.machine not in deviating)


def _odd(shard: Shard, plan: Plan, record: Repetition, choice: tuple[int | None, int]) -> str:
    """Say of what a shard is, if not of what the board measured, nor of the most shards' choice of images."""
    version = record.build_info.get("version")
    if shard.framework_version != version:
        return f"of {shard.framework} {shard.framework_version}, the board's is {version}"
    if shard.weights_sha256 != record.weights_sha256:
        return f"of weights {shard.weights_sha256[:12]}, the board's are {(record.weights_sha256 or 'none')[:12]}"
    if shard.images_sha256 != plan.images_sha256:
        return f"of images {shard.images_sha256[:12]}, the run's are {plan.images_sha256[:12]}"
    if (shard.accuracy_images, shard.seed) != choice:
        return f"of {_choice(shard.accuracy_images)} images, most others are of {_choice(choice[0])}"
    return ""


def _choice(images: int | None) -> str:
    return "all" if images is None else f"{images:,}"


def _deviating(shards: list[Shard]) -> dict[str, float]:
    """Return the machines whose control images are not as those of most machines, each with how far they are off.

    Where no side is in the majority, nobody can say who is wrong: all are.
    """
    first = {shard.machine: shard for shard in reversed(shards)}
    agreeing = {
        machine: sum(difference(shard.control, other.control) <= TOLERANCE for other in first.values())
        for machine, shard in first.items()
    }
    off: dict[str, float] = defaultdict(float)
    if not first:
        return off
    reference = max(first, key=lambda machine: (agreeing[machine], machine))
    undecided = 2 * agreeing[reference] <= len(first)
    for shard in shards:
        others = first.values() if undecided else [first[reference]]
        apart = max(difference(shard.control, other.control) for other in others)
        if apart > TOLERANCE:
            off[shard.machine] = max(off[shard.machine], apart)
    return off


def _reordered(shards: list[Shard]) -> int:
    """Return at how many control images the order of the five classes is not the same on every machine."""
    orders = zip(*([tuple(image.classes) for image in shard.control] for shard in shards))
    return sum(len(set(order)) > 1 for order in orders)
