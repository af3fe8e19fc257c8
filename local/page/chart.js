import { byId, draw, make } from './dom.js'
import { seconds } from './durations.js'

/** @typedef {import('./reply-calls.js').ShownReply} ShownReply */

const CHART = { height: 112, top: 10, bottom: 24 }
const labels = {
  ok: 'applied',
  doubt: 'in doubt',
  refused: 'refused',
  read: 'reads back',
  open: 'under way',
}

/** A step that gives four to eight marks. @param {number} spanMs */
const stepMs = (spanMs) =>
  [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000].find(
    (step) => spanMs / step <= 8,
  ) ?? 300_000

/** Draws the calls on a line of time, and what the colours mean. @param {ShownReply} reply */
export const showChart = ({ replyId, calls }) => {
  const chart = byId('chart')
  const width = Math.max(chart.clientWidth, 200)
  const spanMs = Math.max(2000, (calls.at(-1)?.toMs ?? 0) * 1.02)
  const x = (/** @type {number} */ ms) => (Math.max(ms, 0) / spanMs) * width
  const floor = CHART.height - CHART.bottom
  const mostChars = Math.max(1, ...calls.map(({ chars }) => chars))
  const step = stepMs(spanMs)
  const marks = Array.from({ length: Math.ceil(spanMs / step) }, (_, index) => index * step)
  const start = replyId.startsWith('turn:') ? 'asked' : 'begun'
  const drawing = draw(
    'svg',
    {
      viewBox: `0 0 ${width} ${CHART.height}`,
      width,
      height: CHART.height,
      role: 'img',
      'aria-label': `${calls.length} calls over ${seconds(calls.at(-1)?.toMs ?? 0)}; the table below has each of them`,
    },
    ...marks.flatMap((ms) => [
      draw('line', { class: 'grid', x1: x(ms), x2: x(ms), y1: CHART.top, y2: floor }),
      draw(
        'text',
        { class: 'mark', x: x(ms) + (ms === 0 ? 0 : 3), y: CHART.height - 8 },
        ms === 0 ? start : x(ms) > width - 30 ? '' : `${ms / 1000} s`,
      ),
    ]),
    draw('line', { class: 'floor', x1: 0, x2: width, y1: floor, y2: floor }),
    ...calls.flatMap((call) => {
      const high = 8 + (floor - CHART.top - 8) * (call.chars / mostChars)
      const left = x(call.fromMs)
      const title = draw('title', {}, `call ${call.name}: ${call.chars} characters, ${call.words}`)
      const wide = Math.max(2.5, x(call.toMs) - left)
      const bar = {
        class: `bar ${call.kind}`,
        x: left,
        y: floor - high,
        width: wide,
        height: high,
        rx: 1.5,
      }
      return [
        ...(call.nextMessage
          ? [draw('line', { class: 'next', x1: left - 2, x2: left - 2, y1: 0, y2: floor })]
          : []),
        draw('rect', bar, title),
      ]
    }),
  )
  chart.replaceChildren(drawing)
  const kinds = Object.entries(labels).filter(([kind]) => calls.some((call) => call.kind === kind))
  const entries = kinds.map(([kind, label]) => make('li', { class: kind }, label))
  if (calls.some(({ nextMessage }) => nextMessage))
    entries.push(make('li', { class: 'next' }, 'next message'))
  byId('legend').replaceChildren(
    ...entries,
    make('li', { class: 'how' }, 'width: time under way, height: characters'),
  )
}
