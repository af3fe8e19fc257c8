import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { PATIENCE, visitPage } from '../support/page-visit.ts'

describe.skipIf(!hasBrowser())('what is sent beside text', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('is answered, and the answer takes a thumb', async (test) => {
    const { page } = await visitPage(browser, test)
    const bot = page.getByRole('article', { name: 'Bot' })

    for (const [at, name] of ['picture', 'voice message', 'sticker', 'location'].entries()) {
      await page.getByRole('button', { name: `Send a ${name}` }).click()
      await expect.poll(() => bot.count(), PATIENCE).toBe(at + 1)
      await bot.nth(at).getByRole('button', { name: 'Good answer' }).waitFor()
      expect(await bot.nth(at).textContent()).toContain('I cannot read this.')
    }

    const thumb = bot.first().getByRole('button', { name: 'Good answer' })
    await thumb.click()
    await expect.poll(() => thumb.textContent(), PATIENCE).toBe('👍 noted')
  })
})
