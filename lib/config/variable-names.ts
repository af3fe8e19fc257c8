import { answering, receiving, writing } from '../config.ts'

/** The variables that each kind of function reads, for whoever sets them. Apart, so that no function carries all of them. */
export const variableNames = {
  writing: Object.keys(writing),
  answering: Object.keys(answering([])),
  receiving: Object.keys(receiving),
}
