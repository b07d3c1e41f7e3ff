import { codedError } from '@tributary/schema'
import {
  type ASTVisitor,
  type DirectiveNode,
  type GraphQLError,
  Kind,
  OperationTypeNode,
  type ValidationContext,
  type ValidationRule,
  visit,
} from 'graphql'
import { deferCondition, isDefer } from './deferDirective.ts'

/**
 * What incremental delivery asks of `@defer` and graphql-js 16 does not check (https://github.com/graphql/graphql-spec/pull/742): each
 * label is a literal and stands once; there is none on the root fields of a mutation, and none in a subscription unless it says
 * `if: false`. Errors have `GRAPHQL_VALIDATION_FAILED`.
 */
export const deferRules: readonly ValidationRule[] = [uniqueLabels, notInMutationRoots, notInSubscriptions]

function uniqueLabels(context: ValidationContext): ASTVisitor {
  const known = new Set<string>()
  return {
    Directive(node) {
      const label = isDefer(node) && node.arguments?.find(({ name }) => name.value === 'label')?.value
      if (!label || label.kind === Kind.NULL) return
      if (label.kind !== Kind.STRING) {
        context.reportError(invalid('Expected the label of a @defer to be a string, no variable', node))
      } else if (known.has(label.value)) {
        context.reportError(
          invalid(`Expected each @defer to have a label of its own, got "${label.value}" again`, node),
        )
      } else {
        known.add(label.value)
      }
    },
  }
}

function notInMutationRoots(context: ValidationContext): ASTVisitor {
  return {
    Directive(node) {
      const root = context.getSchema().getMutationType()
      if (!isDefer(node) || !root || context.getParentType() !== root || deferCondition(node) === false) return
      context.reportError(invalid('Expected no @defer on the root fields of a mutation', node))
    },
  }
}

function notInSubscriptions(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return
      for (const definition of [operation, ...context.getRecursivelyReferencedFragments(operation)]) {
        visit(definition, {
          Directive(node) {
            if (!isDefer(node) || deferCondition(node) === false) return
            context.reportError(invalid('Expected no @defer in a subscription, unless it says `if: false`', node))
          },
        })
      }
    },
  }
}

function invalid(message: string, node: DirectiveNode): GraphQLError {
  return codedError('GRAPHQL_VALIDATION_FAILED', message, { nodes: node })
}
