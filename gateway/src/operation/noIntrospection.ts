import { codedError } from '@tributary/schema'
import type { ValidationRule } from 'graphql'

/** A validation rule that refuses `__schema` and `__type`, wherever and under whatever alias they stand: `INTROSPECTION_DISABLED`. */
export const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (node.name.value !== '__schema' && node.name.value !== '__type') return
    context.reportError(codedError('INTROSPECTION_DISABLED', 'Introspection is turned off', { nodes: node }))
  },
})
