# One image for each program, with that program and the libraries it needs: no shell, no package manager, nothing to write.
#
#   docker build --build-arg EXECUTABLE=catalog-service --build-arg VERSION=0.1.0 -t fiyatradari/catalog:0.1.0 .
#
# `make images` builds all of them; docs/images.md says how that goes without an engine or a registry.

ARG SWIFT_IMAGE=docker.io/library/swift:6.3-bookworm
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS builder
# Versions of libraries are the distribution's, as everywhere in this project.
# hadolint ignore=DL3008
RUN apt-get update -q \
  && apt-get install -q -y --no-install-recommends pkg-config libnghttp2-dev libprotobuf-c-dev zlib1g-dev libpq-dev \
    libhiredis-dev libsodium-dev libxml2-dev libxxhash-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
ARG EXECUTABLE
RUN dev/release.sh "${EXECUTABLE}" && install -D -s "$(dev/release.sh --path)/${EXECUTABLE}" /out/service

# What programs may need; each image gets only what its own does.
FROM ${BASE_IMAGE} AS libraries
# hadolint ignore=DL3008
RUN apt-get update -q \
  && apt-get install -q -y --no-install-recommends ca-certificates libhiredis0.14 libnghttp2-14 libpq5 libprotobuf-c1 \
    libsodium23 libstdc++6 libxml2 libxxhash0 tzdata zlib1g \
  && rm -rf /var/lib/apt/lists/*
COPY dev/image-root.sh /usr/local/bin/image-root.sh

FROM libraries AS root-of-built
COPY --from=builder /out/service /service
RUN sh /usr/local/bin/image-root.sh /service /image

# For a program that was built outside: `--target prebuilt` or `prebuilt-tool`, and the program in prebuilt/ of the context.
FROM libraries AS root-of-prebuilt
ARG EXECUTABLE
COPY prebuilt/${EXECUTABLE} /service
RUN sh /usr/local/bin/image-root.sh /service /image

# The parts of the two kinds of images: `tool` for fiyat, and the services', which can be asked how they are. For engines
# that ask inside; orchestrators ask gRPC's health service, or /readyz and /healthz of the ops listener.

FROM scratch AS prebuilt-tool
ARG EXECUTABLE
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${EXECUTABLE}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=root-of-prebuilt /image /
USER 10001:10001
ENTRYPOINT ["/service"]

FROM prebuilt-tool AS prebuilt
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s CMD ["/service", "--probe"]

FROM scratch AS tool
ARG EXECUTABLE
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${EXECUTABLE}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=root-of-built /image /
USER 10001:10001
ENTRYPOINT ["/service"]

FROM tool AS image
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s CMD ["/service", "--probe"]
