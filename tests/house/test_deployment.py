"""The files by which Hampa is deployed are what their linters and schemas want, and name nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hampa.platform import config

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
MANIFESTS = sorted(path for path in (ROOT / "deploy/kubernetes").glob("*.yaml") if path.stem != "kustomization")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
CHECKS = {
    "image": [BIN / "hadolint", ROOT / "Dockerfile"],
    "compose": [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"],
    "workflows": [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS],
    "manifests": [BIN / "kubernetes-validate", "--strict", *MANIFESTS],
}


@pytest.mark.parametrize("what", CHECKS)
def test_linters_and_schemas_have_no_complaint(what):
    done = subprocess.run(CHECKS[what], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_settings_are_those_that_are_declared():
    declared = set(re.findall(r"^([A-Z_0-9]+)=", config.example(), re.MULTILINE))
    files = [ROOT / "Dockerfile", ROOT / "compose.yaml", *MANIFESTS]
    named = {name for path in files for name in re.findall(r"\bHAMPA_[A-Z_0-9]+\b", path.read_text())}
    assert named
    assert not named - declared


def test_the_image_holds_what_is_copied_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in ignored, "what no line names stays out"
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_kustomize_names_every_manifest():
    text = (ROOT / "deploy/kubernetes/kustomization.yaml").read_text()
    named = set(re.findall(r"^ {2}- (\S+\.yaml)$", text, re.MULTILINE))
    assert named == {path.name for path in MANIFESTS} - {"secret.example.yaml"}
