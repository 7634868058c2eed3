/** The little of SVG that the charts are made of. Text stays text, so that it can be selected and read aloud. */
export type Attributes = Readonly<Record<string, string | number>>

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
  const open = `<${name}${written.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

export const text = (x: number, y: number, said: string, attributes: Attributes = {}): string =>
  element('text', { x: round(x), y: round(y), ...attributes }, escaped(said))

export const round = (value: number): number => Math.round(value * 10) / 10

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly title: string
  /** What the drawing shows, for whoever does not see it. */
  readonly describes: string
  readonly children: readonly string[]
}

/** A white page of its own, so that it is read on a dark screen as well. */
export const drawing = ({ width, height, title, describes, children }: Drawing): string =>
  `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'font-family': 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif',
      'font-size': 13,
      fill: '#1f2933',
    },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(describes)),
    element('rect', { width, height, fill: '#ffffff' }),
    ...children,
  )}\n`
