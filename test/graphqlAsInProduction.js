import { createRequire } from 'node:module'

// graphql-js looks for a second copy of itself at each comparison of types, unless it is loaded for production: a quarter of what suites that execute operations
// take. All else keeps the NODE_ENV of tests.
const { NODE_ENV } = process.env
process.env.NODE_ENV = 'production'
createRequire(import.meta.url)('graphql/jsutils/instanceOf')
process.env.NODE_ENV = NODE_ENV
