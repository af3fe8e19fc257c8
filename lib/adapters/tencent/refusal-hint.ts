const hints: readonly (readonly [codes: readonly number[], hint: string])[] = [
  [
    [10003, 60009],
    'The service does not know this command: the application may be of an older plan or region.',
  ],
  [
    [10004, 70402],
    'A parameter is wrong: check the accounts of bot and user, and that the text is not empty.',
  ],
  [
    [60010, 90009],
    'The caller is not an app administrator: set CHAT_ADMIN to an administrator of the application.',
  ],
  [
    [10007],
    'The operation is not permitted: set CHAT_ADMIN to an administrator of the application.',
  ],
  [
    [10008],
    'The robot request is illegal: CHAT_ADMIN is no administrator, or the application has all the robots it may have.',
  ],
  [[10010, 10015], 'The group does not exist.'],
  [
    [10016, 20006, 80003],
    "The application's own webhook refused the message or did not answer in time.",
  ],
  [[10017, 20012], 'The sender is muted.'],
  [[20001, 60002, 60003, 60015], 'The service could not read the request.'],
  [
    [20003, 70107, 90012, 90048],
    'The account of the bot or the user does not exist: create the robot and import the user first.',
  ],
  [
    [90003, 90008],
    'The account of the bot or the user is missing or malformed: check from and to.',
  ],
  [
    [20007, 20009, 20010, 20011],
    'The two accounts may not write to each other: blocked, or not friends as the application demands.',
  ],
  [[60006, 60012], 'The application id is missing or wrong: check CHAT_SDK_APP_ID.'],
  [
    [60016, 60017, 80005],
    'The application or this request is disabled: look at its state in the console.',
  ],
  [
    [60020],
    "The service is not available: check the application's plan and whether a bill is unpaid.",
  ],
  [
    [60021],
    'The address of this machine is not on the list of addresses that the application allows.',
  ],
  [
    [60025],
    'The credentials do not fit together: check CHAT_SDK_APP_ID, CHAT_ADMIN and CHAT_SECRET_KEY.',
  ],
  [
    [60026],
    "The host is not the one of the application's data centre: set CHAT_REGION to its region.",
  ],
  [[60027], 'The application is of another product: make one for Chat.'],
  [[60028], "The trial plan's requests of 24 hours are used up: wait, or change the plan."],
  [
    [70398, 72000, 72002, 22007],
    "A quota of the application's plan is used up: change the plan, or clean up accounts.",
  ],
  [[70001], 'The signature has expired: check the clock of this machine.'],
  [
    [70003, 70009],
    'The signature is wrong: check that CHAT_SECRET_KEY belongs to CHAT_SDK_APP_ID.',
  ],
  [[70013], 'The signature is for another account: check CHAT_ADMIN.'],
  [[70014], 'The signature is for another application: check CHAT_SDK_APP_ID.'],
  [
    [70016, 70020],
    "The application is not known here: check CHAT_SDK_APP_ID, and set CHAT_REGION to the application's region.",
  ],
  [[70050], 'Too many wrong signatures: correct CHAT_SECRET_KEY, then wait a minute.'],
  [[70051], 'The account is blocked: look at it in the console.'],
  [[80001, 80004], 'Content moderation refused the text.'],
  [
    [90001, 90002, 90005, 90006, 90007, 90010, 90026, 90030, 90031, 90043, 90044],
    'The service finds the request malformed.',
  ],
]

const hintOf: ReadonlyMap<number, string> = new Map(
  hints.flatMap(([codes, hint]) => codes.map((code) => [code, hint] as const)),
)

const isOwnWebhook = (code: number): boolean => code >= 120_001 && code <= 130_000

/** One plain sentence on why the service refused: the likely mistake, and where there is one, the fix. */
export const refusalHint = (code: number): string =>
  hintOf.get(code) ??
  (isOwnWebhook(code)
    ? "The application's own webhook refused the message with a code of its own."
    : 'Tencent Chat refused the call.')
