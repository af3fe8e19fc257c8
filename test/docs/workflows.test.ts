import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => parse(readFileSync(path, 'utf8'))

describe('the workflows', () => {
  it('check each supported Node with the same script as everywhere', () => {
    const { check } = read('.github/workflows/check.yml').jobs

    expect(check.strategy.matrix.node).toEqual([20, 22, 24])
    expect(check.container.image).toContain('matrix.node')
    expect(check.steps.at(-1)).toEqual({ run: '.ci/run' })
  })

  it('release nothing that was not checked', () => {
    const { jobs } = read('.github/workflows/release.yml')

    expect(jobs.check.uses).toBe('./.github/workflows/check.yml')
    expect(jobs.release.needs).toBe('check')
  })

  it('find the notes of the present version in the changelog', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

    expect(readFileSync('CHANGELOG.md', 'utf8')).toMatch(new RegExp(`^## \\[?${version}\\b`, 'm'))
  })

  it('and the other files of .github are YAML', () => {
    const files = globSync('.github/**/*.yml')

    expect(files.length).toBeGreaterThan(4)
    for (const file of files) expect(read(file), file).toBeTypeOf('object')
  })
})
