import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/**
 * True where there is a browser to test with. Without one the tests of the page are skipped, and a line says how to get it;
 * a continuous integration must have one.
 */
export const hasBrowser = (): boolean => {
  if (existsSync(chromiumPath)) return true
  const sentence = `There is no Chromium at ${chromiumPath}: install the package chromium, or set CHROMIUM_PATH.`
  if (process.env['CI']) throw new Error(sentence)
  console.warn(`The tests of the page are skipped. ${sentence}`)
  return false
}

/** A Chromium without window that talks to nobody but the page. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
