import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, type SelectionScope } from './collectFields.ts'
import { compileLeaf } from './compileLeaf.ts'
import { failed } from './failed.ts'
import { type Fields, isFields, type ReadField, readField } from './ownField.ts'
import type { ResponsePath } from './PlanPath.ts'

/** Writes the client's answer out of the fetched tree, as JSON text: the answer is never an object on its way to the client. */
export type Projector = {
  project(root: Fields, options: ProjectOptions): { data: string; problems: readonly Problem[] }
  /** The client's path of a value of the tree, or undefined when the client has not asked for it. */
  clientPath(path: ResponsePath, root: Fields): ResponsePath | undefined
}

export type ProjectOptions = {
  introspect: Introspect
  /** Whether a failed request is reported already. */
  isTold: boolean
}

/** The value of `__schema` or `__type`, selected by these field nodes. */
export type Introspect = (responseName: string) => unknown

/** A value that breaks the schema, at its path. */
export type Problem = { message: string; path: (string | number)[] }

/** More problems than this are not told: each is another instance of the same. */
const maxProblems = 1_000

/**
 * Compiles the projection of an operation for one setting of the variables in its `@skip` and `@include`: the client's fields in selection order, merged by
 * the spec, each value checked against the type that clients know, nulls propagated by the spec (section 6.4.4). The root is an object of the operation's root
 * type, or, with `isRoot` false, any other object of which a deferred fragment selects something.
 */
export function compileProjector(
  scope: SelectionScope,
  options: { rootType: GraphQLCompositeType; selectionSet: SelectionSetNode; isRoot?: boolean },
): Projector {
  const { rootType, selectionSet, isRoot = true } = options
  const completeRoot = compileObject(scope, rootType, [selectionSet], { isRoot })
  return {
    project(root, { introspect, isTold }) {
      const run: Run = { problems: [], introspect, isTold }
      // A root object is never null, so a null here has come from a field.
      const data = completeRoot(root, run) ?? 'null'
      for (const problem of run.problems) problem.path.reverse()
      return { data, problems: run.problems }
    },
    clientPath: (path, root) => clientPath(scope, { root, selectionSet }, path),
  }
}

type Run = ProjectOptions & { problems: Problem[] }

/**
 * Completes one value, as JSON text. `null` is a null that stays here; undefined is one that travels up because the type is non-null, its
 * cause already told. Paths of problems grow from the leaf up: whoever calls adds its key.
 */
type Complete = (value: unknown, run: Run) => string | undefined
type CompleteObject = (source: Fields, run: Run) => string | undefined
type CompiledField = {
  name: string
  /** What stands before the value: a comma unless it is the first field, the name and a colon. */
  prefix: string
  read: ReadField
  complete: Complete
}

function compileValue(scope: SelectionScope, type: GraphQLOutputType, field: FieldContext): Complete {
  const isNonNull = isNonNullType(type)
  const nullable = isNonNull ? type.ofType : type
  const absent = isNonNull ? undefined : 'null'
  const missing: Complete = (value, run) => {
    if (isNonNull && value !== failed) tell(run, `Cannot return null for non-nullable field ${field.coordinate}.`)
    return absent
  }
  const invalid = (run: Run, expected: string) => {
    tell(run, `Expected ${expected} for field ${field.coordinate}, got something else from a subgraph.`)
    return absent
  }

  if (isListType(nullable)) {
    const completeItem = compileValue(scope, nullable.ofType, field)
    return (value, run) => {
      if (value === null || value === undefined || value === failed) return missing(value, run)
      if (!Array.isArray(value)) return invalid(run, 'a list')
      let text = ''
      let told = run.problems.length
      for (let i = 0; i < value.length; i++) {
        const item = completeItem(value[i], run)
        if (run.problems.length !== told) told = addKey(run.problems, told, i)
        if (item === undefined) return absent
        text += i === 0 ? item : `,${item}`
      }
      return `[${text}]`
    }
  }
  if (isLeafType(nullable)) {
    const writeLeaf = compileLeaf(nullable)
    return (value, run) => {
      if (value === null || value === undefined || value === failed) return missing(value, run)
      return writeLeaf(value) ?? invalid(run, `a value of type ${nullable.name}`)
    }
  }
  const objectOf = compileComposite(scope, nullable, field.selectionSets)
  return (value, run) => {
    if (value === null || value === undefined || value === failed) return missing(value, run)
    if (!isFields(value)) return invalid(run, 'an object')
    const complete = objectOf(value)
    if (complete === failed) return absent
    if (!complete) return invalid(run, `an object of type ${nullable.name}`)
    return complete(value, run) ?? absent
  }
}

type FieldContext = { coordinate: string; selectionSets: readonly SelectionSetNode[] }

/** Finds the projection for an object's own type; undefined when it has no type that the client may see here. */
function compileComposite(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
): (source: Fields) => CompleteObject | typeof failed | undefined {
  if (!isAbstractType(type)) {
    const complete = compileObject(scope, type, selectionSets)
    return () => complete
  }
  const byName = new Map<string, CompleteObject>()
  return (source) => {
    const { __typename: typename } = source
    if (typename === failed) return failed
    if (typename !== undefined && typeof typename !== 'string') return undefined
    // Without a name it is an object of the abstract type of which nothing depends on the concrete one.
    const name = typename ?? type.name
    const known = byName.get(name)
    if (known) return known
    const own = name === type.name ? type : scope.schema.getType(name)
    if (!isCompositeType(own) || (own !== type && ('getTypes' in own || !scope.schema.isSubType(type, own)))) {
      return undefined
    }
    const complete =
      isAbstractType(own) && dependsOnType(scope, own, selectionSets)
        ? withoutType(own)
        : compileObject(scope, own, selectionSets)
    byName.set(name, complete)
    return complete
  }
}

