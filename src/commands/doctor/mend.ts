import { messageOf } from '../../errors.ts';
import type { Check, Finding, Repair } from './finding.ts';

type Outcome = { done: string } | { failure: string };

/**
 * Does the repairs of a check's findings, each once, and looks again: what is still wrong stays as it is, the rest is said to
 * be repaired.
 */
export async function mend(
  check: Check,
  found: readonly Finding[],
  lookAgain: () => Promise<Finding[]>,
  onRepair: (what: string) => void,
): Promise<Finding[]> {
  const outcomes = await runRepairs(found, onRepair);
  if (outcomes.size === 0) return [...found];
  const wrong = check.repairsLater ? [] : (await lookAgain()).filter(({ status }) => status !== 'ok');
  const said: Finding[] = [];
  const told = new Set<Repair>();
  for (const finding of found) {
    const { repair, detail } = finding;
    const outcome = repair && outcomes.get(repair);
    // The second look has seen these as well.
    if (repair === undefined || outcome === undefined) {
      if (check.repairsLater) said.push(finding);
      continue;
    }
    const again = wrong.findIndex((one) => one.detail === detail);
    if ('failure' in outcome) {
      if (again >= 0) wrong.splice(again, 1);
      said.push({ ...finding, detail: `${detail}; repairing it failed: ${outcome.failure}` });
    } else if (again < 0) {
      const how = told.has(repair) ? '' : `: ${outcome.done}`;
      said.push({ check: check.name, status: 'repaired', detail: `${detail}; repaired${how}` });
      told.add(repair);
    }
  }
  return [...said, ...wrong];
}

async function runRepairs(
  findings: readonly Finding[],
  onRepair: (what: string) => void,
): Promise<Map<Repair, Outcome>> {
  const outcomes = new Map<Repair, Outcome>();
  for (const { repair } of findings) {
    if (repair === undefined || outcomes.has(repair)) continue;
    onRepair(repair.does);
    const outcome = await repair.run().then(
      (done): Outcome => ({ done }),
      (error: unknown): Outcome => ({ failure: messageOf(error) }),
    );
    outcomes.set(repair, outcome);
  }
  return outcomes;
}
