import type { Context } from './context.ts'
import { crowd } from './parts/crowd.ts'
import { faults } from './parts/faults.ts'
import { functions } from './parts/functions.ts'
import { gaps } from './parts/gaps.ts'
import { machine } from './parts/machine.ts'
import { markdown } from './parts/markdown.ts'
import { page } from './parts/page.ts'
import { peers } from './parts/peers.ts'
import { text } from './parts/text.ts'
import { virtualCrowd } from './parts/virtual-crowd.ts'

/** The parts of a run by name, in their order; the page comes last. */
export const parts: Readonly<Record<string, (context: Context) => Promise<object>>> = {
  peers,
  faults,
  crowd,
  'virtual-crowd': virtualCrowd,
  gaps,
  machine,
  functions,
  text,
  markdown,
  page,
}
