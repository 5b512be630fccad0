# One image each for gateways, workers and one-shots: `docker build --target gateway .` and so on. Debian, as Temporal's SDK is
# built for glibc. What stands here is tried by test/deploy/cluster/dockerfile.test.ts, step by step in a clean folder.

FROM node:24.11.1-bookworm-slim@sha256:48abc13a19400ca3985071e287bd405a1d99306770eb81d61202fb6b65cf0b57 AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Temporal's SDK brings its native part for five platforms, 27 MB each: this one's is kept.
RUN npm ci --omit=dev --no-audit --no-fund \
  && cd node_modules/@temporalio/core-bridge/releases \
  && ls | grep -v "^$(uname -m)-unknown-linux-gnu$" | xargs rm -r

FROM node:24.11.1-bookworm-slim@sha256:48abc13a19400ca3985071e287bd405a1d99306770eb81d61202fb6b65cf0b57 AS base
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY goals ./goals
COPY views ./views
COPY process ./process
RUN install -d -o 1000 -g 1000 /var/lib/goalkeeper
# Node as the first process takes SIGTERM, as each of our programs has a handler for it.
USER 1000:1000

FROM base AS gateway
COPY gateway ./gateway
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "gateway/main.ts"]

FROM base AS activities
COPY activities ./activities
COPY config ./config
COPY workflows ./workflows
COPY program ./program
COPY deploy/local ./deploy/local

# With the examples; a team's own worker has its folder instead, and what its jobs need (Python, say).
FROM activities AS worker
COPY examples ./examples
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "activities/main.ts", "examples/warehouse"]

FROM worker AS setup
COPY deploy/cluster ./deploy/cluster
HEALTHCHECK NONE
CMD ["node", "--import", "tsx", "deploy/cluster/namespace.ts"]
