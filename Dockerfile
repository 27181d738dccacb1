# Hampa in one image: the web server by default, the worker by the command `python worker.py`.
# The Python is the one that the tests run on.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/hampa
RUN python -m venv /srv/venv
COPY requirements.txt constraints.txt ./
RUN /srv/venv/bin/pip install --requirement requirements.txt
COPY asgi.py wsgi.py worker.py ./
COPY migrations migrations
COPY hampa hampa
RUN /srv/venv/bin/pybabel --quiet compile --directory hampa/translations \
    && /srv/venv/bin/python -m compileall -q hampa migrations asgi.py wsgi.py worker.py

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 hampa \
    && useradd --uid 10001 --gid hampa --home-dir /var/lib/hampa --create-home --shell /usr/sbin/nologin hampa
COPY --from=build /srv /srv
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP=wsgi \
    HAMPA_ENV=production \
    HAMPA_BIND=0.0.0.0 \
    HAMPA_HOME=/var/lib/hampa
WORKDIR /srv/hampa
USER 10001:10001
VOLUME /var/lib/hampa
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "hampa.platform.probe", "web"]
CMD ["flask", "hampa", "serve"]
