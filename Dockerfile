# The site as an image, of which every process of compose.yaml runs: a web node, the task worker, the
# daily cleanup, the migration. docs/operating.md, "With containers".
#
# Debian brings the Python that the tests run on, and keeps it secure. Of Debian only what Python needs
# goes into the image: no shell, no package manager. The digest counts, the tag says what it is; the Git
# host's bot raises them together (.github/dependabot.yml).

FROM debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008 # what is newest in a stable Debian is what is patched
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv
# What stands in status.d says to scanners what is in the image.
WORKDIR /packages
RUN apt-get download base-files libbz2-1.0 libc6 libcrypt1 libexpat1 libffi8 libgcc-s1 liblzma5 \
        libpython3.11-minimal libpython3.11-stdlib libsqlite3-0 libssl3 libstdc++6 libuuid1 media-types \
        netbase python3.11-minimal tzdata zlib1g \
    && mkdir -p /root-of-image/var/lib/dpkg/status.d \
    && for package in *.deb; do \
        dpkg-deb --extract "$package" /root-of-image; \
        dpkg-deb --field "$package" >"/root-of-image/var/lib/dpkg/status.d/${package%%_*}"; \
    done
WORKDIR /root-of-image
RUN rm -rf usr/share/lintian usr/share/man usr/lib/python3.11/lib2to3 usr/lib/python3.11/pydoc_data \
    && ln -s python3.11 usr/bin/python3 \
    && install -d -m 1777 tmp && install -d etc/ssl/certs \
    && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ \
    && echo 'latchkey:x:10001:10001::/nonexistent:/usr/sbin/nologin' >etc/passwd \
    && echo 'latchkey:x:10001:' >etc/group
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
COPY CHANGELOG.md ./
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
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /venv/lib accounts api config \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash -s /root-of-image -p / \
        /root-of-image/usr/lib/python3.11

FROM scratch
COPY --from=build /root-of-image /
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
ENV PATH=/venv/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    DATA_DIR=/site/var \
    GUNICORN_CMD_ARGS="--bind 0.0.0.0:8000"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-m", "config.probe"]
ENTRYPOINT ["python"]
CMD ["-m", "gunicorn", "-c", "python:config.gunicorn"]
