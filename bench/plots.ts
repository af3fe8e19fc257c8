import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { readTrace } from '../test/support/texts.ts'
import { lines } from './lines.ts'
import { middle, runsOf } from './lines-summary.ts'
import { type PeersResult, STANDARD } from './parts/peers.ts'

const { document } = parseHTML('<!doctype html><html><body></body></html>')

const FONT = { fontFamily: 'system-ui, sans-serif', fontSize: '13px' }
const OURS = '#0b5fa5'
const OTHERS = '#444'

/** A plot as a file of its own, on white, so that it can be read on any page. */
const asSvg = (options: object, title: string): string => {
  const { outerHTML } = Plot.plot({ ...options, document, style: { ...FONT, background: 'white' } })
  return `${outerHTML
    .replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" `)
    .replace(/(<style>[\s\S]*?<\/style>)/, '$1<rect width="100%" height="100%" fill="white"/>')}\n`
}

interface Point {
  readonly name: string
  readonly label: string
  readonly series: 'ours' | 'reference' | 'peer'
  readonly calls: number
  readonly lagMs: number
}

/** Calls of a reply against the lag of its text, both on logarithmic scales. */
export const callsAgainstLag = ({ runs }: PeersResult): string => {
  const points = lines
    .filter(({ name, helper }) => !name.endsWith('DynamoDB') && helper !== 'awaited')
    .flatMap(({ name, helper, gapMs }): readonly Point[] => {
      const own = runsOf(runs, name, STANDARD)
      if (own.length === 0) return []
      const series = helper === 'ours' || helper === 'reference' ? helper : 'peer'
      const label = series === 'peer' ? name : `gap ${gapMs} ms`
      return [{ name, label, series, calls: middle(own, 'calls'), lagMs: middle(own, 'lagP95Ms') }]
    })
  const of = (series: Point['series']) => points.filter((point) => point.series === series)
  const [ours, reference, peers] = [of('ours'), of('reference'), of('peer')]
  const at = { x: 'calls', y: 'lagMs' }
  const halo = { stroke: 'white', strokeWidth: 4, paintOrder: 'stroke' }
  const label = (list: readonly Point[], place: Ticket, style: object) =>
    Plot.text(list, { ...at, text: 'label', ...place, ...halo, ...style })
  const seriesLabel = (list: readonly Point[], text: string, place: Ticket, style: object) =>
    label(
      list.slice(0, 1).map((point) => ({ ...point, label: text })),
      place,
      { fontWeight: 'bold', ...style },
    )
  return asSvg(
    {
      width: 900,
      height: 520,
      marginLeft: 70,
      marginRight: 40,
      marginTop: 35,
      marginBottom: 50,
      x: {
        type: 'log',
        label: 'calls of one reply →',
        domain: [4, 200],
        ticks: [5, 10, 20, 50, 100, 200],
        tickFormat: 'd',
        grid: true,
      },
      y: {
        type: 'log',
        label: '↑ lag of a token, 95th percentile (ms)',
        domain: [100, 2_000],
        ticks: [100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000],
        tickFormat: ',d',
        grid: true,
      },
      marks: [
        Plot.line(reference, { ...at, stroke: OTHERS, strokeDasharray: '6,4', strokeWidth: 1.5 }),
        Plot.line(ours, { ...at, stroke: OURS, strokeWidth: 2.5 }),
        Plot.dot(reference, { ...at, symbol: 'square', r: 9, stroke: OTHERS, strokeWidth: 1.5 }),
        Plot.dot(ours, { ...at, symbol: 'circle', r: 5, fill: OURS }),
        Plot.dot(peers, {
          ...at,
          symbol: 'triangle',
          r: 6,
          stroke: OTHERS,
          fill: 'white',
          strokeWidth: 1.5,
        }),
        label(ours, { dx: -13, dy: 16, textAnchor: 'end' }, { fill: 'black' }),
        ...peers.map((peer) => label([peer], places[peer.name] ?? toTheRight, { fill: OTHERS })),
        seriesLabel(ours, 'ours: circles, full line', { ...above, dy: -40 }, { fill: OURS }),
        seriesLabel(ours, 'reference: squares, dashes', { ...above, dy: -24 }, { fill: OTHERS }),
      ],
    },
    'Calls of one reply against the lag of its text, for each helper',
  )
}

interface Ticket {
  readonly dx: number
  readonly dy: number
  readonly textAnchor: 'start' | 'end'
}

const above = { dx: 16, textAnchor: 'start' } as const
const toTheRight: Ticket = { dx: 12, dy: 0, textAnchor: 'start' }

/** Where a label would lie on another one. */
const places: Readonly<Record<string, Ticket>> = {
  'Chat SDK, post and edit': { dx: -12, dy: -4, textAnchor: 'end' },
  'Teams HttpStream': { dx: 12, dy: -10, textAnchor: 'start' },
  'Slack ChatStreamer, buffer 64': { dx: 12, dy: -12, textAnchor: 'start' },
  'Slack ChatStreamer, buffer 256': { dx: 12, dy: 8, textAnchor: 'start' },
  'Chat SDK, Slack stream': { dx: 12, dy: -6, textAnchor: 'start' },
}

const PANELS = [
  'ours, 200 ms',
  'reference, 200 ms',
  'grammY stream',
  'Teams HttpStream',
  'Slack ChatStreamer, buffer 256',
  'one awaited call a token',
]
const COLUMNS = 3

/** What is shown over time, a panel for each helper, beside the text as it is made. */
export const textOverTime = ({ runs }: PeersResult): string => {
  const made = madeOverTime()
  const panels = PANELS.map((name, nth) => {
    const panel = { column: nth % COLUMNS, row: Math.floor(nth / COLUMNS), name }
    const [run] = runsOf(runs, name, STANDARD)
    const steps = [[0, 0] as const, ...(run?.curve ?? [])]
    const curve = steps.map(([atMs, chars]) => ({ ...panel, seconds: atMs / 1_000, chars }))
    const whole = made.map((point) => ({ ...panel, ...point }))
    return { panel, curve: curve.filter(({ seconds }) => seconds <= LAST_SECOND), whole }
  })
  const at = { x: 'seconds', y: 'chars', fx: 'column', fy: 'row', z: 'name' }
  const steps = (own: boolean) =>
    panels
      .filter(({ panel }) => panel.name.startsWith('ours') === own)
      .flatMap(({ curve }) => curve)
  return asSvg(
    {
      width: 900,
      height: 520,
      marginLeft: 60,
      marginTop: 40,
      marginBottom: 45,
      x: {
        label: 'seconds since the first token →',
        domain: [0, LAST_SECOND],
        ticks: 8,
        grid: true,
      },
      y: { label: '↑ characters', domain: [0, 1_500], grid: true },
      fx: { axis: null, padding: 0.12 },
      fy: { axis: null, padding: 0.22 },
      marks: [
        Plot.line(
          panels.flatMap(({ whole }) => whole),
          { ...at, stroke: '#999', strokeWidth: 1, strokeDasharray: '2,2' },
        ),
        Plot.line(steps(false), { ...at, stroke: OTHERS, strokeWidth: 2, curve: 'step-after' }),
        Plot.line(steps(true), { ...at, stroke: OURS, strokeWidth: 2.5, curve: 'step-after' }),
        Plot.text(
          panels.map(({ panel }) => panel),
          {
            fx: 'column',
            fy: 'row',
            text: 'name',
            frameAnchor: 'top-left',
            dy: -18,
            textAnchor: 'start',
            fontWeight: 'bold',
            fill: 'black',
          },
        ),
        Plot.text(
          panels.slice(0, 1).map(({ panel }) => ({
            ...panel,
            note: 'dots: text as it is made\nsteps: text as it is shown',
          })),
          {
            fx: 'column',
            fy: 'row',
            text: 'note',
            frameAnchor: 'bottom-right',
            dx: -6,
            dy: -10,
            textAnchor: 'end',
            fill: OTHERS,
          },
        ),
      ],
    },
    'Characters shown over time, for each helper',
  )
}

const LAST_SECOND = 8

const madeOverTime = () => {
  let chars = 0
  return readTrace(STANDARD.trace).map(({ t, text }) => {
    chars += text.length
    return { seconds: t / 1_000, chars }
  })
}
