/** A metric family of an exposition, as a scraper reads it. */
export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

export interface Sample {
  /** With `_bucket`, `_sum` or `_count`, of a histogram. */
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) and throws at whatever a
 * Prometheus would refuse: a line that is none, a sample outside its family, one that comes twice, a family that comes twice.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      help = { name: about, text: rest };
    } else if (kind === 'TYPE') {
      if (families.has(about)) throw new Error(`${about} comes twice.`);
      if (help?.name !== about) throw new Error(`${about} has no help.`);
      current = { name: about, family: { type: rest, help: help.text, samples: [] } };
      families.set(about, current.family);
    } else {
      const sample = parseSample(line);
      const suffixes = SUFFIXES[current?.family.type ?? ''] ?? [''];
      if (current === undefined || !suffixes.some((suffix) => sample.name === current!.name + suffix))
        throw new Error(`A sample that belongs to no family: ${line}`);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (seen.has(key)) throw new Error(`A sample comes twice: ${line}`);
      seen.add(key);
      current.family.samples.push(sample);
    }
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, inner = '', number = ''] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`Not a sample: ${line}`);
  return { name, labels: parseLabels(inner, line), value: parseNumber(number, line) };
}

function parseLabels(inner: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const match = LABEL.exec(inner);
    if (match === null) throw new Error(`Labels that cannot be read: ${line}`);
    if (match[1]! in labels) throw new Error(`A label comes twice: ${line}`);
    labels[match[1]!] = match[2]!.replaceAll(/\\(.)/g, (_, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    );
  }
  return labels;
}

function parseNumber(text: string, line: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`Not a number: ${line}`);
  return value;
}

/** The value of the one sample with these labels; undefined: there is none. Names are without `wb_assist_`. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const full = `wb_assist_${name}`;
  const family = families.get(full) ?? families.get(full.replace(/_(bucket|sum|count)$/, ''));
  const found = family?.samples.filter(
    (sample) =>
      sample.name === full &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found !== undefined && found.length > 1)
    throw new Error(`${name} has several samples: name more labels`);
  return found?.[0]?.value;
}

/** The sum of all samples with these labels. */
export function sumOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const full = `wb_assist_${name}`;
  const family = families.get(full) ?? families.get(full.replace(/_(bucket|sum|count)$/, ''));
  return (family?.samples ?? [])
    .filter(
      (sample) =>
        sample.name === full &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
