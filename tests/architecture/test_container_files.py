"""What the container files name is there, starts, and agrees with itself and the code."""

from __future__ import annotations

import fnmatch
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dask
import distributed  # noqa: F401  (its settings are among Dask's then)
import pytest
import yaml
from streamlit import config

from core import configuration
from core.configuration import OTHERS, variables
from dashboard.access.door import HEALTH, Door
from dashboard.access.policy import policy_for
from dashboard.access.uploads import CLASS_LIMITS, MEGABYTE
from tests.architecture.container_files import (
    ROOT,
    command,
    container,
    environment,
    image,
    manifests,
    pods,
    service,
)
from tests.event_loop import awaited

DEPLOYMENTS = sorted(pods())
SECRETS = Path(image().of("WORKDIR")[-1]) / ".streamlit" / "secrets.toml"
"""Where Streamlit looks for them: in the folder in which the server is started."""
PYTHON = "/opt/lightbox/bin/python"


def module_of(words: list[str]) -> str:
    assert words[:2] == [PYTHON, "-m"], words
    return words[2]


def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_file_that_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    kept = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    sources = [word for rest in image().of("COPY") for word in rest.split()[:-1]]
    assert len(sources) > 6
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in kept, source


def test_nothing_of_one_machine_comes_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    kept = [line[1:] for line in ignored if line.startswith("!")]
    others = ("lightbox.toml", "runs", ".venv", ".git", "node_modules", "tests", ".streamlit")
    for name in others:
        assert not any(fnmatch.fnmatch(name, pattern) for pattern in kept), name
    # Streamlit would also find its secrets beside its settings, in a folder that is copied.
    assert {"**/secrets.toml", "data/cache", "data/downloads"} <= set(ignored)


def test_the_image_runs_as_nobody_special_and_writes_where_its_volume_is() -> None:
    found = image()
    assert found.of("FROM") == ["python:3.11-slim"]
    user = found.of("USER")[-1]
    assert int(user) > 0
    assert f"--uid {user} " in " ".join(found.of("RUN"))
    (volume,) = found.form("VOLUME")
    written = [found.environment()[f"LIGHTBOX_{name}"] for name in ("RUNS", "CACHE", "DOWNLOADS")]
    assert all(path.startswith(f"{volume}/") for path in written)
    assert f"-o lightbox -g lightbox {volume}" in " ".join(found.of("RUN"))
    assert found.environment()["LIGHTBOX_VENV"] + "/bin/python" == PYTHON


def test_what_the_image_runs_while_it_is_built_is_a_command_of_ours() -> None:
    (line,) = (line for line in image().of("RUN") if "publish" in line)
    first, second = (shlex.split(part) for part in line.split("&&"))
    assert module_of(first) == "dashboard"
    assert "usage: python3 -m dashboard publish" in help_of("dashboard", *first[3:])
    assert module_of(second) == "compileall"
    assert all((ROOT / name).is_dir() for name in second[4:])
    (line,) = (line for line in image().of("RUN") if "environment" in line)
    code = shlex.split(line)[-1].replace("e.ensure(", "print(")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == str(ROOT / "requirements.txt"), done.stderr


@pytest.mark.parametrize("words", [pytest.param(name, id=name) for name in DEPLOYMENTS])
def test_every_command_answers_and_knows_its_options(words: str) -> None:
    ran = command(words)
    told = help_of(module_of(ran))
    options = [word.split("=")[0] for word in ran[3:] if word.startswith("--")]
    assert options
    for word in ran:
        assert not word.startswith("--preload=") or find_spec(word.partition("=")[2])
    for option in options:
        assert re.search(rf"(?<![\w-])({option}|{option.replace('--no-', '--')})\b", told), option


def test_the_images_own_command_is_the_servers() -> None:
    ran = [*image().form("ENTRYPOINT"), *image().form("CMD")]
    assert module_of(ran) == "dashboard"
    assert ran[3:] == ["--no-browser", "--port", "8501"]
    assert container("lightbox")["args"] == ["--no-browser", "--port=8501"]


def names_set() -> set[str]:
    given = set(image().environment()) | set(service()["environment"])
    return given.union(*(environment(name) for name in DEPLOYMENTS))


def test_every_environment_variable_is_known() -> None:
    ours = {*variables().values(), *OTHERS}
    others = {"PYTHONUNBUFFERED", "PYTHONPATH"}
    dask_names = {name for name in names_set() if name.startswith("DASK_DISTRIBUTED__")}
    assert names_set() - ours - others - dask_names == set()
    for name in dask_names:
        key = name.removeprefix("DASK_").lower().replace("__", ".").replace("_", "-")
        assert dask.config.get(key, default="missing") != "missing", name
    referred = re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text("utf-8"))
    assert set(referred) <= ours


def test_the_settings_that_are_given_can_be_meant() -> None:
    given = {**image().environment(), **environment("lightbox")}
    given |= {"LIGHTBOX_CLASS_CODE": "fracture7", "LIGHTBOX_LECTURER_KEY": "k" * 12}
    given |= {"LIGHTBOX_LECTURERS": "ada@example.org,ben@example.org"}
    found = configuration.read(given).settings
    assert len(found.lecturers) == 2
    assert str(found.runs) == "/data/runs"
    assert found.scheduler_address == "tls://lightbox-scheduler:8786"
    assert found.hosts == ("lightbox.example.org",)


