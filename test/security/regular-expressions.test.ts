import { expect, it } from 'vitest'
import { expressionsIn, expressionsOfLib, slowestMs } from '../support/regular-expressions.ts'

const found = expressionsOfLib()

it('finds the regular expressions of a source text and nothing else', () => {
  const source = [
    'const half = width / 2 / height // no /comment/',
    `const a = /a[/\\]]\\/b/gu.exec(\`x/\${y.replace(/\\}\`/, '/no/')}/z/\`)`,
    'const c = () => { return /^c$/ /* /d/ */ }',
  ].join('\n')

  const patterns = expressionsIn(source).map(({ line, expression }) => [line, `${expression}`])

  expect(patterns).toEqual([
    [2, '/a[/\\]]\\/b/gu'],
    [2, '/\\}`/'],
    [3, '/^c$/'],
  ])
})

it('finds those of lib/, which makes none of text', () => {
  expect(found.length).toBeGreaterThan(40)
  expect(found.filter(({ expression }) => expression.source === '(?:)')).toEqual([])
})

it.each([[/\/+$/], [/([A-Za-z][\w.]*)(:|$)/]])('takes %s for slow', (expression) => {
  expect(slowestMs(expression, 30_000, 200)).toBeGreaterThan(200)
})

it.each(found)(
  '$place is done with any 100,000 characters within a second: $expression',
  ({ expression }) => {
    // An eighth first: what grows with the square is found out before it takes minutes.
    expect(slowestMs(expression, 12_500, 125)).toBeLessThan(125)
    expect(slowestMs(expression, 100_000, 1_000)).toBeLessThan(1_000)
  },
)
