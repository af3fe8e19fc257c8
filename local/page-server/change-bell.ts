/** Tells one listener, who may come later, that something changed. */
export interface ChangeBell {
  readonly ring: () => void
  listen(listener: () => void): void
}

export const changeBell = (): ChangeBell => {
  let listener = (): void => {}
  return {
    ring: () => listener(),
    listen: (next) => {
      listener = next
    },
  }
}
