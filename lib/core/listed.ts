/** The values of a setting that may have several, comma-separated; none for one that is absent. */
export const listed = (values = ''): readonly string[] =>
  values
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
