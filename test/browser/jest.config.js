import config from '../../jest.config.js'

/** The browser's tests, apart: they need Chromium. */
export default {
  ...config,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/*.test.ts'],
  testPathIgnorePatterns: [],
}
