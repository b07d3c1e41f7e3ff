/** An operation as the generator makes it: any tree of these is a valid operation once it is printed. */
export type Draft = { operation: 'query' | 'mutation'; selections: readonly DraftSelection[] }

export type DraftSelection = DraftField | DraftFragment

export type DraftField = {
  kind: 'field'
  name: string
  alias: string | undefined
  args: Readonly<Record<string, DraftValue>>
  conditions: readonly DraftCondition[]
  selections: readonly DraftSelection[]
}

export type DraftFragment = {
  kind: 'fragment'
  on: string | undefined
  /** The name it is defined under; undefined for an inline fragment. */
  name: string | undefined
  /** Whether it may be a spread of a fragment of that name which is there already, instead of its own selections. */
  isReused: boolean
  conditions: readonly DraftCondition[]
  selections: readonly DraftSelection[]
}

export type DraftCondition = { directive: 'skip' | 'include'; value: boolean; variable: string | undefined }

export type DraftValue =
  /** A JSON value; a variable, where it has a name. */
  | { kind: 'value'; json: unknown; variable: string | undefined; role: VariableRole }
  | { kind: 'object'; fields: Readonly<Record<string, DraftValue>> }
  | { kind: 'list'; items: readonly DraftValue[] }

/** Where a variable's value comes from: the request, the default, or nowhere at all. */
export type VariableRole = 'given' | 'default' | 'absent'
