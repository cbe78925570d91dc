import type { TransactionStatus } from './messages.ts';

/** One message of the backend, as a range of the buffer that it came in. */
export interface BackendFrame {
  type: string;
  start: number;
  end: number;
}

export function* readFrames(output: Buffer): Generator<BackendFrame> {
  let start = 0;
  while (start + 5 <= output.length) {
    const end = start + 1 + output.readInt32BE(start + 1);
    yield { type: String.fromCharCode(output[start]!), start, end };
    start = end;
  }
}

/** The tag of a `CommandComplete`, such as `INSERT 0 5`. */
export function commandTag(output: Buffer, frame: BackendFrame): string {
  return output.toString('utf8', frame.start + 5, frame.end - 1);
}

/** The values of a `DataRow`, as text. */
export function rowValues(output: Buffer, frame: BackendFrame): (string | null)[] {
  const values: (string | null)[] = [];
  let at = frame.start + 7;
  for (let left = output.readInt16BE(frame.start + 5); left > 0; left -= 1) {
    const length = output.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : output.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return values;
}

/** The fields of an `ErrorResponse`, by their letters: `C` the SQLSTATE, `M` the message. */
export function errorFields(output: Buffer, frame: BackendFrame): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const field of output.toString('utf8', frame.start + 5, frame.end).split('\0')) {
    if (field !== '') fields[field[0]!] = field.slice(1);
  }
  return fields;
}

export function transactionStatus(output: Buffer, frame: BackendFrame): TransactionStatus {
  return String.fromCharCode(output[frame.start + 5]!) as TransactionStatus;
}
