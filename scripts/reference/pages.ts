import { commandLinePage } from './command-line-page.ts';
import { errorsPage } from './errors-page.ts';
import { optionsPage } from './options-page.ts';
import { profilePage } from './profile-page.ts';

/** The generated pages of docs/reference, by file name. */
export function referencePages(): Map<string, string> {
	return new Map([
		['options.md', optionsPage()],
		['errors.md', errorsPage()],
		['command-line.md', commandLinePage()],
		['profile.md', profilePage()],
	]);
}
