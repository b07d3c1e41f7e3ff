/** The whole suite: native ESM, TypeScript through esbuild (types are checked by `npm run typecheck`). */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/esbuildTransform.js' },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/browser/'],
  modulePathIgnorePatterns: ['/\\.data/'],
  setupFiles: ['<rootDir>/test/graphqlAsInProduction.js'],
  testSequencer: '<rootDir>/test/LongestFirst.js',
  globalSetup: '<rootDir>/test/globalSetup.ts',
  globalTeardown: '<rootDir>/test/globalTeardown.ts',
  testTimeout: 30_000,
  maxWorkers: 3,
}
