import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBotsFile } from '../../lib/config/bots-file.ts'

const sources = ['echo', 'openai', 'http']
const read = (text: string) => readBotsFile(text, 'bots.yml', sources)
const problemsOf = (text: string): readonly string[] => {
  const file = read(text)
  return file.ok ? [] : file.error
}

describe('bots.yml', () => {
  it('gives each bot its variables, with the lines that say them', () => {
    const file = read(`# Two bots.
bots:
  "@RBT#sales":
    REPLY_SOURCE: openai
    OPENAI_API_KEY: \${secret:SALES_KEY}
    OPENAI_PARAMETERS: { temperature: 0.30, stop: [a] }
    USER_TURNS_PER_MINUTE: 5
    RESET_COMMANDS:
    SYSTEM_PROMPT: |
      You sell tea.
      #1 of all teas.
  '@RBT#茶':
    GREETING: Hello
`)

    expect(file).toEqual({
      ok: true,
      value: {
        file: 'bots.yml',
        bots: {
          '@RBT#sales': {
            line: 3,
            fields: {
              REPLY_SOURCE: { value: 'openai', line: 4 },
              // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
              OPENAI_API_KEY: { value: '${secret:SALES_KEY}', line: 5 },
              OPENAI_PARAMETERS: { value: '{"temperature":0.3,"stop":["a"]}', line: 6 },
              USER_TURNS_PER_MINUTE: { value: '5', line: 7 },
              RESET_COMMANDS: { value: '', line: 8 },
              SYSTEM_PROMPT: { value: 'You sell tea.\n#1 of all teas.\n', line: 9 },
            },
          },
          '@RBT#茶': { line: 12, fields: { GREETING: { value: 'Hello', line: 13 } } },
        },
      },
    })
  })

  it('names every problem at once, each with its line and what to do', () => {
    const wrong = `bots:
  "@RBT#a":
    OPENAI_MODLE: deepseek-chat
    HISTORY_TURNS: many
    REPLY_SOURCE: oracle
    MIN_GAP_MS: 5
  sales: {}
  "@RBT#b": openai
  "@RBT#c":
    SHOW_REASONING: \${secret:A}
    OPENAI_API_KEY: x\${secret:A}
    SYSTEM_PROMPT: \${secret:CHAT_SECRET_KEY}
    GREETING: [a]
robots: {}
`

    const problems = problemsOf(wrong).map((one) => one.replace(/(?<=may have) [A-Z_, ]+$/, ' …'))
    expect(problems).toMatchInlineSnapshot(`
      [
        "bots.yml:3: @RBT#a: OPENAI_MODLE is not known: is OPENAI_MODEL meant?",
        "bots.yml:4: @RBT#a: HISTORY_TURNS must be a whole number from 0 to 100",
        "bots.yml:5: @RBT#a: REPLY_SOURCE must be one of echo, openai, http",
        "bots.yml:6: @RBT#a: MIN_GAP_MS is not known: a bot may have …",
        "bots.yml:7: sales is no name of a bot: it begins with @RBT#, has at most 32 bytes, and stands in quotes",
        "bots.yml:8: @RBT#b must have variables below it, such as REPLY_SOURCE: openai",
        "bots.yml:10: @RBT#c: SHOW_REASONING cannot come from the secret: write its value here",
        "bots.yml:11: @RBT#c: OPENAI_API_KEY must be \${secret:FIELD} and nothing else, or no field of the secret",
        "bots.yml:12: @RBT#c: SYSTEM_PROMPT must not be CHAT_SECRET_KEY, which is the service's own: put the bot's key into a field of its own",
        "bots.yml:13: @RBT#c: GREETING must have one value",
        "bots.yml:14: robots is not known: the file must be \`bots:\` with the name of each bot below it",
      ]
    `)
  })

  it.each([
    ['an unquoted name', 'bots:\n  @RBT#a:\n    GREETING: Hi\n', /^bots\.yml:2: .*"@RBT#sales"/],
    ['a bot twice', 'bots:\n  "@RBT#a": {}\n  "@RBT#a": {}\n', /^bots\.yml:3: .*unique/],
    ['a tab', 'bots:\n\t"@RBT#a": {}\n', /^bots\.yml:2: /],
    ['an empty file', '', /^bots\.yml:1: must be `bots:`/],
    ['a list', '- "@RBT#a"\n', /^bots\.yml:1: must be `bots:`/],
    ['an empty list of bots', 'bots:\n', /^bots\.yml:1: must be `bots:`/],
  ])('says where it is no such file: %s', (_name, text, problem) => {
    expect(problemsOf(text)[0]).toMatch(problem)
  })

  it('shows no value, which may be a key in the wrong place', () => {
    const text =
      'bots:\n  "@RBT#a":\n    SHOW_REASONING: sk-12345678\n    OPENAI_API_KEI: sk-12345678\n'

    expect(problemsOf(text)).toHaveLength(2)
    expect(problemsOf(text).join()).not.toContain('sk-1')
  })

  it('takes prompts of 100 KB', () => {
    const prompt = 'You sell tea. '.repeat(8_000)
    const file = read(`bots:\n  "@RBT#a":\n    SYSTEM_PROMPT: "${prompt}"\n`)

    expect(file.ok && file.value.bots['@RBT#a']?.fields['SYSTEM_PROMPT']?.value).toBe(prompt)
  })

  it('is read whatever stands in it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((name) => `bots:\n  "@RBT#a":\n    ${name}: 1\n`),
      fc.string().map((value) => `bots:\n  "@RBT#a":\n    GREETING: ${value}\n`),
      fc.string().map((name) => `bots:\n  ${name}:\n    GREETING: Hi\n`),
    )
    fc.assert(
      fc.property(text, (any) => {
        const file = read(any)

        if (file.ok) return
        for (const problem of file.error) expect(problem).toMatch(/^bots\.yml:[1-9]\d*: \S/)
      }),
    )
  })
})
