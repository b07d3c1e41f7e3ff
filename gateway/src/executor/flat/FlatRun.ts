import type { Fields } from '../ownField.ts'
import type { RequestContext } from '../RequestContext.ts'
import type { BytesResponse, BytesTransport, SubgraphResponse, Transport } from '../Transport.ts'
import { FlatReader } from './FlatReader.ts'
import type { FlatTree } from './FlatTree.ts'
import type { FlatTrees } from './FlatTrees.ts'

/** One run of a plan over a flat tree. */
export class FlatRun {
  readonly variables: Fields
  readonly #context: RequestContext
  readonly #transport: Transport
  readonly #bytes: BytesTransport
  readonly #trees: FlatTrees
  #tree: FlatTree | undefined
  #reader: FlatReader | undefined
  /** What was sent: so few requests that a look at each is quicker than a hash of their long bodies. */
  readonly #sent: { subgraph: string; body: string; response: Promise<BytesResponse> }[] = []

  constructor(options: {
    variables: Fields
    context: RequestContext
    transport: Transport
    bytes: BytesTransport
    trees: FlatTrees
  }) {
    this.variables = options.variables
    this.#context = options.context
    this.#transport = options.transport
    this.#bytes = options.bytes
    this.#trees = options.trees
  }

  /** Taken when there is something to put into it: whoever waits for subgraphs holds no memory. */
  get tree(): FlatTree {
    this.#tree ??= this.#trees.take()
    return this.#tree
  }

  get reader(): FlatReader {
    this.#reader ??= new FlatReader(this.tree)
    return this.#reader
  }

  /** The answer to a query, which is sent once however often this run asks it; undefined where there is none that can be read. */
  async send(subgraph: string, body: string): Promise<Uint8Array | undefined> {
    let response = this.#find(subgraph, body)
    if (!response) {
      response = this.#bytes.execute({ subgraph, operation: 'query', body }, this.#context)
      this.#sent.push({ subgraph, body, response })
    }
    const answered = await response
    return answered.kind === 'bytes' && answered.status >= 200 && answered.status < 300 ? answered.bytes : undefined
  }

  /** The transport, where what this run has sent is answered already: nothing is asked twice. */
  transport(): Transport {
    return {
      execute: async (request, context): Promise<SubgraphResponse> => {
        const sent = this.#find(request.subgraph, request.body)
        if (!sent) return this.#transport.execute(request, context)
        const response = await sent
        return response.kind === 'bytes' ? this.#bytes.read(request.subgraph, response) : response
      },
    }
  }

  #find(subgraph: string, body: string): Promise<BytesResponse> | undefined {
    return this.#sent.find((one) => one.body === body && one.subgraph === subgraph)?.response
  }

  /** Gives the tree back. Nothing of the run may be under way. */
  end(): void {
    if (this.#tree) this.#trees.giveBack(this.#tree)
    this.abandon()
  }

  /** Lets the tree go, which something may still write to. */
  abandon(): void {
    this.#tree = undefined
    this.#reader = undefined
  }
}
