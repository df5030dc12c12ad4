"""Where a model's graph and weights are taken from: a local directory, what is prepared already, or the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Optional

from bench.catalog import Model, WeightsSource
from bench.errors import UserError
from bench.prepare.models.download import OfflineError, UnreachableError, download, pin
from bench.prepare.models.local import ModelDirectory
from bench.prepare.models.prepared import PreparedModel
from bench.records.schema import OwnModel

BUILT_IN = "built in"
SYNTHETIC = "synthetic"


class FileOrigin(NamedTuple):
    """A file, or None where this program makes up the content itself.

    `origin` tells where the content comes from, in words that are the same whenever the content is.
    """

    path: Optional[Path]
    origin: str


def verify_local(directory: Path, models: Iterable[Model]) -> None:
    """Read every file of these models that a local directory has; raises UserError if one is damaged or not listed."""
    local = ModelDirectory(directory)
    for model in models:
        if model.own is not None:
            continue
        for file in ("deploy.prototxt", model.weights.file):
            local.find(model.name, file)


def fetch(source: WeightsSource, downloads: Path, model: str, notify: Callable[[str], None]) -> Path:
    """Return a published file, downloaded and verified, from the first of its places that has it.

    Raises
    ------
    UnreachableError
        If none of them gives it now; OfflineError at once, without asking the others.
    UserError
        If the last one gives something else than what was published.
    """
    reasons: dict[str, None] = {}  # mirrors may fail alike
    for url in source.urls:
        notify(f"{model}: looking for the weights at {url}")
        try:
            return download(source, url, downloads)
        except OfflineError:
            raise
        except UnreachableError as error:
            reasons[str(error)] = None
        except UserError as error:
            if url == source.urls[-1]:
                raise
            reasons[str(error)] = None
    raise UnreachableError("; ".join(reasons))


class ModelOrigins:
    """What one `bench prepare` can take models from.

    Parameters
    ----------
    directory : Path or None
        The user's own local directory.
    downloads : Path
        Folder for downloaded files.
    notify, warn : callable
        Are told, in one sentence each, what happens and what the user should know.
    onnx : iterable of Path
        The user's own ONNX files, each called after its model.

    Raises
    ------
    UserError
        If the directory is not one of models.
    """

    def __init__(
        self,
        directory: Path | None,
        downloads: Path,
        notify: Callable[[str], None],
        warn: Callable[[str], None],
        onnx: Iterable[Path] = (),
    ) -> None:
        self._directory = ModelDirectory(directory) if directory else None
        self._downloads = downloads
        self._notify = notify
        self._warn = warn
        self._onnx = {path.stem: path for path in onnx}
        self._offline: str | None = None
        self.lacking: list[str] = []
        """Each model's file that was had from nowhere, as a local directory would hold it."""

    def network(self, model: Model, prepared: PreparedModel | None) -> tuple[FileOrigin, FileOrigin]:
        """Return the sources of a model's graph and of its weights.

        Parameters
        ----------
        prepared : PreparedModel or None
            What there is of it already, undamaged.

        Raises
        ------
        UserError
            If what is found is not what it should be.
        """
        if model.form == "caffe":
            return self._graph(model, prepared), self._weights(model, prepared)
        weights = self._weights(model, prepared)  # an ONNX file has both
        if weights.path is None:
            return FileOrigin(None, BUILT_IN), weights
        known = prepared is not None and weights.path == prepared.weights_npz
        return FileOrigin(weights.path.with_name("graph.json") if known else weights.path, weights.origin), weights

    def _graph(self, model: Model, prepared: PreparedModel | None) -> FileOrigin:
        local = self._local(model, "deploy.prototxt")
        if local:
            return local
        if prepared and prepared.record.provenance.graph != BUILT_IN:
            return FileOrigin(prepared.graph_json, prepared.record.provenance.graph)
        return FileOrigin(None, BUILT_IN)

    def _weights(self, model: Model, prepared: PreparedModel | None) -> FileOrigin:
        if model.own is not None:
            return self._own(model.own, prepared)
        local = self._local(model, model.weights.file)
        if local:
            return local
        if prepared and prepared.record.weights == "pretrained":
            return FileOrigin(prepared.weights_npz, prepared.record.provenance.weights)
        return self._download(model) or FileOrigin(None, SYNTHETIC)

    def _own(self, own: OwnModel, prepared: PreparedModel | None) -> FileOrigin:
        if own.name in self._onnx:
            return FileOrigin(self._onnx[own.name], own.origin)
        if prepared is None:
            raise UserError(f"{own.name}: {own.file} is needed to make it anew; give that file with --onnx")
        return FileOrigin(prepared.weights_npz, prepared.record.provenance.weights)

    def _local(self, model: Model, file: str) -> FileOrigin | None:
        found = self._directory.find(model.name, file) if self._directory else None
        return FileOrigin(found.path, f"{file}, sha256 {found.sha256}") if found else None

    def _download(self, model: Model) -> FileOrigin | None:
        source, why = model.weights, self._offline
        if source.urls and not self._offline:
            try:
                path = fetch(source, self._downloads, model.name, self._notify)
                return FileOrigin(path, f"{source.file}, {' '.join(pin(source))}")
            except OfflineError as error:
                why = self._offline = str(error)
            except UnreachableError as error:
                why = str(error)
        if not source.urls:
            why = "nobody is known to publish them in this form"
        self._warn(f"{model.name}: synthetic weights, for want of {source.file} ({why})")
        self.lacking.append(f"{model.name}/{source.file}")
        return None
