import type { CacheStore } from '../../types/cache-store.ts';
import { type AnswerStore, MemoryAnswers } from './answer-store.ts';
import { OutsideAnswers } from './outside-answers.ts';

/** Room that a cache has unless the caller says otherwise, bytes. */
export const defaultCacheBytes = 50 * 1024 * 1024;

/** Where answers are kept: so many bytes of memory, or a store of the caller's. */
export type CacheChoice = { maxBytes: number } | { store: CacheStore; onError: ((error: unknown) => void) | undefined };

export function answersIn(kept: CacheChoice): AnswerStore {
	return 'store' in kept ? new OutsideAnswers(kept.store, kept.onError) : new MemoryAnswers(kept.maxBytes);
}
