import { describe, expect, it } from 'vitest'
import { type BotsFile, botNumber } from '../../lib/config/bots.ts'
import { readBotConfigs } from '../../lib/config.ts'

const env = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  CHAT_SDK_APP_ID: '1400000000',
  SECRETS_NAME: 'chat',
  REPLIES_TABLE: 'replies',
  REPLIES_QUEUE_URL: 'https://sqs.example.com/replies.fifo',
  REPLY_SOURCE: 'echo',
  SYSTEM_PROMPT: 'You are kind.',
}
const fileOf = (fields: Readonly<Record<string, string>>): BotsFile => ({
  file: 'bots.yml',
  bots: {
    '@RBT#sales': {
      line: 2,
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, value], n) => [name, { value, line: n + 3 }]),
      ),
    },
  },
})
const readAll = (file: BotsFile | undefined) => readBotConfigs(['echo', 'openai'], file, env)

describe('a bot of bots.yml', () => {
  it('has what the environment says where the file says nothing', () => {
    const bot = readAll(fileOf({ REPLY_SOURCE: 'openai', OPENAI_MODEL: 'deepseek-chat' })).get(
      '@RBT#sales',
    )

    expect(bot?.config).toMatchObject({
      REPLY_SOURCE: 'openai',
      OPENAI_MODEL: 'deepseek-chat',
      SYSTEM_PROMPT: 'You are kind.',
      REPLIES_TABLE: 'replies',
    })
  })

  it('has its own keys, as values or as fields of the secret', () => {
    const fields = { OPENAI_API_KEY: '$' + '{secret:SALES_KEY}', SYSTEM_PROMPT: 'You sell tea.' }
    const bot = readAll(fileOf(fields)).get('@RBT#sales')

    expect(bot?.secrets.get('OPENAI_API_KEY')).toEqual({ field: 'SALES_KEY' })
    expect(bot?.secrets.get('SYSTEM_PROMPT')).toEqual({ value: 'You sell tea.' })
    expect(bot?.config.OPENAI_API_KEY).toBeUndefined()
    expect(bot?.config.SYSTEM_PROMPT).toBe('You sell tea.')
  })

  it('stops the function at its start where it lacks something, with the line', () => {
    expect(() => readAll(fileOf({ REPLY_SOURCE: 'openai' }))).toThrow(
      "The bots are not right:\n  bots.yml:2: @RBT#sales: OPENAI_MODEL is missing: the model's name, for REPLY_SOURCE=openai",
    )
    expect(() => readAll(fileOf({ GREETING: 'Hi', HISTORY_TURNS: 'x' }))).toThrow(
      'bots.yml:4: @RBT#sales: HISTORY_TURNS must be a whole number from 0 to 100',
    )
  })

  it('is none where there is no file', () => {
    expect(readAll(undefined).size).toBe(0)
  })
})

describe('the limits of a bot', () => {
  it('are its own, else those of all', () => {
    const file = fileOf({ USER_TURNS_PER_MINUTE: '3' })

    expect(botNumber(file, '@RBT#sales', 'USER_TURNS_PER_MINUTE', 20)).toBe(3)
    expect(botNumber(file, '@RBT#sales', 'USER_TURNS_PER_DAY', 7)).toBe(7)
    expect(botNumber(file, '@RBT#other', 'USER_TURNS_PER_MINUTE', 20)).toBe(20)
    expect(botNumber(file, 'toString', 'USER_TURNS_PER_MINUTE', 20)).toBe(20)
    expect(botNumber(undefined, '@RBT#sales', 'USER_TURNS_PER_MINUTE', 20)).toBe(20)
  })
})
