import { cp, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../..', import.meta.url))
const parts = [
  'handlers',
  'lib',
  'local',
  'plugins',
  'test/traces',
  'serverless.yml',
  'package.json',
]

/** A copy of this project whose files a test may change. */
export const copyProject = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'project-'))
  for (const part of parts) {
    await cp(join(project, part), join(directory, part), { recursive: true })
  }
  await symlink(join(project, 'node_modules'), join(directory, 'node_modules'))
  return {
    directory,
    /** Saves a file in place. */
    save: (file: string, text: string) => writeFile(join(directory, file), text),
    /** Saves a file as vim and JetBrains do: writes another one, and gives it the name. */
    saveByRename: async (file: string, text: string): Promise<void> => {
      await writeFile(join(directory, `${file}~`), text)
      await rename(join(directory, `${file}~`), join(directory, file))
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

export type ProjectCopy = Awaited<ReturnType<typeof copyProject>>
