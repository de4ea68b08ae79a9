# What training jobs on GPU machines run in: the pipeline's environment with CUDA's libraries, at the same versions
# (trainer.lock is resolved under requirements.lock). The driver is the machine's.
ARG PYTHON_IMAGE

FROM ${PYTHON_IMAGE} AS build
# pyfarmhash, which TFDV needs, comes as source only.
# hadolint ignore=DL3008 # Debian keeps only the newest of each package; the release is pinned by the base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY infra/bootstrap infra/bootstrap
RUN python infra/bootstrap/get_uv.py /opt/uv && /opt/uv/uv venv --no-cache /opt/venv
COPY infra/docker/trainer.lock ./
RUN /opt/uv/uv pip sync --no-cache --require-hashes --python /opt/venv/bin/python --compile-bytecode trainer.lock
COPY pyproject.toml setup.py README.md ./
COPY pipeline pipeline
COPY components components
COPY trainer trainer
COPY serving serving
COPY monitoring monitoring
RUN /opt/uv/uv pip install --no-cache --no-deps --no-build-isolation --python /opt/venv/bin/python .

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/venv /opt/venv
# TensorFlow does not always find the libraries of its own wheels by itself.
RUN ls -d /opt/venv/lib/python3.*/site-packages/nvidia/*/lib > /etc/ld.so.conf.d/nvidia.conf \
    && ldconfig \
    && useradd --create-home --uid 10001 evergreen
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/evergreen
USER 10001
# The training job gives the arguments, as TFX's trainer composes them.
ENTRYPOINT ["python", "-m", "tfx.scripts.run_executor"]
