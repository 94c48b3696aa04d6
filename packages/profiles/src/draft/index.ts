export { type ComparedKey, compareVisit } from './compare.ts';
export { type Draft, type DraftOptions, draftProfile } from './draft-profile.ts';
export type {
	RecordedConnection,
	RecordedFrame,
	RecordedHello,
	RecordedRequest,
	Recording,
} from './recording.ts';
