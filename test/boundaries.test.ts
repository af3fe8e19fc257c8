import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { boundaryViolations, type SourceFile } from './support/boundaries.ts'

const projectDirectory = fileURLToPath(new URL('..', import.meta.url))

const filesUnder = (directory: string): readonly SourceFile[] =>
  readdirSync(join(projectDirectory, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => {
      const file = `${directory}/${name}`
      return { file, source: readFileSync(join(projectDirectory, file), 'utf8') }
    })

describe('the layers', () => {
  it('import only what lies below them', () => {
    const files = ['lib', 'handlers', 'local'].flatMap(filesUnder)

    expect(files.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['lib/core/reply/reply.ts', 'lib/ports.ts', 'handlers/replies.ts']),
    )
    expect(boundaryViolations(files)).toEqual([])
  })

  const wrong: readonly (readonly [string, file: string, source: string, violation: string])[] = [
    [
      'core imports an adapter',
      'lib/core/a.ts',
      "import { b } from '../adapters/b.ts'",
      'imports lib/adapters/b.ts',
    ],
    [
      'core imports a port, if only its type',
      'lib/core/a.ts',
      "import type { Clock } from '../ports.ts'",
      'imports lib/ports.ts',
    ],
    [
      'core imports over several lines',
      'lib/core/a.ts',
      "import {\n  b,\n  c,\n} from '../use-cases/send.ts'",
      'imports lib/use-cases/send.ts',
    ],
    [
      'core exports what is elsewhere',
      'lib/core/a.ts',
      "export * from '../adapters/b.ts'",
      'imports lib/adapters/b.ts',
    ],
    [
      'core imports Node',
      'lib/core/a.ts',
      "import { createHash } from 'node:crypto'",
      'imports the package node:crypto',
    ],
    [
      'core imports a package for its effect',
      'lib/core/a.ts',
      "import 'valibot'",
      'imports the package valibot',
    ],
    ['core reads the clock', 'lib/core/a.ts', 'const now = Date.now()', 'uses Date.now'],
    ['core rolls dice', 'lib/core/a.ts', 'const x = Math.random()', 'uses Math.random'],
    ['core waits', 'lib/core/a.ts', 'setTimeout(f, 1)', 'uses setTimeout'],
    [
      'a room uses what the oldest Node of a platform lacks',
      'lib/reply/a.ts',
      'const b = a.toSorted()',
      'uses .toSorted(, which Node 18 does not have',
    ],
    ['core prints', 'lib/core/a.ts', 'console.log(1)', 'uses console.log('],
    ['core reads the platform', 'lib/core/a.ts', 'process.cwd()', 'uses process.'],
    [
      'ports import a use case',
      'lib/ports.ts',
      "import type { A } from './use-cases/send-reply.ts'",
      'imports lib/use-cases/send-reply.ts',
    ],
    [
      'a use case imports an adapter',
      'lib/use-cases/send.ts',
      "import { b } from '../adapters/b/index.ts'",
      'imports lib/adapters/b/index.ts',
    ],
    [
      'a use case imports an adapter late',
      'lib/use-cases/send.ts',
      "await import('../adapters/b.ts')",
      'imports lib/adapters/b.ts',
    ],
    [
      'a use case imports the configuration',
      'lib/use-cases/send.ts',
      "import { readConfig } from '../config.ts'",
      'imports lib/config.ts',
    ],
    ['a use case reads the clock', 'lib/use-cases/send.ts', 'return Date.now()', 'uses Date.now'],
    [
      'an adapter imports a use case',
      'lib/adapters/a.ts',
      "import type { B } from '../use-cases/send.ts'",
      'imports lib/use-cases/send.ts',
    ],
    [
      'an adapter imports the composition',
      'lib/adapters/a.ts',
      "import { b } from '../compose/aws.ts'",
      'imports lib/compose/aws.ts',
    ],
    [
      'an adapter imports the local stack',
      'lib/adapters/a.ts',
      "import { b } from '../../local/b.ts'",
      'imports local/b.ts',
    ],
    [
      'an adapter imports a test',
      'lib/adapters/a.ts',
      "import { b } from '../../test/b.ts'",
      'imports test/b.ts',
    ],
    [
      'an adapter reads the environment',
      'lib/adapters/a.ts',
      "process.env['HOME']",
      'reads process.env',
    ],
    [
      'HTTP imports a use case, not its types alone',
      'lib/http/a.ts',
      "import { b } from '../use-cases/send.ts'",
      'imports lib/use-cases/send.ts',
    ],
    [
      'HTTP imports an adapter',
      'lib/http/a.ts',
      "import { b } from '../adapters/b.ts'",
      'imports lib/adapters/b.ts',
    ],
    [
      'the configuration imports an adapter',
      'lib/config.ts',
      "import { b } from './adapters/b.ts'",
      'imports lib/adapters/b.ts',
    ],
    [
      'a handler imports an adapter',
      'handlers/a.ts',
      "import { b } from '../lib/adapters/b.ts'",
      'imports lib/adapters/b.ts',
    ],
    ['a handler reads the environment', 'handlers/a.ts', 'process.env', 'reads process.env'],
    ['a file lies loose in lib', 'lib/send.ts', 'export const a = 1', 'lies loose in lib/'],
    [
      'a store of the local stack imports an adapter',
      'local/memory/a.ts',
      "import { b } from '../../lib/adapters/dynamo/b.ts'",
      'imports lib/adapters/dynamo/b.ts',
    ],
    [
      'core knows a code of Tencent',
      'lib/core/a.ts',
      'export const full = 80002',
      'knows an error code of Tencent',
    ],
    [
      'a use case speaks as the service does',
      'lib/use-cases/send.ts',
      'a.From_Account',
      'spells From_Account',
    ],
    [
      'the local stack speaks as the service does',
      'local/page.ts',
      'a.From_Account',
      'spells From_Account',
    ],
  ]

  it.each(wrong)('are broken when %s', (_name, file, source, violation) => {
    expect(boundaryViolations([{ file, source }])).toEqual([`${file} ${violation}`])
  })

  const right: readonly SourceFile[] = [
    { file: 'lib/core/a.ts', source: "// Unlike Date.now()\nimport { b } from './b.ts'" },
    { file: 'lib/core/a.ts', source: "/** process.env */ const url = 'https://setting.example'" },
    {
      file: 'lib/use-cases/send.ts',
      source: "import { b } from '../core/b.ts'\nimport { c } from './c.ts'",
    },
    {
      file: 'lib/http/a.ts',
      source: "import type { B } from '../use-cases/send.ts'\nimport 'hono'",
    },
    {
      file: 'lib/config.ts',
      source: "import { b } from './core/tencent-endpoints.ts'\nprocess.env",
    },
    { file: 'lib/compose/writer.ts', source: "import { b } from './adapters/b.ts'\nMath.random" },
    { file: 'lib/adapters/tencent/a.ts', source: "import 'node-fetch'\na.From_Account" },
    { file: 'handlers/a.ts', source: "import { composeReplies } from '../lib/compose/writer.ts'" },
    {
      file: 'local/simulator/a.ts',
      source: "import { b } from '../../lib/adapters/b.ts'\nDate.now()",
    },
  ]

  it.each(right)('are kept by $file with $source', (file) => {
    expect(boundaryViolations([file])).toEqual([])
  })
})
