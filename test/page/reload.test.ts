import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { startBrowser } from '../../local/pictures/browser.ts'
import { hasBrowser } from '../support/browser.ts'
import { PATIENCE, type Visit, visitPage } from '../support/page-visit.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'

const ECHO = 'lib/adapters/sources/echo.ts'
const sayingOnly = (text: string): string =>
  `export const echo = () => async function* () { yield ${JSON.stringify(text)} }\n`
const BROKEN = 'export const echo = () => {\n  const answer = ;\n}\n'
const THROWING = `export const echo = () => async function* () {
  yield 'It begins. '
  throw new TypeError('no clock in this house')
}
`
const CLOCK = `import type { ReplySource } from '../../ports.ts'

export const clock = (): ReplySource =>
  async function* ({ turn }) {
    yield \`You asked \${turn.text}. It is late.\`
  }
`
const INDEX = `import { clock } from './clock.ts'
import { echo } from './echo.ts'
import { http } from './http.ts'
import { openai } from './openai.ts'

export const replySources = { echo, openai, http, clock }
`

describe.skipIf(!hasBrowser())('saving a file while npm start runs', () => {
  let browser: Browser
  let project: ProjectCopy
  let visit: Visit

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const open = async (test: TestContext): Promise<void> => {
    project = await copyProject()
    test.onTestFinished(project.remove)
    visit = await visitPage(browser, test, {
      project: project.directory,
      env: { REPLY_SOURCE: 'echo' },
    })
  }
  const reloads = (): number =>
    visit.stack.output().match(/^reloaded worker \(lib\/adapters\/sources\/echo\.ts\)$/gm)
      ?.length ?? 0
  const reloaded = (times: number) => expect.poll(reloads, PATIENCE).toBe(times)

  it('reloads the worker each time, ten renames and then one in place, and the page says which build answers', async (test) => {
    await open(test)

    for (let save = 1; save <= 10; save++) {
      await project.saveByRename(ECHO, sayingOnly(`This is save ${save}.`))
      await reloaded(save)
    }
    await visit.say('Which one are you?')
    await visit.closed.getByText('This is save 10.').waitFor()
    await visit.page.locator('.meta').getByText('build 11').waitFor()

    await project.save(ECHO, sayingOnly('This is the last save.'))
    await reloaded(11)
    await visit.say('And now?')
    await visit.closed.getByText('This is the last save.').waitFor()
    await visit.page.getByText(/^build 12,/).waitFor()
    expect(visit.problems).toEqual([])
  })

  it('shows what does not compile at once, in terminal, page and chat, and goes on when it is mended', async (test) => {
    await open(test)
    const sentence = /lib\/adapters\/sources\/echo\.ts:2:18: Unexpected ";"/

    await project.saveByRename(ECHO, BROKEN)

    await visit.page.getByText('The functions cannot run as they were saved').waitFor()
    await visit.page.locator('#build-sentence').getByText(sentence).waitFor()
    await visit.page.locator('#build-frame').getByText('const answer = ;').waitFor()
    expect(visit.stack.output()).toMatch(sentence)
    expect(visit.stack.output()).toMatch(/2 │ {3}const answer = ;\n {2}│ {18}\^/)

    await visit.say('Are you there?')
    await visit.trouble.getByText(sentence).waitFor()
    expect(await visit.send.isEnabled()).toBe(true)
    expect(await visit.page.getByText('is thinking').count()).toBe(0)

    await project.saveByRename(ECHO, sayingOnly('Well again.'))
    await visit.page.locator('#build-trouble').waitFor({ state: 'hidden' })
    await visit.trouble.getByRole('button', { name: 'Ask again' }).click()
    await visit.closed.getByText('Well again.').waitFor()
  })

  it("shows a source's own error with its stack, and users only that the answer broke off", async (test) => {
    await open(test)
    await project.save(ECHO, THROWING)
    await reloaded(1)

    await visit.say('What time is it?')

    await visit.trouble.getByText('TypeError: no clock in this house').first().waitFor()
    await visit.closed.getByText('It begins.').waitFor()
    expect(await visit.closed.textContent()).not.toContain('clock')
    expect(visit.stack.output()).toMatch(/TypeError: no clock in this house\n {4}at .*echo\.ts:3/)
    expect(await visit.send.isEnabled()).toBe(true)
  })

  it('offers a new source without a restart', async (test) => {
    await open(test)

    await project.saveByRename('lib/adapters/sources/clock.ts', CLOCK)
    await project.saveByRename('lib/adapters/sources/index.ts', INDEX)

    const menu = visit.page.getByLabel('Answers')
    await expect
      .poll(() => menu.locator('option').allTextContents(), PATIENCE)
      .toEqual(['Recorded answer', 'Echo of the question', 'clock'])
    await menu.selectOption('clock')
    await visit.say('the time')
    await visit.closed.getByText('You asked the time. It is late.').waitFor()
  })
})
