import { federationMetadata, type ObjectType, operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import { type DocumentNode, Kind, OperationTypeNode } from 'graphql'
import type { CompileOptions } from '../../operation/compileOperation.ts'
import { conditionVariables } from '../../operation/Projectors.ts'
import { dropDefersOn } from './dropDefersOn.ts'
import { dropIntrospection } from './dropIntrospection.ts'
import { dropRepeated } from './dropRepeated.ts'
import { dropSkipped } from './dropSkipped.ts'
import { expandConditions } from './expandConditions.ts'
import { flattenMutation } from './flattenMutation.ts'
import { hasChains } from './hasChains.ts'
import { keepEmptyObjects } from './keepEmptyObjects.ts'
import { meetRequirements } from './meetRequirements.ts'
import { omitEmptyTypes } from './omitEmptyTypes.ts'
import { repairPlan } from './repairPlan.ts'
import { repairSupergraph } from './repairSupergraph.ts'

/**
 * How many plans are compared for one operation. Apollo's bound of 10,000 lets an operation of 50 lines keep the process for 10 s; with 100
 * no plan of several hundred random operations had one fetch more.
 */
const maxEvaluatedPlans = 100

/** Apollo's planner over the repaired supergraph. It is asked about operations that are valid for what clients see, and for nothing else. */
export function createPlanner(original: Supergraph, supergraphSdl: string): Pick<CompileOptions, 'plan' | 'names'> {
  const repaired = repairSupergraph(supergraphSdl)
  const isRepaired = repaired.supergraphSdl !== supergraphSdl
  const supergraph = isRepaired ? Supergraph.build(repaired.supergraphSdl) : original
  const graphqlSchema = original.apiSchema().toGraphQLJSSchema()
  const usual = createEngine(supergraph)
  /** Knows of no `@requires`. Made when it is first needed. */
  let spare: Engine | undefined
  const interfaceObjectTypes = readInterfaceObjects(supergraph)
  const interfaceObjects = new Set(interfaceObjectTypes.map(({ name }) => name))
  const ofInterfaceObjects = new Set(interfaceObjectTypes.flatMap((type) => type.fields().map(({ name }) => name)))
  const reserved = new Set(['__typename', ...fieldNames(supergraph)])

  return {
    plan(selected) {
      try {
        return plan(selected, usual)
      } catch (error) {
        // What it cannot plan is left out, and missed when the client's answer is written.
        const reduced = omitEmptyTypes(selected, graphqlSchema)
        if (reduced !== selected) return plan(reduced, usual)
        if (!repaired.hasRequirements) throw error
        spare ??= createEngine(Supergraph.build(repaired.withoutRequirements()))
        try {
          return plan(selected, spare)
        } catch {
          throw error
        }
      }
    },
    names: {
      // The planner's own aliases end in a number: `length__alias_0`.
      isReserved: (responseName) => reserved.has(responseName) || /__alias_\d+$/.test(responseName),
      isShared: (fieldName) => ofInterfaceObjects.has(fieldName),
    },
  }

  function plan(selected: Selected, engine: Engine): QueryPlan | undefined {
    const hasConditions = conditionVariables(selected).length > 0
    const isQuery = selected.operation.operation === OperationTypeNode.QUERY
    // Which fields of a mutation are sent, and in which order, depends on them.
    if (hasConditions && selected.operation.operation === OperationTypeNode.MUTATION) return undefined
    const deferred = dropDefersOn(interfaceObjects, selected, graphqlSchema)
    const kept = keepEmptyObjects(flattenMutation(dropSkipped(dropIntrospection(deferred))))
    const { operation, fragments } = expandConditions(kept, { schema: graphqlSchema, interfaceObjects })
    const document = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] } as const
    const planned = engine.plan(document)
    const mayBeUnmet = engine === spare || repaired.hasChains
    const met = mayBeUnmet ? meetRequirements(planned, { repaired, planOperation: engine.planHidden }) : planned
    // Of what one field under a condition and another one without both lead to, the planner loses the one or the other.
    if (hasConditions && (met !== planned || hasChains(planned, repaired))) return undefined
    return repairPlan(met !== planned && isQuery ? dropRepeated(met, repaired) : met, repaired)
  }
}

type Selected = Parameters<CompileOptions['plan']>[0]

type Engine = {
  plan(document: DocumentNode): QueryPlan
  /** The same for an operation over all that there is, also what clients do not see. */
  planHidden(document: DocumentNode): QueryPlan
}

function createEngine(supergraph: Supergraph): Engine {
  const planner = new QueryPlanner(supergraph, {
    debug: { maxEvaluatedPlans },
    incrementalDelivery: { enableDefer: true },
  })
  const apiSchema = supergraph.apiSchema()
  return {
    plan: (document) => planner.buildQueryPlan(operationFromDocument(apiSchema, document)),
    planHidden: (document) => planner.buildQueryPlan(operationFromDocument(supergraph.schema, document)),
  }
}

function fieldNames(supergraph: Supergraph): readonly string[] {
  return supergraph.schema.types().flatMap((type) => ('fields' in type ? type.fields().map((field) => field.name) : []))
}

/** The types with which a subgraph stands in for an interface, each as that subgraph has it. */
function readInterfaceObjects(supergraph: Supergraph): readonly ObjectType[] {
  return [...supergraph.subgraphs()].flatMap(({ schema }) =>
    schema.objectTypes().filter((type) => federationMetadata(schema)?.isInterfaceObjectType(type)),
  )
}
