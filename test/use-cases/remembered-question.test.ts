import { expect, test } from 'vitest'
import type { Turn } from '../../lib/core/conversation/turn.ts'
import type { ReplySource } from '../../lib/ports.ts'
import { memoryHistory } from '../../local/memory/history.ts'
import { turn, turnWorld } from '../support/delivery-world.ts'

const remembered = async (asked: Turn, source: ReplySource) => {
  const world = turnWorld()
  const history = memoryHistory({ clock: world.clock, maxTurns: 5, hours: 24 })
  await world.answer({ source, history }, asked)
  return (await history.recall(asked.conversation)).map(({ asked: question }) => question)
}
const saying = async function* () {
  yield 'It is noon.'
}
const picture = { kind: 'image', url: 'https://pictures.example/1.jpg' } as const

test.each([
  ['What is this?', 'What is this?\n[picture]\n[picture]'],
  ['', '[picture]\n[picture]'],
])('pictures are remembered by a word each: %j', async (text, question) => {
  expect(await remembered({ ...turn, text, attachments: [picture, picture] }, saying)).toEqual([
    question,
  ])
})

test('what a source has found to be asked is remembered in place of the text', async () => {
  const hearing: ReplySource = async function* ({ reportAsked }) {
    reportAsked?.('What is the time?')
    yield 'It is noon.'
  }
  const voice = { kind: 'voice', url: 'https://sounds.example/1.mp3' } as const

  expect(await remembered({ ...turn, text: '', attachments: [voice, picture] }, hearing)).toEqual([
    'What is the time?\n[picture]',
  ])
})
