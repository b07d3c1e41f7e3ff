import { startTickingSubgraph } from '../../gateway/src/tickingSubgraph.fixture.ts'

// A subgraph in a process of its own, which can be frozen and killed: `tickingProcess.ts <port> <since>`.
const [port, since] = process.argv.slice(2).map(Number)
const subgraph = await startTickingSubgraph({
  ...(port !== undefined && { port }),
  ...(since !== undefined && { autoChange: since }),
})
console.log(`listens on ${subgraph.port}`)
