# syntax=docker/dockerfile:1
# docker build -t ringback --build-arg VERSION=$(git describe --always) .
#
# The tags below name a version and move with its security fixes: rebuild with
# --pull, at least monthly. To have the same bytes each time, pin a tag by what
#   docker buildx imagetools inspect --format '{{.Manifest.Digest}}' IMAGE:TAG
# says (IMAGE:TAG@sha256:...), and refresh that as often.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# No cgo: SQLite is the one in Go, so the binary needs nothing of its system.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags='-s -w' -o /out/ringback ./cmd/ringback && \
    mkdir -p /out/var/lib/ringback

# Certificates, time zones, and nothing that could be run but this.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=devel
LABEL org.opencontainers.image.title="ringback" \
      org.opencontainers.image.description="A phone line that verifies callers and reconnects their Duo Mobile" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="Apache-2.0"
# For the health check alone; busybox, linked statically, goes by its name.
COPY --from=busybox:1.37-musl /bin/busybox /usr/bin/wget
COPY --from=build /out/ringback /usr/bin/ringback
# The ledger's folder: a volume that is new takes its owner from here.
COPY --from=build --chown=65532:65532 /out/var/lib/ringback /var/lib/ringback
USER 65532:65532
WORKDIR /var/lib/ringback
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/bin/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/usr/bin/ringback"]
CMD ["serve", "--config", "/etc/ringback/ringback.yaml"]
