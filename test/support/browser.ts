import { missingBrowser } from '../../local/pictures/browser.ts'

/**
 * True where there is a browser to test with. Without one the tests of the page are skipped, and a line says how to get it;
 * continuous integration must have one.
 */
export const hasBrowser = (): boolean => {
  const missing = missingBrowser()
  if (missing === undefined) return true
  if (process.env['CI']) throw new Error(missing)
  console.warn(`The tests of the page are skipped. ${missing}`)
  return false
}
