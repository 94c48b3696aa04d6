export type { BrowserName, KnownBrowserName } from './browser-name.ts';
export { defineProfile } from './define-profile.ts';
export { ProfileError, type ProfileErrorCode } from './errors.ts';
export { createFormBoundary, escapeFormName } from './form.ts';
export { credentialsOf } from './headers/field-values.ts';
export { kindRecord } from './headers/kind-record.ts';
export { createHeaderEngine } from './headers/layout.ts';
export { policyInForce, workerPolicy } from './headers/referrer-policy.ts';
export type {
	CacheMode,
	HeaderEngine,
	HeaderEngineOptions,
	HeaderLayout,
	LayoutRequest,
	RequestKind,
	SiteRelation,
} from './headers/types.ts';
export { engineProfileJson, getProfile, isProfile, layoutHeaders, profileHopLimit, profileVariant } from './profile.ts';
export { getProfiles, resolveProfileName } from './registry.ts';
export type {
	CacheRules,
	CookieRules,
	EngineSection,
	FormSection,
	HeadersSection,
	KindRecord,
	PriorityLevel,
	Profile,
	ProfileBrand,
	ProfileDocument,
	ProfileOptions,
	ProfileOs,
	ProfileProvenance,
	ProfileSummary,
	ProfileVerification,
	ThirdPartyCookies,
	UrlRules,
} from './types.ts';
export { isEngineField } from './validate/checks.ts';
