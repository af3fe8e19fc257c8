import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  deltaEvent,
  done,
  eventOf,
  listen,
  type Piece,
  servePieces,
} from '../../support/completions.ts'
import { ask, hastyClock, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

const part = (type: string, rest: object): string => deltaEvent({ content: [{ type, ...rest }] })
const thinking = (text: string): string => part('thinking', { thinking: [{ type: 'text', text }] })

describe('a stream of a real server', () => {
  const answers: readonly (readonly [string, readonly Piece[], string])[] = [
    [
      'content in parts, with thoughts beside it',
      [thinking('12 × 12'), part('text', { text: '1' }), contentEvent('44', 'stop'), done],
      '144',
    ],
    [
      'parts that are strings, or unknown',
      [
        deltaEvent({
          content: ['A', { type: 'reference', reference_ids: [1] }, { type: 'text', text: 'B' }],
        }),
        done,
      ],
      'AB',
    ],
    [
      'a finish_reason in every chunk',
      [
        contentEvent('One', 'stop'),
        400,
        contentEvent(' two', 'stop'),
        400,
        contentEvent(' three', 'stop'),
        done,
      ],
      'One two three',
    ],
    [
      'a finish_reason while it still thinks',
      [deltaEvent({ reasoning_content: 'Hm.' }, 'stop'), 400, contentEvent('Yes.'), done],
      'Yes.',
    ],
    [
      'a refusal',
      [
        deltaEvent({ refusal: 'I' }),
        deltaEvent({ refusal: ' must not.' }),
        deltaEvent({}, 'stop'),
        done,
      ],
      'I must not.',
    ],
    [
      'text that follows a tool call',
      [deltaEvent({ tool_calls: [{ index: 0 }] }), contentEvent('Sunny.', 'tool_calls'), done],
      'Sunny.',
    ],
    [
      'heartbeats',
      [
        'data:\n\n',
        'data: ping\n\n',
        contentEvent('Yes'),
        'data: \n\ndata: keep-alive\n\nevent: ping\ndata: {}\n\n',
        contentEvent('.'),
        done,
      ],
      'Yes.',
    ],
    ['neither finish_reason nor [DONE]', [contentEvent('Yes'), contentEvent('.')], 'Yes.'],
    ['[DONE] without finish_reason', [contentEvent('Yes.'), done], 'Yes.'],
    [
      'a picture in an event of 2 MiB',
      [
        contentEvent('See: '),
        deltaEvent({
          images: [
            {
              type: 'image_url',
              image_url: { url: `data:image/png;base64,${'A'.repeat(2_097_152)}` },
            },
          ],
        }),
        contentEvent('!', 'stop'),
        done,
      ],
      'See: [picture]!',
    ],
    [
      'a picture written out as text',
      [
        contentEvent('![x](data:ima'),
        contentEvent(`ge/png;base64,${'A'.repeat(70_000)}`),
        contentEvent('BBB)'),
        done,
      ],
      '[picture]',
    ],
    [
      'the whole message beside each delta',
      [
        eventOf({ choices: [{ delta: { content: 'A' }, message: { content: 'A' } }] }),
        eventOf({ choices: [{ delta: { content: 'B' }, message: { content: 'AB' } }] }),
        eventOf({ choices: [{ message: { content: 'AB' }, finish_reason: 'stop' }] }),
      ],
      'AB',
    ],
    [
      'null wherever it may stand',
      [
        eventOf({
          error: null,
          choices: [
            {
              delta: { content: null, refusal: null, tool_calls: null, reasoning: null },
              finish_reason: null,
            },
          ],
          usage: null,
        }),
        contentEvent('Yes.'),
        done,
      ],
      'Yes.',
    ],
    [
      'events of a workflow between',
      [
        'event: flowNodeStatus\ndata: {"status":"running","name":"AI","message":"looking"}\n\n',
        `event: answer\n${contentEvent('Yes.')}`,
        done,
      ],
      'Yes.',
    ],
  ]
  it.each(answers)('is read whole: %s', async (_, pieces, text) => {
    expect(await listen(pieces, { clock: systemClock })).toEqual({ text, how: 'ended', detail: '' })
  })

  it.each([
    ['reasoning_content', deltaEvent({ reasoning_content: 'Hm.' })],
    ['reasoning', deltaEvent({ reasoning: 'Hm.' })],
    [
      'reasoning_details',
      deltaEvent({
        reasoning_details: [
          { type: 'reasoning.text', text: 'H' },
          { type: 'reasoning.summary', summary: 'm.' },
          { type: 'reasoning.encrypted', data: 'xx' },
        ],
      }),
    ],
    [
      'reasoning and reasoning_details',
      deltaEvent({ reasoning: 'Hm.', reasoning_details: [{ text: 'Hm.' }] }),
    ],
    ['thinking parts', thinking('Hm.')],
    ['tags', contentEvent('<think>\nHm.\n</think>\n\n')],
  ])('keeps its %s to itself, or quotes it', async (_, thought) => {
    const pieces = [thought, contentEvent('Yes.', 'stop'), done]

    expect((await listen(pieces)).text).toBe('Yes.')
    expect((await listen(pieces, { settings: { SHOW_REASONING: 'quote' } })).text).toBe(
      '> Hm.\n\nYes.',
    )
  })

  it('is seen to be alive by whatever its server sends', async () => {
    const thought = deltaEvent({ reasoning: 'Hm.' })
    const pieces = [
      ': PROCESSING\n\n',
      5,
      ': PROCESSING\n\n',
      5,
      thought,
      5,
      'data:',
      5,
      ' ping\n\n',
      5,
    ]
    const { url } = closeLater(await servePieces([...pieces, contentEvent('Yes.'), done]))
    let signs = 0
    const source = openai(partsOf({ OPENAI_BASE_URL: url }))
    const seen: number[] = []

    await ask((request) => source({ ...request, reportLife: () => (signs += 1) }), {
      onDelta: () => seen.push(signs),
    })

    // The head of the answer, the pieces before the text (the network may join some), and the one with the text.
    expect(seen[0]).toBeGreaterThanOrEqual(3)
  })

  it('waits two seconds after a finish_reason, unless more comes', async () => {
    const sleeps: number[] = []
    const server = closeLater(
      await servePieces([
        contentEvent('One', 'stop'),
        contentEvent(' two'),
        30,
        contentEvent(' three', 'stop'),
        60_000,
      ]),
    )
    const clock = {
      now: () => 0,
      sleep: async (ms: number, signal?: AbortSignal) => {
        sleeps.push(ms)
        await hastyClock.sleep(ms, signal)
      },
    }

    const { text } = await ask(openai(partsOf({ OPENAI_BASE_URL: server.url }, undefined, clock)))

    expect(text).toBe('One two three')
    expect(sleeps).toEqual([2_000, 2_000])
  })
})
