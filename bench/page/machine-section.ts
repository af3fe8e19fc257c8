import { figure, tableOf } from '../markdown.ts'
import type { FunctionsResult } from '../parts/functions.ts'
import type { MachineResult } from '../parts/machine.ts'
import { median } from '../statistics.ts'

/** CPU, memory, store traffic and cold starts. */
export const machineSection = (
  machine: MachineResult | undefined,
  functions: FunctionsResult | undefined,
): string | undefined =>
  machine &&
  functions &&
  `## What it costs the machine

${tableOf(
  ['', 'figure'],
  [
    ['CPU of a bare `node-fetch` call', `${figure(machine.cpuMsBare, 2)} ms`],
    [
      'CPU of a call through the loop, ten tokens each',
      `${figure(machine.cpuMsOurs, 2)} ms, ${figure(machine.ratio, 2)} ×`,
    ],
    [
      'the same with its write to DynamoDB',
      `${figure(machine.cpuMsOursDynamo, 2)} ms, ${figure(machine.ratioDynamo, 2)} ×`,
    ],
    [
      'the same with DynamoDB where open messages are known to be shown',
      `${figure(machine.sparse?.cpuMs, 2)} ms, ${figure(machine.sparse?.ratio, 2)} ×`,
    ],
    [
      'heap of an open reply that waits for text',
      `${figure(machine.heapKilobytesPerOpenReply)} KB`,
    ],
    [
      'store, for one reply of `english-60`',
      `${machine.calls} calls, ${machine.writes} writes, ${machine.reads} reads, ${machine.budgetWrites} writes for its share of the budget`,
    ],
    [
      'the same where open messages are known to be shown',
      `${figure(machine.sparse?.writes)} writes, ${figure(machine.sparse?.reads)} reads`,
    ],
  ],
)}

Cold starts: the bundle out of the packaged zip, loaded in a fresh process, ${functions.starts} times, in turns; medians. *Added* is over an empty function.

${tableOf(
  ['', 'bundle KB', 'zip KB', 'load ms', 'added ms', 'CPU ms', 'memory MB'],
  functions.functions.map(
    ({ name, bundleBytes, archiveBytes, loadMs, addedMs, cpuMs, rssMegabytes }) => [
      name,
      figure(bundleBytes / 1_000),
      figure(archiveBytes === undefined ? undefined : archiveBytes / 1_000),
      figure(loadMs, 1),
      figure(addedMs, 1),
      figure(cpuMs, 1),
      figure(rssMegabytes),
    ],
  ),
)}

\`@aws-sdk/client-dynamodb\` is bundled in the same way, alone; ours carry \`node-fetch\`, logger and metrics too. Median of all own functions: ${figure(
    median(
      functions.functions.filter(({ archiveBytes }) => archiveBytes).map(({ addedMs }) => addedMs),
    ),
  )} ms.`
