// Node strips the types of some hundred files and compiles them at every start; with its cache that takes half the time.
// It lies in node_modules, where only those may write who installed the program: a cache is code. Where it cannot be
// written, as in a read-only container, or where Node does not know it yet, everything works as without it.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/wb-assist', import.meta.url)));
