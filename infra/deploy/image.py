"""Writes the Containerfile."""

from __future__ import annotations

from typing import Final

from infra.deploy.facts import BASE, DATA, ENVIRON, FOLDER, HEAD, HOME, METRICS_PORT, PORT, USER, VERSION
from infra.deploy.runtime_lock import LOCK

CONTAINERFILE: Final = FOLDER / "Containerfile"

_INTO: Final = f"python -m pip --no-cache-dir --python {HOME}/bin/python"


def write_containerfile() -> str:
    """Return the file's text. What the first stage's RUN says needs no root."""
    environ = " \\\n    ".join(f"{name}={value}" for name, value in ENVIRON.items())
    return f"""\
{HEAD}# In the checkout: podman build --file infra/deploy/{CONTAINERFILE.name} --tag graphferry:{VERSION} .
# Pin the base as your registry has it: --build-arg BASE={BASE}@sha256:…
ARG BASE={BASE}

FROM ${{BASE}} AS build
WORKDIR /build
COPY infra/deploy/{LOCK.name} ./
RUN python -m venv --without-pip {HOME} && \\
    {_INTO} install --no-deps --require-hashes --requirement {LOCK.name}
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY handlers handlers
COPY shared shared
COPY infra infra
# The wheel holds the compiled codec, by the system's compiler or one that is fetched; the last line sees to it.
RUN python -m pip --no-cache-dir wheel --no-deps --wheel-dir dist . && \\
    {_INTO} install --no-deps dist/*.whl && \\
    {_INTO} check && \\
    {HOME}/bin/python -I -c "import shared.native.elements"

FROM ${{BASE}}
LABEL org.opencontainers.image.title="Graphferry" \\
    org.opencontainers.image.version="{VERSION}" \\
    org.opencontainers.image.licenses="Apache-2.0"
RUN python -m pip uninstall --yes pip setuptools wheel && \\
    useradd --uid {USER} --no-create-home --shell /usr/sbin/nologin graphferry && \\
    install --directory --owner {USER} --group {USER} --mode 0750 {DATA}
COPY --from=build {HOME} {HOME}
ENV PATH={HOME}/bin:$PATH \\
    {environ}
USER {USER}:{USER}
EXPOSE {PORT} {METRICS_PORT}
ENTRYPOINT ["graphferry"]
CMD ["serve"]
"""
