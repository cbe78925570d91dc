/** At most so many characters, cut between words. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const start = text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
  return `${start.slice(0, Math.max(start.lastIndexOf(' '), Math.floor(maxLength / 2))).trimEnd()}…`;
}
