import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { classifyErrorCode } from '../../lib/adapters/tencent/answer-class.ts'
import { refusalHint } from '../../lib/adapters/tencent/refusal-hint.ts'

const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8')

const rows = page
  .slice(page.indexOf("## Tencent's error codes"))
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

const allCodes = Array.from({ length: 119_999 }, (_, index) => index + 1)
const unknownHint = refusalHint(119_999)
const isKnown = (code: number): boolean =>
  classifyErrorCode(code, '').reason !== 'refused' || refusalHint(code) !== unknownHint

describe("the table of Tencent's error codes", () => {
  it('has each code that the program knows, once', () => {
    const written = rows
      .flatMap(([, codes = '']) => codes.split(', '))
      .filter((code) => /^\d+$/.test(code))

    expect(written.map(Number).sort((a, b) => a - b)).toEqual(allCodes.filter(isKnown))
  })

  it('tells codes with which a reply fails from those that pass', () => {
    for (const [, codes = '', does] of rows) {
      for (const code of codes
        .split(', ')
        .filter((each) => /^\d+$/.test(each))
        .map(Number)) {
        const isRefused = classifyErrorCode(code, '').reason === 'refused'
        expect(/^(the reply fails|ends the message)/.test(does ?? ''), `${code}`).toBe(isRefused)
      }
    }
  })
})
