// `docker` on the PATH of a shell that has a double of Docker: passes its parameters on, prints what comes back.
import { request } from 'node:http';
import { createInterface } from 'node:readline';

const [socketPath, ...parameters] = process.argv.slice(2);
process.stdout.on('error', () => process.exit(0));
const call = request({ socketPath, method: 'POST' }, (response) => {
  createInterface({ input: response }).on('line', (line) => {
    const { out, err, code } = JSON.parse(line);
    if (out !== undefined) process.stdout.write(out);
    if (err !== undefined) process.stderr.write(err);
    if (code !== undefined) process.exitCode = code;
  });
});
call.on('error', (error) => {
  console.error(`docker: ${error.message}`);
  process.exitCode = 1;
});
call.end(JSON.stringify(parameters));
