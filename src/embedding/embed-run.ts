import type { EmbeddingItem } from './embedder.ts';
import type { CallStatistics } from './embedding-calls.ts';
import type { PreparedInput } from './input-limits.ts';
import type { InputWindow } from './input-window.ts';

/** Everything that one call of `embed` has come to so far. */
export interface EmbedRun extends CallStatistics {
  inputs: readonly PreparedInput[];
  /** Filled in as answers come, by position in `inputs`. */
  items: EmbeddingItem[];
  tokens: number;
  /** Whether the provider has taken any input of this run; then a refusal is about the input refused. */
  accepted: boolean;
  canary: Promise<void> | undefined;
  window: InputWindow;
  requestTimeoutMs: number;
  /** Called when inputs are sent again because their vectors were unusable. */
  onVectorRetry: () => void;
}
