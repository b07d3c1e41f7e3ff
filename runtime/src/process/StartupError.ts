/**
 * Something a person can put right before the program can start. Its message is one sentence that says what is wrong and
 * what to do; it is printed alone, without a stack, and the process exits with 1.
 */
export class StartupError extends Error {
  override name = 'StartupError'
}
