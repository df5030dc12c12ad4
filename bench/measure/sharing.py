"""One share of a cell's labelled images, classified for all the boards that measure this cell."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import __version__
from bench.board.clocks import now
from bench.board.identity import docker_platform
from bench.board.openblas import nearest_core
from bench.catalog import Framework
from bench.catalog.settings import MeasureSettings
from bench.errors import UserError
from bench.measure.job import HEARTBEAT_S, Job
from bench.measure.reporter import Reporter
from bench.measure.signals import Interrupted, interruptible, put_off
from bench.measure.supervisor import repeat
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel, prepared_folder
from bench.records.schema import Precision, Repetition, Status, Variant
from bench.records.store import write_record
from bench.runs.folder import RunFolder
from bench.runs.shards import Shard, Share, read_shard, shard_csv, shard_json


class Sharing:
    """One `bench classify` call: one framework, one share of the images that the run's plan chooses.

    Parameters
    ----------
    folder : RunFolder
        The run whose plan says which images and weights.
    share : Share
        Which of them to classify.
    prepared : Path
        The folder of prepared models and of the image set.
    machine : str
        This computer's name, for the record.
    measuring : MeasureSettings
        When to end the classifying process, OpenBLAS's kernels, and whether what is done is done again.
    """

    def __init__(
        self,
        folder: RunFolder,
        framework: Framework,
        share: Share,
        prepared: Path,
        machine: str,
        measuring: MeasureSettings,
        reporter: Reporter,
    ) -> None:
        self._folder = folder
        self._framework = framework
        self._share = share
        self._prepared = prepared
        self._machine = machine
        self._measuring = measuring
        self._reporter = reporter
        self._plan = folder.read_run().plan
        self._images = ImageSet(prepared / "images")

    def run(self, models: Collection[str], precisions: Collection[Precision] = ()) -> list[Status]:
        """Classify the share with each of these models, in each of these precisions, unless that was done before.

        Parameters
        ----------
        precisions
            None: those of the plan.

        Returns
        -------
        list of Status
            How it went for each model and precision; what did not end well left no record.

        Raises
        ------
        UserError
            If there is no accuracy to be had from what is prepared: before anything is classified.
        """
        if not self._images.labelled:
            raise UserError("the prepared images have no labels: give 'bench prepare --images FOLDER' labelled ones")
        wanted = precisions or self._plan.precisions
        variants = [one for one in self._plan.variants if one.model in models and one.precision in wanted]
        for variant in variants:
            if PreparedModel(self._model(variant)).record.weights == "synthetic":
                name = variant.name
                raise UserError(f"{name}: its weights are synthetic and recognise nothing; prepare pretrained ones")
        statuses: list[Status] = []
        try:
            with interruptible():
                for variant in variants:
                    statuses.append(self._classify(variant))
                    if statuses[-1] == "interrupted":
                        raise Interrupted("a signal")
        except Interrupted as interruption:
            self._reporter.say(f"stopped by {interruption}; the same command classifies what is missing")
        return [*statuses, *["interrupted"] * (len(variants) - len(statuses))]  # type: ignore[list-item]

    def _classify(self, variant: Variant) -> Status:
        cell = self._folder.shards(self._framework.name, *variant)
        if not self._measuring.force and self._is_done(cell):
            self._reporter.say(f"{self._framework.name} {variant.name}: shard {self._share} was classified before")
            return "ok"
        control: list[Any] = []

        def listen(event: dict[str, Any]) -> None:
            control.extend(event.get("control", []))
            self._reporter.event(event)

        self._reporter.begin(variant.name, 1, self._plan.profile)
        job = Job(
            framework=self._framework.name,
            model=self._model(variant),
            precision=variant.precision,
            images=self._prepared / "images",
            threads=self._plan.threads,
            profile=self._plan.profile,
            seed=self._plan.seed,
            predictions=shard_csv(cell, self._share),
            share=self._share,
            heartbeat_s=min(HEARTBEAT_S, self._measuring.timeout / 4),
            openblas_core=self._measuring.openblas_core or nearest_core(),
        )
        with put_off():  # a shard that is finished is written down
            made = repeat(job, 1, "", self._measuring.timeout, listen)
            if made.status == "ok":
                write_record(shard_json(cell, self._share), self._shard(made, control))
            self._reporter.end(made)
        return made.status

    def _model(self, variant: Variant) -> Path:
        return prepared_folder(self._prepared, variant.model, self._plan.source, variant.precision)

    def _is_done(self, cell: Path) -> bool:
        with suppress(UserError):  # torn or of something else: it is made again
            shard = read_shard(cell, self._share)
            found = shard.weights_sha256, shard.images_sha256, shard.accuracy_images, shard.seed
            return found == (self._plan.models_sha256.get(Variant(shard.model, shard.precision).name), *self._chosen())
        return False

    def _chosen(self) -> tuple[str, int | None, int]:
        """Return what says which images all shares have together."""
        return self._images.sha256, self._plan.profile.accuracy_images, self._plan.seed

    def _shard(self, made: Repetition, control: list[Any]) -> Shard:
        images_sha256, accuracy_images, seed = self._chosen()
        return Shard.model_validate(
            {
                "framework": made.framework,
                "model": made.model,
                "precision": made.precision,
                "share": self._share,
                "predictions_sha256": made.predictions_sha256,
                "images_sha256": images_sha256,
                "accuracy_images": accuracy_images,
                "seed": seed,
                "weights_sha256": made.weights_sha256,
                "framework_version": made.build_info.get("version"),
                "threads": made.threads,
                "platform": docker_platform(),
                "machine": self._machine,
                "image_digest": os.environ.get("BENCH_IMAGE_DIGEST") or None,
                "bench_version": __version__,
                "made": now(),
                "control": control,
            }
        )
