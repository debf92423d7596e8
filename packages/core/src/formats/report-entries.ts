import * as v from 'valibot';

// Entries of reports as they stand in the metadata of files.

export const amount = v.pipe(v.number(), v.minValue(0));
export const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const isa = v.picklist(['scalar', 'avx2', 'avx512', 'neon']);
/** On what work was done; the processor, where a file is older than devices. */
export const workplace = { device: v.optional(v.string(), 'cpu'), deviceReason: v.optional(v.string()) };
/** JSON has no NaN, which the mean loss of no examples is. */
export const loss = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);
