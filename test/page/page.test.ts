import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { type StackProcess, startStackProcess } from '../support/stack-process.ts'
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
  let stack: StackProcess
  let page: Page
  const problems: string[] = []

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    await page.context().close()
    await stack.stop()
  })

  const open = async (options: BrowserContextOptions = {}, env = {}): Promise<void> => {
    stack = startStackProcess(env)
    const { url } = await stack.ready
    page = await (await browser.newContext(options)).newPage()
    problems.length = 0
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (line) => line.type() === 'error' && problems.push(line.text()))
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) problems.push(`asked ${request.url()}`)
    })
    await page.goto(url)
    await page.getByRole('status').getByText('running').waitFor()
    const answers = page.getByLabel('Recording')
    if (await answers.isEnabled()) await answers.selectOption('english-60')
  }
  const say = async (text: string): Promise<void> => {
    await page.getByLabel('Your message').fill(text)
    await page.keyboard.press('Enter')
  }
  const send = () => page.getByRole('button', { name: 'Send' })
  const stop = () => page.getByRole('button', { name: 'Stop' })
  const answer = () => page.getByRole('article', { name: 'The bot' })
  const answerChars = async (): Promise<number> =>
    (await answer().count()) === 0 ? 0 : ((await answer().textContent()) ?? '').length
  const closed = () => answer().and(page.locator('[data-finished="true"]'))
  const record = () => page.getByLabel('The stored record as JSON')

  /** The texts of the bot's messages as the simulated service has them. */
  const sentText = async (): Promise<string> => {
    const parts = await readParts(new URL('/local/events', page.url()))
    const messages = parts.filter(([name]) => name.startsWith('message ')).map(([, value]) => value)
    return messages.flatMap(({ streamed, text = '' }) => (streamed ? [text] : [])).join('')
  }

  const grows = async (times: number): Promise<readonly number[]> => {
    const lengths = [await answerChars()]
    while (lengths.length <= times) {
      const before = lengths.at(-1) ?? 0
      await expect.poll(answerChars, { timeout: 20_000, interval: 20 }).toBeGreaterThan(before)
      lengths.push(await answerChars())
    }
    return lengths
  }

  it('shows an answer growing as Markdown until it is closed, and what it took', async () => {
    await open()

    await say('How do tides work?')
    await grows(3)
    expect(await stop().isEnabled()).toBe(true)
    await closed().waitFor()

    await send().waitFor()
    expect(await send().isEnabled()).toBe(true)
    expect(await sentText()).toBe(traceText('english-60'))
    expect(await answer().locator('table').count()).toBeGreaterThan(0)
    expect(await answer().locator('strong').first().textContent()).toBe('Two bulges')
    await record().getByText('"replyStatus": "finished"').waitFor()
    const rows = await page.getByRole('row').count()
    expect(rows).toBeGreaterThan(10)
    await page.getByRole('cell', { name: 'closes the message' }).waitFor()
    expect(await page.locator('[aria-live=polite]').textContent()).toContain('The bot says:')
    expect(problems).toEqual([])
  })

  it('closes an answer early when its reader presses Stop', async () => {
    await open()
    await say('A long story, please')
    await grows(3)

    await stop().click()

    await closed().waitFor({ timeout: 5_000 })
    await send().waitFor()
    expect((await sentText()).length).toBeLessThan(traceText('english-60').length / 2)
    await record().getByText('"replyStatus": "interrupted"').waitFor()
  })

  it('shows the doubt about answers that got lost, while the text stays exact', async () => {
    await open()
    await page.getByLabel('What goes wrong').selectOption('drop-after')

    await say('How do tides work?')
    await closed().waitFor({ timeout: 40_000 })

    expect(await sentText()).toBe(traceText('english-60'))
    await page.getByRole('cell', { name: 'in doubt: no answer, yet applied' }).first().waitFor()
    await page.getByRole('cell', { name: 'reads the message back' }).first().waitFor()
    await page.getByText('in doubt', { exact: true }).waitFor()
  })

  it('goes on with a growing answer after it was loaded anew', async () => {
    await open()
    await say('How do tides work?')
    const before = (await grows(2)).at(-1) ?? 0

    await page.reload()

    await grows(2)
    expect(await answerChars()).toBeGreaterThan(before)
    await closed().waitFor({ timeout: 20_000 })
    expect(await sentText()).toBe(traceText('english-60'))
  })

  it('shows nothing of a text that is meant to do harm but the text', async () => {
    await open()
    await page.getByLabel('Answers').selectOption('echo')

    await say(
      '<img src=x onerror="document.title=1"> <script>document.title=2</script> [a](javascript:alert(1))',
    )
    await closed().waitFor()

    expect(await answer().locator('img, script, [href^=javascript]').count()).toBe(0)
    expect(await page.title()).toContain('A chat with the bot')
  })

  it('says in a sentence why an answer broke off', async () => {
    const model = {
      REPLY_SOURCE: 'openai',
      OPENAI_MODEL: 'm',
      OPENAI_BASE_URL: 'http://127.0.0.1:9',
    }
    await open({}, model)

    await say('Is there anybody?')

    await page
      .locator('#failure')
      .getByText('OPENAI_BASE_URL does not answer (ECONNREFUSED).', { exact: true })
      .waitFor()
    expect(await answer().textContent()).toContain('Please try again.')
  })

  const looks = [
    { width: 1280, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
    { width: 390, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
  ] as const
  it('can be used by everybody, on a desk and on a phone, by day and by night', async () => {
    await open()
    await page.evaluate(axeSource)
    await page.getByLabel('What goes wrong').selectOption('drop-after')
    await say('How do tides work?')
    await closed().waitFor({ timeout: 40_000 })

    for (const { width, colorScheme } of looks) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
        return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
          id,
          impact,
          where: nodes.map(({ target }) => target.join(' ')),
        }))
      })
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(grave, `${width} px, ${colorScheme}`).toEqual([])
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
      expect(wide, `${width} px, ${colorScheme}`).toBeLessThanOrEqual(width)
    }
  })
})
