# MovR as one image: docker build --build-arg VERSION=$(git describe --always) --tag movr .
#
# The tag pins the line of Python and the release of Debian; both go on getting their security fixes
# through it. Where a build has to be repeatable to the bit, pin the digest as well, as
# `docker buildx imagetools inspect python:3.13-slim-trixie` prints it: NAME:TAG@sha256:...
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
# Before the application, so that a change there does not install everything anew.
COPY requirements.txt ./
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Only what carries one of the recorded hashes, and nothing that would need a compiler. Pip has then
# done its work, and a container has no use for it.
RUN python -m venv /opt/movr \
    && /opt/movr/bin/python -m pip install --require-hashes --only-binary=:all: -r requirements.txt \
    && /opt/movr/bin/python -m pip uninstall --yes pip
WORKDIR /app
COPY server.py dbinit.sql LICENSE ./
COPY movr movr
COPY web web
COPY templates templates
COPY static static
COPY translations translations
# Compiled now, since nothing can be written later. Readable by any account, writable by none but
# root, whatever the permissions in the folder that this was built from.
RUN /opt/movr/bin/python -m compileall -q --invalidation-mode unchecked-hash server.py movr web \
    && chmod -R u=rwX,go=rX .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="MovR" \
      org.opencontainers.image.description="The web site of a vehicle-sharing company" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/movr /opt/movr
COPY --from=build /app /app
WORKDIR /app
# What is running, for logs and metrics. After the copies, which do not depend on it.
ARG VERSION=development
ENV PATH=/opt/movr/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VERSION=$VERSION
LABEL org.opencontainers.image.version=$VERSION
# A number, since Kubernetes has to see that it is not root. The account owns nothing: /tmp and
# /dev/shm are all that it writes to, so the rest may be read-only.
USER 10001:10001
EXPOSE 8000
# Not /readyz: a container whose database is away is healthy, and a new one would not be better off.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + (os.environ.get('PORT') or '8000') + '/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "web/gunicorn.py", "server:app"]
