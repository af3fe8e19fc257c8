import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { botsPlugin } from '../../../plugins/bots/esbuild.js'
import { readBots } from '../../../plugins/bots/read-bots.js'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bots-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const prompt = 'You sell tea. '.repeat(8_000)
const write = (text: string, file = 'bots.yml') => writeFileSync(join(directory, file), text)
/** What a function of this name has in its bundle. */
const bundled = async (name: string) => {
  writeFileSync(
    join(directory, `${name}.js`),
    `export const bots = typeof TENCENT_CHAT_BOTS === 'undefined' ? 'none' : TENCENT_CHAT_BOTS`,
  )
  const { outputFiles } = await build({
    entryPoints: [join(directory, `${name}.js`)],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [botsPlugin(directory)],
    logLevel: 'silent',
  })
  const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`
  const { bots } = await import(/* @vite-ignore */ url)
  return bots
}

describe('packaging', () => {
  it('puts the bots into the worker’s bundle, prompts of any length among them', async () => {
    write(`bots:\n  "@RBT#a":\n    SYSTEM_PROMPT: "${prompt}"\n    USER_TURNS_PER_DAY: 9\n`)

    expect(await bundled('worker')).toEqual({
      file: 'bots.yml',
      bots: {
        '@RBT#a': {
          line: 2,
          fields: {
            SYSTEM_PROMPT: { value: prompt, line: 3 },
            USER_TURNS_PER_DAY: { value: '9', line: 4 },
          },
        },
      },
    })
  })

  it('puts the limits alone into the webhook’s', async () => {
    write(`bots:\n  "@RBT#a":\n    SYSTEM_PROMPT: "${prompt}"\n    USER_TURNS_PER_DAY: 9\n`)

    const { bots } = await bundled('webhook')

    expect(bots).toEqual({
      '@RBT#a': { line: 2, fields: { USER_TURNS_PER_DAY: { value: '9', line: 4 } } },
    })
  })

  it('goes on without bots where there is no file', async () => {
    expect(await bundled('worker')).toBe('none')
  })

  it('stops where something is wrong, and says where', async () => {
    write('bots:\n  "@RBT#a":\n    OPENAI_MODLE: gpt\n')

    await expect(bundled('worker')).rejects.toThrow(
      'bots.yml:3: @RBT#a: OPENAI_MODLE is not known: is OPENAI_MODEL meant?',
    )
  })

  it('takes the file that BOTS_FILE names, which then must be there', async () => {
    write('bots:\n  "@RBT#a":\n    GREETING: Hi\n', 'prod.yml')

    expect((await readBots(directory, { BOTS_FILE: 'prod.yml' }))?.file).toBe('prod.yml')
    await expect(readBots(directory, { BOTS_FILE: 'dev.yml' })).rejects.toThrow(
      'BOTS_FILE: dev.yml cannot be read: ENOENT',
    )
  })
})
