import { z } from 'zod'

/** Which functions there are: alike in the compute subgraph and the workers. */
export const functionSettings = z.object({
  /** A JSON file that names the functions, see `readFunctions`. */
  FUNCTIONS_FILE: z.string().min(1).optional(),
  /** What requests to functions, and their callbacks, are signed with. */
  FUNCTION_SECRET: z.string().min(16, 'Expected at least 16 characters').optional(),
})
