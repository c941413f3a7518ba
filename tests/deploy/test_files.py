"""The files of deploy/ fit the project and each other. No image is built and no cluster is asked."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from benchmarks.server import ROOT
from deploy.copies import find_nginx

DEPLOY = ROOT / "deploy"
PORT = 8501
HEALTH = "/_stcore/health"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line.strip()]


def test_image_gets_what_it_runs() -> None:
    copied = [source for name, rest in instructions() if name == "COPY" for source in rest.split()[:-1]]
    assert {"app.py", "explorer", "pretrained", ".streamlit", "requirements.txt"} <= set(copied)
    assert [source for source in copied if not (ROOT / source).exists()] == []
    let_through = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    assert set(copied) == let_through


def test_image_runs_as_somebody_else_than_root() -> None:
    names = [name for name, _ in instructions()]
    user = dict(instructions())["USER"]
    assert user == "10001" and names.index("USER") < names.index("HEALTHCHECK") < names.index("CMD")
    assert "deploy/health.py" in dict(instructions())["HEALTHCHECK"]
    assert f"--server.port={PORT}" in dict(instructions())["CMD"]


def test_torch_is_found_where_the_image_looks_for_it() -> None:
    assert len(re.findall(r"^torch==\S+$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)) == 1


def test_compose_and_its_nginx_agree() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    servers = re.findall(r"^server (\S+):(\d+)", (DEPLOY / "compose-replicas.conf").read_text(), re.MULTILINE)
    copies = {name for name, service in services.items() if service["image"] == "transformer-explorer"}
    assert {name for name, _ in servers} == copies and {int(port) for _, port in servers} == {PORT}
    assert all(services[name]["read_only"] and services[name]["mem_limit"] for name in copies)
    assert all(services[name]["environment"]["EXPLORER_ADD_MODELS"] == "off" for name in copies)
    assert set(services["nginx"]["depends_on"]) == copies
    mounted = [volume.split(":")[0] for volume in services["nginx"]["volumes"]]
    assert [name for name in mounted if not (DEPLOY / name).is_file()] == []


def test_cluster_keeps_visitors_with_their_copy() -> None:
    parts = {part["kind"]: part for part in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())}
    assert parts["Ingress"]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    pod = parts["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": PORT}]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": HEALTH, "port": "http"}
    assert {"name": "EXPLORER_ADD_MODELS", "value": "off"} in container["env"]
    assert {"cpu", "memory"} == set(container["resources"]["limits"])
    labels = pod["metadata"]["labels"]
    assert parts["Service"]["spec"]["selector"] == labels
    assert parts["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    (rule,) = parts["Ingress"]["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == parts["Service"]["metadata"]["name"]


@pytest.mark.skipif(find_nginx() is None, reason="there is no nginx here (Debian: apt install nginx-light)")
def test_nginx_reads_its_configuration(tmp_path: Path) -> None:
    for name in ("nginx.conf", "replicas.conf"):
        shutil.copy(DEPLOY / name, tmp_path)
    command = [find_nginx(), "-t", "-p", str(tmp_path), "-c", "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
