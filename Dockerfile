# Ferry as an image: web, worker and scheduler are this image with another command.
# How to run it, and what was tried of it, is in docs/scaling.md.

# The version that the tests run on. Rebuild to take in what Debian and Python have mended since.
ARG PYTHON=3.11-slim-trixie

FROM python:${PYTHON} AS build
ENV VAR_FOLDER="/tmp/var"
WORKDIR /srv/ferry
RUN ["python", "-m", "venv", "--without-pip", "/opt/venv"]
COPY requirements.txt ./
# Wheels only: nothing is compiled, so nothing that compiles is needed.
RUN ["pip", "--python", "/opt/venv/bin/python", "install", "--no-cache-dir", \
  "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:", \
  "--requirement", "requirements.txt"]
# .dockerignore lets nothing in but what runs.
COPY . .
RUN ["/opt/venv/bin/python", "manage.py", "collectstatic", "--no-input"]
RUN ["/opt/venv/bin/python", "-m", "compileall", "-q", "/srv/ferry"]

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="Ferry" \
  org.opencontainers.image.description="Carries products from Akeneo PIM to channels" \
  org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 ferry \
  && useradd --uid 10001 --gid ferry --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin ferry \
  && install --directory --owner ferry --group ferry /var/lib/ferry /srv/feeds \
  && python -m pip uninstall --yes setuptools wheel pip
# Owned by root, so that the process cannot change what it runs.
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/ferry /srv/ferry
ENV PATH="/opt/venv/bin:${PATH}" \
  PYTHONUNBUFFERED="1" \
  PYTHONDONTWRITEBYTECODE="1" \
  VAR_FOLDER="/var/lib/ferry"
WORKDIR /srv/ferry
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=8)"]
# Quick heartbeat files of gunicorn's workers belong into memory.
CMD ["gunicorn", "akeneo_app.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
