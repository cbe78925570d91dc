// Whether the program in this container, or on this machine, does its work: ends with 0 or 1. It asks `/health` on the port
// that the environment names, METRICS_PORT of a process without an API, else API_PORT. Not a verb of the program, because it
// runs every few seconds and that takes ten times as long to load.
const port = process.env.METRICS_PORT || process.env.API_PORT || '8000';
const TIMEOUT_MS = 4_000;

try {
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  // Docker keeps what was written, for `docker inspect`.
  console.log(text.slice(0, 2_000));
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`No answer on port ${port}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