/** Whether an object has other fields in the answer when its own type is known. */
function dependsOnType(
  scope: SelectionScope,
  type: GraphQLAbstractType,
  selectionSets: readonly SelectionSetNode[],
): boolean {
  const fieldsFor = (one: GraphQLCompositeType) => [...collectFields(scope, one, selectionSets)].flat(2)
  const known = new Set<unknown>(fieldsFor(type))
  return scope.schema.getPossibleTypes(type).some((one) => fieldsFor(one).some((part) => !known.has(part)))
}

/** An object of which an `@interfaceObject` has told only the interface, and the subgraph that knows the type has not answered. */
function withoutType(type: GraphQLAbstractType): CompleteObject {
  return (_, run) => (run.isTold ? undefined : tell(run, `Expected to learn which type of ${type.name} an object has.`))
}

function compileObject(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  { isRoot }: { isRoot: boolean } = { isRoot: false },
): CompleteObject {
  const fields = [...collectFields(scope, type, selectionSets)].map(([name, nodes], index) =>
    compileField(scope, type, { name, nodes, isFirst: index === 0, isRoot }),
  )
  return (source, run) => {
    let text = '{'
    let told = run.problems.length
    for (let i = 0; i < fields.length; i++) {
      // The index is below the length.
      const field = fields[i] as CompiledField
      const value = field.complete(field.read(source), run)
      if (run.problems.length !== told) told = addKey(run.problems, told, field.name)
      if (value === undefined) return undefined
      text += field.prefix + value
    }
    return `${text}}`
  }
}

function compileField(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  { name, nodes, isFirst, isRoot }: { name: string; nodes: readonly FieldNode[]; isFirst: boolean; isRoot: boolean },
): CompiledField {
  const [node] = nodes
  const read = readField(node ? scope.treeName(node) : name)
  const field = { name, prefix: `${isFirst ? '' : ','}"${name}":`, read }
  const fieldName = node?.name.value ?? name
  if (fieldName === '__typename') {
    if (!isAbstractType(type)) {
      const text = `"${type.name}"`
      return { ...field, complete: () => text }
    }
    const coordinate = `${type.name}.__typename`
    return {
      ...field,
      complete: (value, run) => (value === failed || run.isTold ? undefined : tell(run, cannotName(coordinate))),
    }
  }
  if (fieldName === '__schema' || fieldName === '__type') {
    return { ...field, complete: (_, run) => JSON.stringify(run.introspect(name) ?? null) }
  }
  const definition = 'getFields' in type ? type.getFields()[fieldName] : undefined
  if (!definition) throw new Error(`Expected ${type.name} to have the field ${fieldName}`)
  const selectionSets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
  const coordinate = `${type.name}.${fieldName}`
  const complete = compileValue(scope, definition.type, { coordinate, selectionSets })
  // The planner leaves out what it finds no way to: without a word, the client would take that for a null of the graph.
  const mustBeFetched = isRoot || isEmptyType(scope, getNamedType(definition.type))
  if (!mustBeFetched || isNonNullType(definition.type)) return { ...field, complete }
  return {
    ...field,
    complete: (value, run) => {
      if (value !== undefined) return complete(value, run)
      tell(run, `No subgraph has answered field ${coordinate}.`)
      return 'null'
    },
  }
}

/** Whether no object can be of the type. */
function isEmptyType({ schema }: SelectionScope, type: GraphQLNamedType): boolean {
  return isAbstractType(type) && schema.getPossibleTypes(type).length === 0
}

const cannotName = (coordinate: string) => `Expected the name of an object type for field ${coordinate}.`

function tell(run: Run, message: string): undefined {
  if (run.problems.length < maxProblems) run.problems.push({ message, path: [] })
}

function addKey(problems: readonly Problem[], from: number, key: string | number): number {
  for (let i = from; i < problems.length; i++) problems[i]?.path.push(key)
  return problems.length
}

/** Follows the path through the selections of all types: an object of any of them may stand there. */
function clientPath(
  scope: SelectionScope,
  { root, selectionSet }: { root: Fields; selectionSet: SelectionSetNode },
  path: ResponsePath,
): ResponsePath | undefined {
  let selectionSets: readonly SelectionSetNode[] = [selectionSet]
  let value: unknown = root
  const found: (string | number)[] = []
  for (const part of path) {
    if (typeof part === 'number') {
      found.push(part)
      value = Array.isArray(value) ? value[part] : undefined
      continue
    }
    const fields = [...collectFields(scope, typeOf(scope, value), selectionSets)]
    const field = fields
      .map(([name, nodes]) => ({ name, nodes: nodes.filter((node) => scope.treeName(node) === part) }))
      .find(({ nodes }) => nodes.length > 0)
    if (!field) return undefined
    found.push(field.name)
    selectionSets = field.nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
    value = isFields(value) ? readField(part)(value) : undefined
  }
  return found
}

/** The type that the tree says an object has, if it does: an abstract one where no more is known of it. */
function typeOf(scope: SelectionScope, value: unknown): GraphQLCompositeType | undefined {
  if (!isFields(value) || typeof value.__typename !== 'string') return undefined
  const type = scope.schema.getType(value.__typename)
  return isCompositeType(type) ? type : undefined
}
