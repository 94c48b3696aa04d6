/** Names for completion in editors. */
import type { KnownBrowserName } from './generated/known-browser-name.ts';

export type { KnownBrowserName };

/**
 * Name of a profile. Editors complete the names of this release; other spellings (`chrome131`, `safari18_4_ios`) and the
 * names of later releases are texts like any other.
 */
export type BrowserName = KnownBrowserName | (string & {});
