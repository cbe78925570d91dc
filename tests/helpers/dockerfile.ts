import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Instruction {
  name: string;
  text: string;
}

export interface Stage {
  image: string;
  instructions: Instruction[];
}

/** What of the last stage says how a container of the image runs. */
export interface Image {
  stages: Stage[];
  env: Record<string, string>;
  copies: { from: string | undefined; sources: string[]; target: string }[];
  user: string | undefined;
  stopSignal: string | undefined;
  entrypoint: string[];
  command: string[];
  /** The command of HEALTHCHECK. */
  health: string[];
}

/** Reads as much of the Dockerfile's language as ours is written in, and throws at what it does not know. */
export function readImage(text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')): Image {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  const instructions = lines.filter(Boolean).map((line): Instruction => {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line)!;
    return { name: name!, text: rest! };
  });
  const args = new Map<string, string>();
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'ARG') args.set(...(instruction.text.split('=') as [string, string]));
    else if (instruction.name === 'FROM') {
      const image = instruction.text
        .split(' ')[0]!
        .replace(/\$\{(\w+)\}/, (_, name: string) => args.get(name)!);
      stages.push({ image, instructions: [] });
    } else stages.at(-1)!.instructions.push(instruction);
  }
  const last = stages.at(-1)!.instructions;
  const all = (name: string) => last.filter((one) => one.name === name).map((one) => one.text);
  const list = (json: string | undefined) => JSON.parse(json ?? '[]') as string[];
  return {
    stages,
    env: Object.fromEntries(
      all('ENV').flatMap((pairs) => pairs.split(/ +/).map((pair) => pair.split('=') as [string, string])),
    ),
    copies: all('COPY').map((copy) => {
      const words = copy.split(/ +/);
      const from = words[0]!.startsWith('--from=') ? words.shift()!.slice('--from='.length) : undefined;
      return { from, sources: words.slice(0, -1), target: words.at(-1)! };
    }),
    user: all('USER').at(-1),
    stopSignal: all('STOPSIGNAL').at(-1),
    entrypoint: list(all('ENTRYPOINT').at(-1)),
    command: list(all('CMD').at(-1)),
    health: list(/ CMD (.*)$/.exec(` ${all('HEALTHCHECK').at(-1) ?? ''}`)?.[1]),
  };
}

/** Whether .dockerignore lets a path of the repository into the build. The last pattern that matches decides. */
export function entersBuild(path: string): boolean {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const matching = patterns.findLast((pattern) => {
    const name = pattern.replace(/^!/, '');
    return name === '*' || path === name || path.startsWith(`${name}/`);
  });
  return matching === undefined || matching.startsWith('!');
}

/**
 * Lays out the files of the image: what the last stage copies and .dockerignore lets in, and beside it the packages that
 * `npm ci --omit=dev --omit=optional` installs, as links; run it with `--preserve-symlinks`, or a package would find its
 * neighbours where it really lies.
 */
export async function layOutImage(directory: string): Promise<void> {
  for (const { from, sources, target } of readImage().copies) {
    if (from !== undefined) continue;
    for (const source of sources) {
      const to =
        sources.length > 1 || target === './' ? join(directory, target, source) : join(directory, target);
      if (entersBuild(source)) await cp(join(ROOT, source), to, { recursive: true });
    }
  }
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev, optional, devOptional }] of Object.entries(lock.packages)) {
    if (path === '' || dev || optional || devOptional || path.lastIndexOf('node_modules/') > 0) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await symlink(join(ROOT, path), join(directory, path));
  }
}
