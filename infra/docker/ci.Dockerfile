# What Cloud Build's steps run in: git, make, g++ and a Python for the Makefile's targets, docker and terraform for some.
# The versions of versions.env, as defaults: this image is built before there is a make to pass them.
ARG PYTHON_IMAGE=python:3.13.9-slim-trixie
ARG DOCKER_IMAGE=docker:27.5.1-cli
ARG BUILDX_IMAGE=docker/buildx-bin:0.20.1
ARG TERRAFORM_IMAGE=hashicorp/terraform:1.11.4
ARG COSIGN_IMAGE=gcr.io/projectsigstore/cosign:v2.4.1

FROM ${DOCKER_IMAGE} AS docker

FROM ${BUILDX_IMAGE} AS buildx

FROM ${TERRAFORM_IMAGE} AS terraform

FROM ${COSIGN_IMAGE} AS cosign

FROM ${PYTHON_IMAGE}
# hadolint ignore=DL3008 # Debian keeps only the newest of each package; the release is pinned by the base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ git make \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /workspace
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=buildx /buildx /usr/local/libexec/docker/cli-plugins/docker-buildx
COPY --from=terraform /bin/terraform /usr/local/bin/terraform
COPY --from=cosign /ko-app/cosign /usr/local/bin/cosign
WORKDIR /workspace
# Root, the one exception: Cloud Build's workspace and docker socket belong to root.
# hadolint ignore=DL3002
USER 0
CMD ["make"]
