#!/usr/bin/env node
// The launcher. Plain JavaScript that also an old Node (18 or later) can read: Sijil itself needs Node 24, and brings it along.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_MAJOR = 24

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// A clone runs its sources; only the packed package has none.
const main = [join(root, 'src', 'main.ts'), join(root, 'dist', 'main.js')].find((path) => existsSync(path))

if (main === undefined) {
  refuse(`Sijil is not complete: neither src/main.ts nor dist/main.js is in ${root}. Install the package again.`)
} else if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  process.argv[1] = main
  await import(pathToFileURL(main).href)
} else {
  const node = bundledNode()
  if (node === undefined) {
    refuse(
      `Sijil needs Node ${NEEDED_MAJOR} or later, this is ${process.version}, and the Node that comes with the package is ` +
        'not there: its install script was not allowed to run. Nothing was started. Either use a newer Node, or install ' +
        'again with --allow-scripts=node (npm 11 or later) and without --ignore-scripts.',
    )
  } else run(node, main)
}

/** The binary that the package `node` unpacks for this platform, or undefined where it did not. */
function bundledNode() {
  try {
    const home = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    return ['node', 'node.exe'].map((name) => join(home, 'bin', name)).find(isExecutable)
  } catch {
    return undefined // the package itself is not installed
  }
}

/**
 * On Windows the package leaves a text file called `node` beside the real node.exe.
 * @param {string} path
 */
function isExecutable(path) {
  return existsSync(path) && (process.platform !== 'win32' || path.endsWith('.exe'))
}

/**
 * @param {string} node
 * @param {string} script
 */
function run(node, script) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A supervisor that stops us must not leave the child behind, nor cut its shutdown short: the child decides when it is done.
  process.on('SIGTERM', (signal) => child.kill(signal))
  process.on('SIGHUP', (signal) => child.kill(signal))
  // Ctrl-C at a terminal reaches the child as well; twice would mean "at once" to it.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
  process.on('SIGINT', (signal) => atTerminal || child.kill(signal))
  child.on('error', (error) => refuse(`Sijil could not start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal) // end as the child ended, so that the caller sees the same cause
  })
}

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
