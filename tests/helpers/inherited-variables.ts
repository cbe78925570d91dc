/** What shifts the clock that a process sees: libfaketime. */
const CLOCK = /^(?:LD_PRELOAD$|FAKETIME|DONT_FAKE_)/;

/**
 * What a process that a test starts gets of this one's variables: where programs are, and what time it is. One that ran by
 * the machine's own clock would live in another year than the test that looks at what it wrote.
 */
export function inheritedVariables(): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (
      value !== undefined &&
      (CLOCK.test(name) || ['PATH', 'TZ', 'CABINET_TIME_ZONE', 'NODE_COMPILE_CACHE'].includes(name))
    )
      inherited[name] = value;
  return inherited;
}

/** All of this process's variables but those: under a shifted clock Chromium never gets to show a page. */
export function variablesOfRealTime(): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !CLOCK.test(name)) variables[name] = value;
  return variables;
}
