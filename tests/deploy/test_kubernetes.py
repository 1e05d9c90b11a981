"""The manifests against Kubernetes' own schema, and what they promise to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.system import TOP

FOLDER = TOP / "deploy" / "kubernetes"
MANIFESTS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
#: The oldest that knows everything that is used (appArmorProfile), and the newest at hand.
VERSIONS = ("1.30", "1.36")


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def everything() -> list[dict[str, Any]]:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    return [each for name in listed for each in documents(FOLDER / name)]


def pod_of(kind: str, name: str) -> dict[str, Any]:
    [found] = [e for e in everything() if e["kind"] == kind and e["metadata"]["name"] == name]
    return found["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_each_manifest_fits_the_schema_strictly(path: Path, version: str) -> None:
    for each in documents(path):
        kubernetes_validate.validate(each, version, strict=True)


def test_the_schema_refuses_a_slip_of_the_pen() -> None:
    [worker] = documents(FOLDER / "worker.yaml")
    worker["spec"]["template"]["spec"]["containers"][0]["securityContext"]["privilegd"] = False
    with pytest.raises(kubernetes_validate.ValidationError, match="privilegd"):
        kubernetes_validate.validate(worker, VERSIONS[-1], strict=True)


def test_kustomize_lists_every_manifest_but_the_optional() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    optional = {"secret.example.yaml", "autoscale.yaml"}
    assert {path.name for path in MANIFESTS} == set(listed) | optional


def test_services_and_policies_select_pods_that_exist() -> None:
    parts = {
        each["spec"]["template"]["metadata"]["labels"]["part"]
        for each in everything()
        if each["kind"] in {"Deployment", "StatefulSet"}
    }
    assert parts == {"db", "redis", "web", "worker"}
    selected = [e["spec"]["selector"]["part"] for e in everything() if e["kind"] == "Service"]
    policies = [e for e in everything() if e["kind"] == "NetworkPolicy"]
    selected += [
        policy["spec"]["podSelector"]["matchLabels"]["part"]
        for policy in policies
        if policy["spec"]["podSelector"]
    ]
    assert set(selected) <= parts


def test_a_worker_reaches_db_redis_web_and_names_only() -> None:
    policies = {
        e["metadata"]["name"]: e["spec"] for e in everything() if e["kind"] == "NetworkPolicy"
    }
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    worker = policies["worker"]
    assert worker["ingress"] == []
    reached = [
        peer["podSelector"]["matchLabels"] for rule in worker["egress"] for peer in rule["to"]
    ]
    assert [each.get("part") or each["k8s-app"] for each in reached] == [
        "db", "redis", "web", "kube-dns",
    ]  # fmt: skip
    # A rule without "to" would let everything out.
    assert all(rule["to"] and rule["ports"] for rule in worker["egress"])


def test_no_pod_is_privileged_and_only_workers_have_rights() -> None:
    for kind, name in [("StatefulSet", "db"), ("StatefulSet", "redis"), ("Deployment", "web")]:
        pod = pod_of(kind, name)
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod.get("initContainers", []) + pod["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    [worker] = pod_of("Deployment", "worker")["containers"]
    assert worker["securityContext"]["privileged"] is False
    compose = yaml.safe_load((TOP / "docker-compose.yml").read_text())["services"]["worker"]
    assert worker["securityContext"]["capabilities"]["add"] == compose["cap_add"]
