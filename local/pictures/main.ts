import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { readStackOptions } from '../stack/options.ts'
import { startStack } from '../stack/start-stack.ts'
import { missingBrowser, startBrowser } from './browser.ts'

/** The pictures of the README, taken of the page while it runs. */
const folder = new URL('../../docs/pictures/', import.meta.url)
const project = fileURLToPath(new URL('../..', import.meta.url))

const CHAT_WIDTH_PX = 360
const CHAT_HEIGHT_PX = 620
/** Characters of the answer at which a frame is taken; the last frame shows the closed message. */
const FRAMES_AT_CHARS = [60, 260, 400]

const closedAnswers = '.bubble.bot[data-finished=true]'

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await wait(20)
}

interface Look {
  readonly width: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
  readonly hash?: string
}

const openPage = async (
  browser: Browser,
  url: string,
  { width, height = CHAT_HEIGHT_PX + 160, colorScheme = 'light', hash = '' }: Look,
): Promise<Page> => {
  const viewport = { width, height }
  const page = await (await browser.newContext({ viewport, colorScheme })).newPage()
  await page.goto(`${url}/${hash}`)
  await page.locator('#connection[data-connected=true]').waitFor({ state: 'attached' })
  await page.getByLabel('Your message').waitFor()
  return page
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Your message').fill(text)
  await page.keyboard.press('Enter')
}

/** The next message meets nothing of what the picture before was about. */
const reset = async (page: Page, trace: string): Promise<void> => {
  const settings = { source: 'trace', faults: 'none', latencyMs: '80', trace }
  await page.request.post(new URL('/local/settings', page.url()).href, { data: settings })
}

const answerHas = (page: Page, chars: number) =>
  until(async () => {
    const answers = page.locator('.bubble.bot')
    return (
      (await answers.count()) > 0 && ((await answers.last().textContent()) ?? '').length >= chars
    )
  })

/** The chat as it looks while the answer grows, and when it is closed. */
const takeFrames = async (page: Page): Promise<readonly Buffer[]> => {
  const chat = page.locator('.phone')
  const frames: Buffer[] = []
  await say(page, 'How do tides work?')
  for (const chars of FRAMES_AT_CHARS) {
    await answerHas(page, chars)
    frames.push(await chat.screenshot())
  }
  await page.locator(closedAnswers).waitFor()
  await page.getByRole('button', { name: 'Send' }).waitFor()
  return [...frames, await chat.screenshot()]
}

/** One picture of several, side by side. */
const joinFrames = async (browser: Browser, frames: readonly Buffer[]): Promise<Buffer> => {
  const page = await browser.newPage({
    viewport: { width: frames.length * (CHAT_WIDTH_PX + 20) + 20, height: CHAT_HEIGHT_PX + 40 },
  })
  const pictures = frames.map(
    (frame) => `<img src="data:image/png;base64,${frame.toString('base64')}">`,
  )
  await page.setContent(
    `<body style="margin:0;padding:20px;width:max-content;display:flex;gap:20px;background:#eef1f5">${pictures.join('')}`,
  )
  return page.locator('body').screenshot()
}

type Taker = (browser: Browser, url: string) => Promise<Buffer>

const takeReply: Taker = async (browser, url) => {
  const page = await openPage(browser, url, { width: CHAT_WIDTH_PX + 24 })
  const frames = await takeFrames(page)
  await page.context().close()
  return joinFrames(browser, frames)
}

/** An answer that its reader stopped. */
const takeStop: Taker = async (browser, url) => {
  const page = await openPage(browser, url, DESK)
  await reset(page, 'english-60')
  await say(page, 'Tell me a long story')
  await answerHas(page, 300)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.locator('.meta .stopped').last().waitFor()
  await page.locator('.status').getByText('interrupted', { exact: true }).waitFor()
  return page.screenshot()
}

/** A scenario with what a plain loop makes of it, once both have ended. */
const takeScenario =
  (name: string, look: Omit<Look, 'hash'>, status: string): Taker =>
  async (browser, url) => {
    const page = await openPage(browser, url, { ...look, hash: `#scenario=${name}` })
    await page.locator(closedAnswers).last().waitFor({ timeout: PATIENCE_MS })
    await page.locator('.status').getByText(status, { exact: true }).waitFor()
    await page.locator('.verdict').getByText(/\.$/).waitFor({ timeout: PATIENCE_MS })
    return page.screenshot()
  }

/** The timeline of a reply some of whose answers got lost. */
const takeTimeline: Taker = async (browser, url) => {
  const page = await openPage(browser, url, { width: 1280, hash: '#scenario=lost-answers' })
  await page.locator(closedAnswers).last().waitFor({ timeout: PATIENCE_MS })
  await page.locator('.status').getByText('finished', { exact: true }).waitFor()
  return page.locator('section', { hasText: 'Calls of the reply' }).screenshot()
}

/** The answer on a phone. */
const takePhone: Taker = async (browser, url) => {
  const page = await openPage(browser, url, { width: 390, height: 844 })
  await reset(page, 'tides')
  await say(page, 'How do tides work?')
  await page.locator(closedAnswers).last().waitFor({ timeout: PATIENCE_MS })
  return page.screenshot()
}

const DESK = { width: 1280, height: 860 }
const PATIENCE_MS = 90_000

/** Each in a stack of its own, so that none shows what another one left. */
const pictures: readonly (readonly [string, Taker])[] = [
  ['reply.png', takeReply],
  ['timeline.png', takeTimeline],
  ['stop.png', takeStop],
  ['lost-answer.png', takeScenario('lost-answers', DESK, 'finished')],
  ['kill.png', takeScenario('killed-worker', DESK, 'failed')],
  ['phone.png', takePhone],
  ['dark.png', takeScenario('lost-answers', { ...DESK, colorScheme: 'dark' }, 'finished')],
]

const takePictures = async (wanted: readonly string[]): Promise<void> => {
  const missing = missingBrowser()
  if (missing !== undefined) throw new Error(missing)
  const browser = await startBrowser()
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, take] of pictures) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      const stack = await startStack(project, { ...readStackOptions([], {}), port: 0 })
      const picture = await take(browser, stack.url).finally(stack.close)
      await writeFile(new URL(name, folder), picture)
      console.log(`docs/pictures/${name}  ${Math.ceil(picture.length / 1024)} KB`)
    }
  } finally {
    await browser.close()
  }
}

await takePictures(process.argv.slice(2))
