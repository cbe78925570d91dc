/**
 * Loaded into a process before the program (`NODE_OPTIONS=--import=…`): each SIGUSR2 sets its wall clock off by the next
 * of FAULTS_CLOCK_OFFSETS (milliseconds, separated by commas), as an administrator or a time server may. Timers and
 * performance.now() go on as they were, for the kernel's monotonic clock does not jump.
 */
const offsets = (process.env['FAULTS_CLOCK_OFFSETS'] ?? '0').split(',').map(Number);
const RealDate = Date;
let offset = 0;
let jumps = 0;

class JumpingDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + offset);
    // What Date itself is called with has many forms, and all of them are passed on as they are.
    else super(...(args as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
}

globalThis.Date = JumpingDate as DateConstructor;
process.on('SIGUSR2', () => {
  offset = offsets[jumps++ % offsets.length] ?? 0;
  process.stderr.write(`The wall clock is set off by ${offset} ms\n`);
});
