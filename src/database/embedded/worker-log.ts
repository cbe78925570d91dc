/** Logs in the worker thread; the main thread writes it to the log of the program. */
export type WorkerLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;
