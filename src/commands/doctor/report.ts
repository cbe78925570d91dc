import type { Finding, FindingStatus } from './finding.ts';

export interface Report {
  /** The findings of one check. */
  add(...found: readonly Finding[]): void;
  /** What is about to be repaired. */
  announce(what: string): void;
  /** How far it is, for whoever sits at a terminal. */
  progress(line: string): void;
  /** The last line, or all of it as JSON. Resolves to the exit code. */
  end(): number;
}

const SIGNS: Record<FindingStatus, string> = {
  ok: '✓',
  repaired: '✓',
  warning: '!',
  failed: '✗',
  not_checked: '–',
};

const WORDS: Record<FindingStatus, string> = {
  ok: 'ok',
  repaired: 'repaired',
  warning: 'to look at',
  failed: 'wrong',
  not_checked: 'not checked',
};

const WIDTH = 17;

/** Says each finding as soon as it is there; as JSON, all of them at the end. */
export function createReport({ json }: { json: boolean }): Report {
  const findings: Finding[] = [];
  return {
    add(...found) {
      findings.push(...found);
      if (json) return;
      found.forEach(({ check, status, detail, remedy }, index) => {
        console.log(`${SIGNS[status]} ${check.padEnd(WIDTH)} ${detail}`);
        // What mends several of them is said once.
        const isSame = found[index + 1]?.remedy === remedy;
        if (remedy !== undefined && !isSame) console.log(`  ${' '.repeat(WIDTH)} → ${remedy}`);
      });
    },
    announce(what) {
      if (!json) console.log(`… repairing: ${what}`);
    },
    progress(line) {
      if (!json && process.stderr.isTTY) console.error(line);
    },
    end() {
      const counts = countStatuses(findings);
      const isWrong = counts.failed > 0;
      if (json) {
        const status = isWrong ? 'failed' : 'ok';
        // Without what only this process can use.
        const shown = findings.map(({ check, status, detail, remedy }) => ({
          check,
          status,
          detail,
          remedy,
        }));
        console.log(JSON.stringify({ status, counts, findings: shown }, undefined, 2));
      } else {
        const parts = (Object.keys(WORDS) as FindingStatus[])
          .filter((status) => counts[status] > 0)
          .map((status) => `${counts[status]} ${WORDS[status]}`);
        console.log(parts.join(', '));
      }
      return isWrong ? 1 : 0;
    },
  };
}

function countStatuses(findings: readonly Finding[]): Record<FindingStatus, number> {
  const counts = { ok: 0, repaired: 0, warning: 0, failed: 0, not_checked: 0 };
  for (const { status } of findings) counts[status] += 1;
  return counts;
}
