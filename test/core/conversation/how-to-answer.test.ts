import { describe, expect, it } from 'vitest'
import { howToAnswer } from '../../../lib/core/conversation/how-to-answer.ts'
import type { Turn } from '../../../lib/core/conversation/turn.ts'
import {
  DEFAULT_TURN_NOTICES,
  unreadableNotice,
} from '../../../lib/core/conversation/turn-notices.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'

const turn = (changes: Partial<Turn> = {}): Turn => ({
  replyId: 'turn:1_2_3' as ReplyId,
  conversation: { from: '@RBT#bot', to: 'alice' },
  text: '',
  askedAtMs: 0,
  ...changes,
})
const image = { kind: 'image', url: 'https://example.com/a' } as const
const sticker = { kind: 'sticker', index: 1 } as const
const decide = (asked: Turn, takes: readonly ('image' | 'sticker')[] = []) =>
  howToAnswer(asked, { takes, resetCommands: ['/new', '/Reset'] })

describe('a turn', () => {
  it('is asked with what the source takes, and with nothing else', () => {
    const both = turn({ text: 'Look', attachments: [sticker, image] })

    expect(decide(both, ['image'])).toEqual({
      how: 'ask',
      turn: turn({ text: 'Look', attachments: [image] }),
    })
    expect(decide(turn({ attachments: [image] }), ['image'])).toMatchObject({ how: 'ask' })
  })

  it('is answered for its text alone where the source takes none of the rest', () => {
    const asked = decide(turn({ text: 'Look', attachments: [image] }))

    expect(asked).toEqual({ how: 'ask', turn: turn({ text: 'Look' }) })
  })

  it.each([
    [turn()],
    [turn({ text: ' \n' })],
    [turn({ attachments: [image] })],
    [turn({ text: '\t', attachments: [image] })],
  ])('is unreadable where nothing is left: %j', (asked) => {
    expect(decide(asked, ['sticker'])).toEqual({ how: 'say', notice: 'unreadable' })
  })

  it.each(['/new', ' /NEW\n', '/reset'])('begins the conversation anew: %j', (text) => {
    expect(decide(turn({ text }))).toEqual({ how: 'say', notice: 'reset' })
  })

  it('begins nothing anew where the command is a part of it, or there is no command', () => {
    expect(decide(turn({ text: '/new shoes' }))).toMatchObject({ how: 'ask' })
    const { how } = howToAnswer(turn({ text: '/new' }), { takes: [], resetCommands: [] })
    expect(how).toBe('ask')
  })

  it('that is a hello is greeted', () => {
    expect(decide(turn({ aside: 'hello' }))).toEqual({ how: 'say', notice: 'greeting' })
  })
})

describe('the notice of what cannot be read', () => {
  it('says what can', () => {
    const { unreadable } = DEFAULT_TURN_NOTICES

    expect(unreadableNotice(unreadable, [])).toBe('I cannot read this. I can read text.')
    expect(unreadableNotice(unreadable, ['image'])).toBe(
      'I cannot read this. I can read text and pictures.',
    )
    expect(unreadableNotice(unreadable, ['image', 'voice'])).toBe(
      'I cannot read this. I can read text, pictures and voice messages.',
    )
    expect(unreadableNotice('Nur Text.', ['image'])).toBe('Nur Text.')
  })
})
