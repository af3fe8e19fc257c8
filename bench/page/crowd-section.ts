import { figure, tableOf } from '../markdown.ts'
import type { CrowdRun } from '../parts/crowd.ts'

/** Many replies at once, in real and in virtual time. */
export const crowdSection = (runs: readonly CrowdRun[]): string | undefined =>
  runs.length === 0
    ? undefined
    : `## Many at once

Replies of 6.65 s on 200 calls a second, starts spread evenly. Real time: 8 processes, DynamoDB (embedded) between them, the
server beside them on the same two cores. Virtual time: the same loop, budget and service's rules in one process, text coming every 50 ms;
the 10,000 start at the rate that keeps 200 under way. *Even* is the lag p95 of a schedule in which all call in turn at the full rate.
*Refused* counts calls that the service turned away: any second holds 200 at most. *Worst / median* compares the replies' own p95.

${tableOf(
  [
    'replies',
    'time',
    'processes',
    'spread s',
    'calls',
    'refused',
    'most in 1 s',
    'closed',
    'first text p95',
    'lag p50',
    'lag p95',
    'even',
    'worst / median',
    'CPU ms each',
    'KB each',
  ],
  runs.map((run) => [
    figure(run.replies),
    run.time,
    run.processes,
    run.spreadSeconds,
    figure(run.calls),
    run.refused,
    run.mostInASecond,
    figure(run.closed),
    figure(run.firstTextP95Ms),
    figure(run.lagP50Ms),
    figure(run.lagP95Ms),
    figure(run.evenP95Ms),
    run.worstOverMedian,
    figure(run.cpuMsPerReply),
    figure(run.kilobytesPerReply),
  ]),
)}

Processes are cold here; with few replies the first text shows it. *KB each* is the growth of the processes' resident memory, shared by their replies: with few it is mostly the process itself.`
