import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', '.github/**/*.md'])

/** The name under which a heading can be linked to. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

const anchorsIn = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  )

const linksIn = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))

const leadsNowhere = (page: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return true
  return anchor !== undefined && !anchorsIn(target).includes(anchor)
}

describe('the documents', () => {
  it('link only to pages and headings that exist', () => {
    const broken = pages.flatMap((page) =>
      linksIn(page)
        .filter((link) => leadsNowhere(page, link))
        .map((link) => `${page}: ${link}`),
    )

    expect(broken).toEqual([])
  })

  it('are all in the index', () => {
    const listed = linksIn('docs/README.md').map((link) => join('docs', link))
    const missing = globSync('docs/**/*.md').filter((page) => !listed.includes(page))

    expect(missing).toEqual(['docs/README.md'])
  })

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const named = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name),
    )

    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  const lines = readFileSync(page, 'utf8').split('\n')

  it('has at most 200 lines, and a picture within the first 40', () => {
    expect(lines.length - 1).toBeLessThanOrEqual(200)
    expect(lines.slice(0, 40).join('\n')).toMatch(/!\[/)
  })
})
