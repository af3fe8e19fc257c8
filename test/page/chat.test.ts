import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { PATIENCE, type Visit, type VisitOptions, visitPage } from '../support/page-visit.ts'

describe.skipIf(!hasBrowser())('the chat of the page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const open = async (test: TestContext, options: VisitOptions = {}): Promise<Visit> => {
    const visit = await visitPage(browser, test, options)
    await visit.page.getByLabel('Recording').selectOption('english-60')
    return visit
  }
  const list = ({ page }: Visit): Locator => page.getByRole('region', { name: 'Messages' })
  /** Pixels below what is in sight. */
  const below = (visit: Visit) =>
    list(visit).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)
  const scrollUp = (visit: Visit) =>
    list(visit).evaluate((box) => {
      box.scrollTop = 0
    })
  const focused = ({ page }: Visit) =>
    page.evaluate("document.activeElement?.getAttribute('aria-label')")

  it('leaves who reads further up in peace, says that there is more, and jumps to what is sent', async (test) => {
    const visit = await open(test, { viewport: { width: 1280, height: 600 } })
    await visit.say('A long answer, please')
    await visit.grown(500)

    await scrollUp(visit)
    const pill = visit.page.getByRole('button', { name: 'New messages' })
    await pill.waitFor()
    expect(await list(visit).evaluate((box) => box.scrollTop)).toBe(0)
    await pill.click()
    await expect.poll(() => below(visit), PATIENCE).toBeLessThan(50)
    await visit.closed.waitFor()

    await scrollUp(visit)
    await visit.say('And another one')
    await visit.page.getByRole('article', { name: 'You' }).nth(1).waitFor()
    await expect.poll(() => below(visit), PATIENCE).toBeLessThan(50)
  })

  it('keeps the end in sight while the window changes', async (test) => {
    const visit = await open(test, { viewport: { width: 1280, height: 800 } })
    await visit.say('A long answer, please')
    await visit.closed.waitFor()
    await expect.poll(() => below(visit), PATIENCE).toBeLessThan(50)

    for (const height of [420, 900, 500]) {
      await visit.page.setViewportSize({ width: 1000, height })
      await expect.poll(() => below(visit), PATIENCE).toBeLessThan(50)
    }
  })

  it('says what Enter does while the bot answers, keeps the text, and stops at Escape', async (test) => {
    const visit = await open(test)
    await visit.say('A long answer, please')
    await visit.grown(60)

    await visit.say('Not yet')
    await visit.page.getByText('your text waits here').waitFor()
    expect(await visit.field.inputValue()).toBe('Not yet')
    expect(await visit.page.getByRole('article', { name: 'You' }).count()).toBe(1)

    await visit.page.keyboard.press('Escape')
    await visit.closed.waitFor()
    await visit.page.locator('.meta .stopped').waitFor()
    expect(await visit.field.inputValue()).toBe('Not yet')
    expect(await focused(visit)).toBe('Your message')
    await visit.record.getByText('"replyStatus": "interrupted"').waitFor()
  })

  it('gives the field its focus back after Stop, and marks the answer', async (test) => {
    const visit = await open(test)
    await visit.say('A long answer, please')
    await visit.grown(60)

    await visit.stop.click()

    await visit.closed.waitFor()
    await visit.page.locator('.meta .stopped').waitFor()
    expect(await focused(visit)).toBe('Your message')
  })

  it('loses no text that could not be sent', async (test) => {
    const visit = await open(test)
    await visit.page.route('**/local/messages', (route) => route.abort())

    await visit.say('Do not lose me')

    await visit.page.getByText('The local stack does not answer').waitFor()
    expect(await visit.field.inputValue()).toBe('Do not lose me')

    await visit.page.unroute('**/local/messages')
    await visit.page.keyboard.press('Enter')
    await visit.closed.waitFor()
    expect(await visit.field.inputValue()).toBe('')
  })

  it('shows nothing of what was before once the stack was started again', async (test) => {
    const visit = await open(test)
    await visit.say('Remember me')
    await visit.closed.waitFor()
    await visit.record.getByText('"replyStatus": "finished"').waitFor()
    const { port } = new URL(visit.url)
    await visit.stack.stop()

    await visitPage(browser, test, { env: { PORT: port } })
    await visit.page
      .getByText('The table has no record of it')
      .or(visit.page.getByText('The table is empty.'))
      .first()
      .waitFor()

    expect(await visit.record.isHidden()).toBe(true)
    expect(await visit.answers.count()).toBe(0)
  })

  it('tells the time of each message, copies it, asks again, and clears', async (test) => {
    const visit = await open(test, { permissions: ['clipboard-read', 'clipboard-write'] })
    await visit.page.getByLabel('Answers').selectOption('echo')
    await visit.page.getByRole('button', { name: 'How do tides work?' }).click()
    await visit.closed.waitFor()

    expect(await visit.page.locator('.meta time').allTextContents()).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
    ])
    await visit.page.getByRole('button', { name: 'Copy' }).first().click()
    await visit.page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await visit.page.evaluate('navigator.clipboard.readText()')
    expect(copied).toBe('How do tides work?')

    await visit.page.getByRole('button', { name: 'Ask again' }).click()
    await expect.poll(() => visit.closed.count(), PATIENCE).toBe(2)

    await visit.page.getByRole('button', { name: 'Clear' }).click()
    await expect.poll(() => visit.page.getByRole('article').count(), PATIENCE).toBe(0)
    expect(visit.problems).toEqual([])
  })
})
