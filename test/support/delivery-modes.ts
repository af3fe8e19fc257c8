import type { ChatSettings } from '../../local/simulator/settings.ts'

type Answers = Partial<ChatSettings>

/** Each question that the service's documents leave open, with the answers that it may turn out to have. */
const questions: readonly (readonly Answers[])[] = [
  [
    { readBack: 'all' },
    { readBack: 'finishedOnly' },
    { readBack: 'nothing' },
    { readBack: 'refused' },
  ],
  [{ readBackTime: 'opened' }, { readBackTime: 'changed' }],
  [
    { afterFinish: 'refused', afterFinishCode: 90_054 },
    { afterFinish: 'refused', afterFinishCode: 10_004 },
    { afterFinish: 'ignored' },
    { afterFinish: 'appended' },
  ],
  [{ tooLongCode: 80_002 }, { tooLongCode: 93_000 }, { tooLongCode: 10_004 }],
  [{ tooLongEnds: false }, { tooLongEnds: true }],
  [{ acceptModify: true }, { acceptModify: false, modifyCode: 10_004 }],
  [{ storedChunks: 'apart' }, { storedChunks: 'joined' }],
  [{ emptyChunk: 'refused' }, { emptyChunk: 'accepted' }, { emptyChunk: 'ignored' }],
  [{ chatbotPlugin: 2 }, { chatbotPlugin: 1 }],
]

/** Every combination of those answers. */
export const everyMode: readonly Answers[] = questions.reduce<readonly Answers[]>(
  (modes, answers) => modes.flatMap((mode) => answers.map((answer) => ({ ...mode, ...answer }))),
  [{}],
)

/** True where the service shows an open message to whoever asks for it by its key. */
export const isReadable = ({ readBack, readBackTime }: Answers): boolean =>
  readBack === 'all' && readBackTime === 'opened'
