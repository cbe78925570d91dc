import { CONFIG_VARIABLES, SECRETS } from '../src/config.ts';
import { ERROR_CODES } from '../src/errors.ts';

/** What a variable is when it is unset, as text. */
function defaultOf(variable: (typeof CONFIG_VARIABLES)[keyof typeof CONFIG_VARIABLES]): string {
  const value: unknown = variable.schema.parse(undefined);
  // A default is a word, a number or a switch.
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function envExample(): string {
  const head = `# Every variable that wb-assist reads, with its default. Written by \`npm run docs\`; copy what you need into .env.
# A variable of the environment wins over .env; an empty one counts as unset. Put a value with a # into quotes.
# Secrets may stand in files instead: ${SECRETS.map((name) => `${name}_FILE`).join(', ')}.
`;
  const entries = Object.entries(CONFIG_VARIABLES).map(([name, variable]) => {
    const value = defaultOf(variable);
    return `# ${variable.meaning}\n${value === '' ? `#${name}=` : `#${name}=${value}`}\n`;
  });
  return [head, ...entries].join('\n');
}

function configPage(): string {
  const rows = Object.entries(CONFIG_VARIABLES).map(([name, variable]) => {
    const value = defaultOf(variable);
    return `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${variable.meaning} |`;
  });
  return `# Configuration

Written by \`npm run docs\` from \`src/config.ts\`. Variables come from the environment, then from \`.env\` in the working
directory (UTF-8); an empty one counts as unset. At start every problem is reported at once, by the variable's name.

Instead of a secret, a path to the file that holds it may be given, as Docker and Kubernetes mount secrets, in the variable with
\`_FILE\` behind its name: ${SECRETS.map((name) => `\`${name}_FILE\``).join(', ')}.

| variable | default | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function errorPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { httpStatus, retryable, meaning }]) =>
      `| \`${code}\` | ${httpStatus} | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  return `# Errors

Written by \`npm run docs\` from \`src/errors.ts\`. The HTTP API answers an error with this status and
\`{"detail": "…", "code": "…", "request_id": "…"}\`; commands print the same text and code and exit with 1. The text
says what to do; the code is what a program should look at.

| code | HTTP status | worth a retry | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/** Files of the repository that are derived from the code, by path. */
export const DERIVED_DOCS: Readonly<Record<string, string>> = {
  '.env.example': envExample(),
  'docs/config.md': configPage(),
  'docs/errors.md': errorPage(),
};
