import { escapeHtml } from '../routes/route.ts';

/** A visitor beside one of several profiles, for the visitor page. */
export type Comparison = {
	/** Profiles to choose from. */
	names: readonly string[];
	chosen: string;
	rows: ReadonlyArray<{ part: string; key: string; visitor: string | null; profile: string | null }>;
};

/** The chooser and the table; everything in it may come from a peer, so everything is escaped. */
export function comparisonSection({ names, chosen, rows }: Comparison): string {
	const different = rows.filter(({ visitor, profile }) => visitor !== profile).length;
	const options = names
		.map((name) => `<option${name === chosen ? ' selected' : ''}>${escapeHtml(name)}</option>`)
		.join('');
	const verdict = different === 0 ? `all ${rows.length} equal` : `${different} of ${rows.length} differ`;
	return `<section><h2>You beside a profile</h2>
<form method="get" action="/"><label>Profile <select name="profile">${options}</select></label> <button>Compare</button>
<strong class="${different === 0 ? 'same' : 'other'}">${verdict}</strong></form>
<div class="beside">${rows.map(row).join('\n')}</div></section>`;
}

function row({ part, key, visitor, profile }: Comparison['rows'][number]): string {
	const same = visitor === profile;
	const value = (text: string | null) => (text === null ? '<span class="none">none</span>' : escapeHtml(text));
	const values = same
		? `<code>${value(visitor)}</code>`
		: `<p><span>you</span><code>${value(visitor)}</code></p><p><span>profile</span><code>${value(profile)}</code></p>`;
	return `<div class="${same ? 'same' : 'other'}"><b>${same ? '=' : '≠'}</b><span>${escapeHtml(`${part} ${key}`)}</span><div>${values}</div></div>`;
}
