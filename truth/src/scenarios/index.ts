import type { Scenario } from '../scenario.ts';
import { aheadScenarios } from './ahead.ts';
import { clientScenarios } from './clients.ts';
import { connectionScenarios } from './connections.ts';
import { credentialScenarios } from './credentials.ts';
import { crossOriginScenarios } from './cross-origin.ts';
import { dictionaryScenarios } from './dictionaries.ts';
import { formScenarios } from './forms.ts';
import { foundScenarios } from './found.ts';
import { elsewhereScenarios } from './found-elsewhere.ts';
import { orderScenarios } from './found-orders.ts';
import { requestScenarios } from './found-requests.ts';
import { historyScenarios } from './history.ts';
import { memoryScenarios } from './memory.ts';
import { navigationScenarios } from './navigation.ts';
import { pageScriptScenarios } from './page-scripts.ts';
import { plainPageScenarios } from './plain-pages.ts';
import { priorityScenarios } from './priorities.ts';
import { referrerScenarios } from './referrers.ts';
import { scriptScenarios } from './scripts.ts';
import { sharingScenarios } from './sharing.ts';
import { storedScenarios } from './stored.ts';
import { subresourceScenarios } from './subresources.ts';
import { webSocketScenarios } from './websockets.ts';

/** All scenarios, in the order of the report. */
export const scenarios: readonly Scenario[] = [
	...navigationScenarios,
	...historyScenarios,
	...memoryScenarios,
	...dictionaryScenarios,
	...formScenarios,
	...scriptScenarios,
	...subresourceScenarios,
	...crossOriginScenarios,
	...pageScriptScenarios,
	...priorityScenarios,
	...referrerScenarios,
	...credentialScenarios,
	...plainPageScenarios,
	...clientScenarios,
	...aheadScenarios,
	...storedScenarios,
	...sharingScenarios,
	...connectionScenarios,
	...webSocketScenarios,
	...foundScenarios,
	...orderScenarios,
	...elsewhereScenarios,
	...requestScenarios,
];
