import { z } from 'zod'
import { flagSetting, numberSetting, parseSettings, portSetting } from './parseSettings.ts'
import { StartupError } from './StartupError.ts'

const settings = z.object({
  PORT: portSetting(4000),
  LIMIT: numberSetting({ min: 1, max: 9, fallback: 3 }),
  FLAG: flagSetting(false),
  DATABASE_URL: z.url('Expected a URL').optional(),
})

describe('parseSettings', () => {
  test('takes defaults for what is not set or empty', () => {
    expect(parseSettings(settings, { PORT: '', FLAG: 'true' })).toEqual({ PORT: 4000, LIMIT: 3, FLAG: true })
  })

  test('names every variable that does not parse, with what was expected and what came', () => {
    const parse = () => parseSettings(settings, { PORT: '70000', LIMIT: '1e3', FLAG: 'yes' })
    expect(parse).toThrow(StartupError)
    expect(parse).toThrow(
      'Please correct the settings: PORT: Expected a port from 0 to 65535, got "70000"; ' +
        'LIMIT: Expected a whole number from 1 to 9, got "1e3"; FLAG: Expected 1, true, 0 or false, got "yes".',
    )
  })

  test('does not repeat what may be a password', () => {
    expect(() => parseSettings(settings, { DATABASE_URL: '//me:hunter2@db' })).toThrow(
      'Please correct the settings: DATABASE_URL: Expected a URL, got something else (not shown).',
    )
  })
})
