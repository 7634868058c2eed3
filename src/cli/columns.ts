import { stripVTControlCharacters } from 'node:util'

/** Aligned columns, each as wide as its widest cell. Text of people comes last, so that Arabic shifts nothing. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const count = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, place) => Math.max(...rows.map((row) => widthOf(row[place] ?? ''))))
  return rows
    .map((row) => row.map((cell, place) => cell + ' '.repeat((widths[place] ?? 0) - widthOf(cell))).join('  '))
    .map((line) => `${indent}${line.trimEnd()}\n`)
    .join('')
}

/** Terminal cells: colour takes none, nor do marks above and below a letter. */
const widthOf = (text: string): number => stripVTControlCharacters(text).replaceAll(/\p{Mark}/gu, '').length
