# What every step of the pipeline and every Dataflow worker runs in: the locked environment, this code as an
# installed package, and TensorFlow Serving's model server for infra validation.
ARG PYTHON_IMAGE
ARG BEAM_IMAGE
ARG SERVING_IMAGE

FROM ${BEAM_IMAGE} AS beam

FROM ${SERVING_IMAGE} AS serving

FROM ${PYTHON_IMAGE} AS build
# pyfarmhash, which TFDV needs, comes as source only.
# hadolint ignore=DL3008 # Debian keeps only the newest of each package; the release is pinned by the base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY infra/bootstrap infra/bootstrap
RUN python infra/bootstrap/get_uv.py /opt/uv && /opt/uv/uv venv --no-cache /opt/venv
COPY requirements.lock ./
RUN /opt/uv/uv pip sync --no-cache --require-hashes --python /opt/venv/bin/python --compile-bytecode requirements.lock
# The code last: a change of it leaves the layers above as they are.
COPY pyproject.toml setup.py README.md ./
COPY pipeline pipeline
COPY components components
COPY trainer trainer
COPY serving serving
COPY monitoring monitoring
RUN /opt/uv/uv pip install --no-cache --no-deps --no-build-isolation --python /opt/venv/bin/python .

FROM ${PYTHON_IMAGE}
COPY --from=serving /usr/bin/tensorflow_model_server /usr/local/bin/tensorflow_model_server
COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=build /opt/venv /opt/venv
RUN useradd --create-home --uid 10001 evergreen
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/evergreen
USER 10001
# Dataflow starts its workers here; Vertex AI gives each step its own command.
ENTRYPOINT ["/opt/apache/beam/boot"]
