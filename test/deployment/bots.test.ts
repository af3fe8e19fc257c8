import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { copyProject } from '../support/service-project.ts'

it('a wrong variable of a bot stops `npm run package`, with its file, line and fix', async () => {
  const { project, serverless, remove } = copyProject()
  try {
    writeFileSync(join(project, 'bots.yml'), 'bots:\n  "@RBT#a":\n    OPENAI_MODLE: gpt\n')

    await expect(serverless(['package'], { CHAT_SDK_APP_ID: '1400000000' })).rejects.toThrow(
      'bots.yml:3: @RBT#a: OPENAI_MODLE is not known: is OPENAI_MODEL meant?',
    )
  } finally {
    remove()
  }
})
