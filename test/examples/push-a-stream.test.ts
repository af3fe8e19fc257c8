import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { startTraceModel } from '../../local/model/server.ts'
import { exampleWorlds, runProgram, type Trouble } from '../support/example-world.ts'
import { apiToken, modelKey } from '../support/known-secrets.ts'
import { bot, user } from '../support/replies-world.ts'
import { nodePath } from '../support/service-project.ts'
import { readTrace, textOf } from '../support/texts.ts'

const startWorld = exampleWorlds([modelKey])
const hasPython = spawnSync('python3', ['--version']).status === 0

const run = async (command: string, file: string, trouble?: (n: number) => Trouble) => {
  const world = await startWorld(trouble === undefined ? {} : { trouble })
  const model = await startTraceModel({ tokens: readTrace('english-60'), speed: 4 })
  const program = await runProgram(command, [file, 'What is tea?', user, bot], {
    REPLIES_URL: world.url,
    REPLIES_API_TOKEN: apiToken,
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: modelKey,
    OPENAI_MODEL: 'any',
  })
  await model.close()
  return { world, model, program }
}

describe.each([
  { name: 'push.ts', needs: '', command: nodePath, isHere: true },
  { name: 'push.py', needs: '(needs python3)', command: 'python3', isHere: hasPython },
])('examples/push-a-stream/$name $needs', ({ name, command, isHere }) => {
  const file = `examples/push-a-stream/${name}`

  it.skipIf(!isHere)('streams what a model says into one message, as it comes', async () => {
    const { world, model, program } = await run(command, file)

    expect(program).toMatchObject({ code: 0, errors: '' })
    expect(program.output).toMatch(/^finished as \S+ after \d+ calls\n$/)
    world.expectShown(textOf(readTrace('english-60')))
    expect(world.sends().length).toBeGreaterThan(3)
    expect(model.requests.map(({ messages }) => messages)).toEqual([
      [{ role: 'user', content: 'What is tea?' }],
    ])
  })

  it.skipIf(!isHere)('loses and repeats nothing where the service is busy or cut off', async () => {
    const turns: readonly Trouble[] = ['busy', 'none', 'cut off']
    const { world, program } = await run(command, file, (n) => turns[n % 3] ?? 'none')

    expect(program).toMatchObject({ code: 0, errors: '' })
    world.expectShown(textOf(readTrace('english-60')))
  })
})
