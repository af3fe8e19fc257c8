import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, type TestContext } from 'vitest'
import type { Environment } from './local-cloud.ts'
import { type StackProcess, startStackProcess } from './stack-process.ts'

/** How long a slow machine may take for something that usually takes a second. */
export const PATIENCE = { timeout: 40_000, interval: 50 }

export interface VisitOptions extends BrowserContextOptions {
  readonly env?: Environment
  /** Of the command line. */
  readonly args?: readonly string[]
  /** Another project than this one. */
  readonly project?: string
  /** What follows the page's address: `#scenario=…`. */
  readonly hash?: string
}

/** The page of an `npm start` of its own, as one visitor sees it until the test is over. */
export const visitPage = async (
  browser: Browser,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: VisitOptions = {},
) => {
  const { env = {}, args = [], project, hash = '', ...context } = options
  const stack: StackProcess = startStackProcess(env, args, { project })
  onTestFinished(stack.stop)
  const { url } = await stack.ready
  // Nothing but a picture of waiting moves by itself: without a graphics card that would take most of a core.
  const page: Page = await (
    await browser.newContext({ reducedMotion: 'reduce', ...context })
  ).newPage()
  onTestFinished(() => page.context().close())
  page.setDefaultTimeout(PATIENCE.timeout)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) problems.push(`asked ${request.url()}`)
  })
  await page.goto(`${url}/${hash}`)
  await page.getByRole('status').getByText('running').waitFor()

  const field = page.getByLabel('Your message')
  const answers = page.getByRole('article', { name: 'The bot' })
  return {
    stack,
    url,
    page,
    /** Errors of the page, and requests to elsewhere. */
    problems,
    field,
    answers,
    closed: answers.and(page.locator('[data-finished="true"]')),
    send: page.getByRole('button', { name: 'Send', exact: true }),
    stop: page.getByRole('button', { name: 'Stop' }),
    trouble: page.locator('.trouble'),
    record: page.getByLabel('The stored record as JSON'),
    say: async (text: string): Promise<void> => {
      await field.fill(text)
      await page.keyboard.press('Enter')
    },
    /** Resolves when an answer has more than so many characters. */
    grown: (chars: number) =>
      expect
        .poll(
          async () =>
            (
              (await answers
                .last()
                .textContent()
                .catch(() => '')) ?? ''
            ).length,
          PATIENCE,
        )
        .toBeGreaterThan(chars),
  }
}

export type Visit = Awaited<ReturnType<typeof visitPage>>
