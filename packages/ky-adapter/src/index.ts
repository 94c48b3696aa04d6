export { createKy, type KyLike } from './create-ky.ts';
export {
	type WiretwinFetch,
	type WiretwinFetchOptions,
	type WiretwinRequestOptions,
	wiretwinFetch,
} from './wiretwin-fetch.ts';
