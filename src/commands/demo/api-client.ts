import { AppError } from '../../errors.ts';
import type { ChunkType } from '../../source-tables.ts';

export interface FoundChunk {
  source_table: string;
  source_id: number;
  similarity: number;
  text: string;
}

export interface ApiClient {
  status(cabinetId: number): Promise<Record<string, unknown>>;
  search(cabinetId: number, query: string, chunkTypes?: readonly ChunkType[]): Promise<FoundChunk[]>;
}

/** The two requests of the HTTP API that the demo makes, as any program would make them. */
export function createApiClient(baseUrl: string, apiKey: string): ApiClient {
  async function request(path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { 'X-API-KEY': apiKey, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok)
      throw new AppError('internal', `${path} answered ${response.status}: ${String(answer['detail'])}`);
    return answer;
  }
  return {
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
  };
}
