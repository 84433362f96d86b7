#!/usr/bin/env python3
"""Checks deploy/compose.yaml and deploy/kubernetes without Docker and without a cluster, as strictly as that goes.

    deploy/manifests.py                   names every problem; ends with 1 if there is one
    deploy/manifests.py --command NAME    prints the command line of a service of compose.yaml, one word a line

Every field must be known by name and lie where the API has it (what is listed below, no more: a new field is added here after
a look at the API's reference), every reference must lead somewhere, and what keeps a container harmless must be there.
Needs PyYAML.
"""

import pathlib
import re
import sys

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent
ANY = object()  # a scalar, or a map whose keys are the user's

# --- Fields: a dict is a mapping, a list a sequence of its one element. --------------------------------------------------------

PROBE = {"exec": {"command": [ANY]}, "periodSeconds": ANY, "failureThreshold": ANY, "timeoutSeconds": ANY}
CONTAINER = {
    "name": ANY, "image": ANY, "command": [ANY], "args": [ANY],
    "env": [{"name": ANY, "value": ANY, "valueFrom": {"fieldRef": {"fieldPath": ANY}}}],
    "ports": [{"name": ANY, "containerPort": ANY}],
    "resources": {"requests": ANY, "limits": ANY},
    "securityContext": {"allowPrivilegeEscalation": ANY, "readOnlyRootFilesystem": ANY, "capabilities": {"drop": [ANY]}},
    "startupProbe": PROBE, "livenessProbe": PROBE, "readinessProbe": PROBE,
    "volumeMounts": [{"name": ANY, "mountPath": ANY, "readOnly": ANY}],
}
POD = {
    "metadata": {"labels": ANY, "annotations": ANY},
    "spec": {
        "serviceAccountName": ANY, "automountServiceAccountToken": ANY, "terminationGracePeriodSeconds": ANY,
        "securityContext": {
            "runAsNonRoot": ANY, "runAsUser": ANY, "runAsGroup": ANY, "fsGroup": ANY, "fsGroupChangePolicy": ANY,
            "seccompProfile": {"type": ANY},
        },
        "containers": [CONTAINER],
        "volumes": [{
            "name": ANY, "configMap": {"name": ANY}, "secret": {"secretName": ANY, "defaultMode": ANY},
            "emptyDir": {"sizeLimit": ANY},
        }],
    },
}
SELECTOR = {"matchLabels": ANY}
PEER = {"podSelector": SELECTOR, "namespaceSelector": ANY}
PORTS = [{"port": ANY, "protocol": ANY}]
KINDS = {
    ("v1", "ServiceAccount"): {"automountServiceAccountToken": ANY},
    ("v1", "Service"): {"spec": {
        "clusterIP": ANY, "publishNotReadyAddresses": ANY, "selector": ANY, "ports": [{"name": ANY, "port": ANY}]}},
    ("apps/v1", "StatefulSet"): {"spec": {
        "serviceName": ANY, "replicas": ANY, "selector": SELECTOR, "template": POD,
        "volumeClaimTemplates": [{
            "metadata": {"name": ANY},
            "spec": {"accessModes": [ANY], "storageClassName": ANY, "resources": {"requests": {"storage": ANY}}}}]}},
    ("apps/v1", "Deployment"): {"spec": {
        "selector": SELECTOR, "template": POD,
        "strategy": {"type": ANY, "rollingUpdate": {"maxSurge": ANY, "maxUnavailable": ANY}}}},
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {"spec": {
        "scaleTargetRef": {"apiVersion": ANY, "kind": ANY, "name": ANY}, "minReplicas": ANY, "maxReplicas": ANY,
        "metrics": [{"type": ANY, "resource": {"name": ANY, "target": {"type": ANY, "averageUtilization": ANY}}}],
        "behavior": {"scaleUp": {"stabilizationWindowSeconds": ANY}, "scaleDown": {"stabilizationWindowSeconds": ANY}}}},
    ("networking.k8s.io/v1", "NetworkPolicy"): {"spec": {
        "podSelector": SELECTOR, "policyTypes": [ANY],
        "ingress": [{"from": [PEER], "ports": PORTS}], "egress": [{"to": [PEER], "ports": PORTS}]}},
}
SERVICE = {
    "image": ANY, "init": ANY, "restart": ANY, "read_only": ANY, "tmpfs": [ANY], "cap_drop": [ANY], "security_opt": [ANY],
    "stop_grace_period": ANY, "networks": [ANY], "secrets": [ANY], "hostname": ANY, "entrypoint": [ANY], "command": [ANY],
    "configs": [{"source": ANY, "target": ANY}], "volumes": [ANY], "deploy": {"replicas": ANY},
    "healthcheck": {"test": [ANY], "interval": ANY, "timeout": ANY, "retries": ANY, "start_period": ANY},
}
COMPOSE = {"name": ANY, "x-process": ANY, "services": ANY, "networks": ANY, "volumes": ANY, "configs": ANY, "secrets": ANY}
KUSTOMIZATION = {
    "apiVersion": ANY, "kind": ANY, "namespace": ANY, "labels": [{"pairs": ANY}], "resources": [ANY],
    "configMapGenerator": [{"name": ANY, "files": [ANY]}], "images": [{"name": ANY, "newName": ANY, "newTag": ANY}],
}

