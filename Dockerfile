# The image that `npm run image` packs without Docker: its files come from tools/image/contents.ts in both, and a test
# holds the last stage to the same list. Node.js, its libraries, Podiam: no shell, no package manager.
FROM node:24-bookworm-slim AS build
WORKDIR /podiam
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && node tools/image/main.ts --root /image

FROM scratch
COPY --from=build /image/ /
LABEL org.opencontainers.image.title="podiam"
LABEL org.opencontainers.image.description="Short-lived cloud identities for Kubernetes pods"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="0.1.0"
ENV PATH="/usr/bin"
ENV NODE_OPTIONS="--max-semi-space-size=4"
ENV MALLOC_ARENA_MAX="2"
WORKDIR /
EXPOSE 8443/tcp 9443/tcp
USER 65532:65532
ENTRYPOINT ["/podiam"]
CMD ["webhook"]
