import { AppError } from '../../errors.ts';
import type { ChunkType } from '../../source-tables.ts';

export interface FoundChunk {
  source_table: string;
  source_id: number;
  similarity: number;
  text: string;
}

export interface SyncedPart {
  part: string;
  created: number;
  updated: number;
}

/** What the demo reads of the answer of `GET /api/v1/sync/cabinet/{id}`. */
export interface SyncAnswer {
  status: string;
  error: string | null;
  run_id: number | null;
  parts: SyncedPart[];
}

/** What the demo reads of the answer of `POST /v1/chat/send`. */
export interface ChatAnswerJson {
  answer: string;
  sources: { source_table: string; source_id: number }[];
  tools: {
    name: string;
    result: { parameters: Record<string, unknown>; rows: Record<string, unknown>[] } | null;
  }[];
}

export interface ApiClient {
  createCabinet(name: string, wbApiKey: string): Promise<number>;
  requestSync(cabinetId: number): Promise<void>;
  sync(cabinetId: number): Promise<SyncAnswer>;
  status(cabinetId: number): Promise<Record<string, unknown>>;
  search(cabinetId: number, query: string, chunkTypes?: readonly ChunkType[]): Promise<FoundChunk[]>;
  ask(cabinetId: number, message: string): Promise<ChatAnswerJson>;
}

/** The requests of the HTTP API that the demo makes, as any program would make them. */
export function createApiClient(baseUrl: string, apiKey: string): ApiClient {
  async function request(path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { 'X-API-KEY': apiKey, 'Content-Type': 'application/json' },
      redirect: 'error',
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok)
      throw new AppError('internal', `${path} answered ${response.status}: ${String(answer['detail'])}`);
    return answer;
  }
  return {
    async createCabinet(name, wbApiKey) {
      return (await request('/api/v1/cabinets', { name, api_key: wbApiKey }))['id'] as number;
    },
    async requestSync(cabinetId) {
      await request(`/api/v1/sync/cabinet/${cabinetId}`, {});
    },
    sync: async (cabinetId) => (await request(`/api/v1/sync/cabinet/${cabinetId}`)) as unknown as SyncAnswer,
    status: (cabinetId) => request(`/v1/rag/status/${cabinetId}`),
    async search(cabinetId, query, chunkTypes) {
      const body = {
        cabinet_id: cabinetId,
        query,
        limit: 5,
        ...(chunkTypes === undefined ? {} : { chunk_types: chunkTypes }),
      };
      return (await request('/v1/rag/search', body))['results'] as FoundChunk[];
    },
    ask: async (cabinetId, message) =>
      (await request('/v1/chat/send', {
        cabinet_id: cabinetId,
        message,
      })) as unknown as ChatAnswerJson,
  };
}
