"""The container files, read: what each says is copied, run, set, mounted and listened to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Image:
    """What the Dockerfile says."""

    instructions: tuple[tuple[str, str], ...]

    def of(self, word: str) -> list[str]:
        """The arguments of all instructions of that word."""
        return [rest for name, rest in self.instructions if name == word]

    def form(self, word: str) -> list[str]:
        """The list of the last instruction of that word."""
        return json.loads(self.of(word)[-1])

    def environment(self) -> dict[str, str]:
        """What ``ENV`` sets."""
        return dict(re.findall(r"(\w+)=(\S+)", " ".join(self.of("ENV"))))


def image() -> Image:
    """The Dockerfile without comments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.split(" ", 1) for line in joined.split("\n"))
    return Image(tuple((word, rest) for word, rest in pairs))


def service() -> dict[str, Any]:
    """The one service of ``compose.yaml``."""
    found = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    (one,) = found["services"].values()
    return one | {"named": found["volumes"]}


def manifests() -> dict[tuple[str, str], dict[str, Any]]:
    """The documents of the Kubernetes file by kind and name."""
    documents = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


def pods() -> dict[str, dict[str, Any]]:
    """The pod of each deployment, by its name."""
    return {
        name: one["spec"]["template"]["spec"]
        for (kind, name), one in manifests().items()
        if kind == "Deployment"
    }


def container(name: str) -> dict[str, Any]:
    """The one container of a deployment."""
    (one,) = pods()[name]["containers"]
    return one


def command(name: str) -> list[str]:
    """What the container of a deployment runs: its own command, or the image's."""
    one = container(name)
    start = one.get("command") or image().form("ENTRYPOINT")
    return [*start, *(one.get("args") or image().form("CMD"))]


def environment(name: str) -> dict[str, str]:
    """What a container is given by value; "" for what comes from a secret."""
    return {one["name"]: one.get("value", "") for one in container(name).get("env", ())}
