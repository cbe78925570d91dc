// `docker` on the PATH of a shell that has a double of Docker: passes its parameters, its environment and its stdin on, prints
// what comes back.
import { request } from 'node:http';
import { createInterface } from 'node:readline';

const [socketPath, ...parameters] = process.argv.slice(2);
process.stdout.on('error', () => process.exit(0));
const invocation = { parameters, env: process.env };
const headers = { 'x-invocation': Buffer.from(JSON.stringify(invocation)).toString('base64') };
const call = request({ socketPath, method: 'POST', headers }, (response) => {
  createInterface({ input: response }).on('line', (line) => {
    const { out, err, code } = JSON.parse(line);
    if (out !== undefined) process.stdout.write(Buffer.from(out, 'base64'));
    if (err !== undefined) process.stderr.write(Buffer.from(err, 'base64'));
    if (code !== undefined) process.exitCode = code;
  });
});
call.on('error', (error) => {
  console.error(`docker: ${error.message}`);
  process.exitCode = 1;
});
process.stdin.pipe(call);
