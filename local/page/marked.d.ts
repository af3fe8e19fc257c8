export { marked } from 'marked'
