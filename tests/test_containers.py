"""The Dockerfile and the compose file keep what docs/scaling.md promises of them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.installation import ROOMS, ROOT
from tests.test_environment import variables_of_the_app

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "beat"]
SCALING = (ROOT / "docs" / "scaling.md").read_text()
SCHEMA = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text())
# Of the compose file or of other programs: Ferry reads none of them.
NOT_OURS = {
    *("POSTGRES_PASSWORD", "APP_PORT", "FERRY_TAG"),
    *("WEB_CONCURRENCY", "WORKER_CONCURRENCY", "RABBITMQ_PASSWORD"),
}


def instructions():
    """The Dockerfile as pairs of instruction and arguments, continued lines joined."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines()]


def arguments_of(name):
    return [given for instruction, given in instructions() if instruction == name]


def let_in():
    """What .dockerignore lets into the image."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def problems_of(document):
    return [
        f"{list(one.path)}: {one.message}" for one in Draft7Validator(SCHEMA).iter_errors(document)
    ]


def test_the_compose_file_fits_the_specification():
    assert problems_of(COMPOSE) == []


def test_a_compose_file_that_does_not_fit_would_be_noticed():
    assert problems_of({"services": {"web": {"comand": ["gunicorn"]}}})


def test_what_the_document_adds_for_rabbitmq_fits_too():
    [added] = re.findall(r"```yaml\n(.*?)```", SCALING, re.S)

    document = yaml.safe_load(added)

    assert problems_of(document) == []
    assert set(document["services"]) - {"rabbitmq"} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_as_few_rights_as_it_can(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & set(service)
    assert not any(str(one).startswith(("/", ".")) for one in service.get("volumes", []))
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= set(limits)
    assert name in OURS or service["user"] not in ("root", "0")


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_web_is_published_and_on_the_loopback_address(name):
    ports = SERVICES[name].get("ports", [])

    assert bool(ports) == (name == "web")
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_database_and_queue_have_no_way_out():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis", "migrate", "beat"):
        assert SERVICES[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_named_by_version(name):
    image = SERVICES[name]["image"]

    assert image.startswith("ferry:") or re.search(r":\d[\w.]*-\w+$", image), image


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_everything_waits_for_the_migration_and_for_what_it_needs(name):
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    assert SERVICES["migrate"]["restart"] == "no"
    assert all("test" in SERVICES[one]["healthcheck"] for one in ("postgres", "redis", "worker"))


def test_workers_can_be_scaled():
    assert not {"container_name", "hostname", "ports"} & set(SERVICES["worker"])


def test_all_processes_of_the_machine_share_the_locks():
    for name in ("web", "worker", "beat"):
        [var] = [one for one in SERVICES[name]["volumes"] if one.startswith("ferry:")]
        assert var == f"ferry:{SERVICES[name]['environment']['VAR_FOLDER']}"


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_the_file_alone(name):
    service = SERVICES[name]

    assert service["env_file"] == ".env"
    assert not {"SECRET_KEY", "ENCRYPTION_KEYS", "BASE_URL"} & set(service["environment"])
    assert set(service["environment"]) <= variables_of_the_app() | NOT_OURS


def test_every_variable_is_one_of_ferrys_or_told_in_the_document():
    text = (ROOT / "docker-compose.yml").read_text() + SCALING
    names = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))

    assert names <= variables_of_the_app() | NOT_OURS
    assert all(
        f"`{name}`" in SCALING or f"{name}=" in SCALING
        for name in names & NOT_OURS - {"RABBITMQ_PASSWORD"}
    )


def test_the_processes_are_the_documented_ones():
    [web] = arguments_of("CMD")

    assert json.loads(web)[:2] == ["gunicorn", "akeneo_app.wsgi:application"]
    assert "command" not in SERVICES["web"]
    for name in ("worker", "beat"):
        assert SERVICES[name]["command"][:4] == ["celery", "-A", "akeneo_app", name]


def test_the_image_is_built_in_two_stages_from_one_named_version():
    [version] = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.M)

    assert re.fullmatch(r"3\.\d+-slim-\w+", version)
    assert arguments_of("FROM") == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    assert not arguments_of("ADD")


def test_the_image_installs_by_hash_and_compiles_nothing():
    [install] = [run for run in arguments_of("RUN") if '"pip"' in run]

    options = set(json.loads(install))
    assert {"--no-cache-dir", "--require-hashes", "--only-binary", ":all:"} <= options
    assert not re.search(r"apt-get|build-essential|gcc|curl|wget", DOCKERFILE)


def test_the_image_runs_as_nobody_in_particular_and_can_tell_its_health():
    names = [name for name, _ in instructions()]
    [user], [health] = arguments_of("USER"), arguments_of("HEALTHCHECK")

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert names.index("USER") > len(names) - 1 - names[::-1].index("RUN")
    assert "/healthz" in health
    assert "--chown" not in DOCKERFILE


def test_nothing_but_what_runs_gets_into_the_image():
    inside = let_in()

    folders = ("templates", "static", "locale")
    files = ("manage.py", "gunicorn.conf.py", "requirements.txt", "LICENSE")
    assert sorted(inside) == sorted([*ROOMS, *folders, *files])
    assert all((ROOT / name).exists() for name in inside)


def test_what_gets_into_the_image_suffices_to_build_it(tmp_path):
    """The image's own steps that run our code, on what is let in and without any environment."""
    for name in let_in():
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    steps = [json.loads(run) for run in arguments_of("RUN") if '"manage.py"' in run]

    for step in steps:
        done = run_in(tmp_path, [sys.executable, *step[1:]])
        assert done.returncode == 0, done.stderr

    assert steps
    assert (tmp_path / "staticfiles" / "staticfiles.json").exists()
    served = run_in(tmp_path, [sys.executable, "-c", "import akeneo_app.wsgi"], SECRET_KEY="a" * 50)
    assert served.returncode == 0, served.stderr


def run_in(folder: Path, command, **environment):
    return subprocess.run(  # noqa: S603  # our own commands
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "VAR_FOLDER": str(folder / "var"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
