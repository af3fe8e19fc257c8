// Plain JavaScript, so that a Node which cannot run TypeScript says so in a sentence.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This is Node ${process.versions.node}; the local stack needs Node 22.18 or newer. ` +
      'Run it with `npm start` after `npm ci`: that takes the Node 24 among the installed packages.',
  )
  process.exit(1)
}
await import('./main.ts')
