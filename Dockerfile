# The site as an image, of which every process of compose.yaml runs: a web node, the task worker, the
# daily cleanup, the migration. docs/operating.md, "With containers".
#
# Debian brings the Python that the tests run on, and keeps it secure. Both stages begin with the very
# same bytes: the digest counts, the tag says what it is. The Git host's bot raises them together
# (.github/dependabot.yml).

FROM debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS build
# hadolint ignore=DL3008 # what is newest in a stable Debian is what is patched
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /site
COPY requirements.lock ./
# Without pip, which the site never needs, and without the languages that it does not speak.
RUN python3 -m venv --without-pip /venv \
    && python3 -m venv /installer \
    && /installer/bin/pip --python /venv/bin/python install --no-cache-dir --no-compile \
        --disable-pip-version-check --require-hashes --requirement requirements.lock \
    && find /venv -type d -path '*/locale/*' -prune -regextype posix-extended \
        -not -regex '.*/locale/(ar|de|en)' -exec rm -rf {} + \
    && find /venv -type d -name tests -prune -exec rm -rf {} +
COPY manage.py ./
COPY accounts accounts
COPY api api
COPY config config
COPY static static
COPY templates templates
# Nothing is written at run time: byte code and static files are made here. The settings are for this
# step alone and good for nothing else. All files get one time, so that what a registry rounds off is
# not taken for a change.
RUN find /site /venv -exec touch --no-dereference --date=@1 {} + \
    && DATA_DIR=/site/var SITE_URL=https://build.invalid SECRET_KEY=none \
        ENCRYPTION_KEYS=bm90aGluZy1pcy1zZWFsZWQtd2l0aC10aGlzLWtleS4= \
        PYTHONDONTWRITEBYTECODE=1 /venv/bin/python -m config.prepare --static \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /venv/lib accounts api config

FROM debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
# hadolint ignore=DL3008 # as above
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* \
    && groupadd --gid 10001 latchkey \
    && useradd --uid 10001 --gid latchkey --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin latchkey
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
ENV PATH=/venv/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/site/var \
    GUNICORN_CMD_ARGS="--bind 0.0.0.0:8000"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-m", "config.probe"]
ENTRYPOINT ["python"]
CMD ["-m", "gunicorn", "-c", "python:config.gunicorn"]
