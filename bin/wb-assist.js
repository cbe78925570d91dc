#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node must get as far as the message below instead of a syntax error.
import './require-node.js';
import './small-heap.js';
import './compile-cache.js';

const { main } = await import('../src/cli.ts');
await main(process.argv);
