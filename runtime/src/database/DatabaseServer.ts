import type { Running } from '../process/Running.ts'

/** A PostgreSQL server in which every service has a database of its own. */
export type DatabaseServer = Running & {
  /**
   * The connection URL of the database with this name, which is created when it is missing.
   * The name is lower-case letters, digits and underscores. Throws a `StartupError` when the database may not be created.
   */
  openUrl(name: string): Promise<string>
}
