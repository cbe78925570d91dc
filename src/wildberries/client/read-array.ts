import Assembler from 'stream-json/assembler.js';
import { pick } from 'stream-json/filters/pick.js';
import { parser, type Token } from 'stream-json/parser.js';
import { gen, none } from 'stream-chain';
import { readJsonNumber } from './read-json.ts';

/** The body is JSON, but the list is not where it should be. */
export class NoList extends Error {}
/** The body is no JSON, or only the beginning of some. */
export class BrokenJson extends Error {}

/**
 * Yields the items of a list while the body comes, so that a body of any length takes little memory. `path`: where the
 * list is, `data.items`; '': it is the whole body. `null` in its place is an empty one, as Go programs write it.
 *
 * @throws NoList, BrokenJson (both after the items before the fault), and whatever reading the body throws.
 */
export async function* readArray(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<unknown, void, undefined> {
  const list = createListAssembler();
  const options = { streamValues: false, packValues: true };
  const stages =
    path === '' ? gen(parser(options), list.take) : gen(parser(options), pick({ filter: path }), list.take);
  // Its parser takes bytes and `none`, the end, as well as the text that its types speak of.
  const parse = stages as (input: unknown) => AsyncGenerator;
  for await (const chunk of chunks) yield* unwrap(parse(chunk));
  yield* unwrap(parse(none));
  if (!list.seen()) throw new NoList();
}

/** The assembler makes a number of what cannot be one: a value of another kind goes in as it is. */
function withAllDigits(token: Token): Token {
  if (token.name !== 'numberValue') return token;
  const value = readJsonNumber(token.value);
  return typeof value === 'string' ? { name: 'stringValue', value } : token;
}

interface Item {
  value: unknown;
}

/** Puts tokens together to the items of the list that they begin with. */
function createListAssembler() {
  const assembler = new Assembler();
  let begun = false;
  return {
    seen: () => begun,
    take: (token: Token): Item | typeof none => {
      if (!begun) {
        if (token.name !== 'startArray' && token.name !== 'nullValue') throw new NoList();
        begun = true;
        if (token.name === 'nullValue') return none;
      }
      assembler.consume(withAllDigits(token));
      const items = assembler.current as unknown[];
      if (assembler.depth !== 1 || items.length === 0) return none;
      return { value: items.pop() };
    },
  };
}

/** The package's errors are plain ones, so they are told from ours here, where nothing else is thrown. */
async function* unwrap(items: AsyncGenerator): AsyncGenerator<unknown, void, undefined> {
  try {
    for await (const item of items) yield (item as Item).value;
  } catch (error) {
    throw error instanceof NoList ? error : new BrokenJson();
  }
}