problems = []


def problem(where, what):
    problems.append(f"{where}: {what}")


def fields(where, value, known):
    if known is ANY:
        return
    if isinstance(known, list):
        if not isinstance(value, list) or not value:
            problem(where, f"must be a list that is not empty, not {value!r}")
            return
        for i, one in enumerate(value):
            fields(f"{where}[{i}]", one, known[0])
        return
    if not isinstance(value, dict):
        problem(where, f"must be a mapping, not {value!r}")
        return
    for key, inner in value.items():
        if key not in known:
            problem(where, f"has no field {key}; known here are {', '.join(known)}")
        else:
            fields(f"{where}.{key}", inner, known[key])


def documents(path):
    with open(path, encoding="utf-8") as file:
        return list(yaml.load_all(file, Loader=Strict))


class Strict(yaml.SafeLoader):
    """Two equal keys in one mapping are an error, not the last one's victory."""


def mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands there twice", node.start_mark)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)

# --- Kubernetes -----------------------------------------------------------------------------------------------------------------


def check_pod(where, spec, claims, maps):
    context = spec["securityContext"]
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") != image_user():
        problem(where, "must run as the image's user and as nobody else")
    if spec.get("automountServiceAccountToken") is not False:
        problem(where, "must not carry a token for the API")
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for volume in volumes.values():
        if "configMap" in volume and volume["configMap"]["name"] not in maps:
            problem(where, f"there is no ConfigMap {volume['configMap']['name']}")
    for container in spec["containers"]:
        inside = container["securityContext"]
        if inside["allowPrivilegeEscalation"] or not inside["readOnlyRootFilesystem"] or inside["capabilities"]["drop"] != ["ALL"]:
            problem(where, f"{container['name']} may do more than it needs")
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes and mount["name"] not in claims:
                problem(where, f"there is no volume {mount['name']}")
        if "/tmp" not in [mount["mountPath"] for mount in container["volumeMounts"]]:
            problem(where, "Java needs a /tmp that it can write to")
        for kind in ("requests", "limits"):
            if "memory" not in container["resources"][kind]:
                problem(where, f"{container['name']} has no memory {kind}")


