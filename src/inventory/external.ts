/**
 * Tells which systems lie outside the platform, from the connectors that may play them. A system that no connector
 * plays counts as outside, and so does one that an outside connector may play: to be placed too high loses nothing.
 */
export function externalBy(
  connectors: readonly { readonly system: string; readonly external: boolean }[],
): (system: string) => boolean {
  const inside = new Set(connectors.map(({ system }) => system))
  for (const { system, external } of connectors) if (external) inside.delete(system)
  return (system) => !inside.has(system)
}
