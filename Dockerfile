# Debian's release is the same in both stages, so that the binary finds the C library it was
# linked with. It needs no other library: those of both databases are compiled in.
FROM rust:1.95-slim-bookworm AS build
# The base has cargo and a C compiler; this is all else that a build needs.
# hadolint ignore=DL3008 # Debian keeps only the newest version of a package, so a pin would break
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /civitas
COPY . .
RUN cargo build --release --locked --bin civitas

FROM debian:bookworm-slim
# Certificates: mail servers and file stores are reached over TLS.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data civitas \
    && install --directory --owner=civitas --group=civitas --mode=0750 /data
COPY --from=build /civitas/target/release/civitas /usr/local/bin/civitas
# By number, so that a host can tell that it is not root.
USER 10001
# By default the database and the files lie in the working directory.
WORKDIR /data
VOLUME /data
# In a container, loopback is reachable from nowhere.
ENV CIVITAS__SERVER__BIND=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["civitas"]
CMD ["serve"]
