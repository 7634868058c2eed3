/** What the two threads say to each other. Requests and answers are Postgres' wire protocol, as bare bytes. */
export interface WorkerSettings {
  /** Where Postgres' files live; undefined keeps them in memory. */
  readonly pgData: string | undefined
  /** One Int32: how many syncs have reached the disk. */
  readonly syncs: SharedArrayBuffer
}

export type ToWorker = Uint8Array | 'close'

export type FromWorker = Uint8Array | 'ready' | { readonly failed: string; readonly code: string | undefined }
