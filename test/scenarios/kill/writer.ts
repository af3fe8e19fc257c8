import { composeWriter } from '../../../lib/compose/writer.ts'
import { readConfig } from '../../../lib/config.ts'
import { stampCalls } from './call-age.ts'
import { type PlannedReply, writePlanned } from './planned-reply.ts'

/**
 * A process that writes the replies in its argument, several at once, and then waits to be killed. It says when it begins, and
 * ends by itself only when its standard input does: then nobody is left to kill it.
 */
const replies = JSON.parse(process.argv[2] ?? '[]') as readonly PlannedReply[]
const { deps, settings } = composeWriter(readConfig(), { info: () => {}, warn: () => {} })

stampCalls()
process.stdin.resume().once('end', () => process.exit())
process.stdout.write('writing\n')
await Promise.all(replies.map((reply) => writePlanned(deps, settings, reply)))
