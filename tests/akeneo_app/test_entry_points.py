"""The production entry points, as the README has them: after `migrate` and `collectstatic`."""

from urllib.parse import urljoin

import pytest
import requests
from bs4 import BeautifulSoup

from tests.installation import SECRETS

# the installation has a database of its own
pytestmark = [pytest.mark.only_on("sqlite"), pytest.mark.slow]

CELERY = ("celery", "-A", "akeneo_app")


@pytest.fixture(scope="module")
def collected(installation):
    done = installation.manage("collectstatic", "--no-input", **SECRETS)
    assert done.returncode == 0, done.stderr
    return installation


def test_gunicorn_serves_pages_static_files_and_health(collected):
    environment = {**SECRETS, "BASE_URL": "http://ferry.example.com"}
    command = ("gunicorn", "akeneo_app.wsgi:application", "--bind=127.0.0.1:0")
    with collected.running(*command, **environment) as web:
        site = web.wait_for(r"Listening at: (http://[\d.:]+)")[1]

        health = requests.get(f"{site}/healthz", timeout=30)
        home = requests.get(f"{site}/", timeout=30, allow_redirects=False)
        page = BeautifulSoup(home.text, "html.parser")
        files = [
            requests.get(urljoin(home.url, str(link["href"])), timeout=30)
            for link in page.select("link[rel=stylesheet], link[rel=icon]")
        ]
        refusal = requests.get(f"{site}/oauth/activate?pim_url=x", timeout=30)
        admin = requests.get(f"{site}/admin/login/", timeout=30)
        nothing = requests.get(f"{site}/nonsense", timeout=30)

    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert home.status_code == 200  # and no redirect to https
    assert "Strict-Transport-Security" not in home.headers
    assert "script-src 'self'" in home.headers["Content-Security-Policy"]
    assert page.h1
    assert page.h1.string == "Open Ferry from your PIM"
    assert len(files) == 10
    for file in files:
        assert file.status_code == 200
        assert "immutable" in file.headers["Cache-Control"]  # its name holds its digest
    assert refusal.status_code == 400
    assert admin.status_code == 200
    assert nothing.status_code == 404
    assert "Using worker: gthread" in web.said  # gunicorn.conf.py was read
    assert "Traceback" not in web.said


def test_worker_and_scheduler_start_and_a_task_is_done(collected):
    with (
        collected.running(*CELERY, "worker", "--loglevel=INFO", "--pool=solo", **SECRETS) as worker,
        collected.running(*CELERY, "beat", "--loglevel=INFO", **SECRETS) as beat,
    ):
        worker.wait_for(r"celery@\S+ ready")
        beat.wait_for(r"beat: Starting")
        collected.python(
            "-c",
            "import django; django.setup(); from sync.tasks import tidy_up; tidy_up.delay()",
            DJANGO_SETTINGS_MODULE="akeneo_app.settings",
            **SECRETS,
        )
        worker.wait_for(r"sync\.tasks\.tidy_up\[[^]]+\] succeeded")

    assert "Traceback" not in worker.said
    assert "Traceback" not in beat.said
