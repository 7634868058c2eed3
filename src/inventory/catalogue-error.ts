/** The inventory does not add up; only a change of the code helps. Nothing is started from such a catalogue. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError'
  readonly code: 'duplicate-workflow' | 'unknown-workflow'

  private constructor(code: CatalogueError['code'], message: string) {
    super(message)
    this.code = code
  }

  static duplicate(workflow: string, what: string): CatalogueError {
    return new CatalogueError(
      'duplicate-workflow',
      `The inventory has more than one ${what} of "${workflow}". No catalogue was built: remove or rename one of them.`,
    )
  }

  static unknown(workflow: string): CatalogueError {
    return new CatalogueError(
      'unknown-workflow',
      `The workflow "${workflow}" is not in the inventory. No catalogue was built: add an outline that declares its class, or correct the name in its contract.`,
    )
  }
}
