import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { accessFrom, missingAccess } from './access.ts'
import { runCommand } from './command.ts'
import { removeService } from './remove-service.ts'
import { scfApi } from './scf-api.ts'
import { readService } from './service.ts'

await runCommand(async (stage) => {
  const missing = missingAccess(process.env)
  if (missing.length > 0) throw new Error(`Nothing can be removed:\n  ${missing.join('\n  ')}`)
  const { functions } = await readService(stage, process.env)
  const api = scfApi(accessFrom(process.env), systemClock)
  // Those that are called from outside first.
  const names = functions.toSorted((a, b) => Number(b.hasUrl) - Number(a.hasUrl))
  await removeService(
    { api },
    names.map(({ name }) => name),
    console.log,
  )
})
