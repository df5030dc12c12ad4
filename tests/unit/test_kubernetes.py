"""The example for Kubernetes, which no test can run: it keeps to the schema, and says that it was not run."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import yaml

MANIFEST = Path(__file__).parents[2] / "examples" / "kubernetes" / "accuracy.yaml"


def test_the_manifest_keeps_to_kubernetes_schema_and_is_labelled_as_not_run() -> None:
    documents = list(yaml.safe_load_all(MANIFEST.read_text()))
    assert [document["kind"] for document in documents] == ["Job", "NetworkPolicy"]
    for document in documents:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    assert "NOT RUN" in MANIFEST.read_text().partition("apiVersion")[0]


def test_every_shard_has_its_index() -> None:
    job = next(yaml.safe_load_all(MANIFEST.read_text()))
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert f'"$((JOB_COMPLETION_INDEX + 1))/{job["spec"]["completions"]}"' in container["args"][0]