def test_ports_agree_from_the_browser_to_the_server() -> None:
    (port,) = image().of("EXPOSE")
    assert image().form("CMD")[-1] == port
    (check,) = image().of("HEALTHCHECK")
    assert f"127.0.0.1:{port}{HEALTH}" in check
    assert service()["ports"] == [f"{port}:{port}"]
    found = manifests()
    for name, service_name in (("lightbox", "lightbox"), ("lightbox-scheduler",) * 2):
        (listens,) = container(name)["ports"]
        (leads,) = found["Service", service_name]["spec"]["ports"]
        assert leads["targetPort"] == listens["name"]
        assert f"--port={listens['containerPort']}" in command(name)
        labels = found["Deployment", name]["spec"]["template"]["metadata"]["labels"]
        assert found["Service", service_name]["spec"]["selector"].items() <= labels.items()
    (dask_port,) = found["Service", "lightbox-scheduler"]["spec"]["ports"]
    address = f"tls://lightbox-scheduler:{dask_port['port']}"
    assert environment("lightbox")["DASK_SCHEDULER_ADDRESS"] == address
    assert address in command("lightbox-train")
    assert address in command("lightbox-analyse")
    (rule,) = found["Ingress", "lightbox"]["spec"]["rules"]
    assert rule["host"] == environment("lightbox")["LIGHTBOX_HOSTS"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "lightbox", "port": {"name": "http"}}


def test_the_workers_share_kinds_and_one_volume_with_the_servers() -> None:
    assert "--resources=train=1" in command("lightbox-train")
    assert "--resources=analyse=1" in command("lightbox-analyse")
    volume = image().form("VOLUME")[0]
    for name in ("lightbox", "lightbox-train", "lightbox-analyse"):
        places = {one["mountPath"]: one["name"] for one in container(name)["volumeMounts"]}
        held = {one["name"]: one for one in pods()[name]["volumes"]}
        assert set(places) - {SECRETS.parent.as_posix()} == {volume, "/tls"}
        claim = held[places[volume]]["persistentVolumeClaim"]["claimName"]
        assert manifests()["PersistentVolumeClaim", claim]["spec"]["accessModes"] == [
            "ReadWriteMany"
        ]
    assert service()["volumes"] == [f"{next(iter(service()['named']))}:{volume}"]


def test_every_connection_to_dask_is_encrypted_with_files_that_are_mounted() -> None:
    for name in DEPLOYMENTS:
        assert environment(name)["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "True"
        mounts = {one["mountPath"] for one in container(name)["volumeMounts"]}
        held = {one["name"]: one for one in pods()[name]["volumes"]}
        assert held["tls"]["secret"]["secretName"] == "lightbox-dask-tls"
        words = " ".join([*command(name), *environment(name).values()])
        assert set(re.findall(r"/tls/[\w.]+", words)) == {
            "/tls/ca.crt",
            "/tls/tls.crt",
            "/tls/tls.key",
        }
        assert "/tls" in mounts


def test_the_secrets_of_a_sign_in_come_to_where_streamlit_looks() -> None:
    found = yaml.safe_load((ROOT / "deploy" / "sign-in.yaml").read_text("utf-8"))
    (added,) = found["services"].values()
    assert set(found["services"]) == {"lightbox"}
    assert set(added["environment"]) <= set(service()["environment"])
    (mounted,) = added["secrets"]
    assert mounted["target"] == SECRETS.as_posix()
    assert found["secrets"][mounted["source"]]["file"] == f"./{SECRETS.name}"
    places = {one["name"]: one["mountPath"] for one in container("lightbox")["volumeMounts"]}
    held = {one["name"]: one for one in pods()["lightbox"]["volumes"]}
    assert places["sign-in"] == SECRETS.parent.as_posix()
    assert held["sign-in"]["secret"]["optional"], "a server without a sign-in starts too"
    looked = config.get_config_files(SECRETS.name)
    assert str(Path.cwd() / ".streamlit" / SECRETS.name) in looked


def test_nobody_runs_as_root_and_browsers_stay_at_their_server() -> None:
    for name in DEPLOYMENTS:
        assert pods()[name]["securityContext"]["runAsNonRoot"]
        assert pods()[name]["securityContext"]["runAsUser"] == int(image().of("USER")[-1])
        assert not container(name)["securityContext"]["allowPrivilegeEscalation"]
    assert manifests()["Deployment", "lightbox"]["spec"]["replicas"] > 1
    notes = manifests()["Ingress", "lightbox"]["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    size = int(notes["nginx.ingress.kubernetes.io/proxy-body-size"].removesuffix("m"))
    assert size * MEGABYTE > CLASS_LIMITS.archive


def test_the_page_on_sizes_says_only_what_was_measured() -> None:
    page = (ROOT / "docs" / "operation.md").read_text("utf-8")
    measured = (ROOT / "docs" / "measurements.md").read_text("utf-8")
    told = page.partition("## How large")[2].partition("Not measured yet")[0]
    figures = re.findall(r"\d[\d.]* (?:MB|GB|ms|s)\b", told)
    assert len(figures) >= 5
    assert [figure for figure in figures if figure not in measured] == []


async def _inside(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(("name", "status"), [("given", 200), ("10.1.2.3:8501", 421)])
def test_the_probe_calls_the_server_by_a_name_that_it_answers_to(name: str, status: int) -> None:
    """By its own address, as Kubernetes would, it is refused: it has another name."""
    probe = container("lightbox")["readinessProbe"]["httpGet"]
    (header,) = probe["httpHeaders"]
    host = header["value"] if name == "given" else name
    settings = configuration.read(
        {**environment("lightbox"), "LIGHTBOX_CLASS_CODE": "fracture7"}
    ).settings
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": probe["path"],
        "query_string": b"",
        "headers": [(b"host", host.encode())],
        "client": ("10.1.0.1", 4000),
    }
    awaited(Door(_inside, policy=policy_for("0.0.0.0", settings))(scope, receive, send))
    assert sent[0]["status"] == status
