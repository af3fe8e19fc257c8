import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { PATIENCE, type Visit, visitPage } from '../support/page-visit.ts'

describe.skipIf(!hasBrowser()).concurrent('the conversations of the page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const post = ({ url }: Visit, from: string, to: string, chunks: readonly string[]) =>
    fetch(`${url}/replies`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer token-of-the-local-stack',
      },
      body: JSON.stringify({ from, to, chunks }),
    })
  const figure = ({ page }: Visit, name: string) =>
    page.locator('.figure').filter({ hasText: name }).locator('.value').textContent()

  it('are one for each bot and user, each with its own messages and its own calls', async (test) => {
    const visit = await visitPage(browser, test)
    const list = visit.page.getByLabel('Conversation')

    await post(visit, '@RBT#shop', 'user07', ['Your order ', 'is on its way.'])
    await post(visit, '@RBT#news', 'user08', ['One. ', 'Two. ', 'Three.'])
    await visit.say('How do tides work?')
    await visit.closed.waitFor()

    await test.expect
      .poll(() => list.locator('option').allTextContents(), PATIENCE)
      .toEqual(['user01 → @RBT#demo', 'user07 → @RBT#shop', 'user08 → @RBT#news', 'A new user …'])
    expect(await visit.answers.count()).toBe(1)

    await list.selectOption('user07 → @RBT#shop')
    await visit.closed.getByText('Your order is on its way.').waitFor()
    expect(await visit.answers.count()).toBe(1)
    await test.expect.poll(() => figure(visit, 'Calls'), PATIENCE).toBe('2')

    await list.selectOption('user08 → @RBT#news')
    await visit.closed.getByText('One. Two. Three.').waitFor()
    await test.expect.poll(() => figure(visit, 'Calls'), PATIENCE).toBe('3')
  })

  it('can be seen side by side, two users with one bot at the same time', async (test) => {
    const visit = await visitPage(browser, test)
    await visit.page.getByLabel('Answers').selectOption('echo')

    await visit.page.getByLabel('Beside it').selectOption('A new user …')
    await visit.page.getByLabel('The other message').fill('I am the second')
    await visit.page.keyboard.press('Enter')
    await visit.say('I am the first')

    const pane = (name: string) => visit.page.getByRole('region', { name, exact: true })
    for (const [name, own, other] of [
      ['user01 → @RBT#demo', 'I am the first', 'I am the second'],
      ['user02 → @RBT#demo', 'I am the second', 'I am the first'],
    ] as const) {
      const answer = pane(name).getByRole('article', { name: 'The bot' })
      await answer.and(visit.page.locator('[data-finished="true"]')).getByText(own).waitFor()
      expect(await pane(name).getByText(other).count()).toBe(0)
    }
    expect(visit.problems).toEqual([])
  })
})
