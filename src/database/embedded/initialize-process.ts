import { messageOf } from '../../errors.ts';
import { openEngine } from './engine.ts';
import type { FromInitializer } from './worker-messages.ts';

/** The program that makes a database in the directory that it is given, and ends. See initialization.ts. */
async function initialize(directory: string): Promise<FromInitializer> {
  try {
    const engine = await openEngine(directory, true);
    await engine.close();
    return { type: 'initialized' };
  } catch (error) {
    return { type: 'failed', message: messageOf(error) };
  }
}

// Whoever asked for it is gone: nobody will take the directory.
process.on('disconnect', () => process.exit(1));
process.send!(await initialize(process.argv[2]!), () => process.exit(0));
