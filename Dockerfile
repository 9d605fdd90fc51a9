# One image for the server, a Dask scheduler and the workers; docs/operation.md says how to run it.
FROM python:3.11-slim

ENV LIGHTBOX_VENV=/opt/lightbox \
    PYTHONUNBUFFERED=1
WORKDIR /app

# The libraries first: they change seldom and take minutes.
COPY requirements.txt ./
COPY dashboard/__init__.py dashboard/environment.py dashboard/
RUN PIP_NO_CACHE_DIR=1 python -c "from dashboard import environment as e; e.ensure(e.ROOT / 'requirements.txt')"

COPY core core
COPY data data
COPY dashboard dashboard
COPY pages pages
COPY README.md LICENSE SECURITY.md ./
# What the server would otherwise write when it starts, and its user may not.
RUN /opt/lightbox/bin/python -m dashboard publish \
    && /opt/lightbox/bin/python -m compileall -q core data dashboard pages

RUN useradd --uid 10001 --create-home lightbox \
    && install -d -o lightbox -g lightbox /data
USER 10001
ENV LIGHTBOX_RUNS=/data/runs \
    LIGHTBOX_CACHE=/data/cache \
    LIGHTBOX_DOWNLOADS=/data/downloads
VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["/opt/lightbox/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=5)"]
ENTRYPOINT ["/opt/lightbox/bin/python", "-m", "dashboard"]
CMD ["--no-browser", "--port", "8501"]
