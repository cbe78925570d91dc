// Loaded into the API's process by bench/load.ts: tells, when asked, what is left after the garbage is collected.
process.on('message', () => {
  globalThis.gc();
  process.send(process.memoryUsage());
});
process.channel.unref();
