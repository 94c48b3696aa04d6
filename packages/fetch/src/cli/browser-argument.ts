import { readFile, stat } from 'node:fs/promises';
import { defineProfile, type Profile, ProfileError } from '@wiretwin/profiles';
import { UsageError } from './arguments.ts';

/** A profile file is below this (`defineProfile` refuses more); a larger one is not even read. */
const maxFileBytes = 1_048_576;

/**
 * What follows `--browser`: the name of a profile, or the path of a profile file. A path has a separator or ends in
 * `.json`; no name does.
 * @throws UsageError naming the key that is wrong in the file
 */
export async function browserArgument(text: string): Promise<string | Profile> {
	if (!/[/\\]|\.json$/i.test(text)) return text;
	const { size } = await stat(text);
	if (size > maxFileBytes) throw new UsageError(`${text}: a profile may have at most ${maxFileBytes} bytes`);
	const source = await readFile(text, 'utf8');
	try {
		return defineProfile(source);
	} catch (error) {
		if (!(error instanceof ProfileError)) throw error;
		throw new UsageError(`${text}: ${error.message} (${error.code})`);
	}
}
