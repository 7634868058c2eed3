import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { findDeadLinks, findMachineTraces, findUnfixedPackages, findUnlockedPackages } from './committed.ts'
import { filesOf, read } from './repository.ts'

const files = filesOf()
const Versions = z.record(z.string(), z.string()).default({})
const Locked = z
  .object({
    resolved: z.string(),
    integrity: z.string(),
    optional: z.boolean(),
    cpu: z.array(z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .partial()
const lock = z.object({ packages: z.record(z.string(), Locked) }).parse(JSON.parse(read('package-lock.json'))).packages
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions, optionalDependencies: Versions })

test('nothing that is committed knows the machine it was written on', () => {
  const traces = files.flatMap((path) => {
    const text = read(path)
    return text.includes('\0') ? [] : findMachineTraces(path, text)
  })
  assert.deepEqual(traces, [])
})

test('a trace of a machine is found', () => {
  const traces = [
    ['', 'work', 'main', 'src'],
    ['', 'root', '.npmrc', ''],
    ['', 'home', 'sara', 'sijil'],
    ['', 'tmp', 'a', 'b'],
  ]
  for (const parts of traces)
    assert.equal(findMachineTraces('a.md', `see ${parts.join('/')}`).length, 1, parts.join('/'))
  assert.equal(findMachineTraces('a.json', ['https://registry', 'npmjs', 'org/zod'].join('.')).length, 1)
  const fine = ['src/work/a.ts', 'https://example.com/work/a', 'a ratio of work/life', './root/a', 'the room /http']
  for (const text of fine) assert.deepEqual(findMachineTraces('a.md', text), [], text)
})

test('the lock file fixes every package by its digest and names no registry', () => {
  assert.ok(Object.keys(lock).length > 1)
  assert.deepEqual(findUnfixedPackages(lock), [])
  const entry = { integrity: 'sha512-a' }
  const sample = {
    '': {},
    a: entry,
    b: {},
    c: { ...entry, resolved: 'https://a' },
    d: { optional: true, cpu: ['arm64'] },
  }
  assert.deepEqual(findUnfixedPackages(sample), ['b', 'c'])
})

test('the lock file holds the packages of every platform: if not, npm run lock', () => {
  assert.deepEqual(findUnlockedPackages(lock), [])
  const sample = { a: { optionalDependencies: { b: '1.0.0', c: '1.0.0' } }, 'node_modules/b': {} }
  assert.deepEqual(findUnlockedPackages(sample), ['c'])
})

test('dependencies are exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = Manifest.parse(JSON.parse(read('package.json')))
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  )
})

test('every link between our pages leads somewhere', () => {
  const pages = new Map(files.filter((path) => path.endsWith('.md')).map((path) => [path, read(path)]))
  const known = new Set(files.flatMap((path) => [path, ...foldersOf(path)]))
  const exists = (path: string): boolean => known.has(path.replace(/\/$/, ''))
  assert.deepEqual(
    [...pages.keys()].flatMap((path) => findDeadLinks(path, pages, exists)),
    [],
  )
})

test('a dead link and a missing heading are found', () => {
  const pages = new Map([
    [
      'README.md',
      '# Sijil سجل\n[a](docs/a.md) [b](docs/a.md#the-ledger) [c](#sijil-سجل) [d](https://example.com/x) `[e](no.md)`',
    ],
    [
      'docs/a.md',
      '## The `ledger`!\n## The ledger\n[up](../README.md)\n[again](#the-ledger-1)\n```\n[no](no.md)\n```\n',
    ],
    ['docs/b.md', '[a](../a.md)\n[b](a.md#no)\n[c]: c.md\n<img src="d.svg">'],
  ])
  const exists = (path: string): boolean => pages.has(path)
  assert.deepEqual(findDeadLinks('README.md', pages, exists), [])
  assert.deepEqual(findDeadLinks('docs/a.md', pages, exists), [])
  assert.deepEqual(
    findDeadLinks('docs/b.md', pages, exists).map((found) => found.split(':')[1]),
    ['1', '2', '3', '4'],
  )
})

const foldersOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, depth, parts) => parts.slice(0, depth + 1).join('/'))
