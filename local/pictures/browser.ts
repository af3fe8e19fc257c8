import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/** What to do where there is no Chromium; `undefined` where there is one. */
export const missingBrowser = (): string | undefined =>
  existsSync(chromiumPath)
    ? undefined
    : `There is no Chromium at ${chromiumPath}: install the package chromium, or set CHROMIUM_PATH.`

/** A Chromium without a window that asks nobody for anything of its own. */
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
