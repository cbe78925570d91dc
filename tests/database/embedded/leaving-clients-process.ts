import { liveAndLeave } from './leaving-client.ts';

/** A process of clients that come and go until it is killed; tells of what was stored for them. */
const [port, password, name, concurrency] = process.argv.slice(2);

async function lifeAfterLife(lane: number): Promise<void> {
  for (let life = 0; ; life += 1) {
    await liveAndLeave(
      { port: Number(port), password: password! },
      `${name!}-${lane}-${life}`,
      (below) => Math.floor(Math.random() * below),
      (what) => process.send!({ stored: what }),
    ).catch(() => undefined);
    process.send!({ left: 1 });
  }
}

for (let lane = 0; lane < Number(concurrency); lane += 1) void lifeAfterLife(lane);
