import { parseArgs } from 'node:util'
import type { Figure } from './Figure.ts'
import { formatFigures } from './formatFigures.ts'
import { measureLatency } from './latency/measureLatency.ts'
import { measureChurn, measureFanOut, measureFurther, measureIdle } from './measureStreams.ts'
import { prepareStreamBench } from './StreamBench.ts'

const usage = `npm run bench:streams -- [options]
  --quick     a smaller run: a tenth of the sockets, cycles and jobs
  --only a,b  only these: idle, fanout, further, churn, latency
  --sockets n how many idle sockets (18,000)
  --json      one JSON line for each measure on standard output, nothing else`

/** `npm run bench:streams`: what streams cost, against what they may cost. Each gateway is a process of its own; every client has a token. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: 'idle,fanout,further,churn,latency' },
      sockets: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const scale = values.quick ? 0.1 : 1
  const bench = await prepareStreamBench(new URL('../../..', import.meta.url).pathname.replace(/\/$/, ''))
  const measures: Record<string, () => Promise<Figure[]>> = {
    idle: () =>
      measureIdle(bench, {
        sockets: values.sockets ? Number(values.sockets) : 18_000 * scale,
        holdMs: values.quick ? 5_000 : 30_000,
      }),
    fanout: () => measureFanOut(bench, 10_000 * scale),
    further: () => measureFurther(bench, { sockets: 900 * scale, each: 10 }),
    churn: () => measureChurn(bench, 100_000 * scale),
    latency: () => measureLatency(bench, 100 * scale),
  }
  const figures: Figure[] = []
  for (const name of values.only.split(',')) {
    const measure = measures[name]
    if (!measure) throw new Error(usage)
    console.error(`${name} …`)
    for (const figure of await measure()) {
      figures.push(figure)
      if (values.json) console.log(JSON.stringify(figure))
    }
  }
  if (!values.json) console.log(formatFigures(figures))
}

await main()
