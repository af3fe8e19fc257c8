import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { variableNames } from '../../../lib/config/variable-names.ts'

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

const example = read('.env.example')
const described = [...example.matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name)

/** What the platform or serverless.yml itself gives to the functions. */
const isGiven = (name: string): boolean =>
  /^AWS_(ACCESS|SECRET|SESSION|ENDPOINT)|^WORKER_/.test(name) ||
  ['REPLIES_TABLE', 'REPLIES_QUEUE_URL', 'POWERTOOLS_SERVICE_NAME'].includes(name)

it('describes each variable that a function or serverless.yml reads, on one line', () => {
  const ofFunctions = Object.values(variableNames).flat()
  const ofService = [...read('serverless.yml').matchAll(/\$\{env:([A-Z0-9_]+)/g)].map(
    ([, name]) => name,
  )
  const wanted = new Set([...ofFunctions, ...ofService].filter((name) => name && !isGiven(name)))

  expect(described).toEqual(expect.arrayContaining([...wanted]))
  expect(new Set(described).size).toBe(described.length)
  for (const line of example.split('\n')) {
    if (/^# [A-Z][A-Z0-9_]+=/.test(line)) expect(line).toMatch(/ # [\w`].{10,}$/)
  }
})

it('sets nothing as it stands, and a line that is uncommented means what it shows', () => {
  expect(parseEnv(example)).toEqual({})

  const all = parseEnv(example.replace(/^# (?=[A-Z][A-Z0-9_]+=)/gm, ''))

  expect(all).toMatchObject({ MIN_GAP_MS: '200', OPENAI_BASE_URL: 'https://api.openai.com/v1' })
  expect(Object.keys(all).sort()).toEqual([...described].sort())
})
