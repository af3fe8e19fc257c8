import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sourceHint } from '../../local/stack/source-hint.ts'

const page = readFileSync('docs/models.md', 'utf8')

it.each([
  'deepseek',
  'hunyuan',
  'qwen',
  'kimi',
  'glm',
  'doubao',
  'ollama',
  'openrouter',
  'groq',
  'mistral',
  'gemini',
])('docs/models.md has the address that is proposed to whoever sets REPLY_SOURCE=%s', (name) => {
  const hint = sourceHint(name, ['REPLY_SOURCE must be one of echo'])
  const [, address = ''] = /OPENAI_BASE_URL=(\S+)\?/.exec(hint ?? '') ?? []

  expect(address).toMatch(/^https?:/)
  expect(page).toContain(`\`${address}\``)
})