def check_kubernetes(folder):
    kustomization = documents(folder / "kustomization.yaml")[0]
    fields("kustomization.yaml", kustomization, KUSTOMIZATION)
    maps = []
    for generator in kustomization["configMapGenerator"]:
        maps.append(generator["name"])
        for file in generator["files"]:
            if not (folder / file).is_file():
                problem("kustomization.yaml", f"there is no {file}")
    left = {path.name for path in folder.glob("*.yaml")} - set(kustomization["resources"]) - {"kustomization.yaml"}
    if left:
        problem("kustomization.yaml", f"does not list {', '.join(sorted(left))}")
    every = {}
    for file in kustomization["resources"]:
        for document in documents(folder / file):
            kind = document["kind"]
            where = f"{file}, {kind} {document['metadata']['name']}"
            known = KINDS.get((document["apiVersion"], kind))
            if known is None:
                problem(where, f"{document['apiVersion']}/{kind} is not known here")
                continue
            fields(where, document, dict(known, apiVersion=ANY, kind=ANY, metadata={"name": ANY}))
            every[kind, document["metadata"]["name"]] = document
    pods = []
    for (kind, name), document in every.items():
        where, spec = f"{kind} {name}", document.get("spec", {})
        if "template" in spec:
            labels = spec["template"]["metadata"]["labels"]
            pods.append(labels)
            if not spec["selector"]["matchLabels"].items() <= labels.items():
                problem(where, "does not select its own pods")
            claims = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
            check_pod(where, spec["template"]["spec"], claims, maps)
            account = spec["template"]["spec"]["serviceAccountName"]
            if ("ServiceAccount", account) not in every:
                problem(where, f"there is no ServiceAccount {account}")
        if kind == "StatefulSet" and ("Service", spec["serviceName"]) not in every:
            problem(where, f"there is no Service {spec['serviceName']}")
        if kind == "StatefulSet" and spec["replicas"] != 1:
            problem(where, "there is one head")
        if kind == "HorizontalPodAutoscaler" and (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) not in every:
            problem(where, f"there is no {spec['scaleTargetRef']['name']}")
        if kind == "HorizontalPodAutoscaler" and "replicas" in every["Deployment", spec["scaleTargetRef"]["name"]]["spec"]:
            problem(where, "its target must leave the number of replicas to it")
    for (kind, name), document in every.items():
        if kind in ("Service", "NetworkPolicy"):
            wanted = document["spec"].get("selector") or document["spec"]["podSelector"]["matchLabels"]
            if not any(wanted.items() <= labels.items() for labels in pods):
                problem(f"{kind} {name}", "selects no pod")
    # What workers call the head must be what the head calls itself, letter by letter.
    head = "\n".join(every["StatefulSet", "cmt-head"]["spec"]["template"]["spec"]["containers"][0]["args"])
    workers = every["Deployment", "cmt-worker"]["spec"]["template"]["spec"]["containers"][0]["args"]
    seeds = [word.removeprefix("--seed=") for word in workers if word.startswith("--seed=")]
    if len(seeds) != 1 or f'cluster.advertise="{seeds[0]}"' not in head:
        problem("workers.yaml", f"the seeds {seeds} are not what the head advertises")
    if probes() not in head:
        problem("head.yaml", f"the head does not answer where /opt/healthcheck asks: {probes()}")
    if seeds and not seeds[0].startswith("cmt-head-0.cmt-head:"):
        problem("workers.yaml", f"{seeds[0]} is not the name of the StatefulSet's pod")


def probes():
    """The override that makes a head answer where the image's health check asks."""
    script = (DEPLOY / "healthcheck").read_text(encoding="utf-8")
    port = re.search(r"/dev/tcp/127\.0\.0\.1/\$\{2:-(\d+)\}", script).group(1)
    return f'cluster.probes="127.0.0.1:{port}"'


def image_user():
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("USER "):
            return int(line.split()[1].split(":")[0])
    raise SystemExit("the Dockerfile names no USER")


# --- Compose --------------------------------------------------------------------------------------------------------------------


def check_compose(compose):
    fields("compose.yaml", compose, COMPOSE)
    for name, service in compose["services"].items():
        where = f"compose.yaml, {name}"
        fields(where, service, SERVICE)
        for kind in ("networks", "secrets"):
            for one in service.get(kind, []):
                if one not in compose[kind]:
                    problem(where, f"there is no {one} among {kind}")
        for one in service.get("configs", []):
            if one["source"] not in compose["configs"]:
                problem(where, f"there is no config {one['source']}")
        for volume in service.get("volumes", []):
            if volume.split(":")[0] not in compose["volumes"]:
                problem(where, f"there is no volume {volume.split(':')[0]}")
        if service.get("read_only") is not True or "/tmp" not in service["tmpfs"]:
            problem(where, "must have a read-only root and a /tmp")
        for secret in compose["secrets"]:
            if f"/run/secrets/{secret}" not in " ".join(service["command"]):
                problem(where, f"does not use the secret {secret}")
    bind = service_command(compose, "head")[service_command(compose, "head").index("--bind") + 1]
    if f"--seed {bind} " not in " ".join(service_command(compose, "worker")):
        problem("compose.yaml", f"workers do not look for the head at {bind}")
    if probes() not in service_command(compose, "head"):
        problem("compose.yaml", f"the head does not answer where /opt/healthcheck asks: {probes()}")
    if bind.split(":")[0] != compose["services"]["head"]["hostname"]:
        problem("compose.yaml", f"nobody has the name in {bind}")


def service_command(compose, name):
    service = compose["services"][name]
    words = service.get("entrypoint", ["/opt/cmt/cmt"]) + service["command"]
    return [word.replace("$$", "$") for word in words]  # Compose's own escape


def main(arguments):
    compose = documents(DEPLOY / "compose.yaml")[0]
    if len(arguments) == 2 and arguments[0] == "--command":
        print("\n".join(word.strip() for word in service_command(compose, arguments[1])))
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    check_compose(compose)
    check_kubernetes(DEPLOY / "kubernetes")
    for one in problems:
        print(one)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
