# The version of Node that package.json pins for machines without one (optionalDependencies).
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What is optional is Node itself, which the image has.
RUN npm ci --omit=dev --omit=optional

FROM ${NODE_IMAGE}
# JITI_FS_CACHE: the migrations' loader would keep a cache beside its code, which nobody may write to here.
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    WB_ASSIST_DATA_DIR=/data \
    JITI_FS_CACHE=false
# Only the embedded Postgres, which runs where there is no DATABASE_URL, writes anything.
RUN install --directory --owner=node --group=node --mode=700 /data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY migrations ./migrations
COPY rag-migrations ./rag-migrations
COPY src ./src
# So that `docker compose exec worker wb-assist doctor` finds it.
RUN ln -s /app/bin/wb-assist.js /usr/local/bin/wb-assist
USER node
EXPOSE 8000 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "bin/check-health.js"]
# No npm and no shell in between: SIGTERM reaches the program, which stops by it.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "bin/wb-assist.js"]
CMD ["start"]
