import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { PATIENCE, type Visit, visitPage } from '../support/page-visit.ts'

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
)

// They mostly wait, for a model that speaks at its own pace or the end of a lease: each has a stack of its own, side by side.
describe.skipIf(!hasBrowser()).concurrent('a scenario of the page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const play = (test: TestContext, name: string, args: readonly string[] = []): Promise<Visit> =>
    visitPage(browser, test, { hash: `#scenario=${name}`, args })
  const verdict = ({ page }: Visit) => page.locator('.verdict')
  const value = ({ page }: Visit, name: string) =>
    page.locator('.figure').filter({ hasText: name }).locator('.value').textContent()

  it('plays at once when its link is opened, and shows what a plain loop would have done', async (test) => {
    const visit = await play(test, 'lost-answers')

    await visit.closed.waitFor()
    await verdict(visit)
      .getByText(/characters stand there twice/)
      .waitFor()

    const link = visit.page.getByRole('link', { name: 'Answers get lost' })
    expect(await link.getAttribute('aria-current')).toBe('true')
    const twice = await visit.page
      .getByRole('article', { name: 'The plain loop' })
      .first()
      .textContent()
    expect((twice ?? '').length).toBeGreaterThan(((await visit.closed.textContent()) ?? '').length)
    expect(visit.problems).toEqual([])
  })

  it('of a killed worker ends in a closed message, and the pause stands in the figures', async (test) => {
    const visit = await play(test, 'killed-worker')

    // The queue hides the turn for twenty seconds; a slow machine takes longer.
    await visit.closed.getByText('Please try again.').waitFor({ timeout: 90_000 })
    await verdict(visit)
      .getByText(/never closed/)
      .waitFor()

    await visit.page.locator('.status').getByText('failed', { exact: true }).waitFor()
    await visit.page
      .locator('#failure')
      .getByText('The invocation that wrote the reply died')
      .waitFor()
    await test.expect
      .poll(async () => Number.parseFloat((await value(visit, 'Longest pause')) ?? ''), PATIENCE)
      .toBeGreaterThan(3)
    expect(await value(visit, 'Longest pause')).toMatch(/ s$/)
  })

  it('of time that runs out is one message, which another function goes on with', async (test) => {
    const visit = await play(test, 'hand-over', ['--verbose'])

    await visit.closed.waitFor()

    expect(await visit.answers.count()).toBe(1)
    expect(await visit.trouble.count()).toBe(0)
    await visit.record.getByText('"replyStatus": "finished"').waitFor()
    expect(visit.stack.output()).toContain('"message":"continued"')
  })

  it.for([
    ['wrong-key', "The model's server answered 401"],
    ['silent-model', 'gave nothing for 4 s'],
  ] as const)(
    '%s says why beside the status, in the chat, among the warnings and in the terminal',
    async ([name, sentence], test) => {
      const visit = await play(test, name)

      await visit.closed.getByText('Please try again.').waitFor()
      await visit.trouble.getByText(sentence).waitFor()
      await visit.page.locator('#failure').getByText(sentence).waitFor()
      await visit.page.locator('#notices').getByText(sentence).first().waitFor()
      await test.expect.poll(visit.stack.output, PATIENCE).toContain(sentence)
      expect(await visit.closed.textContent()).not.toContain(sentence)
    },
  )

  it('of a doubled callback has one answer', async (test) => {
    const visit = await play(test, 'doubled-callback')

    await visit.closed.waitFor()
    await verdict(visit).getByText('2 messages answer one question').waitFor()
    await visit.record.getByText('"replyStatus": "finished"').waitFor()

    expect(await visit.answers.count()).toBe(1)
  })

  it('explains each figure and each call, and shows no signature', async (test) => {
    const visit = await play(test, 'lost-answers')
    await visit.closed.waitFor()
    await visit.record.getByText('"replyStatus": "finished"').waitFor()

    const figures = visit.page.locator('.figure')
    const sentences = new Set<string>()
    for (let index = 0; index < (await figures.count()); index++) {
      await figures.nth(index).click()
      sentences.add((await visit.page.locator('#figure-about').textContent()) ?? '')
    }
    expect(sentences.size).toBe(await figures.count())

    const names = await visit.page.getByRole('button', { name: /^Call (R?\d+)$/ }).allTextContents()
    const sends = names.filter((name) => !name.startsWith('R'))
    expect(sends).toEqual(sends.map((_, index) => String(index + 1)))
    expect(await value(visit, 'Calls')).toBe(String(sends.length))
    expect(await value(visit, 'Read-backs')).toBe(String(names.length - sends.length))

    await visit.page.getByRole('button', { name: 'Call R1', exact: true }).click()
    const asked = visit.page.getByLabel('Request', { exact: true })
    await asked.getByText('admin_getroammsg').waitFor()
    await visit.page.getByText('shows how much of the text is there').waitFor()
    await visit.page.getByRole('button', { name: 'Call 2', exact: true }).click()
    await asked.getByText('"Chunk"').waitFor()
    expect(await asked.textContent()).toContain('usersig=(left out)')
    await visit.page.getByLabel('What was heard').getByText('No answer').waitFor()
  })

  it('breaks no rule for those who hear the page or use its keys, by day and by night, wide and narrow', async (test) => {
    const visit = await play(test, 'wrong-key')
    await visit.closed.waitFor()
    await visit.trouble.waitFor()
    await visit.page.getByRole('button', { name: 'Call 1', exact: true }).click()
    await visit.page.locator('.figure').first().click()
    await visit.page.evaluate(axeSource)

    for (const width of [1280, 390]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await visit.page.setViewportSize({ width, height: 844 })
        await visit.page.emulateMedia({ colorScheme })
        const violations = await visit.page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
          return (await axe.run()).violations.map(({ id, nodes }) => ({
            id,
            where: nodes.map(
              ({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`,
            ),
          }))
        })
        expect(violations, `${width} px, ${colorScheme}`).toEqual([])
        const wide = Number(await visit.page.evaluate('document.documentElement.scrollWidth'))
        expect(wide, `${width} px, ${colorScheme}`).toBeLessThanOrEqual(width)
      }
    }
  })
})
