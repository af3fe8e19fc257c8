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

const openPage = async (browser: Browser, url: string, width: number): Promise<Page> => {
  const viewport = { width, height: CHAT_HEIGHT_PX + 80 }
  const page = await (await browser.newContext({ viewport })).newPage()
  await page.goto(url)
  await page.locator('[data-connected=true]').waitFor({ state: 'attached' })
  return page
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Your message').fill(text)
  await page.keyboard.press('Enter')
}

/** The chat as it looks while the answer grows, and when it is closed. */
const takeFrames = async (page: Page): Promise<readonly Buffer[]> => {
  const chat = page.locator('.phone')
  const answer = page.locator('.bubble.bot')
  const frames: Buffer[] = []
  await say(page, 'How do tides work?')
  for (const chars of FRAMES_AT_CHARS) {
    await until(async () => ((await answer.textContent()) ?? '').length >= chars)
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
    `<body style="margin:0;padding:20px;display:flex;gap:20px;background:#eef1f5">${pictures.join('')}`,
  )
  return page.screenshot()
}

const takeReply = async (browser: Browser, url: string): Promise<Buffer> => {
  const page = await openPage(browser, url, CHAT_WIDTH_PX + 24)
  const frames = await takeFrames(page)
  await page.context().close()
  return joinFrames(browser, frames)
}

/** The timeline of a reply some of whose answers got lost. */
const takeTimeline = async (browser: Browser, url: string): Promise<Buffer> => {
  const page = await openPage(browser, url, 1180)
  await page.getByLabel('Recording').selectOption('english-60')
  await page.getByLabel('What goes wrong').selectOption('drop-after')
  await say(page, 'And what if answers get lost?')
  await until(async () => (await page.locator(closedAnswers).count()) === 2)
  await page.getByText('finished', { exact: true }).waitFor()
  return page.locator('section', { hasText: 'Calls of the reply' }).screenshot()
}

const takePictures = async (): Promise<void> => {
  const missing = missingBrowser()
  if (missing !== undefined) throw new Error(missing)
  const stack = await startStack(project, { ...readStackOptions([], {}), port: 0 })
  const browser = await startBrowser()
  try {
    await mkdir(folder, { recursive: true })
    const pictures = [
      ['reply.png', await takeReply(browser, stack.url)],
      ['timeline.png', await takeTimeline(browser, stack.url)],
    ] as const
    for (const [name, picture] of pictures) {
      await writeFile(new URL(name, folder), picture)
      console.log(`docs/pictures/${name}  ${Math.ceil(picture.length / 1024)} KB`)
    }
  } finally {
    await browser.close()
    await stack.close()
  }
}

await takePictures()
