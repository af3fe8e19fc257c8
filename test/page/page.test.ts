import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { type Visit, visitPage } from '../support/page-visit.ts'
import { traceText } from '../support/texts.ts'

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
)

type Part = readonly [name: string, value: { readonly streamed?: boolean; readonly text?: string }]

/** What the server tells a page when it opens. */
const readParts = async (events: URL): Promise<readonly Part[]> => {
  const { body } = await fetch(events)
  let text = ''
  for await (const piece of body ?? []) {
    text += Buffer.from(piece).toString('latin1')
    if (text.endsWith('\n\n')) break
  }
  const utf8 = Buffer.from(text, 'latin1').toString()
  return JSON.parse(utf8.slice(utf8.indexOf('data: ') + 'data: '.length))
}

describe.skipIf(!hasBrowser())('the page of npm start', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const open = async (test: TestContext, env = {}): Promise<Visit> => {
    const visit = await visitPage(browser, test, { env })
    const answers = visit.page.getByLabel('Recording')
    if (await answers.isEnabled()) await answers.selectOption('english-60')
    return visit
  }
  const answerChars = async ({ answers }: Visit): Promise<number> =>
    (await answers.count()) === 0 ? 0 : ((await answers.textContent()) ?? '').length

  /** The texts of the bot's messages as the simulated service has them. */
  const sentText = async ({ url }: Visit): Promise<string> => {
    const parts = await readParts(new URL('/local/events', url))
    const messages = parts.filter(([name]) => name.startsWith('message ')).map(([, value]) => value)
    return messages.flatMap(({ streamed, text = '' }) => (streamed ? [text] : [])).join('')
  }

  const grows = async (visit: Visit, times: number): Promise<readonly number[]> => {
    const lengths = [await answerChars(visit)]
    while (lengths.length <= times) {
      const before = lengths.at(-1) ?? 0
      await expect
        .poll(() => answerChars(visit), { timeout: 20_000, interval: 20 })
        .toBeGreaterThan(before)
      lengths.push(await answerChars(visit))
    }
    return lengths
  }

  it('shows an answer growing as Markdown until it is closed, and what it took', async (test) => {
    const visit = await open(test)

    await visit.say('How do tides work?')
    await grows(visit, 3)
    expect(await visit.stop.isEnabled()).toBe(true)
    await visit.closed.waitFor()

    await visit.send.waitFor()
    expect(await visit.send.isEnabled()).toBe(true)
    expect(await sentText(visit)).toBe(traceText('english-60'))
    expect(await visit.answers.locator('table').count()).toBeGreaterThan(0)
    expect(await visit.answers.locator('strong').first().textContent()).toBe('Two bulges')
    await visit.record.getByText('"replyStatus": "finished"').waitFor()
    const rows = await visit.page.getByRole('row').count()
    expect(rows).toBeGreaterThan(10)
    await visit.page.getByRole('cell', { name: 'closes the message' }).waitFor()
    expect(await visit.page.locator('[aria-live=polite]').textContent()).toContain('The bot says:')
    expect(visit.problems).toEqual([])
  })

  it('closes an answer early when its reader presses Stop', async (test) => {
    const visit = await open(test)
    await visit.say('A long story, please')
    await grows(visit, 3)

    await visit.stop.click()

    await visit.closed.waitFor({ timeout: 5_000 })
    await visit.send.waitFor()
    expect((await sentText(visit)).length).toBeLessThan(traceText('english-60').length / 2)
    await visit.record.getByText('"replyStatus": "interrupted"').waitFor()
  })

  it('shows the doubt about answers that got lost, while the text stays exact', async (test) => {
    const visit = await open(test)
    await visit.page.getByLabel('What goes wrong').selectOption('drop-after')

    await visit.say('How do tides work?')
    await visit.closed.waitFor({ timeout: 40_000 })

    expect(await sentText(visit)).toBe(traceText('english-60'))
    await visit.page
      .getByRole('cell', { name: 'in doubt: no answer, yet applied' })
      .first()
      .waitFor()
    await visit.page.getByRole('cell', { name: 'reads the message back' }).first().waitFor()
    await visit.page.getByText('in doubt', { exact: true }).waitFor()
  })

  it('goes on with a growing answer after it was loaded anew', async (test) => {
    const visit = await open(test)
    await visit.say('How do tides work?')
    const before = (await grows(visit, 2)).at(-1) ?? 0

    await visit.page.reload()

    await grows(visit, 2)
    expect(await answerChars(visit)).toBeGreaterThan(before)
    await visit.closed.waitFor({ timeout: 20_000 })
    expect(await sentText(visit)).toBe(traceText('english-60'))
  })

  it('shows nothing of a text that is meant to do harm but the text', async (test) => {
    const visit = await open(test)
    await visit.page.getByLabel('Answers').selectOption('echo')

    await visit.say(
      '<img src=x onerror="document.title=1"> <script>document.title=2</script> [a](javascript:alert(1))',
    )
    await visit.closed.waitFor()

    expect(await visit.answers.locator('img, script, [href^=javascript]').count()).toBe(0)
    expect(await visit.page.title()).toContain('A chat with the bot')
  })

  it('says in a sentence why an answer broke off', async (test) => {
    const model = {
      REPLY_SOURCE: 'openai',
      OPENAI_MODEL: 'm',
      OPENAI_BASE_URL: 'http://127.0.0.1:9',
    }
    const visit = await open(test, model)

    await visit.say('Is there anybody?')

    await visit.page
      .locator('#failure')
      .getByText('OPENAI_BASE_URL does not answer (ECONNREFUSED).', { exact: true })
      .waitFor()
    expect(await visit.answers.textContent()).toContain('Please try again.')
  })

  const looks = [
    { width: 1280, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
    { width: 390, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
  ] as const
  it('can be used by everybody, on a desk and on a phone, by day and by night', async (test) => {
    const visit = await open(test)
    await visit.page.evaluate(axeSource)
    await visit.page.getByLabel('What goes wrong').selectOption('drop-after')
    await visit.say('How do tides work?')
    await visit.closed.waitFor({ timeout: 40_000 })

    for (const { width, colorScheme } of looks) {
      await visit.page.setViewportSize({ width, height: 844 })
      await visit.page.emulateMedia({ colorScheme })
      const violations = await visit.page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
        return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
          id,
          impact,
          where: nodes.map(({ target }) => target.join(' ')),
        }))
      })
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(grave, `${width} px, ${colorScheme}`).toEqual([])
      const wide = Number(await visit.page.evaluate('document.documentElement.scrollWidth'))
      expect(wide, `${width} px, ${colorScheme}`).toBeLessThanOrEqual(width)
    }
  })
})
