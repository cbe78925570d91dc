// Whether the program in this container, or on this machine, does its work: ends with 0 or 1. It asks `/health` on the port
// of a process without an API (METRICS_PORT), and where nobody answers there on that of the API. Not a verb of the program,
// because it runs every few seconds and the program takes ten times as long to load.
const { METRICS_PORT, API_PORT } = process.env;
const ports = [METRICS_PORT, API_PORT || '8000'].filter(Boolean);
/** The sum is less than the limit of the health check, which would end this process without a message. */
const TIMEOUT_MS = 2_000;

async function ask(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/health`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Docker keeps what was written, for `docker inspect`.
  console.log((await answer.text()).slice(0, 2_000));
  return answer.ok;
}

process.exitCode = 1;
for (const port of ports) {
  try {
    process.exitCode = (await ask(port)) ? 0 : 1;
    break;
  } catch (error) {
    console.error(`No answer on port ${port}: ${error.cause?.message ?? error.message}`);
  }
}
