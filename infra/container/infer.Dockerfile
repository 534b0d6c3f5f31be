# infer as an app: one process that serves on, whose /metrics can be scraped. From the root of the project:
#   docker build -f infra/container/infer.Dockerfile -t earshot-infer .
ARG BASE_REGISTRY=docker.io/library
ARG BASE_IMAGE=node:22-bookworm-slim

FROM ${BASE_REGISTRY}/${BASE_IMAGE} AS build
WORKDIR /earshot
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY shared shared
COPY functions functions
COPY infra infra
ARG HANDLER=functions/infer/handler.main
RUN node infra/typescript/run.mjs infra/function-app/gather.ts "${HANDLER}" /app

FROM ${BASE_REGISTRY}/${BASE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app ./
USER node
CMD ["node", "start.cjs"]
