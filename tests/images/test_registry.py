"""What is published: platforms joined into one tag, with what attests them, signed by digest, and pulled again."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from rich.console import Console

from bench.launch.compose import _provide
from bench.launch.images import find_images
from bench.source import LABEL, image_source
from tests.images.conftest import ROOT
from tests.made.program import PATIENCE_S, needs_make

pytestmark = needs_make

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SPDX, SLSA = "https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"


class Registry:
    """A registry of one's own, asked by its HTTP interface."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.place = f"{host}/bench"

    def put(self, name: str, content: bytes, media_type: str = "") -> dict[str, Any]:
        """Store a blob, or with a media type a manifest, and return its descriptor."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if media_type:
            self._ask("PUT", f"/v2/bench/{name}/manifests/{digest}", content, media_type)
        else:
            upload = self._ask("POST", f"/v2/bench/{name}/blobs/uploads/", b"").headers["Location"]
            self._ask("PUT", f"{upload}&digest={digest}", content, "application/octet-stream")
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _ask(self, method: str, path: str, content: bytes, media_type: str = "") -> Any:
        url = path if path.startswith("http") else f"http://{self.host}{path}"
        request = urllib.request.Request(url, content, {"Content-Type": media_type}, method=method)
        return urllib.request.urlopen(request)

    def pushed(self, name: str, platform: str, source: str) -> str:
        """Push an image as `make push` does, by digest and with its attestations; return the digest."""
        system, machine = platform.split("/")
        empty = bytes(1024)  # a tar archive of nothing
        config = {
            "os": system,
            "architecture": machine,
            "config": {"Labels": {LABEL: source}},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(empty).hexdigest()}"]},
        }
        layer = {**self.put(name, empty), "mediaType": "application/vnd.oci.image.layer.v1.tar"}
        image = self._manifest(name, config, [layer])
        statements = []
        for kind in (SPDX, SLSA):
            told = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": kind, "predicate": {"of": platform}}
            blob = self.put(name, json.dumps(told).encode())
            statements.append(
                {
                    **blob,
                    "mediaType": "application/vnd.in-toto+json",
                    "annotations": {"in-toto.io/predicate-type": kind},
                }
            )
        unknown = {"os": "unknown", "architecture": "unknown"}
        attested = self._manifest(name, {**unknown, "rootfs": {"type": "layers", "diff_ids": []}}, statements)
        of = {"vnd.docker.reference.digest": image["digest"], "vnd.docker.reference.type": "attestation-manifest"}
        index = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                {**image, "platform": {"os": system, "architecture": machine}},
                {**attested, "platform": unknown, "annotations": of},
            ],
        }
        return str(self.put(name, json.dumps(index).encode(), INDEX)["digest"])

    def _manifest(self, name: str, config: dict[str, Any], layers: list[dict[str, Any]]) -> dict[str, Any]:
        kept = self.put(name, json.dumps(config).encode())
        kept["mediaType"] = "application/vnd.oci.image.config.v1+json"
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": kept, "layers": layers}
        return self.put(name, json.dumps(manifest).encode(), MANIFEST)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(folder)}}, "http": {"addr": host}}
    (folder / "registry.yml").write_text(json.dumps(settings))
    try:
        process = subprocess.Popen(
            ["docker-registry", "serve", "registry.yml"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
    except OSError:
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            raise
        pytest.skip("there is no program docker-registry (Debian's package of that name) here")
    try:
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{host}/v2/").close()
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        yield Registry(host)
    finally:
        process.terminate()
        process.wait()


def run(command: list[str], folder: Path = ROOT, **settings: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def inspected(reference: str, what: str) -> Any:
    return json.loads(run(["docker", "buildx", "imagetools", "inspect", reference, "--format", f"{{{{json {what}}}}}"]))


@pytest.fixture(scope="module")
def published(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish OpenCV's image of this source, and Caffe's of another, as the workflow does; return where."""
    folder = tmp_path_factory.mktemp("digests")
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (folder / "digests").mkdir()
    for name, source in (("opencv", image_source()), ("caffe", "0" * 64)):
        for platform in ("linux/amd64", "linux/arm64"):
            digest = registry.pushed(name, platform, source)
            (folder / "digests" / f"{name}-{platform.replace('/', '-')}").write_text(f"{digest}\n")
    run(["make", "publish"], folder, REGISTRY=registry.place, TAG="v1")
    return folder


@pytest.mark.usefixtures("published")
def test_a_joined_tag_has_every_platform_with_its_bill_of_materials_and_provenance(registry: Registry) -> None:
    reference = f"{registry.place}/opencv:v1"
    assert set(inspected(reference, ".Image")) == {"linux/amd64", "linux/arm64"}
    for what, key in ((".SBOM", "SPDX"), (".Provenance", "SLSA")):
        found = inspected(reference, what)
        assert {platform: told[key]["of"] for platform, told in found.items()} == {
            "linux/amd64": "linux/amd64",
            "linux/arm64": "linux/arm64",
        }


def test_the_joined_index_is_signed_by_its_digest(registry: Registry, published: Path, tmp_path: Path) -> None:
    cosign = tmp_path / "cosign"
    cosign.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n')
    cosign.chmod(0o755)
    run(["make", "sign"], published, REGISTRY=registry.place, TAG="v1", PATH=f"{tmp_path}:{os.environ['PATH']}")
    wanted = [
        f"{registry.place}/{name}@{inspected(f'{registry.place}/{name}:v1', '.Manifest')['digest']}"
        for name in ("caffe", "opencv")
    ]
    assert (tmp_path / "told").read_text().splitlines() == [f"sign --yes {reference}" for reference in wanted]


@pytest.mark.usefixtures("published")
def test_what_is_published_of_this_source_is_pulled_and_what_is_of_another_is_not(
    registry: Registry, engine: docker.DockerClient
) -> None:
    settings = {"BENCH_REGISTRY": registry.place, "BENCH_TAG": "v1"}
    opencv, caffe, tools = find_images(engine, ["opencv", "caffe"], settings)
    assert (opencv.here, opencv.published) == (False, f"{registry.place}/opencv:v1")
    assert (caffe.published, caffe.unusable) == ("", "what is published is of other source (000000000000)")
    assert (tools.published, tools.unusable) == ("", "")
    try:
        assert _provide(engine, [opencv], {**os.environ, **settings}, Console(quiet=True)) == {}
        assert engine.images.get(opencv.local).labels == {LABEL: image_source()}
        assert find_images(engine, ["opencv"], settings)[0].here
    finally:
        engine.images.remove(opencv.local, force=True)
